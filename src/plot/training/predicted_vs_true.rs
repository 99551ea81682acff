//! Predicted against true values.

use crate::error::Result;
use crate::plot::draw::canvas::Canvas;
use crate::plot::draw::checks::same_count;
use crate::plot::draw::legend::{Entry, headline, legend};
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::points::points;
use crate::plot::draw::scale::{Scale, drawable, number};
use crate::plot::draw::style::{self, PALE};
use crate::plot::{Figure, PlotOptions, Values};

/// A dot for each pair of a true and a predicted value, with the line of equality and the
/// coefficient of determination R², scikit-learn's `r2_score`.
///
/// ```
/// use dfdx_lab::plot;
/// let figure = plot::predicted_vs_true(&[1, 2, 3, 4, 5], &[1.1, 1.9, 3.2, 3.7, 5.4])?;
/// assert_eq!(figure.alt(), "5 predicted against true values, R² 0.969");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the lengths differ.
pub fn predicted_vs_true(
    truth: &(impl Values + ?Sized),
    predicted: &(impl Values + ?Sized),
) -> Result<Figure> {
    predicted_vs_true_with(truth, predicted, &PlotOptions::new())
}

/// [`predicted_vs_true`] with options.
///
/// # Errors
/// As [`predicted_vs_true`], or if an option is out of bounds.
pub fn predicted_vs_true_with(
    truth: &(impl Values + ?Sized),
    predicted: &(impl Values + ?Sized),
    options: &PlotOptions,
) -> Result<Figure> {
    draw(&truth.to_values(), &predicted.to_values(), options)
}

/// 1 - (sum of squared errors) / (sum of squared distances from the mean).
fn r2(truth: &[f64], predicted: &[f64]) -> f64 {
    let mean: f64 = truth.iter().map(|v| v / truth.len() as f64).sum();
    let errors: f64 = truth.iter().zip(predicted).map(|(t, p)| (t - p).powi(2)).sum();
    let spread: f64 = truth.iter().map(|t| (t - mean).powi(2)).sum();
    1.0 - errors / spread
}

fn draw(truth: &[f64], predicted: &[f64], options: &PlotOptions) -> Result<Figure> {
    const DASH: Option<(f64, f64)> = Some((4.0, 4.0));
    same_count("plot::predicted_vs_true", "predicted values", predicted.len(), truth.len())?;
    let mut canvas = Canvas::new(options.size_or(460, 440)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let fit = number(r2(truth, predicted), 3);
    let entries = [
        Entry::Dot(style::series(0), format!("R² {fit}")),
        Entry::Line(PALE, DASH, "predicted = true".to_string()),
    ];
    legend(&mut canvas, &mut rest, &entries);
    let all = || truth.iter().chain(predicted).copied().filter(|v| drawable(*v));
    // Both axes have the same scale, so that the line is the diagonal.
    let scale = Scale::linear(all());
    let x = Axis::numbers(scale.clone(), options.x_label.as_deref().unwrap_or("true"));
    let y = Axis::numbers(scale, options.y_label.as_deref().unwrap_or("predicted"));
    let panel = Panel::new(rest, x, y, "");
    panel.draw(&mut canvas);
    let ends = [f64::min, f64::max].map(|end| all().reduce(end).unwrap_or(0.0));
    let ends: Vec<_> = ends.iter().filter_map(|v| panel.point(*v, *v)).collect();
    canvas.broken(&ends, 1.2, DASH, PALE, 1.0);
    let pair = |(t, p): (&f64, &f64)| (*t, *p, style::series(0));
    let pairs: Vec<_> = truth.iter().zip(predicted).map(pair).collect();
    if !points(&mut canvas, &panel, &pairs) {
        panel.say(&mut canvas, "no data");
    }
    canvas.finish(format!("{} predicted against true values, R² {fit}", truth.len()))
}
