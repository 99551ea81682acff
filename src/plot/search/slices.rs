//! Slice plots: the value against each parameter.

use super::dimension::Way;
use super::told::Told;
use crate::error::Result;
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::{Canvas, Rect};
use crate::plot::draw::legend::{Entry, headline, legend};
use crate::plot::draw::marks::{best_dot, dot};
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::scale::{Scale, grouped};
use crate::plot::draw::style::{LABEL, stroke_ramp};
use crate::plot::draw::text;
use crate::plot::listed;
use crate::tune::study::Study;

const COLUMNS: usize = 4;
const MOST: usize = 40;

impl Study {
    /// Slice plots, as Optuna's `plot_slice`: a panel for each parameter with the values of the
    /// complete trials over it. Later trials are darker, the best one is red. Logarithmic
    /// parameters have logarithmic axes; choices lie side by side. At most the 40 most important
    /// parameters are shown.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let study = Study::open("memory", "parabola", [Direction::Minimize])?.seed(7)?;
    /// study.optimize(20, |trial| Ok((trial.float("x", -9.0f64..=9.0) - 2.0).powi(2)))?;
    /// assert!(study.plot_slices()?.alt().contains("x"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the study has several objectives, or its database cannot be reached.
    pub fn plot_slices(&self) -> Result<Figure> {
        self.plot_slices_with(&PlotOptions::new())
    }

    /// [`plot_slices`](Self::plot_slices) with options.
    ///
    /// # Errors
    /// As [`plot_slices`](Self::plot_slices), or if an option is out of bounds.
    pub fn plot_slices_with(&self, options: &PlotOptions) -> Result<Figure> {
        draw(&Told::of(self)?, options)
    }
}

pub(super) fn draw(told: &Told, options: &PlotOptions) -> Result<Figure> {
    let (dimensions, _) = told.dimensions(MOST);
    let complete = told.complete();
    let (Some(best), false) = (told.best(&complete), dimensions.is_empty()) else {
        return super::nothing(told, "no complete trial with parameters to choose", options);
    };
    let columns = dimensions.len().min(COLUMNS);
    let rows = dimensions.len().div_ceil(columns);
    let wide = if columns == 1 { 480 } else { 60 + 225 * columns as u32 };
    let mut canvas = Canvas::new(options.size_or(wide, 50 + 235 * rows as u32)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let ends = [complete.first(), complete.last()].map(|t| t.map_or(0, |(t, _)| t.number as i64));
    let [first, last] = ends.map(|n| format!("trial {}", grouped(n)));
    let words = format!("best, trial {}", complete[best].0.number);
    legend(&mut canvas, &mut rest, &[Entry::Ramp(stroke_ramp, first, last), Entry::Best(words)]);
    let scale = match options.log_y {
        Some(true) => Scale::log(complete.iter().map(|(_, v)| *v)),
        _ => Scale::linear(complete.iter().map(|(_, v)| *v)),
    };
    let (w, h) = (rest.width() / columns as f64, rest.height() / rows as f64);
    let order = |i: usize| i as f64 / (complete.len() - 1).max(1) as f64;
    for (n, dimension) in dimensions.iter().enumerate() {
        let (x, y) = (rest.x0 + w * (n % columns) as f64, rest.y0 + h * (n / columns) as f64);
        let y_title = match n % columns {
            0 => options.y_label.as_deref().unwrap_or(&told.objective),
            _ => "",
        };
        let y_axis = Axis::numbers(scale.clone(), y_title);
        let outer = Rect::new(x, y, x + w, y + h);
        // Names must not touch those of the next panel.
        let name = text::shorten(&dimension.name, LABEL, (w - 56.0).max(40.0));
        let panel = Panel::new(outer, dimension.axis(&name), y_axis, "");
        panel.draw(&mut canvas);
        let place = |i: usize| {
            let (trial, value) = complete[i];
            panel.point(dimension.spread(trial, Way::Across)?, value)
        };
        for i in 0..complete.len() {
            if let Some(at) = place(i) {
                dot(&mut canvas, at, stroke_ramp(order(i)));
            }
        }
        if let Some(at) = place(best) {
            best_dot(&mut canvas, at);
        }
    }
    let names: Vec<String> = dimensions.iter().map(|d| d.name.clone()).collect();
    let trials = super::count(complete.len(), "trial");
    canvas.finish(format!("{} of {trials} against {}", told.objective, listed(&names)))
}
