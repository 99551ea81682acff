//! Residuals of a regression.

use crate::error::Result;
use crate::plot::draw::canvas::Canvas;
use crate::plot::draw::checks::same_count;
use crate::plot::draw::legend::headline;
use crate::plot::draw::marks::level;
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::points::points;
use crate::plot::draw::scale::Scale;
use crate::plot::draw::style;
use crate::plot::{Figure, PlotOptions, Values};

/// Residuals (true minus predicted) over predicted values, as scikit-learn's
/// `PredictionErrorDisplay`. A good fit leaves dots around 0 without a pattern.
///
/// ```
/// use dfdx_lab::plot;
/// let figure = plot::residuals(&[1, 2, 3], &[1.1, 1.9, 3.2])?;
/// assert_eq!(figure.alt(), "3 residuals over predicted values");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the lengths differ.
pub fn residuals(
    truth: &(impl Values + ?Sized),
    predicted: &(impl Values + ?Sized),
) -> Result<Figure> {
    residuals_with(truth, predicted, &PlotOptions::new())
}

/// [`residuals`] with options.
///
/// # Errors
/// As [`residuals`], or if an option is out of bounds.
pub fn residuals_with(
    truth: &(impl Values + ?Sized),
    predicted: &(impl Values + ?Sized),
    options: &PlotOptions,
) -> Result<Figure> {
    draw(&truth.to_values(), &predicted.to_values(), options)
}

fn draw(truth: &[f64], predicted: &[f64], options: &PlotOptions) -> Result<Figure> {
    same_count("plot::residuals", "predicted values", predicted.len(), truth.len())?;
    let mut canvas = Canvas::new(options.size_or(560, 360)?)?;
    let rest = headline(&mut canvas, options.title_or(""));
    let residual = |(t, p): (&f64, &f64)| (*p, t - p, style::series(0));
    let all: Vec<_> = truth.iter().zip(predicted).map(residual).collect();
    let x_scale = Scale::linear(predicted.iter().copied());
    let y_scale = Scale::linear(all.iter().map(|p| p.1).chain([0.0]));
    let x = Axis::numbers(x_scale, options.x_label.as_deref().unwrap_or("predicted"));
    let title = options.y_label.as_deref().unwrap_or("residual (true − predicted)");
    let panel = Panel::new(rest, x, Axis::numbers(y_scale, title), "");
    panel.draw(&mut canvas);
    level(&mut canvas, &panel, 0.0, "");
    if !points(&mut canvas, &panel, &all) {
        panel.say(&mut canvas, "no data");
    }
    canvas.finish(format!("{} residuals over predicted values", truth.len()))
}
