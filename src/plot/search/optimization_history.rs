//! Optimisation histories: every trial's value, and the best so far.

use super::told::Told;
use crate::error::Result;
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::{Canvas, Rect};
use crate::plot::draw::legend::{Entry, headline, legend};
use crate::plot::draw::marks::{BEST, best_dot, dot};
use crate::plot::draw::panel::epochs;
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::scale::{Scale, drawable, number};
use crate::plot::draw::style::{self, ALARM, PALE};
use crate::tune::TrialState;
use crate::tune::study::Study;

impl Study {
    /// The value of each trial over its number as a dot, and the best so far as a line, as Optuna's
    /// `plot_optimization_history`. Pruned trials are shown by their last reported value, failed
    /// ones by a tick at the x axis.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let study = Study::open("memory", "parabola", [Direction::Minimize])?.seed(7)?;
    /// study.optimize(20, |trial| Ok((trial.float("x", -9.0f64..=9.0) - 2.0).powi(2)))?;
    /// assert!(study.plot_optimization_history()?.alt().contains("20 trials"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the study has several objectives, or its database cannot be reached.
    pub fn plot_optimization_history(&self) -> Result<Figure> {
        self.plot_optimization_history_with(&PlotOptions::new())
    }

    /// [`plot_optimization_history`](Self::plot_optimization_history) with options.
    ///
    /// # Errors
    /// As [`plot_optimization_history`](Self::plot_optimization_history), or if an option is out of
    /// bounds.
    pub fn plot_optimization_history_with(&self, options: &PlotOptions) -> Result<Figure> {
        draw(&Told::of(self)?, options)
    }
}

pub(super) fn draw(told: &Told, options: &PlotOptions) -> Result<Figure> {
    let complete = told.complete();
    let of = |state: TrialState| told.trials.iter().filter(move |t| t.state == state);
    let last = |t: &crate::tune::Trial| t.intermediate.values().next_back().copied();
    let pruned: Vec<(f64, f64)> = of(TrialState::Pruned)
        .filter_map(|t| Some((t.number as f64, t.objective().or_else(|| last(t))?)))
        .filter(|(_, v)| drawable(*v))
        .collect();
    let failed: Vec<f64> = of(TrialState::Fail).map(|t| t.number as f64).collect();

    let mut canvas = Canvas::new(options.size_or(640, 380)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let blue = style::series(0);
    let mut entries = vec![
        Entry::Dot(blue, told.objective.clone()),
        Entry::Line(BEST, None, "best so far".to_string()),
    ];
    if !pruned.is_empty() {
        entries.push(Entry::Dot(PALE, "pruned, last report".to_string()));
    }
    if !failed.is_empty() {
        entries.push(Entry::Tick(ALARM, "failed".to_string()));
    }
    legend(&mut canvas, &mut rest, &entries);
    let values = || complete.iter().map(|(_, v)| *v).chain(pruned.iter().map(|(_, v)| *v));
    let scale = match options.log_y {
        Some(true) => Scale::log(values().chain(options.also())),
        _ => Scale::linear(values().chain(options.also())),
    };
    let numbers = told.trials.iter().map(|t| t.number as f64);
    let x = epochs(numbers, options.x_label.as_deref().unwrap_or("trial"));
    let y = Axis::numbers(scale, options.y_label.as_deref().unwrap_or(&told.objective));
    let panel = Panel::new(rest, x, y, "");
    panel.draw(&mut canvas);
    options.draw_level(&mut canvas, &panel);
    for x in failed.iter().filter_map(|n| panel.x(*n)) {
        let foot = panel.inner.y1;
        canvas.fill(Rect::new(x - 1.0, foot - 9.0, x + 1.0, foot - 1.0), ALARM, 1.0);
    }
    for at in pruned.iter().filter_map(|(x, y)| panel.point(*x, *y)) {
        dot(&mut canvas, at, PALE);
    }
    let mut best: Option<f64> = None;
    let mut line = Vec::new();
    for (trial, value) in &complete {
        let x = trial.number as f64;
        line.extend(best.and_then(|b| panel.point(x, b)));
        if best.is_none_or(|b| told.better(*value, b)) {
            best = Some(*value);
        }
        line.extend(best.and_then(|b| panel.point(x, b)));
    }
    canvas.line(&line, 1.8, BEST, 1.0);
    for (trial, value) in &complete {
        if let Some(at) = panel.point(trial.number as f64, *value) {
            dot(&mut canvas, at, blue);
        }
    }
    let top = told.best(&complete).map(|i| complete[i]);
    if let Some(at) = top.and_then(|(t, v)| panel.point(t.number as f64, v)) {
        best_dot(&mut canvas, at);
    }
    if values().next().is_none() {
        let words = if failed.is_empty() { "no complete trial" } else { "every trial failed" };
        panel.say(&mut canvas, words);
    }
    let best = top.map_or(String::new(), |(t, v)| {
        format!(", the best {} = {} in trial {}", told.objective, number(v, 4), t.number)
    });
    let trials = super::count(told.trials.len(), "trial");
    canvas.finish(format!("Optimisation history of {} over {trials}{best}", told.name))
}
