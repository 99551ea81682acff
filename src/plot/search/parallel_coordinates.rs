//! Parallel coordinates: a line for each trial across all parameters.

use super::dimension::Dimension;
use super::shades::Shades;
use super::told::Told;
use crate::error::Result;
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::{Align, Canvas, Rect};
use crate::plot::draw::legend::{Entry, headline, legend};
use crate::plot::draw::scale::{Scale, Tick};
use crate::plot::draw::style::{AXIS, INK, LABEL, TICK, WHITE, stroke_ramp};
use crate::plot::draw::text;
use crate::plot::listed;
use crate::tune::study::Study;

const MOST: usize = 20;

impl Study {
    /// Parallel coordinates, as Optuna's `plot_parallel_coordinate`: a vertical axis for the
    /// objective and for each parameter, and a line across them for each complete trial, darker for
    /// better ones. If a trial lacks a parameter, its line has a gap. At most the 20 most important
    /// parameters are shown.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let study = Study::open("memory", "parabola", [Direction::Minimize])?.seed(7)?;
    /// study.optimize(20, |trial| Ok((trial.float("x", -9.0f64..=9.0) - 2.0).powi(2)))?;
    /// assert!(study.plot_parallel_coordinates()?.alt().contains("20 trials"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the study has several objectives, or its database cannot be reached.
    pub fn plot_parallel_coordinates(&self) -> Result<Figure> {
        self.plot_parallel_coordinates_with(&PlotOptions::new())
    }

    /// [`plot_parallel_coordinates`](Self::plot_parallel_coordinates) with options; `log_y` applies
    /// to the objective.
    ///
    /// # Errors
    /// As [`plot_parallel_coordinates`](Self::plot_parallel_coordinates), or if an option is out of
    /// bounds.
    pub fn plot_parallel_coordinates_with(&self, options: &PlotOptions) -> Result<Figure> {
        draw(&Told::of(self)?, options)
    }
}

pub(super) fn draw(told: &Told, options: &PlotOptions) -> Result<Figure> {
    let (dimensions, _) = told.dimensions(MOST);
    let complete = told.complete();
    let Some(shades) = Shades::of(complete.iter().map(|(_, v)| *v), told.direction) else {
        return super::nothing(told, "no complete trial", options);
    };
    let axes = dimensions.len() + 1;
    let wide = (110 + 105 * dimensions.len() as u32).clamp(460, 1100);
    let mut canvas = Canvas::new(options.size_or(wide, 400)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let (worst, best) = shades.ends();
    let entry = Entry::Ramp(stroke_ramp, format!("{} {worst}", told.objective), best);
    legend(&mut canvas, &mut rest, &[entry]);
    let objective = match options.log_y {
        Some(true) => Scale::log(complete.iter().map(|(_, v)| *v)),
        _ => Scale::linear(complete.iter().map(|(_, v)| *v)),
    };
    let ticks = objective.ticks(6).into_iter();
    let ticks: Vec<Tick> =
        ticks.filter_map(|(v, text)| Some((objective.place(v)?, text))).collect();

    // Names above the axes alternate between two lines, so that each may be twice as wide.
    let left = ticks.iter().map(|(_, t)| text::width(t, TICK)).fold(0.0, f64::max) + 14.0;
    let last = dimensions.last().map_or(Vec::new(), |d| axis_ticks(d, rest.height()));
    let right = last.iter().map(|(_, t)| text::width(t, TICK)).fold(24.0, f64::max).min(90.0);
    let inner = Rect::new(rest.x0 + left, rest.y0 + 42.0, rest.x1 - right - 12.0, rest.y1 - 12.0);
    let step = (inner.x1 - inner.x0) / (axes - 1).max(1) as f64;
    let x = |axis: usize| inner.x0 + step * axis as f64;
    let y = |share: f64| inner.y1 - share * (inner.y1 - inner.y0);

    let mut order: Vec<usize> = (0..complete.len()).collect();
    // The best trials on top.
    order.sort_by(|a, b| shades.share(complete[*a].1).total_cmp(&shades.share(complete[*b].1)));
    for i in order {
        let (trial, value) = complete[i];
        let shares = dimensions.iter().map(|d| d.share(d.internal(trial)?));
        let shares: Vec<Option<f64>> =
            std::iter::once(objective.place(value)).chain(shares).collect();
        let points: Vec<_> =
            shares.iter().enumerate().map(|(a, share)| share.map(|s| (x(a), y(s)))).collect();
        let good = shades.share(value);
        for run in points.split(Option::is_none).filter(|run| !run.is_empty()) {
            let run: Vec<_> = run.iter().copied().flatten().collect();
            let width = if run.len() == 1 { 5.0 } else { 1.2 + good };
            canvas.line(&run, width, stroke_ramp(good), 1.0);
        }
    }
    for axis in 0..axes {
        let (name, ticks) = match axis.checked_sub(1).and_then(|i| dimensions.get(i)) {
            Some(dimension) => (&dimension.name, axis_ticks(dimension, inner.height())),
            None => (&told.objective, ticks.clone()),
        };
        canvas.rule((x(axis), inner.y0), (x(axis), inner.y1), AXIS);
        for (share, words) in ticks {
            let words = text::shorten(&words, TICK, (step - 14.0).clamp(30.0, 90.0));
            let (at, half) = (y(share), text::width(&words, TICK));
            // The first axis has its texts on the left, all others on the right.
            let (from, align) =
                if axis == 0 { (x(0) - 6.0, Align::Right) } else { (x(axis) + 5.0, Align::Left) };
            canvas.rule((x(axis) - 3.0, at), (x(axis) + 3.0, at), AXIS);
            if axis > 0 {
                let behind = Rect::new(from - 1.5, at - 6.0, from + half + 1.5, at + 6.0);
                canvas.fill(behind, WHITE, 0.78);
            }
            canvas.text(&words, (from, at), TICK, align, INK);
        }
        let row = if axes > 4 { (axis % 2) as f64 } else { 0.0 };
        // Names at the edges stay within the figure and clear of the others.
        let own = if axes > 4 { step } else { step / 2.0 } - 4.0;
        let room = own.min(x(axis) - rest.x0) + own.min(rest.x1 - 4.0 - x(axis));
        let name = text::shorten(name, LABEL, room.max(24.0));
        let half = text::width(&name, LABEL) / 2.0;
        let middle = x(axis).min(rest.x1 - half - 4.0).max(rest.x0 + half);
        canvas.text(&name, (middle, inner.y0 - 12.0 - 16.0 * row), LABEL, Align::Middle, INK);
    }
    let names: Vec<String> = dimensions.iter().map(|d| d.name.clone()).collect();
    let trials = super::count(complete.len(), "trial");
    canvas.finish(format!("Parallel coordinates of {trials} over {}", listed(&names)))
}

/// As many ticks as lines of text fit the axis.
fn axis_ticks(dimension: &Dimension, height: f64) -> Vec<Tick> {
    let ticks = dimension.ticks((height / 44.0) as usize);
    let most = (height / (TICK + 2.0)).max(1.0) as usize;
    let every = ticks.len().div_ceil(most).max(1);
    ticks.into_iter().step_by(every).collect()
}
