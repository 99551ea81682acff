//! Parameter importances.

use std::sync::Arc;

use super::told::Told;
use crate::error::Result;
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::{Align, Canvas, Rect};
use crate::plot::draw::legend::headline;
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::scale::Scale;
use crate::plot::draw::style::{self, INK, TICK};
use crate::plot::listed;
use crate::tune::Trial;
use crate::tune::importance::PedAnova;
use crate::tune::search::is_own;
use crate::tune::study::Study;

/// Largest number of bars.
const MOST: usize = 40;

impl Study {
    /// The parameters' importances by [`PedAnova`] with its defaults, as Optuna's
    /// `plot_param_importances`: a bar for each, the most important first; they sum to 1.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let study = Study::open("memory", "parabola", [Direction::Minimize])?.seed(7)?;
    /// study.optimize(40, |trial| {
    ///     let idle: f64 = trial.float("idle", 0.0..=1.0);
    ///     Ok((trial.float("x", -9.0f64..=9.0) - 2.0).powi(2) + 0.001 * idle)
    /// })?;
    /// assert!(study.plot_importance()?.alt().contains("x 0."));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the study has several objectives, or its database cannot be reached.
    pub fn plot_importance(&self) -> Result<Figure> {
        self.plot_importance_with(&PlotOptions::new())
    }

    /// [`plot_importance`](Self::plot_importance) with options.
    ///
    /// # Errors
    /// As [`plot_importance`](Self::plot_importance), or if an option is out of bounds.
    pub fn plot_importance_with(&self, options: &PlotOptions) -> Result<Figure> {
        draw(&Told::of(self)?, options)
    }
}

pub(super) fn draw(told: &Told, options: &PlotOptions) -> Result<Figure> {
    let without_own = |t: &Arc<Trial>| {
        let mut trial = Trial::clone(t);
        trial.params.retain(|p| !is_own(&p.name));
        Arc::new(trial)
    };
    let trials: Vec<Arc<Trial>> = told.trials.iter().map(without_own).collect();
    let importance = PedAnova::new().evaluate(&trials, &[told.direction])?;
    let names: Vec<String> = importance.names().iter().take(MOST).cloned().collect();
    let values = &importance.values()[..names.len()];
    if told.complete().len() < 2 || names.is_empty() {
        return super::nothing(told, "importance needs two complete trials", options);
    }
    let high = 70 + 24 * names.len() as u32;
    let mut canvas = Canvas::new(options.size_or(560, high)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    // Room for the values right of their bars.
    rest.x1 -= 34.0;
    let x_title = options.x_label.as_deref().unwrap_or("importance (PED-ANOVA)");
    let x = Axis::numbers(Scale::from_zero(values.iter().copied()), x_title);
    let y = Axis::names_down(&names, options.y_label.as_deref().unwrap_or(""));
    let panel = Panel::new(rest, x, y, "");
    panel.draw(&mut canvas);
    for (i, value) in values.iter().enumerate() {
        let i = i as f64;
        let places = (panel.x(0.0), panel.x(*value), panel.y(i + 0.18), panel.y(i + 0.82));
        let (Some(x0), Some(x1), Some(y0), Some(y1)) = places else { continue };
        canvas.fill(Rect::new(x0, y0, x1, y1), style::series(0), 1.0);
        let at = (x1 + 5.0, (y0 + y1) / 2.0);
        canvas.text(&format!("{value:.3}"), at, TICK, Align::Left, INK);
    }
    let words: Vec<String> =
        names.iter().zip(values).map(|(name, value)| format!("{name} {value:.3}")).collect();
    canvas.finish(format!("Importances of the parameters of {}: {}", told.name, listed(&words)))
}
