//! Spectra by state: the median of each class with a band of quartiles.

use rayon::prelude::*;

use crate::array::Array;
use crate::error::Result;
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::canvas::Canvas;
use crate::plot::draw::curve::curve;
use crate::plot::draw::legend::{headline, legend, swatches};
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::quartiles::{self, check, quartiles};
use crate::plot::draw::scale::Scale;
use crate::plot::draw::style;
use crate::plot::values::names;

/// The median spectrum of each class over `x`, in a band from the first to the third quartile; the
/// y axis is logarithmic unless [`PlotOptions::log_y`] says otherwise.
///
/// `features` is [samples, columns], `labels` gives the class of each row, and `x` the position of
/// each column, such as its frequency in hertz.
///
/// # Errors
/// If the lengths do not agree or a label has no class name.
pub fn spectra(
    classes: &[impl AsRef<str>],
    labels: &[usize],
    features: &Array,
    x: &[f64],
) -> Result<Figure> {
    spectra_with(classes, labels, features, x, &PlotOptions::new())
}

/// [`spectra`] with options.
///
/// # Errors
/// As [`spectra`], or if an option is out of bounds.
pub fn spectra_with(
    classes: &[impl AsRef<str>],
    labels: &[usize],
    features: &Array,
    x: &[f64],
    options: &PlotOptions,
) -> Result<Figure> {
    draw(&names(classes), labels, features, x, options)
}

fn draw(
    classes: &[String],
    labels: &[usize],
    features: &Array,
    x: &[f64],
    options: &PlotOptions,
) -> Result<Figure> {
    check("plot::spectra", classes, labels, features, x.len())?;
    let by_column: Vec<Vec<[f64; 3]>> = (0..x.len())
        .into_par_iter()
        .map(|column| {
            quartiles::by_class(classes.len(), labels, features, column)
                .iter_mut()
                .map(|values| quartiles(values))
                .collect()
        })
        .collect();
    let by_class: Vec<Vec<[f64; 3]>> =
        (0..classes.len()).map(|class| by_column.iter().map(|q| q[class]).collect()).collect();

    let mut canvas = Canvas::new(options.size_or(640, 380)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    legend(&mut canvas, &mut rest, &swatches(classes));
    let values = || by_class.iter().flatten().flatten().copied();
    let scale = match options.log_y {
        Some(false) => Scale::linear(values()),
        _ => Scale::log(values()),
    };
    let x_title = options.x_label.as_deref().unwrap_or("frequency [Hz]");
    let y_title = options.y_label.as_deref().unwrap_or("amplitude (median, quartiles)");
    let x_axis = Axis::numbers(Scale::linear(x.iter().copied()), x_title);
    let panel = Panel::new(rest, x_axis, Axis::numbers(scale, y_title), "");
    panel.draw(&mut canvas);

    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
    for (class, quartiles) in by_class.iter().enumerate() {
        let place = |&column: &usize| {
            let [low, _, high] = quartiles[column];
            Some((panel.x(x[column])?, panel.y(low)?, panel.y(high)?))
        };
        let places: Vec<_> = order.iter().map(place).collect();
        for run in places.split(Option::is_none) {
            let run: Vec<_> = run.iter().copied().flatten().collect();
            canvas.band(&run, style::series(class), 0.16);
        }
    }
    let mut any = false;
    for (class, quartiles) in by_class.iter().enumerate() {
        let points: Vec<_> = order.iter().map(|&c| (x[c], quartiles[c][1])).collect();
        any |= curve(&mut canvas, &panel, &points, style::series(class), None);
    }
    if !any {
        panel.say(&mut canvas, "no data");
    }
    canvas.finish(format!(
        "Medians and quartiles of {} columns for {}",
        x.len(),
        crate::plot::listed(classes)
    ))
}
