//! Scatter plots.

use plotters::style::RGBColor;

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::plot::draw::canvas::Canvas;
use crate::plot::draw::checks::same_count;
use crate::plot::draw::legend::{Entry, headline, legend};
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::points::points;
use crate::plot::draw::scale::Scale;
use crate::plot::draw::style;
use crate::plot::values::names;
use crate::plot::{Figure, PlotOptions, Values, listed};

/// A scatter plot: a dot for each pair of `x` and `y`.
///
/// ```
/// use dfdx_lab::plot;
/// let figure = plot::scatter(&[1, 2, 3], &[0.5, 0.4, 0.9])?;
/// assert_eq!(figure.alt(), "Scatter plot of 3 points");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If `x` and `y` differ in length.
pub fn scatter(x: &(impl Values + ?Sized), y: &(impl Values + ?Sized)) -> Result<Figure> {
    scatter_with(x, y, &PlotOptions::new())
}

/// [`scatter`] with options.
///
/// # Errors
/// As [`scatter`], or if an option is out of bounds.
pub fn scatter_with(
    x: &(impl Values + ?Sized),
    y: &(impl Values + ?Sized),
    options: &PlotOptions,
) -> Result<Figure> {
    draw("plot::scatter", &x.to_values(), &y.to_values(), &[], &[], options)
}

/// A scatter plot with each dot in the colour of its class; `by` names the class of each.
///
/// ```
/// use dfdx_lab::plot;
/// let figure = plot::scatter_by(&[1.0, 2.0], &[0.5, 0.4], &["setosa", "virginica"])?;
/// assert_eq!(figure.alt(), "Scatter plot of 2 points of setosa, virginica");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If `x`, `y` and `by` differ in length.
pub fn scatter_by(
    x: &(impl Values + ?Sized),
    y: &(impl Values + ?Sized),
    by: &[impl AsRef<str>],
) -> Result<Figure> {
    scatter_by_with(x, y, by, &PlotOptions::new())
}

/// [`scatter_by`] with options.
///
/// # Errors
/// As [`scatter_by`], or if an option is out of bounds.
pub fn scatter_by_with(
    x: &(impl Values + ?Sized),
    y: &(impl Values + ?Sized),
    by: &[impl AsRef<str>],
    options: &PlotOptions,
) -> Result<Figure> {
    let by = names(by);
    let mut classes: Vec<String> = Vec::new();
    let class = |name: &String| {
        classes.iter().position(|c| c == name).unwrap_or_else(|| {
            classes.push(name.clone());
            classes.len() - 1
        })
    };
    let labels: Vec<usize> = by.iter().map(class).collect();
    let (x, y) = (x.to_values(), y.to_values());
    same_count("plot::scatter_by", "classes", labels.len(), x.len())?;
    draw("plot::scatter_by", &x, &y, &classes, &labels, options)
}

impl Dataset {
    /// A scatter plot of two of its columns, with a dot for each row in the colour of its class.
    ///
    /// # Errors
    /// If a column is missing.
    pub fn plot_scatter(&self, x: &str, y: &str) -> Result<Figure> {
        self.plot_scatter_with(x, y, &PlotOptions::new())
    }

    /// [`plot_scatter`](Self::plot_scatter) with options.
    ///
    /// # Errors
    /// As [`plot_scatter`](Self::plot_scatter), or if an option is out of bounds.
    pub fn plot_scatter_with(&self, x: &str, y: &str, options: &PlotOptions) -> Result<Figure> {
        self.need_numbers_in("Dataset::plot_scatter", &[x, y])?;
        let column = |name: &str| -> Result<Vec<f64>> {
            let width = self.x().row_len().max(1);
            let at = self.columns().iter().position(|c| c == name).filter(|at| *at < width);
            let at = at.ok_or_else(|| {
                let expected = format!("one of {}", listed(self.columns()));
                Error::argument("Dataset::plot_scatter: a column", format!("'{name}'"), expected)
            })?;
            Ok(self.x().data().iter().skip(at).step_by(width).map(|v| f64::from(*v)).collect())
        };
        let mut options = options.clone();
        options.x_label.get_or_insert_with(|| x.to_string());
        options.y_label.get_or_insert_with(|| y.to_string());
        let (x, y) = (column(x)?, column(y)?);
        draw("Dataset::plot_scatter", &x, &y, self.classes(), self.labels(), &options)
    }
}

fn draw(
    plot: &str,
    x: &[f64],
    y: &[f64],
    classes: &[String],
    labels: &[usize],
    options: &PlotOptions,
) -> Result<Figure> {
    same_count(plot, "values of y", y.len(), x.len())?;
    let mut canvas = Canvas::new(options.size_or(560, 400)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    if classes.len() > 1 {
        let entry = |(n, name): (usize, &String)| Entry::Dot(style::series(n), name.clone());
        let entries: Vec<Entry> = classes.iter().enumerate().map(entry).collect();
        legend(&mut canvas, &mut rest, &entries);
    }
    let axis = |values: &[f64], log: Option<bool>, label: &Option<String>, also: Option<f64>| {
        let all = values.iter().copied().chain(also);
        let scale = if log == Some(true) { Scale::log(all) } else { Scale::linear(all) };
        Axis::numbers(scale, label.as_deref().unwrap_or(""))
    };
    let x_axis = axis(x, options.log_x, &options.x_label, None);
    let y_axis = axis(y, options.log_y, &options.y_label, options.also().next());
    let panel = Panel::new(rest, x_axis, y_axis, "");
    panel.draw(&mut canvas);
    options.draw_level(&mut canvas, &panel);
    let color = |i: usize| -> RGBColor { style::series(labels.get(i).copied().unwrap_or(0)) };
    let all: Vec<_> = x.iter().zip(y).enumerate().map(|(i, (x, y))| (*x, *y, color(i))).collect();
    if !points(&mut canvas, &panel, &all) {
        panel.say(&mut canvas, "no data");
    }
    let of = match classes.is_empty() {
        true => String::new(),
        false => format!(" of {}", listed(classes)),
    };
    canvas.finish(format!("Scatter plot of {} points{of}", x.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_other_lengths_and_unknown_columns_are_refused() {
        let error = scatter(&[1.0], &[1.0, 2.0]).unwrap_err().to_string();
        assert!(error.contains("values of y is 2, but must be 1"), "{error}");
        let error = scatter_by(&[1], &[1], &["a", "b"]).unwrap_err().to_string();
        assert!(error.contains("classes is 2, but must be 1"), "{error}");
        let x = crate::Array::zeros([2, 2]).unwrap();
        let data = Dataset::new(x, vec![0, 1], ["a", "b"]).unwrap();
        let error = data.plot_scatter("length", "width").unwrap_err().to_string();
        assert!(error.contains("'length'"), "{error}");
    }
}
