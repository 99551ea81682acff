//! Partial dependence of the objective on the parameters.

use std::sync::Arc;

use plotters::style::RGBColor;

use super::dimension::Dimension;
use super::evaluations::{described, place};
use super::matrix::{MOST, Matrix, size};
use super::shades::Shades;
use super::told::Told;
use crate::error::Result;
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::{Canvas, Rect};
use crate::plot::draw::legend::{Entry, headline, legend};
use crate::plot::draw::marks::{BEST, best_dot, dot};
use crate::plot::draw::scale::{Scale, Tick};
use crate::plot::draw::style::{self, INK, ramp};
use crate::tune::sampler::{Model, Partial, Resolution, partial_dependence};
use crate::tune::study::Study;
use crate::tune::{Distribution, Trial};

/// Number of colour bands in a field, scikit-optimize's `levels`.
const LEVELS: f64 = 10.0;

impl Study {
    /// The partial dependence of the objective, as scikit-optimize's `plot_objective`: on single
    /// parameters in the diagonal, and on pairs below it (darker is better, in 10 bands), with the
    /// complete trials in black and the best one in red.
    ///
    /// A model is fitted to the complete trials: a Gaussian process if that is the study's sampler
    /// (the last 300 trials), otherwise the extra trees of
    /// [`ForestSampler`](crate::tune::sampler::ForestSampler). Its prediction is averaged over 250
    /// random values of the other parameters (Friedman, Greedy function approximation, 2001), at 40
    /// points along one parameter and on a grid of 20 by 20 for two, fewer with many parameters.
    /// For a trial that lacks a conditional parameter, a random value is used. All plots on the
    /// diagonal have the same vertical axis. At most the 12 most important parameters are shown.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let space = Space::new().real("x", -2.0..=2.0).log_real("rate", 1e-3..=1.0);
    /// let f = |at: &Point| Ok(at.real("x")?.powi(2) + at.real("rate")?);
    /// let study = forest_minimize(&space, f).n_calls(15).seed(1).run("memory")?;
    /// assert!(study.plot_objective()?.alt().contains("x, rate"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the study has several objectives, or its database cannot be reached.
    pub fn plot_objective(&self) -> Result<Figure> {
        self.plot_objective_with(&PlotOptions::new())
    }

    /// [`plot_objective`](Self::plot_objective) with options.
    ///
    /// # Errors
    /// As [`plot_objective`](Self::plot_objective), or if an option is out of bounds.
    pub fn plot_objective_with(&self, options: &PlotOptions) -> Result<Figure> {
        draw(&Told::of(self)?, options)
    }
}

/// Grid resolution, bounded to keep drawing fast.
fn resolution(dimensions: usize) -> Resolution {
    match dimensions {
        ..=4 => Resolution { line: 40, field: 20, samples: 250 },
        5..=7 => Resolution { line: 40, field: 12, samples: 250 },
        _ => Resolution { line: 40, field: 9, samples: 120 },
    }
}

fn ask(told: &Told, complete: &[(&Trial, f64)], dimensions: &[Dimension]) -> Option<Partial> {
    let named: Vec<(String, Arc<Distribution>)> =
        dimensions.iter().map(|d| (d.name.clone(), d.of.clone())).collect();
    let values = |(t, _): &(&Trial, f64)| dimensions.iter().map(|d| d.internal(t)).collect();
    let trials: Vec<Vec<Option<f64>>> = complete.iter().map(values).collect();
    let objective: Vec<f64> = complete.iter().map(|(_, v)| *v).collect();
    let model = if told.process { Model::Process } else { Model::Forest };
    partial_dependence(&named, &trials, &objective, model, resolution(dimensions.len()))
}

pub(super) fn draw(told: &Told, options: &PlotOptions) -> Result<Figure> {
    let (dimensions, count) = told.dimensions(MOST);
    let complete = told.complete();
    let partial = ask(told, &complete, &dimensions);
    let (Some(best), Some(partial)) = (told.best(&complete), partial) else {
        return super::nothing(told, "no complete trial with parameters to choose", options);
    };
    let line_values = || partial.lines.iter().flat_map(|(_, values)| values.iter().copied());
    let field_values = || partial.fields.iter().flat_map(|(_, values)| values.iter().copied());
    let scale = match options.log_y {
        Some(true) => Scale::log(line_values()),
        _ => Scale::linear(line_values()),
    };
    let right: Vec<Tick> =
        scale.ticks(4).into_iter().filter_map(|(v, t)| Some((scale.place(v)?, t))).collect();
    let finite = field_values().filter(|v| v.is_finite());
    let shades = Shades::of(finite, told.direction);

    let (wide, high) = size(dimensions.len());
    let mut canvas = Canvas::new(options.size_or(wide, high)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let dependence = format!("expected {}", told.objective);
    let mut entries = vec![Entry::Line(style::series(0), None, dependence)];
    entries.extend(shades.as_ref().map(|s| {
        let (worst, best) = s.ends();
        Entry::Ramp(ramp, worst, best)
    }));
    if dimensions.len() > 1 {
        entries.push(Entry::Dot(INK, "trial".to_string()));
    }
    entries.push(Entry::Best(format!("best, trial {}", complete[best].0.number)));
    legend(&mut canvas, &mut rest, &entries);
    let matrix = Matrix::new(rest, &dimensions, vec![right; dimensions.len()]);
    matrix.ground(&mut canvas);
    for (i, dimension) in dimensions.iter().enumerate() {
        let top = dimension.internal(complete[best].0).and_then(|v| dimension.share(v));
        draw_line(&mut canvas, dimension, matrix.cell(i, i), &partial.lines[i], &scale, top);
    }
    for ((across, up), values) in &partial.fields {
        let cell = matrix.cell(*up, *across);
        let (a, b) = (&dimensions[*across], &dimensions[*up]);
        if let Some(shades) = &shades {
            let places = (&partial.places[*across][..], &partial.places[*up][..]);
            draw_field(&mut canvas, (a, b), cell, places, values, shades);
        }
        let small = complete.len() > 200;
        for (trial, _) in &complete {
            match place(cell, a, b, trial) {
                Some(at) if small => canvas.line(&[at], 2.6, INK, 0.7),
                Some(at) => dot(&mut canvas, at, INK),
                None => {}
            }
        }
        if let Some(at) = place(cell, a, b, complete[best].0) {
            best_dot(&mut canvas, at);
        }
    }
    matrix.frame(&mut canvas);
    let what = described(&dimensions, count, complete.len());
    canvas.finish(format!("Partial dependence of {} of {what}", told.objective))
}

/// Draws the dependence on one parameter: a curve, or a dash for each choice.
fn draw_line(
    canvas: &mut Canvas,
    dimension: &Dimension,
    cell: Rect,
    (places, values): &(Vec<f64>, Vec<f64>),
    scale: &Scale,
    best: Option<f64>,
) {
    let x = |share: f64| cell.x0 + share * cell.width();
    if let Some(best) = best.filter(|share| (0.0..=1.0).contains(share)) {
        canvas.rule((x(best), cell.y0), (x(best), cell.y1), BEST);
    }
    let point = |(at, value): (&f64, &f64)| {
        let share = scale.place(*value).filter(|s| (0.0..=1.0).contains(s))?;
        Some((x(dimension.share(*at)?), cell.y1 - share * cell.height()))
    };
    let points: Vec<(f64, f64)> = places.iter().zip(values).filter_map(point).collect();
    match dimension.choices() {
        Some(n) => {
            let half = (0.32 * cell.width() / n.max(1) as f64).max(1.0);
            for (x, y) in points {
                canvas.line(&[(x - half, y), (x + half, y)], 3.0, style::series(0), 1.0);
            }
        }
        None => canvas.line(&points, 2.0, style::series(0), 1.0),
    }
}

/// Draws the dependence on two parameters: colour bands, interpolated between the grid points, or a
/// rectangle for each choice.
fn draw_field(
    canvas: &mut Canvas,
    (across, up): (&Dimension, &Dimension),
    cell: Rect,
    (xs, ys): (&[f64], &[f64]),
    values: &[f64],
    shades: &Shades,
) {
    let shares = |d: &Dimension, places: &[f64]| -> Vec<f64> {
        places.iter().map(|v| d.share(*v).unwrap_or(0.0)).collect()
    };
    let (x_shares, y_shares) = (shares(across, xs), shares(up, ys));
    let at = |i: usize, j: usize| values.get(j * xs.len() + i).copied().unwrap_or(f64::NAN);
    let color = |part: Rect| -> RGBColor {
        let (x, y) = ((part.x0 + part.x1) / 2.0, 1.0 - (part.y0 + part.y1) / 2.0);
        let (i, right) = between(across.choices(), &x_shares, x);
        let (j, over) = between(up.choices(), &y_shares, y);
        let along =
            |j: usize| at(i, j) * (1.0 - right) + at(i + usize::from(right > 0.0), j) * right;
        let value = along(j) * (1.0 - over) + along(j + usize::from(over > 0.0)) * over;
        banded(shades.share(value))
    };
    canvas.paint(cell, color);
}

/// The colour of the band in which a share lies; the bands span the whole ramp.
fn banded(share: f64) -> RGBColor {
    let band = (share * LEVELS).floor().min(LEVELS - 1.0);
    ramp(band / (LEVELS - 1.0))
}

/// The index of the grid point at or below a share of the axis, and the fraction of the way to the
/// next one; for choices, the index of the slot.
fn between(choices: Option<usize>, places: &[f64], share: f64) -> (usize, f64) {
    let last = places.len().saturating_sub(1);
    if let Some(n) = choices {
        return (((share * n as f64) as usize).min(last), 0.0);
    }
    let above = places.partition_point(|p| *p <= share);
    if above == 0 || above > last {
        return (above.min(last), 0.0);
    }
    let (low, high) = (places[above - 1], places[above]);
    (above - 1, ((share - low) / (high - low)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_off_between_their_places() {
        let places = [0.1, 0.5, 0.9];
        assert_eq!(between(None, &places, 0.05), (0, 0.0));
        let (at, way) = between(None, &places, 0.2);
        assert!(at == 0 && (way - 0.25).abs() < 1e-12, "{at} {way}");
        assert_eq!(between(None, &places, 0.5), (1, 0.0));
        assert_eq!(between(None, &places, 0.95), (2, 0.0));
        assert_eq!(between(Some(3), &places, 0.34), (1, 0.0));
        assert_eq!(between(Some(3), &places, 1.0), (2, 0.0));
        assert_eq!(between(None, &[], 0.5), (0, 0.0));
        assert_eq!((banded(0.0), banded(1.0)), (ramp(0.0), ramp(1.0)));
        assert_eq!(banded(0.52), banded(0.58));
    }
}
