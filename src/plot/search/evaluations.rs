//! The values that a search has tried.

use super::dimension::{Dimension, Way};
use super::matrix::{MOST, Matrix, size};
use super::told::Told;
use crate::error::Result;
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::{Canvas, Rect};
use crate::plot::draw::legend::{Entry, headline, legend};
use crate::plot::draw::marks::{BEST, best_dot, dot};
use crate::plot::draw::scale::{Scale, Tick, grouped};
use crate::plot::draw::style::{self, stroke_ramp};
use crate::plot::listed;
use crate::tune::study::Study;
use crate::tune::{Distribution, Trial};

/// Number of bars of a histogram of numbers, scikit-optimize's default.
const BINS: usize = 20;

impl Study {
    /// The parameters of the complete trials, as scikit-optimize's `plot_evaluations`: a histogram
    /// of each parameter on the diagonal, and below it each pair of parameters with a dot for each
    /// trial. Later trials are darker, the best one is red. Each histogram has its own scale. At
    /// most the 12 most important parameters are shown.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let space = Space::new().real("x", -2.0..=2.0).log_real("rate", 1e-3..=1.0);
    /// let f = |at: &Point| Ok(at.real("x")?.powi(2) + at.real("rate")?);
    /// let study = tpe_minimize(&space, f).n_calls(15).seed(1).run("memory")?;
    /// assert!(study.plot_evaluations()?.alt().contains("x, rate"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the study has several objectives, or its database cannot be reached.
    pub fn plot_evaluations(&self) -> Result<Figure> {
        self.plot_evaluations_with(&PlotOptions::new())
    }

    /// [`plot_evaluations`](Self::plot_evaluations) with options.
    ///
    /// # Errors
    /// As [`plot_evaluations`](Self::plot_evaluations), or if an option is out of bounds.
    pub fn plot_evaluations_with(&self, options: &PlotOptions) -> Result<Figure> {
        draw(&Told::of(self)?, options)
    }
}

pub(super) fn draw(told: &Told, options: &PlotOptions) -> Result<Figure> {
    let (dimensions, count) = told.dimensions(MOST);
    let complete = told.complete();
    let (Some(best), false) = (told.best(&complete), dimensions.is_empty()) else {
        return super::nothing(told, "no complete trial with parameters to choose", options);
    };
    let trials: Vec<&Trial> = complete.iter().map(|(t, _)| *t).collect();
    let counts: Vec<Vec<usize>> = dimensions.iter().map(|d| histogram(d, &trials)).collect();
    // Each has its own scale, because the few trials of a conditional parameter would not show
    // beside the others.
    let tallest = |counts: &Vec<usize>| counts.iter().copied().max().unwrap_or(0);
    let scales: Vec<Scale> =
        counts.iter().map(|c| Scale::from_zero(std::iter::once(tallest(c) as f64))).collect();
    // Small cells have room for fewer ticks.
    let most = if dimensions.len() > 6 { 2 } else { 3 };
    let ticks = |scale: &Scale| -> Vec<Tick> {
        let ticks = scale.whole_ticks(most).into_iter();
        ticks.filter_map(|(v, text)| Some((scale.place(v)?, text))).collect()
    };
    let right: Vec<Vec<Tick>> = scales.iter().map(ticks).collect();

    let (wide, high) = size(dimensions.len());
    let mut canvas = Canvas::new(options.size_or(wide, high)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let ends = [trials.first(), trials.last()].map(|t| t.map_or(0, |t| t.number as i64));
    let [first, last] = ends.map(|n| format!("trial {}", grouped(n)));
    let words = format!("best, trial {}", trials[best].number);
    legend(
        &mut canvas,
        &mut rest,
        &[
            Entry::Ramp(stroke_ramp, first, last),
            Entry::Best(words),
            Entry::Swatch(style::series(0), "number of trials (axes at the right)".to_string()),
        ],
    );
    let matrix = Matrix::new(rest, &dimensions, right);
    matrix.ground(&mut canvas);
    for (row, up) in dimensions.iter().enumerate() {
        let top = up.internal(trials[best]).and_then(|v| up.share(v));
        draw_histogram(&mut canvas, up, matrix.cell(row, row), &counts[row], &scales[row], top);
        for (column, across) in dimensions[..row].iter().enumerate() {
            let cell = matrix.cell(row, column);
            let order = |i: usize| i as f64 / (trials.len() - 1).max(1) as f64;
            for (i, trial) in trials.iter().enumerate() {
                if let Some(at) = place(cell, across, up, trial) {
                    dot(&mut canvas, at, stroke_ramp(order(i)));
                }
            }
            if let Some(at) = place(cell, across, up, trials[best]) {
                best_dot(&mut canvas, at);
            }
        }
    }
    matrix.frame(&mut canvas);
    canvas.finish(format!("Evaluations of {}", described(&dimensions, count, trials.len())))
}

/// Trials and parameters in words.
pub(super) fn described(dimensions: &[Dimension], count: usize, trials: usize) -> String {
    let names: Vec<String> = dimensions.iter().map(|d| d.name.clone()).collect();
    let some = if count > names.len() { format!(" {} of {count}", names.len()) } else { "".into() };
    format!("{} over{some} parameters: {}", super::count(trials, "trial"), listed(&names))
}

/// A trial's point in a cell.
pub(super) fn place(
    cell: Rect,
    across: &Dimension,
    up: &Dimension,
    trial: &Trial,
) -> Option<(f64, f64)> {
    let x = across.scale.place(across.spread(trial, Way::Across)?)?;
    let y = up.scale.place(up.spread(trial, Way::Up)?)?;
    Some((cell.x0 + x * cell.width(), cell.y1 - y * cell.height()))
}

/// Number of bars of a parameter: one for each choice, or for each whole number if they are few.
fn bars(dimension: &Dimension) -> usize {
    match &*dimension.of {
        Distribution::Categorical { choices } => choices.len(),
        Distribution::Int { low, high, step, log: false } => {
            let values = (i128::from(*high) - i128::from(*low)) / i128::from((*step).max(1)) + 1;
            usize::try_from(values).unwrap_or(BINS).min(BINS)
        }
        _ => BINS,
    }
}

/// Where the first bar begins and the last one ends on the axis, from 0 to 1.
fn edges(dimension: &Dimension) -> (f64, f64) {
    let (low, high) = match &*dimension.of {
        Distribution::Categorical { .. } => return (0.0, 1.0),
        Distribution::Float { low, high, .. } => (*low, *high),
        // Each of a few whole numbers lies in the middle of its bar.
        Distribution::Int { low, high, step, log: false } if bars(dimension) < BINS => {
            (*low as f64 - 0.5 * *step as f64, *high as f64 + 0.5 * *step as f64)
        }
        Distribution::Int { low, high, .. } => (*low as f64, *high as f64),
    };
    (dimension.share(low).unwrap_or(0.0), dimension.share(high).unwrap_or(1.0))
}

fn histogram(dimension: &Dimension, trials: &[&Trial]) -> Vec<usize> {
    let mut counts = vec![0; bars(dimension).max(1)];
    let (low, high) = edges(dimension);
    for share in trials.iter().filter_map(|t| dimension.share(dimension.internal(t)?)) {
        let at = (share - low) / (high - low) * counts.len() as f64;
        let last = counts.len() - 1;
        counts[(at.max(0.0) as usize).min(last)] += 1;
    }
    counts
}

/// Draws a histogram; `best` is the best trial's position on the axis.
fn draw_histogram(
    canvas: &mut Canvas,
    dimension: &Dimension,
    cell: Rect,
    counts: &[usize],
    scale: &Scale,
    best: Option<f64>,
) {
    let (low, high) = edges(dimension);
    let x = |share: f64| cell.x0 + share * cell.width();
    let wide = (high - low) / counts.len() as f64;
    for (i, count) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
        let Some(share) = scale.place(*count as f64) else { continue };
        let (left, top) = (low + i as f64 * wide, cell.y1 - share * cell.height());
        let bar = Rect::new(x(left) + 0.5, top, x(left + wide) - 0.5, cell.y1);
        canvas.fill(bar, style::series(0), 1.0);
    }
    if let Some(best) = best.filter(|share| (0.0..=1.0).contains(share)) {
        canvas.rule((x(best), cell.y0), (x(best), cell.y1), BEST);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::trial;
    use super::*;
    use crate::tune::Choice;

    #[test]
    fn each_value_falls_into_its_bar() {
        let log = Distribution::Float { low: 1e-4, high: 1.0, step: None, log: true };
        let few = Distribution::Int { low: 1, high: 3, step: 1, log: false };
        let kinds = Distribution::Categorical { choices: (0..3).map(Choice::Int).collect() };
        let count = |of: &Distribution, values: &[f64]| {
            let trials: Vec<Trial> = values
                .iter()
                .enumerate()
                .map(|(i, v)| trial(i as u64, &[("p", of.clone(), *v)], Some(1.0)))
                .collect();
            let dimension = Dimension::of("p", [of.clone()].iter()).unwrap();
            histogram(&dimension, &trials.iter().collect::<Vec<_>>())
        };
        let counts = count(&log, &[1e-4, 1.2e-4, 1.1e-2, 1.0]);
        assert_eq!((counts[0], counts[10], counts[19], counts.len()), (2, 1, 1, 20));
        assert_eq!(count(&few, &[1.0, 2.0, 2.0, 3.0]), [1, 2, 1]);
        assert_eq!(count(&kinds, &[2.0, 2.0, 0.0]), [1, 0, 2]);
    }
}
