//! Inputs and targets as a fit or an evaluation takes them, and what is refused before any work.

use crate::array::Array;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::nn::{Network, Port};

/// Inputs and targets, row by row: made from a [`Dataset`], or from a pair of arrays.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    /// The inputs: the first axis counts samples.
    pub x: &'a Array,
    /// The targets, with a row for each sample.
    pub y: &'a Array,
}

impl<'a> From<&'a Dataset> for Samples<'a> {
    fn from(data: &'a Dataset) -> Self {
        Samples { x: data.x(), y: data.y() }
    }
}

impl<'a> From<(&'a Array, &'a Array)> for Samples<'a> {
    fn from((x, y): (&'a Array, &'a Array)) -> Self {
        Samples { x, y }
    }
}

impl<'a> From<TrainingData<'a>> for Samples<'a> {
    fn from(data: TrainingData<'a>) -> Self {
        match data {
            TrainingData::Dataset(data) => Samples::from(data),
            TrainingData::Arrays(samples) => samples,
        }
    }
}

/// Inputs and targets: a [`Dataset`], which knows how it was prepared, or arrays, which are taken
/// as they are.
#[derive(Clone, Copy, Debug)]
pub enum TrainingData<'a> {
    /// Rows with class labels and column names.
    Dataset(&'a Dataset),
    /// Inputs and targets.
    Arrays(Samples<'a>),
}

impl<'a> From<&'a Dataset> for TrainingData<'a> {
    fn from(data: &'a Dataset) -> Self {
        TrainingData::Dataset(data)
    }
}

impl TrainingData<'_> {
    /// Refuses a value that is not finite, before any work.
    pub(crate) fn check_finite(&self, who: &str) -> Result<()> {
        match self {
            TrainingData::Dataset(data) => check_finite_data(who, data),
            TrainingData::Arrays(samples) => {
                check_finite(who, "input", samples.x)?;
                check_finite(who, "target", samples.y)
            }
        }
    }
}

impl<'a> From<Samples<'a>> for TrainingData<'a> {
    fn from(samples: Samples<'a>) -> Self {
        TrainingData::Arrays(samples)
    }
}

impl<'a> From<(&'a Array, &'a Array)> for TrainingData<'a> {
    fn from(arrays: (&'a Array, &'a Array)) -> Self {
        TrainingData::Arrays(arrays.into())
    }
}

impl Samples<'_> {
    /// Checks rows, the shape of a sample against what the model takes, and that every value is a
    /// finite number.
    pub(super) fn check(&self, what: &str, network: &Network) -> Result<()> {
        check_inputs(what, self.x, network)?;
        if self.y.rows() != self.x.rows() {
            return Err(Error::shape(
                format!("{what}: the targets"),
                self.y.shape(),
                format!("there are {} inputs, and each needs a target", self.x.rows()),
            ));
        }
        check_finite(what, "target", self.y)
    }
}

/// Checks that there are samples, of the shape that the model takes.
pub(super) fn check_inputs(what: &str, x: &Array, network: &Network) -> Result<()> {
    let input = network.input();
    if x.shape().get(1..) != Some(input) {
        let mut expected =
            format!("the model takes samples of shape {input:?} after the axis of rows");
        if let several @ [_, _, ..] = network.inputs() {
            let names = several.iter().map(|i| format!("{} of {:?}", i.name, i.shape));
            let names = names.collect::<Vec<_>>().join(", ");
            expected += &format!(": its inputs side by side, as Array::beside puts them ({names})");
        }
        return Err(Error::shape(format!("{what}: the inputs"), x.shape(), expected));
    }
    if x.rows() == 0 {
        return Err(Error::shape(format!("{what}: the inputs"), x.shape(), "there are no rows"));
    }
    check_finite(what, "input", x)?;
    for layer in network.layers() {
        let [Port::Input(input)] = layer.inputs[..] else { continue };
        let place = match network.inputs().len() {
            1 => layer.op.check_inputs(x.data()).map(|at| (at / x.row_len(), at % x.row_len())),
            _ => {
                let range = network.input_range(input);
                let check = |row| layer.op.check_inputs(&x.row(row)[range.clone()]);
                (0..x.rows()).find_map(|row| check(row).map(|at| (row, range.start + at)))
            }
        };
        if let Some((row, place)) = place {
            return Err(Error::argument(
                format!("{what}: the inputs, row {row}, place {place}"),
                x.row(row)[place],
                "a whole number below the input_dim of the model's first layer, an embedding",
            ));
        }
    }
    Ok(())
}

/// Refuses a value that is not finite, before any work: a single NaN would turn the whole network
/// into NaN, as if it had diverged.
pub(super) fn check_finite(who: &str, what: &str, values: &Array) -> Result<()> {
    let Some((row, column)) = values.first_not_finite() else { return Ok(()) };
    let value = values.row(row)[column];
    let place = match values.shape() {
        [_] => format!("row {row}"),
        [_, _] => format!("row {row}, column {column}"),
        _ => format!("row {row}, value {column} of its {}", values.row_len()),
    };
    Err(Error::argument(format!("{who}: the {what} in {place}"), value, "a finite number").hint(
        "leave the row out, or put a number in its place; rows and columns are counted from 0",
    ))
}

/// The same for a dataset before preparation; the error names the column. Missing values are
/// allowed, because the pipeline may fill them.
pub(super) fn check_finite_data(who: &str, data: &Dataset) -> Result<()> {
    if data.columns().is_empty() {
        check_finite(who, "input", data.x())?;
    } else if data.x().first_not_finite().is_some()
        && let Some(at) = data.x().data().iter().position(|v| v.is_infinite())
    {
        let width = data.x().row_len().max(1);
        let (row, column) = (at / width, at % width);
        let name = data.columns().get(column).map_or("", String::as_str);
        let what = format!("{who}: the input in row {row}, column {column} ('{name}')");
        return Err(Error::argument(what, data.x().data()[at], "a finite number").hint(
            "leave the row out, or put a number in its place; rows and columns are counted from 0",
        ));
    }
    check_finite(who, "target", data.y())
}
