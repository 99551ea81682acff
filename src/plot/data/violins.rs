//! Violin plots of distributions, such as the weights of layers.

use crate::error::Result;
use crate::plot::draw::violins::{self, Layout};
use crate::plot::{Figure, PlotOptions, values};

/// Violin plots, a violin for each name and group, the groups side by side: a Gaussian kernel
/// density with Scott's bandwidth, as in matplotlib and SciPy, from the smallest to the largest
/// value. The bar spans the first to the third quartile, the dot is the median. All violins have
/// the same width. Equal values make a line; NaN and infinities are left out.
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
/// If a group does not have one list for each name.
pub fn violins(
    names: &[impl AsRef<str>],
    groups: &[(impl AsRef<str>, Vec<Vec<f32>>)],
) -> Result<Figure> {
    violins_with(names, groups, &PlotOptions::new())
}

/// [`violins`] with options.
///
/// # Errors
/// As [`violins`], or if an option is out of bounds.
pub fn violins_with(
    names: &[impl AsRef<str>],
    groups: &[(impl AsRef<str>, Vec<Vec<f32>>)],
    options: &PlotOptions,
) -> Result<Figure> {
    let groups: Vec<(&str, Vec<&[f32]>)> = groups
        .iter()
        .map(|(name, lists)| (name.as_ref(), lists.iter().map(Vec::as_slice).collect()))
        .collect();
    violins::draw(&values::names(names), &groups, Layout::Together, options)
}
