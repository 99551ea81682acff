//! Histograms.

use plotters::style::RGBColor;

use crate::error::{Error, Result};
use crate::plot::draw::canvas::{Canvas, Rect};
use crate::plot::draw::legend::{headline, legend, swatches};
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::quartiles::Sorted;
use crate::plot::draw::scale::{Scale, drawable};
use crate::plot::draw::style;
use crate::plot::{Figure, PlotOptions, Values, listed};

/// A histogram with bins of equal width; the last bin includes both its ends. The number of bins is
/// NumPy's `auto`, at most 200, unless [`PlotOptions::bins`] is set. NaN and infinities are left
/// out.
///
/// ```
/// use dfdx_lab::plot;
/// let figure = plot::histogram(&[1, 2, 2, 3, 3, 3])?;
/// assert_eq!(figure.alt(), "Histogram of 6 values");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the figure cannot be drawn.
pub fn histogram(values: &(impl Values + ?Sized)) -> Result<Figure> {
    histogram_with(values, &PlotOptions::new())
}

/// [`histogram`] with options.
///
/// # Errors
/// If an option is out of bounds.
pub fn histogram_with(values: &(impl Values + ?Sized), options: &PlotOptions) -> Result<Figure> {
    draw(&[(String::new(), values.to_values())], options)
}

/// Overlaid histograms of several groups, in the same bins.
///
/// ```
/// use dfdx_lab::plot;
/// let figure = plot::histogram_of(&[("before", vec![0.1, 0.2, 0.2]), ("after", vec![0.9, 0.8, 0.1])])?;
/// assert_eq!(figure.alt(), "Histogram of 3, 3 values of before, after");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the figure cannot be drawn.
pub fn histogram_of(groups: &[(impl AsRef<str>, impl Values)]) -> Result<Figure> {
    histogram_of_with(groups, &PlotOptions::new())
}

/// [`histogram_of`] with options.
///
/// # Errors
/// If an option is out of bounds.
pub fn histogram_of_with(
    groups: &[(impl AsRef<str>, impl Values)],
    options: &PlotOptions,
) -> Result<Figure> {
    let groups: Vec<(String, Vec<f64>)> = groups
        .iter()
        .map(|(name, values)| (name.as_ref().to_string(), values.to_values()))
        .collect();
    draw(&groups, options)
}

/// Number of bins by NumPy's `auto`: the narrower of Sturges' and of Freedman and Diaconis' bins.
fn bins(sorted: &Sorted) -> usize {
    const MOST: f64 = 200.0;
    let (Some(low), Some(high)) = (sorted.0.first(), sorted.0.last()) else { return 1 };
    let (n, span) = (sorted.0.len() as f64, high - low);
    let sturges = span / (n.log2() + 1.0);
    let diaconis = 2.0 * (sorted.quantile(0.75) - sorted.quantile(0.25)) / n.cbrt();
    let width = if diaconis > 0.0 { sturges.min(diaconis) } else { sturges };
    let count = (span / width).ceil();
    if count.is_finite() { count.clamp(1.0, MOST) as usize } else { 1 }
}

/// The ends of the bins.
fn edges(low: f64, high: f64, count: usize) -> Vec<f64> {
    // A single value lies in the middle of a bin, as in NumPy.
    let (low, high) = if low < high { (low, high) } else { (low - 0.5, high + 0.5) };
    let share = |i: usize| i as f64 / count as f64;
    // A weighted mean, because the span could overflow.
    (0..=count).map(|i| low * (1.0 - share(i)) + high * share(i)).collect()
}

fn count(values: &[f64], edges: &[f64]) -> Vec<usize> {
    let mut counts = vec![0; edges.len() - 1];
    for v in values {
        let above = edges.partition_point(|edge| edge <= v);
        // The last bin includes its upper end.
        let bin = if above == edges.len() { above - 2 } else { above.saturating_sub(1) };
        counts[bin] += 1;
    }
    counts
}

fn draw(groups: &[(String, Vec<f64>)], options: &PlotOptions) -> Result<Figure> {
    let finite: Vec<Vec<f64>> = groups
        .iter()
        .map(|(_, values)| values.iter().copied().filter(|v| drawable(*v)).collect())
        .collect();
    let all = Sorted::new(finite.concat());
    let number = match options.bins {
        Some(bins @ 1..=1000) => bins,
        Some(bins) => {
            return Err(Error::argument("PlotOptions::bins", bins, "from 1 to 1000"));
        }
        None => bins(&all),
    };
    let ends = all.0.first().copied().zip(all.0.last().copied());
    let (low, high) = ends.unwrap_or((0.0, 1.0));
    let edges = edges(low, high, number);
    let counts: Vec<Vec<usize>> = finite.iter().map(|values| count(values, &edges)).collect();

    let mut canvas = Canvas::new(options.size_or(560, 340)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let names: Vec<String> = groups.iter().map(|(name, _)| name.clone()).collect();
    if names.len() > 1 {
        legend(&mut canvas, &mut rest, &swatches(&names));
    }
    let tallest = counts.iter().flatten().map(|n| *n as f64);
    let scale = match options.log_y {
        // From 0.5, so that a bar of height 1 is visible.
        Some(true) => Scale::log(tallest.chain([0.5])),
        _ => Scale::from_zero(tallest),
    };
    let x_title = options.x_label.as_deref().unwrap_or("value");
    let x = Axis::numbers(Scale::linear(edges.iter().copied()), x_title);
    let y_title = options.y_label.as_deref().unwrap_or("number of values");
    let panel = Panel::new(rest, x, Axis::whole_numbers(scale, y_title), "");
    panel.draw(&mut canvas);
    for (group, counts) in counts.iter().enumerate() {
        draw_group(&mut canvas, &panel, &edges, counts, style::series(group), groups.len() > 1);
    }
    if all.0.is_empty() {
        panel.say(&mut canvas, "no data");
    }
    let sizes: Vec<String> = finite.iter().map(|values| values.len().to_string()).collect();
    let of = match names.len() {
        1 => String::new(),
        _ => format!(" of {}", listed(&names)),
    };
    canvas.finish(format!("Histogram of {} values{of}", listed(&sizes)))
}

/// Draws the bars of a group; several groups are translucent, with outlines.
fn draw_group(
    canvas: &mut Canvas,
    panel: &Panel,
    edges: &[f64],
    counts: &[usize],
    color: RGBColor,
    through: bool,
) {
    let ground = panel.inner.y1;
    let mut outline = Vec::new();
    for (edge, n) in edges.windows(2).zip(counts) {
        let (Some(x0), Some(x1)) = (panel.x(edge[0]), panel.x(edge[1])) else { continue };
        let top = if *n == 0 { ground } else { panel.y(*n as f64).unwrap_or(ground) };
        outline.extend([(x0, top), (x1, top)]);
        if through {
            canvas.fill(Rect::new(x0, top, x1, ground), color, 0.25);
        } else if *n > 0 {
            // A gap between bars, if they are wide enough.
            let air = if x1 - x0 > 4.0 { 0.5 } else { 0.0 };
            canvas.fill(Rect::new(x0 + air, top, x1 - air, ground), color, 1.0);
        }
    }
    if through {
        canvas.line(&outline, 1.4, color, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // NumPy 2: histogram(v, "auto") of [1, 2, 2, 3, 3, 3, 4, 4, 5, 9] and of 0, 1, 4, 9 ... 39².
    #[test]
    fn bins_are_numpys() {
        let values = [1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0, 5.0, 9.0];
        let sorted = Sorted::new(values.to_vec());
        assert_eq!(bins(&sorted), 5);
        assert_eq!(count(&values, &edges(1.0, 9.0, 5)), [3, 5, 1, 0, 1]);
        let squares: Vec<f64> = (0..40).map(|i| f64::from(i * i)).collect();
        assert_eq!(bins(&Sorted::new(squares.clone())), 7);
        assert_eq!(count(&squares, &edges(0.0, 1521.0, 7)), [15, 6, 5, 4, 3, 4, 3]);
        assert_eq!(count(&[3.0; 4], &edges(3.0, 3.0, 1)), [4]);
        assert_eq!(bins(&Sorted::new(vec![])), 1);
    }
}
