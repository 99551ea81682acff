//! Bars by category, side by side for several groups.

use crate::error::Result;
use crate::plot::draw::bars::{self, Bars};
use crate::plot::draw::curve::same_length;
use crate::plot::draw::scale::number;
use crate::plot::draw::style;
use crate::plot::values::{named, names};
use crate::plot::{Figure, PlotOptions, listed};

/// A bar chart: a bar for each category and group, with its value above. If the values are nearer
/// to each other than to 0, the bars begin above 0, so that their differences show: the axis says
/// where, and each bar is drawn with a cut.
///
/// # Errors
/// If a group does not have one value for each category.
pub fn bars(
    categories: &[impl AsRef<str>],
    groups: &[(impl AsRef<str>, Vec<f64>)],
) -> Result<Figure> {
    bars_with(categories, groups, &PlotOptions::new())
}

/// [`bars`] with options.
///
/// # Errors
/// As [`bars`], or if an option is out of bounds.
pub fn bars_with(
    categories: &[impl AsRef<str>],
    groups: &[(impl AsRef<str>, Vec<f64>)],
    options: &PlotOptions,
) -> Result<Figure> {
    draw(&names(categories), &named(groups), &[], options)
}

/// A bar for the mean of several values of each category and group, such as the scores of folds,
/// with an error bar of one sample standard deviation (n - 1 in the denominator).
///
/// ```
/// use dfdx_lab::plot;
/// let nets = ["small", "large"];
/// let scores = [("accuracy", vec![vec![0.91, 0.93, 0.92], vec![0.94, 0.96, 0.93]])];
/// let figure = plot::bars_of(&nets, &scores)?;
/// assert_eq!(figure.alt(), "Bars of accuracy for small, large");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If a group does not have one list of values for each category.
pub fn bars_of(
    categories: &[impl AsRef<str>],
    groups: &[(impl AsRef<str>, Vec<Vec<f64>>)],
) -> Result<Figure> {
    bars_of_with(categories, groups, &PlotOptions::new())
}

/// [`bars_of`] with options.
///
/// # Errors
/// As [`bars_of`], or if an option is out of bounds.
pub fn bars_of_with(
    categories: &[impl AsRef<str>],
    groups: &[(impl AsRef<str>, Vec<Vec<f64>>)],
    options: &PlotOptions,
) -> Result<Figure> {
    draw_means(&names(categories), &named(groups), options)
}

fn draw_means(
    categories: &[String],
    groups: &[(String, Vec<Vec<f64>>)],
    options: &PlotOptions,
) -> Result<Figure> {
    let (mut means, mut spread) = (Vec::new(), Vec::new());
    for (name, lists) in groups {
        same_length("plot::bars_of", name, lists.len(), categories.len())?;
        let (mean, deviation) = lists.iter().map(|list| mean_and_deviation(list)).unzip();
        means.push((name.clone(), mean));
        spread.push(deviation);
    }
    draw(categories, &means, &spread, options)
}

/// The mean and the sample standard deviation; a single value has deviation 0.
fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    // Divided before they are added, so that the sum cannot overflow.
    let mean: f64 = values.iter().map(|v| v / n).sum();
    let mean = if values.is_empty() { f64::NAN } else { mean };
    let square: f64 = values.iter().map(|v| (v - mean) * (v - mean) / (n - 1.0)).sum();
    (mean, if values.len() > 1 { square.sqrt() } else { 0.0 })
}

fn draw(
    categories: &[String],
    groups: &[(String, Vec<f64>)],
    spread: &[Vec<f64>],
    options: &PlotOptions,
) -> Result<Figure> {
    for (name, values) in groups {
        same_length("plot::bars", name, values.len(), categories.len())?;
    }
    let names: Vec<_> = groups.iter().map(|(name, _)| name.clone()).collect();
    let bars = Bars {
        categories,
        groups,
        spread,
        may_be_cut: true,
        color: &|group, _| style::series(group),
        label: &|_, _, v| vec![number(v, 3)],
        alt: format!("Bars of {} for {}", listed(&names), listed(categories)),
    };
    bars::draw(&bars, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_deviations_are_of_samples() {
        // numpy.mean([2, 4, 9]), numpy.std([2, 4, 9], ddof=1)
        let (mean, deviation) = mean_and_deviation(&[2.0, 4.0, 9.0]);
        assert!((mean - 5.0).abs() < 1e-12 && (deviation - 3.605_551_275_463_989).abs() < 1e-12);
        assert_eq!(mean_and_deviation(&[3.0]), (3.0, 0.0));
        assert!(mean_and_deviation(&[]).0.is_nan());
        let error = bars_of(&["a".to_string()], &[("g".to_string(), vec![])]).unwrap_err();
        assert!(error.to_string().contains("'g' is 0, but must be 1"), "{error}");
    }
}
