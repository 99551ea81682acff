//! Class distributions: the number of samples of each class.

use crate::error::Result;
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::bars::{self, Bars};
use crate::plot::draw::checks::check_labels;
use crate::plot::draw::scale::{grouped, percent};
use crate::plot::draw::style;
use crate::plot::values::{named, names};

/// A bar for each class with its number and percentage of samples; `labels` are indices into
/// `classes`.
///
/// # Errors
/// If a label has no class name.
pub fn class_distribution(classes: &[impl AsRef<str>], labels: &[usize]) -> Result<Figure> {
    class_distribution_with(classes, labels, &PlotOptions::new())
}

/// [`class_distribution`] with options.
///
/// # Errors
/// As [`class_distribution`], or if an option is out of bounds.
pub fn class_distribution_with(
    classes: &[impl AsRef<str>],
    labels: &[usize],
    options: &PlotOptions,
) -> Result<Figure> {
    let classes = &names(classes);
    draw(classes, &[("samples".to_string(), count(classes, labels)?)], options)
}

/// [`class_distribution`] of several groups side by side, such as training and test data;
/// percentages are within a group.
///
/// # Errors
/// If a label has no class name.
pub fn class_distribution_of(
    classes: &[impl AsRef<str>],
    groups: &[(impl AsRef<str>, Vec<usize>)],
) -> Result<Figure> {
    class_distribution_of_with(classes, groups, &PlotOptions::new())
}

/// [`class_distribution_of`] with options.
///
/// # Errors
/// As [`class_distribution_of`], or if an option is out of bounds.
pub fn class_distribution_of_with(
    classes: &[impl AsRef<str>],
    groups: &[(impl AsRef<str>, Vec<usize>)],
    options: &PlotOptions,
) -> Result<Figure> {
    let classes = &names(classes);
    let counts: Result<Vec<_>> = named(groups)
        .into_iter()
        .map(|(name, labels)| Ok((name, count(classes, &labels)?)))
        .collect();
    draw(classes, &counts?, options)
}

fn count(classes: &[String], labels: &[usize]) -> Result<Vec<f64>> {
    check_labels("plot::class_distribution", classes, labels)?;
    let mut counts = vec![0.0; classes.len()];
    labels.iter().for_each(|&label| counts[label] += 1.0);
    Ok(counts)
}

fn draw(
    classes: &[String],
    groups: &[(String, Vec<f64>)],
    options: &PlotOptions,
) -> Result<Figure> {
    let totals: Vec<f64> = groups.iter().map(|(_, counts)| counts.iter().sum()).collect();
    // One group has the classes' own colours, as in the plots of their data.
    let color = |group: usize, class: usize| match groups.len() {
        1 => style::series(class),
        _ => style::series(group),
    };
    let label =
        |group: usize, _: usize, n: f64| vec![grouped(n as i64), percent(n / totals[group])];
    let words: Vec<String> = groups
        .iter()
        .flat_map(|(_, counts)| classes.iter().zip(counts))
        .map(|(class, n)| format!("{class} {n}"))
        .collect();
    let options = match options.y_label {
        None => options.clone().y_label("samples"),
        Some(_) => options.clone(),
    };
    let bars = Bars {
        categories: classes,
        groups,
        spread: &[],
        may_be_cut: false,
        color: &color,
        label: &label,
        alt: format!("Samples of each class: {}", crate::plot::listed(&words)),
    };
    bars::draw(&bars, &options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_counted() {
        let classes = ["a", "b", "c"].map(String::from);
        assert_eq!(count(&classes, &[0, 2, 2]).unwrap(), [1.0, 0.0, 2.0]);
        let error = count(&classes, &[0, 3]).unwrap_err().to_string();
        assert!(error.contains("a label is 3, but must be below 3"), "{error}");
    }
}
