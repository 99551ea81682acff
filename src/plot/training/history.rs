//! Training histories: one panel for the loss and one for each metric.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::{Canvas, Rect};
use crate::plot::draw::curve::curve;
use crate::plot::draw::legend::{Entry, headline, legend};
use crate::plot::draw::panel::{Axis, Panel, epochs};
use crate::plot::draw::scale::{Scale, drawable};
use crate::plot::draw::style;
use crate::train::History;

/// A training history: one panel for the loss and one for each metric, each with the training and
/// validation values by epoch.
///
/// Epochs count from 1, as in the lines printed while fitting.
///
/// ```
/// use dfdx_lab::{plot, train::History};
/// let mut history = History::default();
/// for epoch in 0..5 {
///     let loss = 1.0 / (epoch as f64 + 1.0);
///     history.push(epoch, &[("loss".into(), loss), ("val_loss".into(), loss + 0.1)]);
/// }
/// let figure = plot::history(&history)?;
/// assert!(figure.alt().contains("loss"));
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the figure cannot be drawn.
pub fn history(history: &History) -> Result<Figure> {
    history_with(history, &PlotOptions::new())
}

/// [`history`] with options. `log_y` applies to the loss, whose axis is logarithmic by default if
/// the largest value is more than a thousand times the smallest.
///
/// # Errors
/// If an option is out of bounds.
pub fn history_with(history: &History, options: &PlotOptions) -> Result<Figure> {
    draw(std::slice::from_ref(history), options)
}

/// Histories of several folds or runs: a line for their mean in a band from the smallest to the
/// largest value. A run that ended early counts for its own epochs only.
///
/// # Errors
/// If the figure cannot be drawn.
pub fn folds(histories: &[History]) -> Result<Figure> {
    folds_with(histories, &PlotOptions::new())
}

/// [`folds`] with options; `log_y` applies to the losses.
///
/// # Errors
/// If an option is out of bounds.
pub fn folds_with(histories: &[History], options: &PlotOptions) -> Result<Figure> {
    draw(histories, options)
}

impl History {
    /// The loss and each metric by epoch, see [`plot::history`](crate::plot::history).
    ///
    /// # Errors
    /// If the figure cannot be drawn.
    pub fn plot(&self) -> Result<Figure> {
        history(self)
    }
}

impl crate::train::Folds {
    /// Plots loss and metrics over the epochs: the mean of the folds in a band from the smallest to
    /// the largest value.
    ///
    /// # Errors
    /// As [`folds`].
    pub fn plot_history(&self) -> Result<Figure> {
        folds(self.histories())
    }
}

/// Whether these values need a logarithmic axis: all are positive, and the largest is more than a
/// thousand times the smallest.
fn over_decades(values: impl Iterator<Item = f64>) -> bool {
    let (low, high) = values
        .filter(|v| drawable(*v))
        .fold((f64::INFINITY, 0.0f64), |(low, high), v| (low.min(v), high.max(v)));
    low > 0.0 && high > 1000.0 * low
}

/// One epoch over all runs.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    epoch: f64,
    mean: f64,
    low: f64,
    high: f64,
}

/// A series of all runs, by epoch; NaN where no run has a finite value.
fn spread(runs: &[History], name: &str) -> Vec<Spread> {
    let mut by_epoch: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for run in runs {
        for (&epoch, &value) in run.epochs().iter().zip(run.get(name).unwrap_or_default()) {
            let values = by_epoch.entry(epoch).or_default();
            if drawable(value) {
                values.push(value);
            }
        }
    }
    let spread = |(epoch, values): (usize, Vec<f64>)| Spread {
        epoch: epoch as f64 + 1.0,
        // Divided before it is added, so that the sum cannot overflow.
        mean: match values.len() {
            0 => f64::NAN,
            n => values.iter().map(|v| v / n as f64).sum(),
        },
        low: values.iter().copied().fold(f64::NAN, f64::min),
        high: values.iter().copied().fold(f64::NAN, f64::max),
    };
    by_epoch.into_iter().map(spread).collect()
}

/// The names of all series without `val_`: the loss, then the others as they first appear.
fn metrics(runs: &[History]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in runs.iter().flat_map(|run| run.names()) {
        let name = name.strip_prefix("val_").unwrap_or(name);
        if !names.iter().any(|n| n == name) {
            names.push(name.to_string());
        }
    }
    // The loss comes first, whatever the order of the runs.
    names.sort_by_key(|name| name != "loss");
    names
}

fn draw(runs: &[History], options: &PlotOptions) -> Result<Figure> {
    let mut metrics = metrics(runs);
    if metrics.is_empty() {
        metrics.push("loss".to_string());
    }
    let columns = if metrics.len() == 4 { 2 } else { metrics.len().min(3) };
    let rows = metrics.len().div_ceil(columns);
    let wide = if columns == 1 { 540 } else { 350 * columns as u32 };
    let high = if columns == 1 { 340 } else { 60 + 240 * rows as u32 };
    let mut canvas = Canvas::new(options.size_or(wide, high)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let colors = [style::series(0), style::series(1)];
    let of = match runs.len() {
        0 | 1 => String::new(),
        n => format!(" (mean of {n}, band from min to max)"),
    };
    let name = "training".to_string() + &of;
    let mut entries = vec![Entry::Line(colors[0], style::dash(0), name)];
    if runs.iter().flat_map(|run| run.names()).any(|n| n.starts_with("val_")) {
        entries.push(Entry::Line(colors[1], style::dash(1), "validation".to_string()));
    }
    legend(&mut canvas, &mut rest, &entries);

    let (w, h) = (rest.width() / columns as f64, rest.height() / rows as f64);
    for (i, metric) in metrics.iter().enumerate() {
        let (x, y) = (rest.x0 + w * (i % columns) as f64, rest.y0 + h * (i / columns) as f64);
        let outer = Rect::new(x, y, x + w, y + h);
        let series = [spread(runs, metric), spread(runs, &format!("val_{metric}"))];
        draw_metric(&mut canvas, outer, metric, &series, colors, options);
    }
    let epochs = runs.iter().map(|run| run.epochs().len()).max().unwrap_or(0);
    let folds = if runs.len() == 1 { String::new() } else { format!(" of {} runs", runs.len()) };
    canvas.finish(format!(
        "Training history{folds} over {epochs} epochs: {}",
        crate::plot::listed(&metrics)
    ))
}

fn draw_metric(
    canvas: &mut Canvas,
    outer: Rect,
    metric: &str,
    series: &[Vec<Spread>; 2],
    colors: [plotters::style::RGBColor; 2],
    options: &PlotOptions,
) {
    let all = || series.iter().flatten();
    let values = || all().flat_map(|s| [s.low, s.high]);
    let log = metric == "loss" && options.log_y.unwrap_or_else(|| over_decades(values()));
    let title = if log { format!("{metric}, logarithmic") } else { metric.to_string() };
    let scale = if log { Scale::log(values()) } else { Scale::linear(values()) };
    let y = Axis::numbers(scale, options.y_label.as_deref().unwrap_or(""));
    let x_title = options.x_label.as_deref().unwrap_or("epoch");
    let panel = Panel::new(outer, epochs(all().map(|s| s.epoch), x_title), y, &title);
    panel.draw(canvas);
    let mut any = false;
    for (series, color) in series.iter().zip(colors) {
        let places: Vec<_> = series.iter().map(|s| band_point(&panel, s)).collect();
        for run in places.split(Option::is_none) {
            let run: Vec<_> = run.iter().copied().flatten().collect();
            if run.iter().any(|(_, low, high)| low != high) {
                canvas.band(&run, color, 0.18);
            }
        }
    }
    for (n, (series, color)) in series.iter().zip(colors).enumerate() {
        let points: Vec<_> = series.iter().map(|s| (s.epoch, s.mean)).collect();
        any |= curve(canvas, &panel, &points, color, style::dash(n));
    }
    if !any {
        panel.say(canvas, "no data");
    }
}

fn band_point(panel: &Panel, s: &Spread) -> Option<(f64, f64, f64)> {
    Some((panel.x(s.epoch)?, panel.y(s.low)?, panel.y(s.high)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(losses: &[f64]) -> History {
        let mut history = History::default();
        for (epoch, loss) in losses.iter().enumerate() {
            history.push(epoch, &[("loss".to_string(), *loss), ("val_f1".to_string(), 1.0)]);
        }
        history
    }

    #[test]
    fn folds_are_averaged_epoch_by_epoch() {
        let runs = [run(&[1.0, f64::NAN, 3.0]), run(&[3.0, f64::NAN]), run(&[2.0, f64::INFINITY])];
        let spread = spread(&runs, "loss");
        assert_eq!(spread[0], Spread { epoch: 1.0, mean: 2.0, low: 1.0, high: 3.0 });
        assert!(spread[1].mean.is_nan() && spread[1].low.is_nan());
        assert_eq!(spread[2], Spread { epoch: 3.0, mean: 3.0, low: 3.0, high: 3.0 });
        assert_eq!(metrics(&runs), ["loss", "f1"]);
        assert!(over_decades([2e10, 3.0, f64::NAN].into_iter()));
        assert!(!over_decades([900.0, 1.0].into_iter()) && !over_decades([1e9, 0.0].into_iter()));
        assert!(!over_decades(std::iter::empty()));
    }
}
