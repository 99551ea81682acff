//! Intermediate values by epoch, with the rungs of Hyperband.

use std::collections::BTreeMap;

use plotters::style::RGBColor;

use super::told::Told;
use crate::error::Result;
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::{Align, Canvas, Rect};
use crate::plot::draw::curve::curve;
use crate::plot::draw::legend::{Entry, headline, legend};
use crate::plot::draw::marks::{BEST, best_dot};
use crate::plot::draw::panel::epochs;
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::scale::Scale;
use crate::plot::draw::style::{self, AXIS, FAINT_INK, PALE, TICK, WHITE};
use crate::tune::search::Round;
use crate::tune::study::{Study, root_number};
use crate::tune::{Trial, TrialState};

impl Study {
    /// The intermediate values of the trials by epoch, as Optuna's `plot_intermediate_values`. For
    /// [`Hyperband`](crate::tune::search::Hyperband) and
    /// [`SuccessiveHalving`](crate::tune::search::SuccessiveHalving) each line is a configuration
    /// through all its rounds, in the colour of its bracket, and the rungs (the epochs at which a
    /// round ends) are marked. For other searches each line is a trial, grey if it was pruned.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let study = Study::open("memory", "decay", [Direction::Minimize])?.seed(7)?;
    /// study.optimize(5, |trial| {
    ///     let x: f64 = trial.float("x", 0.0..=1.0);
    ///     for epoch in 1..=4 {
    ///         trial.report(epoch, x / epoch as f64)?;
    ///     }
    ///     Ok(x / 4.0)
    /// })?;
    /// assert!(study.plot_rungs()?.alt().contains("5 configurations"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the study has several objectives, or its database cannot be reached.
    pub fn plot_rungs(&self) -> Result<Figure> {
        self.plot_rungs_with(&PlotOptions::new())
    }

    /// [`plot_rungs`](Self::plot_rungs) with options.
    ///
    /// # Errors
    /// As [`plot_rungs`](Self::plot_rungs), or if an option is out of bounds.
    pub fn plot_rungs_with(&self, options: &PlotOptions) -> Result<Figure> {
        draw(&Told::of(self)?, options)
    }
}

/// One configuration through its rounds.
struct Way<'a> {
    /// Its trials, in order.
    trials: Vec<&'a Trial>,
    bracket: Option<usize>,
    values: BTreeMap<i64, f64>,
}

impl Way<'_> {
    fn last(&self) -> Option<(f64, f64)> {
        self.values.last_key_value().map(|(step, value)| (*step as f64, *value))
    }

    fn pruned(&self) -> bool {
        self.trials.last().is_some_and(|t| t.state == TrialState::Pruned)
    }
}

/// Groups trials by configuration: a trial that continues another one belongs to the same.
fn ways(told: &Told) -> Vec<Way<'_>> {
    let mut ways: Vec<Way<'_>> = Vec::new();
    // The configuration of each trial, and of each trial that it replaced.
    let mut own: BTreeMap<u64, usize> = BTreeMap::new();
    for trial in &told.trials {
        let round = Round::of(trial);
        let parent = round.and_then(|r| r.parent).and_then(|p| own.get(&p).copied());
        let at = parent.unwrap_or_else(|| {
            let bracket = round.map(|r| r.bracket);
            ways.push(Way { trials: Vec::new(), bracket, values: BTreeMap::new() });
            ways.len() - 1
        });
        own.insert(trial.number, at);
        own.insert(root_number(trial), at);
        ways[at].trials.push(trial);
        ways[at].values.extend(&trial.intermediate);
    }
    ways.retain(|way| !way.values.is_empty());
    ways
}

pub(super) fn draw(told: &Told, options: &PlotOptions) -> Result<Figure> {
    let ways = ways(told);
    let mut rungs: Vec<usize> =
        told.trials.iter().filter_map(|t| Round::of(t)).map(|r| r.epochs).collect();
    rungs.sort_unstable();
    rungs.dedup();
    let mut brackets: Vec<usize> = ways.iter().filter_map(|way| way.bracket).collect();
    brackets.sort_unstable_by(|a, b| b.cmp(a));
    brackets.dedup();
    let color = |way: &Way<'_>| -> RGBColor {
        let bracket = way.bracket.and_then(|b| brackets.iter().position(|other| *other == b));
        match bracket {
            Some(n) => style::series(n),
            None if way.pruned() => PALE,
            None => style::series(0),
        }
    };
    let complete = told.complete();
    let best = told.best(&complete).map(|i| complete[i].0.number);
    let is_best = |way: &Way<'_>| way.trials.iter().any(|t| Some(t.number) == best);

    let mut canvas = Canvas::new(options.size_or(660, 400)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let mut entries: Vec<Entry> = brackets
        .iter()
        .enumerate()
        .map(|(n, bracket)| Entry::Line(style::series(n), None, format!("bracket {bracket}")))
        .collect();
    if brackets.is_empty() {
        entries.push(Entry::Line(style::series(0), None, "complete".to_string()));
        if ways.iter().any(Way::pruned) {
            entries.push(Entry::Line(PALE, None, "pruned".to_string()));
        }
    }
    entries.extend(best.map(|n| Entry::Best(format!("best, trial {n}"))));
    legend(&mut canvas, &mut rest, &entries);
    // Room for the rungs' epochs above the panel.
    rest.y0 += if rungs.is_empty() { 0.0 } else { 12.0 };
    let values = || ways.iter().flat_map(|way| way.values.values().copied());
    let scale = match options.log_y {
        Some(true) => Scale::log(values()),
        _ => Scale::linear(values()),
    };
    let own_title = if rungs.is_empty() { "step" } else { "epoch" };
    let steps = ways.iter().flat_map(|way| way.values.keys().map(|step| *step as f64));
    let x = epochs(steps, options.x_label.as_deref().unwrap_or(own_title));
    let y = Axis::numbers(scale, options.y_label.as_deref().unwrap_or(&told.objective));
    let panel = Panel::new(rest, x, y, "");
    panel.draw(&mut canvas);
    mark_rungs(&mut canvas, &panel, &rungs);
    let mut order: Vec<&Way<'_>> = ways.iter().collect();
    // The best configuration on top, pruned ones at the bottom.
    order.sort_by_key(|way| (is_best(way), !way.pruned()));
    for way in &order {
        let points: Vec<_> = way.values.iter().map(|(x, y)| (*x as f64, *y)).collect();
        draw_way(&mut canvas, &panel, &points, color(way), is_best(way));
        if let Some(at) = way.last().and_then(|(x, y)| panel.point(x, y)) {
            match is_best(way) {
                true => best_dot(&mut canvas, at),
                false => canvas.line(&[at], 4.4, color(way), 1.0),
            }
        }
    }
    if !values().any(f64::is_finite) {
        panel.say(&mut canvas, "no trial has reported intermediate values");
    }
    let rungs = match rungs.is_empty() {
        true => String::new(),
        false => {
            let list: Vec<String> = rungs.iter().map(|r| r.to_string()).collect();
            format!(", rungs at epochs {}", list.join(", "))
        }
    };
    let count = super::count(ways.len(), "configuration");
    canvas.finish(format!("{} of {count} by {own_title}{rungs}", told.objective))
}

fn draw_way(
    canvas: &mut Canvas,
    panel: &Panel,
    points: &[(f64, f64)],
    color: RGBColor,
    best: bool,
) {
    if points.len() == 1 {
        curve(canvas, panel, points, color, None);
        return;
    }
    let placed: Vec<_> = points.iter().map(|&(x, y)| panel.point(x, y)).collect();
    for run in placed.split(Option::is_none).filter(|run| !run.is_empty()) {
        let run: Vec<_> = run.iter().copied().flatten().collect();
        if best {
            canvas.line(&run, 4.0, WHITE, 1.0);
            canvas.line(&run, 2.4, BEST, 1.0);
        } else {
            canvas.line(&run, 1.2, color, 0.75);
        }
    }
}

/// Draws a vertical line at each rung, with its epoch above where there is room.
fn mark_rungs(canvas: &mut Canvas, panel: &Panel, rungs: &[usize]) {
    let Rect { x0, y0, x1, y1 } = panel.inner;
    let mut free = f64::NEG_INFINITY;
    for rung in rungs {
        let Some(x) = panel.x(*rung as f64).filter(|x| (x0..=x1).contains(x)) else { continue };
        let mut y = y0;
        while y < y1 {
            canvas.rule((x, y), (x, (y + 3.0).min(y1)), AXIS);
            y += 7.0;
        }
        let text = rung.to_string();
        let half = crate::plot::draw::text::width(&text, TICK) / 2.0;
        if x - half > free {
            canvas.text(&text, (x, y0 - 8.0), TICK, Align::Middle, FAINT_INK);
            free = x + half + 4.0;
        }
    }
}
