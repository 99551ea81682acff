//! Violins side by side.

use plotters::style::RGBColor;
use rayon::prelude::*;

use super::canvas::{Canvas, Rect};
use super::curve::same_length;
use super::density::density;
use super::legend::{headline, legend, swatches};
use super::panel::{Axis, Panel};
use super::quartiles::Sorted;
use super::scale::{Scale, drawable};
use super::style::{self, INK, WHITE, blend};
use crate::error::Result;
use crate::plot::{Figure, PlotOptions};

/// Arrangement of the violins of several names.
#[derive(Clone, Copy, PartialEq)]
pub enum Layout {
    /// In one panel, for comparison.
    Together,
    /// In one panel for each name with its own scale, for values of different sizes.
    Apart,
}

/// Draws a violin for each name and group.
pub fn draw(
    names: &[String],
    groups: &[(&str, Vec<&[f32]>)],
    layout: Layout,
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
    // For each name the violins of all groups.
    let of = |name: usize| sorted.iter().skip(name).step_by(names.len().max(1)).collect();
    let violins: Vec<Vec<&Sorted>> = (0..names.len()).map(of).collect();

    let columns = names.len().clamp(1, 4);
    let rows = names.len().div_ceil(columns).max(1);
    let count = (names.len() * groups.len()) as u32;
    let (wide, high) = match layout {
        Layout::Together => ((180 + 56 * count).clamp(420, 1000), 380),
        Layout::Apart => ((230 * columns as u32).max(360), 60 + 230 * rows as u32),
    };
    let mut canvas = Canvas::new(options.size_or(wide, high)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let group_names: Vec<String> = groups.iter().map(|(name, _)| name.to_string()).collect();
    if groups.len() > 1 {
        legend(&mut canvas, &mut rest, &swatches(&group_names));
    }
    let y_title = match (&options.y_label, &group_names[..]) {
        (Some(label), _) => label.as_str(),
        (None, [only]) => only,
        _ => "",
    };
    if layout == Layout::Together || names.is_empty() {
        draw_panel(&mut canvas, rest, (names, "", y_title), &violins, options);
    } else {
        let (w, h) = (rest.width() / columns as f64, rest.height() / rows as f64);
        for (i, name) in names.iter().enumerate() {
            let (x, y) = (rest.x0 + w * (i % columns) as f64, rest.y0 + h * (i / columns) as f64);
            let outer = Rect::new(x, y, x + w, y + h);
            let y_title = if i % columns == 0 { y_title } else { "" };
            let words: (&[String], _, _) = (&[String::new()], name.as_str(), y_title);
            draw_panel(&mut canvas, outer, words, &violins[i..=i], options);
        }
    }
    canvas.finish(format!(
        "Violins of {} for {}",
        crate::plot::listed(&group_names),
        crate::plot::listed(names)
    ))
}

/// Draws one panel: the violins of each name side by side.
fn draw_panel(
    canvas: &mut Canvas,
    outer: Rect,
    (names, title, y_title): (&[String], &str, &str),
    violins: &[Vec<&Sorted>],
    options: &PlotOptions,
) {
    let ends = || {
        violins.iter().flatten().flat_map(|s| {
            // On a logarithmic axis the smallest value may have no position.
            let positive = s.0.iter().copied().find(|v| *v > 0.0);
            [s.0.first().copied(), positive, s.0.last().copied()].into_iter().flatten()
        })
    };
    let scale = match options.log_y {
        Some(true) => Scale::log(ends()),
        _ => Scale::linear(ends()),
    };
    let x = Axis::names(names, options.x_label.as_deref().unwrap_or(""));
    let panel = Panel::new(outer, x, Axis::numbers(scale, y_title), title);
    panel.draw(canvas);
    for (name, groups) in violins.iter().enumerate() {
        let slot = 0.9 / groups.len().max(1) as f64;
        for (group, values) in groups.iter().enumerate() {
            let left = name as f64 + 0.05 + slot * group as f64;
            if let (Some(x0), Some(x1)) = (panel.x(left), panel.x(left + slot)) {
                draw_violin(canvas, &panel, (x0, x1), values, style::series(group));
            }
        }
    }
    if violins.iter().flatten().all(|s| s.0.is_empty()) {
        panel.say(canvas, "no data");
    }
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
    // On a logarithmic axis the density of the logarithms, because that is what the eye compares
    // there.
    let density = match panel.is_log() {
        true => {
            let logs: Vec<f64> = values.0.iter().filter(|v| **v > 0.0).map(|v| v.log10()).collect();
            let back = |(v, height): (f64, f64)| (10f64.powf(v), height);
            density(&logs).into_iter().map(back).collect()
        }
        false => density(&values.0),
    };
    let top = density.iter().map(|p| p.1).fold(0.0, f64::max);
    // From the top of the figure down, each with half of its width.
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
    let band: Vec<(f64, f64)> = outline
        .iter()
        .map(|&(y, wide)| (middle - wide, y))
        .chain(outline.iter().rev().map(|&(y, wide)| (middle + wide, y)))
        .collect();
    canvas.area(band, blend(color, WHITE, 0.6), 1.0);
    for side in [-1.0, 1.0] {
        let edge: Vec<_> = outline.iter().map(|&(y, wide)| (middle + side * wide, y)).collect();
        canvas.line(&edge, 1.2, color, 1.0);
    }
    for end in [outline.first(), outline.last()].into_iter().flatten() {
        canvas.line(&[(middle - end.1, end.0), (middle + end.1, end.0)], 1.2, color, 1.0);
    }
    // Values below a logarithmic axis are drawn at its lower end.
    let y = |v: f64| panel.y(v).unwrap_or(panel.inner.y1).clamp(panel.inner.y0, panel.inner.y1);
    let [q1, q2, q3] = [0.25, 0.5, 0.75].map(|q| y(values.quantile(q)));
    if !outline.is_empty() {
        let bar = (half * 0.12).clamp(1.5, 4.0);
        canvas.fill(Rect::new(middle - bar, q3, middle + bar, q1), INK, 0.85);
        canvas.line(&[(middle, q2)], 2.0 * bar + 3.0, INK, 1.0);
        canvas.line(&[(middle, q2)], 2.0 * bar, WHITE, 1.0);
    }
}
