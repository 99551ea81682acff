//! Decision boundaries: the class that a model predicts at each point of a plane.

use crate::array::Array;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::plot::draw::canvas::{Canvas, Rect};
use crate::plot::draw::legend::{Entry, headline, legend};
use crate::plot::draw::panel::{Axis, Panel};
use crate::plot::draw::points::points;
use crate::plot::draw::scale::Scale;
use crate::plot::draw::style::{self, WHITE, blend};
use crate::plot::{Figure, PlotOptions, listed};
use crate::train::Model;

/// Grid points along each side.
const SIDE: usize = 120;

/// The plane of two features in the colours of the classes that the model predicts, with the rows
/// of `data` as dots in the colours of their true classes; as scikit-learn's
/// `DecisionBoundaryDisplay`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let x = Array::new([4, 2], vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0])?;
/// let data = Dataset::new(x, vec![0, 1, 1, 0], ["equal", "different"])?;
/// let net = Sequential::new([2]).add(Dense::new(2).activation(Softmax));
/// let model = net.compile(Sgd::new(0.1), CategoricalCrossentropy::new(), ())?;
/// let figure = plot::decision_boundary(&model, &data)?;
/// assert_eq!(figure.alt(), "Decision boundary between equal, different, 4 rows");
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// If the data do not have two features and classes, or the model does not fit them.
pub fn decision_boundary(model: &Model, data: &Dataset) -> Result<Figure> {
    decision_boundary_with(model, data, &PlotOptions::new())
}

/// [`decision_boundary`] with options.
///
/// # Errors
/// As [`decision_boundary`], or if an option is out of bounds.
pub fn decision_boundary_with(
    model: &Model,
    data: &Dataset,
    options: &PlotOptions,
) -> Result<Figure> {
    model.check_one_output("plot::decision_boundary")?;
    let data = &model.in_own_order("plot::decision_boundary", data)?;
    if data.x().shape().len() != 2 || data.x().row_len() != 2 {
        let expected = "rows of two features were expected; Dataset::select_columns chooses two";
        return Err(Error::shape("plot::decision_boundary: the data", data.x().shape(), expected));
    }
    let column = |c: usize| data.x().data().iter().skip(c).step_by(2).map(|v| f64::from(*v));
    let mut canvas = Canvas::new(options.size_or(560, 440)?)?;
    let mut rest = headline(&mut canvas, options.title_or(""));
    let entry = |(n, name): (usize, &String)| Entry::Dot(style::series(n), name.clone());
    let entries: Vec<Entry> = data.classes().iter().enumerate().map(entry).collect();
    legend(&mut canvas, &mut rest, &entries);
    let (x_scale, y_scale) = (Scale::linear(column(0)), Scale::linear(column(1)));
    let name = |own: &Option<String>, c: usize| {
        own.clone().or_else(|| data.columns().get(c).cloned()).unwrap_or_default()
    };
    let x = Axis::numbers(x_scale.clone(), &name(&options.x_label, 0));
    let y = Axis::numbers(y_scale.clone(), &name(&options.y_label, 1));
    let panel = Panel::new(rest, x, y, "");
    if data.is_empty() {
        panel.draw(&mut canvas);
        panel.say(&mut canvas, "no data");
        return canvas.finish("Decision boundary of no data".to_string());
    }
    let places = places(&x_scale, &y_scale);
    // Made from rows of the data, so that the model prepares them in the same way.
    let plane = data.take(&vec![0; SIDE * SIDE])?;
    let plane = plane.with_x(Array::new([SIDE * SIDE, 2], places)?)?;
    let outputs = model.predict(&plane)?;
    let classes = model.decoded(data, &outputs)?;
    let ground = |part: Rect| {
        let at = |share: f64| ((share * SIDE as f64) as usize).min(SIDE - 1);
        let (column, row) = (at((part.x0 + part.x1) / 2.0), at((part.y0 + part.y1) / 2.0));
        blend(style::series(classes[row * SIDE + column]), WHITE, 0.7)
    };
    canvas.paint(panel.inner, ground);
    panel.draw(&mut canvas);
    let color = |i: usize| style::series(data.labels().get(i).copied().unwrap_or(0));
    let rows: Vec<_> =
        column(0).zip(column(1)).enumerate().map(|(i, (x, y))| (x, y, color(i))).collect();
    points(&mut canvas, &panel, &rows);
    canvas.finish(format!(
        "Decision boundary between {}, {} rows",
        listed(data.classes()),
        data.len()
    ))
}

/// The centres of a grid of equal cells over the plane, row by row from the top left.
fn places(x: &Scale, y: &Scale) -> Vec<f32> {
    let share = |i: usize| (i as f64 + 0.5) / SIDE as f64;
    let mut places = Vec::with_capacity(2 * SIDE * SIDE);
    for row in 0..SIDE {
        for column in 0..SIDE {
            places.extend([x.at(share(column)) as f32, y.at(1.0 - share(row)) as f32]);
        }
    }
    places
}
