//! Cumulative regret.

use super::calls;
use super::told::Told;
use crate::error::Result;
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::Canvas;
use crate::plot::draw::curve::curve;
use crate::plot::draw::legend::headline;
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::scale::{Scale, drawable, number};
use crate::plot::draw::style;
use crate::tune::study::Study;

impl Study {
    /// The cumulative regret over n calls: the sum of the distances of the first n complete trials
    /// from the optimum, as scikit-optimize's `plot_regret`. The optimum is the given one, or the
    /// best value found: `study.plot_regret(0.398)`, `study.plot_regret(None)`.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let space = Space::new().real("x", -2.0..=2.0);
    /// let square = |at: &Point| Ok(at.real("x")?.powi(2));
    /// let study = tpe_minimize(&space, square).n_calls(15).seed(1).run("memory")?;
    /// assert!(study.plot_regret(0.0)?.alt().contains("15 calls"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the study has several objectives, or its database cannot be reached.
    pub fn plot_regret(&self, optimum: impl Into<Option<f64>>) -> Result<Figure> {
        self.plot_regret_with(optimum, &PlotOptions::new())
    }

    /// [`plot_regret`](Self::plot_regret) with options.
    ///
    /// # Errors
    /// As [`plot_regret`](Self::plot_regret), or if an option is out of bounds.
    pub fn plot_regret_with(
        &self,
        optimum: impl Into<Option<f64>>,
        options: &PlotOptions,
    ) -> Result<Figure> {
        draw(&Told::of(self)?, optimum.into(), options)
    }
}

/// Cumulative sums of the losses' distances from `least`.
fn regret(losses: &[f64], least: f64) -> Vec<f64> {
    let add = |sum: &mut f64, loss: &f64| {
        *sum += loss - least;
        Some(*sum)
    };
    losses.iter().scan(0.0, add).collect()
}

pub(super) fn draw(told: &Told, optimum: Option<f64>, options: &PlotOptions) -> Result<Figure> {
    let losses: Vec<f64> = told.complete().iter().map(|(_, v)| told.direction.loss(*v)).collect();
    let given = optimum.filter(|v| drawable(*v)).map(|v| told.direction.loss(v));
    let least = given.unwrap_or_else(|| losses.iter().copied().fold(f64::INFINITY, f64::min));
    let sums = regret(&losses, least);
    let mut canvas = Canvas::new(options.size_or(600, 360)?)?;
    let rest = headline(&mut canvas, options.title_or(""));
    let scale = match options.log_y {
        Some(true) => Scale::log(sums.iter().copied()),
        _ => Scale::from_zero(sums.iter().copied()),
    };
    let x_title = options.x_label.as_deref().unwrap_or("number of calls n");
    let y_title = options.y_label.as_deref().unwrap_or("cumulative regret after n calls");
    let x = Axis::whole_numbers(calls(sums.len()), x_title);
    let panel = Panel::new(rest, x, Axis::numbers(scale, y_title), "");
    panel.draw(&mut canvas);
    let points: Vec<_> = sums.iter().enumerate().map(|(i, v)| (i as f64 + 1.0, *v)).collect();
    if !curve(&mut canvas, &panel, &points, style::series(0), None) {
        panel.say(&mut canvas, "no complete trial");
    }
    let calls = super::count(sums.len(), "call");
    let end = sums.last().map_or(String::new(), |v| format!(": {}", number(*v, 3)));
    canvas.finish(format!("Cumulative regret of {} over {calls}{end}", told.name))
}

#[cfg(test)]
mod tests {
    #[test]
    fn regret_adds_up_distances() {
        assert_eq!(super::regret(&[3.0, 1.0, 2.0], 0.5), [2.5, 3.0, 4.5]);
    }
}
