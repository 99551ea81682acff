//! Convergence plots: the best value after each call.

use plotters::style::RGBColor;

use super::calls;
use super::told::Told;
use crate::error::{Error, Result};
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::Canvas;
use crate::plot::draw::curve::curve;
use crate::plot::draw::legend::{headline, legend, strokes};
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::scale::{Scale, drawable};
use crate::plot::draw::shapes::Dash;
use crate::plot::draw::style::{self, WHITE, blend};
use crate::plot::listed;
use crate::plot::values::named;
use crate::tune::Direction;
use crate::tune::study::Study;

/// The best of the first n values over n, as scikit-optimize's `plot_convergence`. `runs` holds the
/// values of each search's calls in order. Runs of the same name, such as those of several seeds,
/// share a colour: thin lines, and a thick one for their mean.
///
/// ```
/// use dfdx_lab::plot;
/// use dfdx_lab::tune::Direction;
/// let runs = [
///     ("random".to_string(), vec![9.0, 4.0, 5.0, 3.5]),
///     ("gp".to_string(), vec![8.0, 6.0, 2.0, 0.5]),
/// ];
/// let figure = plot::convergence(&runs, Direction::Minimize)?;
/// assert!(figure.alt().contains("gp"));
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the figure cannot be drawn.
pub fn convergence(runs: &[(impl AsRef<str>, Vec<f64>)], direction: Direction) -> Result<Figure> {
    convergence_with(runs, direction, &PlotOptions::new())
}

/// [`convergence`] with options.
///
/// # Errors
/// If an option is out of bounds.
pub fn convergence_with(
    runs: &[(impl AsRef<str>, Vec<f64>)],
    direction: Direction,
    options: &PlotOptions,
) -> Result<Figure> {
    draw(&named(runs), direction, "f(x)", options)
}

/// [`convergence`] of studies with their names; studies of the same name are runs of one search.
/// Only complete trials count as calls.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let space = Space::new().real("x", -2.0..=2.0);
/// let square = |at: &Point| Ok(at.real("x")?.powi(2));
/// let random = dummy_minimize(&space, square).n_calls(12).seed(1).run("memory")?;
/// let tpe = tpe_minimize(&space, square).n_calls(12).seed(1).run("memory")?;
/// plot::convergence_of(&[("random".to_string(), random), ("tpe".to_string(), tpe)])?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// If a study has several objectives or a different direction than the others, or its database
/// cannot be reached.
pub fn convergence_of(studies: &[(impl AsRef<str>, Study)]) -> Result<Figure> {
    convergence_of_with(studies, &PlotOptions::new())
}

/// [`convergence_of`] with options.
///
/// # Errors
/// As [`convergence_of`], or if an option is out of bounds.
pub fn convergence_of_with(
    studies: &[(impl AsRef<str>, Study)],
    options: &PlotOptions,
) -> Result<Figure> {
    let told: Result<Vec<Told>> = studies.iter().map(|(_, study)| Told::of(study)).collect();
    let names: Vec<String> = studies.iter().map(|(name, _)| name.as_ref().to_string()).collect();
    draw_studies(&names, &told?, options)
}

fn draw_studies(names: &[String], told: &[Told], options: &PlotOptions) -> Result<Figure> {
    let direction = told.first().map_or(Direction::Minimize, |t| t.direction);
    if let Some(other) = told.iter().find(|t| t.direction != direction) {
        let what = format!("plot::convergence_of: the direction of study '{}'", other.name);
        let got = format!("{:?}", other.direction);
        return Err(Error::argument(what, got, format!("{direction:?}, as the first study's")));
    }
    let objective = told.first().map_or("value", |t| t.objective.as_str());
    let runs: Vec<_> = names.iter().cloned().zip(told.iter().map(values)).collect();
    draw(&runs, direction, objective, options)
}

impl Study {
    /// The best value after n complete trials over n, as scikit-optimize's `plot_convergence`.
    /// [`plot::convergence_of`](crate::plot::convergence_of) compares several studies.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let space = Space::new().real("x", -2.0..=2.0);
    /// let square = |at: &Point| Ok(at.real("x")?.powi(2));
    /// let study = tpe_minimize(&space, square).n_calls(15).seed(1).run("memory")?;
    /// assert!(study.plot_convergence()?.alt().contains("15 calls"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the study has several objectives, or its database cannot be reached.
    pub fn plot_convergence(&self) -> Result<Figure> {
        self.plot_convergence_with(&PlotOptions::new())
    }

    /// [`plot_convergence`](Self::plot_convergence) with options.
    ///
    /// # Errors
    /// As [`plot_convergence`](Self::plot_convergence), or if an option is out of bounds.
    pub fn plot_convergence_with(&self, options: &PlotOptions) -> Result<Figure> {
        draw_told(&Told::of(self)?, options)
    }
}

pub(super) fn draw_told(told: &Told, options: &PlotOptions) -> Result<Figure> {
    draw(&[(told.name.clone(), values(told))], told.direction, &told.objective, options)
}

fn values(told: &Told) -> Vec<f64> {
    told.complete().iter().map(|(_, value)| *value).collect()
}

/// The best value so far after each call; NaN before the first that can be drawn.
fn best_so_far(values: &[f64], direction: Direction) -> Vec<f64> {
    let best = |best: &mut f64, v: &f64| {
        if drawable(*v) && (best.is_nan() || direction.loss(*v) < direction.loss(*best)) {
            *best = *v;
        }
        Some(*best)
    };
    values.iter().scan(f64::NAN, best).collect()
}

/// The mean over runs, up to the length of the shortest.
fn mean(runs: &[&Vec<f64>]) -> Vec<f64> {
    let shortest = runs.iter().map(|r| r.len()).min().unwrap_or(0);
    let n = runs.len() as f64;
    (0..shortest).map(|i| runs.iter().map(|r| r[i] / n).sum()).collect()
}

/// The corners of a step function in which a value holds until the next call.
fn steps(values: &[f64]) -> Vec<(f64, f64)> {
    let mut points = Vec::with_capacity(2 * values.len());
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            points.push((i as f64 + 1.0, values[i - 1]));
        }
        points.push((i as f64 + 1.0, *value));
    }
    points
}

fn draw(
    runs: &[(String, Vec<f64>)],
    direction: Direction,
    objective: &str,
    options: &PlotOptions,
) -> Result<Figure> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in runs {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let best: Vec<(&String, Vec<f64>)> =
        runs.iter().map(|(name, values)| (name, best_so_far(values, direction))).collect();
    let mut canvas = Canvas::new(options.size_or(600, 360)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    if names.len() > 1 {
        legend(&mut canvas, &mut rest, &strokes(&names));
    }
    let all = || {
        let values = best.iter().flat_map(|(_, values)| values.iter().copied());
        values.chain(options.also())
    };
    let y_scale = match options.log_y {
        Some(true) => Scale::log(all()),
        _ => Scale::linear(all()),
    };
    let longest = runs.iter().map(|(_, v)| v.len()).max().unwrap_or(0);
    let word = if direction == Direction::Minimize { "min" } else { "max" };
    let y_title = format!("{word} {objective} after n calls");
    let x = Axis::whole_numbers(
        calls(longest),
        options.x_label.as_deref().unwrap_or("number of calls n"),
    );
    let y = Axis::numbers(y_scale, options.y_label.as_deref().unwrap_or(&y_title));
    let panel = Panel::new(rest, x, y, "");
    panel.draw(&mut canvas);
    options.draw_level(&mut canvas, &panel);
    let mut any = false;
    for (n, name) in names.iter().enumerate() {
        let own: Vec<&Vec<f64>> =
            best.iter().filter(|(other, _)| *other == name).map(|(_, v)| v).collect();
        let color = style::series(n);
        if let [only] = own[..] {
            any |= stairs(&mut canvas, &panel, only, color, style::dash(n), 2.0);
            continue;
        }
        for run in &own {
            any |= stairs(&mut canvas, &panel, run, blend(color, WHITE, 0.25), None, 0.8);
        }
        stairs(&mut canvas, &panel, &mean(&own), color, style::dash(n), 2.6);
    }
    if !any {
        panel.say(&mut canvas, "no complete trial");
    }
    let calls = super::count(longest, "call");
    canvas.finish(format!("Convergence of {} over {calls}", listed(&names)))
}

/// Draws a step function; a single value is a dot. Returns whether there was anything to draw.
fn stairs(
    canvas: &mut Canvas,
    panel: &Panel,
    values: &[f64],
    color: RGBColor,
    dash: Option<Dash>,
    width: f64,
) -> bool {
    let points = steps(values);
    if points.len() <= 1 {
        return curve(canvas, panel, &points, color, None);
    }
    let placed: Vec<_> = points.iter().filter_map(|&(x, y)| panel.point(x, y)).collect();
    canvas.broken(&placed, width, dash, color, 1.0);
    !placed.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_so_far_never_gets_worse_and_skips_what_is_no_number() {
        let values = [f64::NAN, 3.0, 5.0, f64::NEG_INFINITY, 1.0, 2.0];
        let best = best_so_far(&values, Direction::Minimize);
        assert!(best[0].is_nan());
        assert_eq!(best[1..], [3.0, 3.0, 3.0, 1.0, 1.0]);
        assert_eq!(best_so_far(&values, Direction::Maximize)[1..], [3.0, 5.0, 5.0, 5.0, 5.0]);
        assert_eq!(mean(&[&vec![1.0, 2.0, 3.0], &vec![3.0, 6.0]]), [2.0, 4.0]);
        assert_eq!(steps(&[4.0, 2.0]), [(1.0, 4.0), (2.0, 4.0), (2.0, 2.0)]);
    }
}
