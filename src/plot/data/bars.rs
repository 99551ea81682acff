//! Bars by category, side by side for several groups.

use crate::error::Result;
use crate::plot::draw::bars;
use crate::plot::draw::curve::same_length;
use crate::plot::draw::scale::number;
use crate::plot::draw::style;
use crate::plot::{Figure, PlotOptions};

/// A bar for each category and group, its value written over it.
///
/// # Errors
/// If a group has not one value for each category.
pub fn bars(categories: &[String], groups: &[(String, Vec<f64>)]) -> Result<Figure> {
    bars_with(categories, groups, &PlotOptions::new())
}

/// [`bars`] with options.
///
/// # Errors
/// As [`bars`], or if an option is out of bounds.
pub fn bars_with(
    categories: &[String],
    groups: &[(String, Vec<f64>)],
    options: &PlotOptions,
) -> Result<Figure> {
    for (name, values) in groups {
        same_length("plot::bars", name, values.len(), categories.len())?;
    }
    let colors: Vec<_> = (0..groups.len()).map(style::series).collect();
    let label = |v: f64| vec![number(v, 3)];
    let names: Vec<_> = groups.iter().map(|(name, _)| name.clone()).collect();
    let alt =
        format!("Bars of {} for {}", crate::plot::listed(&names), crate::plot::listed(categories));
    let color = |group: usize, _: usize| colors[group];
    bars::draw(categories, groups, options, &color, &|_, _, v| label(v), alt)
}
