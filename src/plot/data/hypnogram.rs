//! Hypnograms: sleep stages over time, true and predicted.

use crate::error::{Error, Result};
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::{Canvas, Rect};
use crate::plot::draw::checks::check_labels;
use crate::plot::draw::legend::headline;
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::scale::{Scale, grouped, percent};
use crate::plot::draw::shapes::DENSITY;
use crate::plot::draw::style::{self, ALARM, LANE};
use crate::plot::values::names;

/// A hypnogram: the true states over time, with a lane for each class in the order of `classes`
/// from the top down; below, the predicted states and a strip that marks where they differ.
///
/// `truth` and `predicted` hold a class index for each epoch; if `predicted` is empty, only the
/// true states are shown. `epoch_seconds` is the length of an epoch. If several epochs share a
/// pixel, a lane is the darker the more of them are in its state, and the strip the higher the more
/// of them differ.
///
/// # Errors
/// If the lengths differ, a label has no class name, or an epoch has no positive length.
pub fn hypnogram(
    classes: &[impl AsRef<str>],
    truth: &[usize],
    predicted: &[usize],
    epoch_seconds: f64,
) -> Result<Figure> {
    hypnogram_with(classes, truth, predicted, epoch_seconds, &PlotOptions::new())
}

/// [`hypnogram`] with options.
///
/// # Errors
/// As [`hypnogram`], or if an option is out of bounds.
pub fn hypnogram_with(
    classes: &[impl AsRef<str>],
    truth: &[usize],
    predicted: &[usize],
    epoch_seconds: f64,
    options: &PlotOptions,
) -> Result<Figure> {
    draw(&names(classes), truth, predicted, epoch_seconds, options)
}

fn draw(
    classes: &[String],
    truth: &[usize],
    predicted: &[usize],
    epoch_seconds: f64,
    options: &PlotOptions,
) -> Result<Figure> {
    let name = "plot::hypnogram";
    check_labels(name, classes, truth)?;
    check_labels(name, classes, predicted)?;
    if !predicted.is_empty() && predicted.len() != truth.len() {
        return Err(Error::argument(
            format!("{name}: the number of predicted states"),
            predicted.len(),
            format!("{}, the number of true states, or 0", truth.len()),
        ));
    }
    if !(1e-6..=1e9).contains(&epoch_seconds) {
        return Err(Error::argument(
            format!("{name}: epoch_seconds"),
            epoch_seconds,
            "the seconds of an epoch, from 1e-6 to 1e9",
        ));
    }

    let lanes = (20.0 * classes.len() as f64).clamp(60.0, 240.0);
    let both = !predicted.is_empty();
    let high = if both { 2.0 * (lanes + 26.0) + 150.0 } else { lanes + 90.0 };
    let mut canvas = Canvas::new(options.size_or(920, high as u32)?)?;
    let rest = headline(&mut canvas, options.title_or(""));
    let hours = truth.len() as f64 * epoch_seconds / 3600.0;
    // Short recordings use minutes, so that ticks stay simple numbers.
    let (unit, length) = if hours < 0.5 { ("min", hours * 60.0) } else { ("h", hours) };
    let x_title = match &options.x_label {
        Some(label) => label.clone(),
        None => format!("time [{unit}]"),
    };
    let time = Scale::exact(0.0, if length > 0.0 { length } else { 1.0 });
    let blank = || Axis::with_ticks(time.clone(), Vec::new(), "");
    let shown = || Axis::numbers(time.clone(), &x_title);
    let states = || Axis::names_down(classes, "");

    let strip = 100.0;
    let each = if both { (rest.height() - strip) / 2.0 } else { rest.height() };
    let part = |from: f64, height: f64| {
        Rect::new(rest.x0, rest.y0 + from, rest.x1, rest.y0 + from + height)
    };
    let wrong = truth.iter().zip(predicted).filter(|(t, p)| t != p).count();
    let mut panels = if both {
        let share = percent(wrong as f64 / truth.len() as f64);
        let title = format!(
            "different: {} of {} epochs ({share})",
            grouped(wrong as i64),
            grouped(truth.len() as i64)
        );
        let ends = Axis::with_ticks(Scale::exact(0.0, 1.0), Vec::new(), "");
        vec![
            Panel::new(part(0.0, each + 10.0), blank(), states(), "true"),
            Panel::new(part(each, each + 10.0), blank(), states(), "predicted"),
            Panel::new(part(2.0 * each, strip), shown(), ends, &title),
        ]
    } else {
        vec![Panel::new(part(0.0, each), shown(), states(), "")]
    };
    // The time axes of all panels are aligned.
    let left = panels.iter().map(|p| p.inner.x0).fold(0.0, f64::max);
    let right = panels.iter().map(|p| p.inner.x1).fold(f64::INFINITY, f64::min);
    for panel in &mut panels {
        (panel.inner.x0, panel.inner.x1) = (left, right);
    }

    for (panel, states) in panels.iter().zip([truth, predicted]) {
        draw_lanes(&mut canvas, panel, states, classes.len());
        panel.draw(&mut canvas);
        if truth.is_empty() {
            panel.say(&mut canvas, "no data");
        }
    }
    if let Some(panel) = panels.get(2) {
        draw_differences(&mut canvas, panel, truth, predicted);
        panel.draw(&mut canvas);
    }
    canvas.finish(match both {
        true => format!("Hypnogram of {} epochs, true and predicted; {wrong} differ", truth.len()),
        false => format!("Hypnogram of {} epochs", truth.len()),
    })
}

/// Calls `f(x0, x1, epochs)` for slices of time from left to right: one for each epoch if there are
/// at least as many pixels, else one for each device pixel with its epochs.
fn pieces(inner: Rect, epochs: usize, mut f: impl FnMut(f64, f64, std::ops::Range<usize>)) {
    let pixels = ((inner.width() * f64::from(DENSITY)) as usize).max(1);
    let n = epochs.min(pixels);
    let x = |i: usize| inner.x0 + inner.width() * i as f64 / n as f64;
    for i in 0..n {
        f(x(i), x(i + 1), i * epochs / n..(i + 1) * epochs / n);
    }
}

fn draw_lanes(canvas: &mut Canvas, panel: &Panel, states: &[usize], classes: usize) {
    let inner = panel.inner;
    let high = inner.height() / classes.max(1) as f64;
    let lane = |class: usize, x0: f64, x1: f64| {
        let top = inner.y0 + high * class as f64;
        Rect::new(x0, top + high * 0.08, x1, top + high * 0.92)
    };
    for class in 0..classes {
        canvas.fill(lane(class, inner.x0, inner.x1), LANE, 1.0);
    }
    let mut counts = vec![0usize; classes];
    pieces(inner, states.len(), |x0, x1, epochs| {
        let all = epochs.len() as f64;
        counts.fill(0);
        states[epochs].iter().for_each(|&state| counts[state] += 1);
        for (class, &count) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
            // A single epoch among many stays visible.
            let alpha = if count as f64 == all { 1.0 } else { 0.2 + 0.8 * count as f64 / all };
            canvas.fill(lane(class, x0, x1), style::series(class), alpha);
        }
    });
}

fn draw_differences(canvas: &mut Canvas, panel: &Panel, truth: &[usize], predicted: &[usize]) {
    let inner = panel.inner;
    canvas.fill(inner, LANE, 1.0);
    pieces(inner, truth.len(), |x0, x1, epochs| {
        let all = epochs.len() as f64;
        let wrong = epochs.filter(|&i| truth[i] != predicted[i]).count() as f64;
        if wrong > 0.0 {
            let top = inner.y1 - (wrong / all).max(0.12) * inner.height();
            canvas.fill(Rect::new(x0, top, x1, inner.y1), ALARM, 1.0);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hold_every_epoch_once_and_in_order() {
        for epochs in [0, 1, 7, 200, 201, 20258] {
            let mut next = 0;
            let mut right = 10.0;
            pieces(Rect::new(10.0, 0.0, 110.0, 9.0), epochs, |x0, x1, range| {
                assert_eq!(range.start, next);
                assert!((x0 - right).abs() < 1e-9 && x1 > x0 && !range.is_empty());
                (next, right) = (range.end, x1);
            });
            assert_eq!(next, epochs);
        }
    }
}
