//! Plots of searches: how fast a study improved, which values it tried, and what its objective
//! depends on.
//!
//! They are methods of [`Study`](crate::tune::study::Study), and so of
//! [`ModelStudy`](crate::tune::search::ModelStudy): `study.plot_objective()`. Each needs a study
//! with one objective. Where a colour shows a value, darker is better.

mod convergence;
mod dimension;
mod evaluations;
mod importance;
mod matrix;
mod objective;
mod optimization_history;
mod parallel_coordinates;
mod regret;
mod rungs;
mod shades;
mod slices;
mod told;

pub use convergence::{convergence, convergence_of, convergence_of_with, convergence_with};

use crate::error::Result;
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::{Align, Canvas};
use crate::plot::draw::legend::headline;
use crate::plot::draw::scale::Scale;
use crate::plot::draw::style::{FAINT_INK, LABEL};
use told::Told;

/// A figure that says that there is nothing to show.
fn nothing(told: &Told, words: &str, options: &PlotOptions) -> Result<Figure> {
    let mut canvas = Canvas::new(options.size_or(420, 160)?)?;
    let rest = headline(&mut canvas, options.title_or(""));
    let middle = ((rest.x0 + rest.x1) / 2.0, (rest.y0 + rest.y1) / 2.0);
    canvas.text(words, middle, LABEL, Align::Middle, FAINT_INK);
    canvas.finish(format!("{} of study '{}'", words, told.name))
}

/// A scale from 1 to `n` calls, with a margin of less than a call.
fn calls(n: usize) -> Scale {
    let air = (n as f64 * 0.02).clamp(0.3, 0.9);
    Scale::exact(1.0 - air, n.max(1) as f64 + air)
}

/// A number of things in words.
fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Every plot of a study, for tests of odd input.
#[cfg(test)]
pub(super) fn all(
    name: &str,
    direction: crate::tune::Direction,
    trials: &[std::sync::Arc<crate::tune::Trial>],
    process: bool,
    options: &PlotOptions,
) -> Vec<Result<Figure>> {
    let told = Told::new(name, direction, name, trials.to_vec(), process);
    vec![
        convergence::draw_told(&told, options),
        regret::draw(&told, None, options),
        regret::draw(&told, Some(-1.5), options),
        optimization_history::draw(&told, options),
        evaluations::draw(&told, options),
        objective::draw(&told, options),
        parallel_coordinates::draw(&told, options),
        slices::draw(&told, options),
        importance::draw(&told, options),
        rungs::draw(&told, options),
    ]
}

#[cfg(test)]
mod tests;
