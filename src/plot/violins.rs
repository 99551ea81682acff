//! Violin plots: how values are spread, as for the weights of layers.

use plotters::style::RGBColor;
use rayon::prelude::*;

use super::canvas::{Canvas, Rect};
use super::density::density;
use super::figure::{DENSITY, Figure};
use super::lines::{colored, same_length};
use super::panel::{Axis, Panel, headline, legend};
use super::quartiles::Sorted;
use super::scale::{Scale, drawable};
use super::style::{self, INK, PlotOptions, WHITE, blend};
use crate::error::Result;

/// For each name a violin for each group, side by side: a Gaussian kernel density with Scott's
/// width, as matplotlib's and SciPy's, from the smallest to the largest value; the bar is from the
/// first to the third quartile, the dot is the median. All violins are equally wide. Values that
/// are all the same make a line, NaN and infinities are left out.
///
/// A group has a list of values for each name:
///
/// ```
/// use dfdx_lab::plot;
/// let names = ["dense".to_string(), "dense_1".to_string()];
/// let before = vec![vec![-0.1, 0.0, 0.1], vec![0.2, 0.3, 0.1, 0.0]];
/// let after = vec![vec![-0.9, 0.1, 0.4], vec![0.5, 0.1, 0.1, -0.6]];
/// let groups = [("before".to_string(), before), ("after".to_string(), after)];
/// let figure = plot::violins(&names, &groups)?;
/// assert_eq!(figure.alt(), "Violins of before, after for dense, dense_1");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If a group has not one list for each name.
pub fn violins(names: &[String], groups: &[(String, Vec<Vec<f32>>)]) -> Result<Figure> {
    violins_with(names, groups, &PlotOptions::new())
}

/// [`violins`] with options.
///
/// # Errors
/// As [`violins`], or if an option is out of bounds.
pub fn violins_with(
    names: &[String],
    groups: &[(String, Vec<Vec<f32>>)],
    options: &PlotOptions,
) -> Result<Figure> {
    let groups: Vec<(&str, Vec<&[f32]>)> = groups
        .iter()
        .map(|(name, lists)| (name.as_str(), lists.iter().map(Vec::as_slice).collect()))
        .collect();
    draw(names, &groups, options)
}

pub(super) fn draw(
    names: &[String],
    groups: &[(&str, Vec<&[f32]>)],
    options: &PlotOptions,
) -> Result<Figure> {
    for (group, lists) in groups {
        same_length("plot::violins", group, lists.len(), names.len())?;
    }
    let lists: Vec<&[f32]> = groups.iter().flat_map(|(_, lists)| lists.iter().copied()).collect();
    let sorted: Vec<Sorted> = lists
        .into_par_iter()
        .map(|list| {
            let values = list.iter().map(|v| f64::from(*v)).filter(|v| drawable(*v));
            Sorted::new(values.collect())
        })
        .collect();

    let count = names.len() * groups.len();
    let mut canvas =
        Canvas::new(options.size_or((180 + 56 * count as u32).clamp(420, 1000), 380)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let group_names: Vec<String> = groups.iter().map(|(name, _)| name.to_string()).collect();
    if groups.len() > 1 {
        legend(&mut canvas, &mut rest, &colored(&group_names));
    }
    let ends = || {
        sorted.iter().flat_map(|s| {
            // On a logarithmic axis the smallest value may have no place.
            let positive = s.0.iter().copied().find(|v| *v > 0.0);
            [s.0.first().copied(), positive, s.0.last().copied()].into_iter().flatten()
        })
    };
    let scale = match options.log_y {
        Some(true) => Scale::log(ends()),
        _ => Scale::linear(ends()),
    };
    let y_title = match (&options.y_label, &group_names[..]) {
        (Some(label), _) => label.as_str(),
        (None, [only]) => only,
        _ => "",
    };
    let x = Axis::names(names, options.x_label.as_deref().unwrap_or(""));
    let panel = Panel::new(rest, x, Axis::numbers(scale, y_title), "");
    panel.draw(&mut canvas);
    let slot = 0.9 / groups.len().max(1) as f64;
    for (i, values) in sorted.iter().enumerate() {
        let (group, name) = (i / names.len().max(1), i % names.len().max(1));
        let left = name as f64 + 0.05 + slot * group as f64;
        if let (Some(x0), Some(x1)) = (panel.x(left), panel.x(left + slot)) {
            draw_violin(&mut canvas, &panel, (x0, x1), values, style::series(group));
        }
    }
    if sorted.iter().all(|s| s.0.is_empty()) {
        panel.say(&mut canvas, "no data");
    }
    canvas.finish(format!(
        "Violins of {} for {}",
        super::listed(&group_names),
        super::listed(names)
    ))
}

fn draw_violin(
    canvas: &mut Canvas,
    panel: &Panel,
    (x0, x1): (f64, f64),
    values: &Sorted,
    color: RGBColor,
) {
    let middle = (x0 + x1) / 2.0;
    let half = ((x1 - x0) * 0.45).min(48.0);
    // On a logarithmic axis that of the logarithms, which is what the eye compares there.
    let density = match panel.is_log() {
        true => {
            let logs: Vec<f64> = values.0.iter().filter(|v| **v > 0.0).map(|v| v.log10()).collect();
            let back = |(v, height): (f64, f64)| (10f64.powf(v), height);
            density(&logs).into_iter().map(back).collect()
        }
        false => density(&values.0),
    };
    let top = density.iter().map(|p| p.1).fold(0.0, f64::max);
    // From the top of the picture down, each with the half of its width.
    let outline: Vec<(f64, f64)> = density
        .iter()
        .rev()
        .filter_map(|&(v, height)| Some((panel.y(v)?, half * height / top)))
        .filter(|(y, wide)| y.is_finite() && wide.is_finite())
        .collect();
    if let [(y, _)] = outline[..] {
        canvas.line(&[(middle - half, y), (middle + half, y)], 2.4, color, 1.0);
        return;
    }
    for pair in outline.windows(2) {
        fill(canvas, middle, pair[0], pair[1], blend(color, WHITE, 0.6));
    }
    for side in [-1.0, 1.0] {
        let edge: Vec<_> = outline.iter().map(|&(y, wide)| (middle + side * wide, y)).collect();
        canvas.line(&edge, 1.2, color, 1.0);
    }
    for end in [outline.first(), outline.last()].into_iter().flatten() {
        canvas.line(&[(middle - end.1, end.0), (middle + end.1, end.0)], 1.2, color, 1.0);
    }
    // What lies below a logarithmic axis is drawn at its foot.
    let y = |v: f64| panel.y(v).unwrap_or(panel.inner.y1).clamp(panel.inner.y0, panel.inner.y1);
    let [q1, q2, q3] = [0.25, 0.5, 0.75].map(|q| y(values.quantile(q)));
    if !outline.is_empty() {
        let bar = (half * 0.12).clamp(1.5, 4.0);
        canvas.fill(Rect::new(middle - bar, q3, middle + bar, q1), INK, 0.85);
        canvas.line(&[(middle, q2)], 2.0 * bar + 3.0, INK, 1.0);
        canvas.line(&[(middle, q2)], 2.0 * bar, WHITE, 1.0);
    }
}

/// Fills the trapezium between two widths, row by row.
fn fill(canvas: &mut Canvas, middle: f64, a: (f64, f64), b: (f64, f64), color: RGBColor) {
    let density = f64::from(DENSITY);
    let (from, to) = ((a.0 * density).round(), (b.0 * density).round());
    // Only rows of a sheet, whatever the numbers are.
    let (from, to) = (from.clamp(0.0, 1e5) as i64, to.clamp(0.0, 1e5) as i64);
    for row in from..to {
        let y = row as f64 / density;
        let t = ((y + 0.5 / density - a.0) / (b.0 - a.0)).clamp(0.0, 1.0);
        let wide = a.1 + t * (b.1 - a.1);
        canvas.fill(Rect::new(middle - wide, y, middle + wide, y + 1.0 / density), color, 1.0);
    }
}
