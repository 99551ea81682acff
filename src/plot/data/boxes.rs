//! Box plots by column and class.

use rayon::prelude::*;

use crate::array::Array;
use crate::error::Result;
use crate::plot::Figure;
use crate::plot::draw::canvas::{Canvas, Rect};
use crate::plot::draw::legend::{headline, legend, swatches};
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::quartiles::{Sorted, by_class, check};
use crate::plot::draw::scale::{Scale, drawable};
use crate::plot::draw::style::{self, INK, WHITE, blend};
use crate::plot::values::names;
use crate::plot::{PlotOptions, Values};

/// Box plots, a box for each column and class: quartiles and median, whiskers to the furthest
/// values within 1.5 interquartile ranges of the box (Tukey), and a dot for each value beyond.
///
/// `features` is [samples, columns], `labels` gives the class of each row.
///
/// # Errors
/// If the lengths differ or a label has no class name.
pub fn boxes(
    classes: &[impl AsRef<str>],
    labels: &[usize],
    features: &Array,
    columns: &[impl AsRef<str>],
) -> Result<Figure> {
    boxes_with(classes, labels, features, columns, &PlotOptions::new())
}

/// [`boxes`] with options.
///
/// # Errors
/// As [`boxes`], or if an option is out of bounds.
pub fn boxes_with(
    classes: &[impl AsRef<str>],
    labels: &[usize],
    features: &Array,
    columns: &[impl AsRef<str>],
    options: &PlotOptions,
) -> Result<Figure> {
    draw(&names(classes), labels, features, &names(columns), options)
}

fn draw(
    classes: &[String],
    labels: &[usize],
    features: &Array,
    columns: &[String],
    options: &PlotOptions,
) -> Result<Figure> {
    check("plot::boxes", classes, labels, features, columns.len())?;
    let sorted: Vec<Vec<Sorted>> = (0..columns.len())
        .into_par_iter()
        .map(|column| {
            let values = by_class(classes.len(), labels, features, column);
            values.into_iter().map(Sorted::new).collect()
        })
        .collect();

    let count = columns.len() * classes.len();
    let mut canvas =
        Canvas::new(options.size_or((180 + 18 * count as u32).clamp(480, 1000), 380)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    legend(&mut canvas, &mut rest, &swatches(classes));
    draw_panel(&mut canvas, rest, columns, &sorted, options);
    canvas.finish(format!(
        "Box plots of {} for {}",
        crate::plot::listed(columns),
        crate::plot::listed(classes)
    ))
}

/// A box for each named list of values, such as the scores of folds, drawn as by [`boxes`].
///
/// ```
/// use dfdx_lab::plot;
/// let figure = plot::boxes_of(&[("small", vec![0.91, 0.93, 0.92]), ("large", vec![0.94, 0.97, 0.95])])?;
/// assert_eq!(figure.alt(), "Box plots of small, large");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the figure cannot be drawn.
pub fn boxes_of(groups: &[(impl AsRef<str>, impl Values)]) -> Result<Figure> {
    boxes_of_with(groups, &PlotOptions::new())
}

/// [`boxes_of`] with options.
///
/// # Errors
/// If an option is out of bounds.
pub fn boxes_of_with(
    groups: &[(impl AsRef<str>, impl Values)],
    options: &PlotOptions,
) -> Result<Figure> {
    let names = groups.iter().map(|(name, _)| name.as_ref().to_string()).collect();
    draw_groups(names, groups.iter().map(|(_, values)| values.to_values()).collect(), options)
}

fn draw_groups(names: Vec<String>, groups: Vec<Vec<f64>>, options: &PlotOptions) -> Result<Figure> {
    let finite = |v: Vec<f64>| Sorted::new(v.into_iter().filter(|v| drawable(*v)).collect());
    let sorted: Vec<Vec<Sorted>> = groups.into_iter().map(|v| vec![finite(v)]).collect();
    let mut canvas =
        Canvas::new(options.size_or((140 + 70 * names.len() as u32).clamp(360, 1000), 360)?)?;
    let rest = headline(&mut canvas, options.title_or(""));
    draw_panel(&mut canvas, rest, &names, &sorted, options);
    canvas.finish(format!("Box plots of {}", crate::plot::listed(&names)))
}

/// Draws the boxes of each column side by side.
fn draw_panel(
    canvas: &mut Canvas,
    rest: Rect,
    columns: &[String],
    sorted: &[Vec<Sorted>],
    options: &PlotOptions,
) {
    let ends = || {
        let own = sorted.iter().flatten().flat_map(|s| {
            // On a logarithmic axis the smallest value may have no position.
            let positive = s.0.iter().copied().find(|v| *v > 0.0);
            [s.0.first().copied(), positive, s.0.last().copied()].into_iter().flatten()
        });
        own.chain(options.also())
    };
    let scale = match options.log_y {
        Some(true) => Scale::log(ends()),
        _ => Scale::linear(ends()),
    };
    let x = Axis::names(columns, options.x_label.as_deref().unwrap_or(""));
    let y = Axis::numbers(scale, options.y_label.as_deref().unwrap_or(""));
    let panel = Panel::new(rest, x, y, "");
    panel.draw(canvas);
    options.draw_level(canvas, &panel);
    let side_by_side = sorted.iter().map(Vec::len).max().unwrap_or(0);
    let slot = 0.86 / side_by_side.max(1) as f64;
    for (column, by_class) in sorted.iter().enumerate() {
        for (class, values) in by_class.iter().enumerate() {
            let left = column as f64 + 0.07 + slot * class as f64;
            if let (Some(x0), Some(x1)) = (panel.x(left), panel.x(left + slot)) {
                draw_box(canvas, &panel, (x0, x1), values, class);
            }
        }
    }
    if sorted.iter().flatten().all(|s| s.0.is_empty()) {
        panel.say(canvas, "no data");
    }
}

/// The values at the ends of the whiskers.
fn whiskers(values: &Sorted) -> Option<(f64, f64)> {
    let (q1, q3) = (values.quantile(0.25), values.quantile(0.75));
    let reach = 1.5 * (q3 - q1);
    let low = values.0.iter().copied().find(|v| *v >= q1 - reach)?;
    let high = values.0.iter().rev().copied().find(|v| *v <= q3 + reach)?;
    Some((low, high))
}

fn draw_box(
    canvas: &mut Canvas,
    panel: &Panel,
    (x0, x1): (f64, f64),
    values: &Sorted,
    class: usize,
) {
    let Some((low, high)) = whiskers(values) else { return };
    let color = style::series(class);
    let middle = (x0 + x1) / 2.0;
    let half = ((x1 - x0) * 0.4).min(22.0);
    // A value below a logarithmic axis is drawn at its lower end.
    let y = |v: f64| panel.y(v).unwrap_or(panel.inner.y1).clamp(panel.inner.y0, panel.inner.y1);

    let mut last = f64::NAN;
    for &v in values.0.iter().filter(|v| **v < low || **v > high) {
        let Some(at) = panel.y(v) else { continue };
        // Dots in the same place are drawn once.
        if (at - last).abs() < 0.5 {
            continue;
        }
        last = at;
        canvas.line(&[(middle, at)], 2.2, color, 1.0);
    }
    let [q1, q2, q3] = [0.25, 0.5, 0.75].map(|q| y(values.quantile(q)));
    for (from, to) in [(y(low), q1), (y(high), q3)] {
        canvas.rule((middle, from), (middle, to), color);
        canvas.rule((middle - half * 0.5, from), (middle + half * 0.5, from), color);
    }
    let body = Rect::new(middle - half, q3, middle + half, q1);
    canvas.fill(body, blend(color, WHITE, 0.6), 1.0);
    canvas.outline(body, color);
    canvas.fill(Rect::new(body.x0, q2 - 1.0, body.x1, q2 + 1.0), INK, 1.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whiskers_end_at_values_within_reach() {
        // Quartiles 2 and 4, so that 7 is the furthest a whisker may go.
        let values = Sorted(vec![-2.0, 2.0, 3.0, 4.0, 7.5]);
        assert_eq!(whiskers(&values), Some((2.0, 4.0)));
        assert_eq!(whiskers(&Sorted(vec![5.0])), Some((5.0, 5.0)));
        assert_eq!(whiskers(&Sorted::default()), None);
    }
}
