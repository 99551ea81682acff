//! The prediction for one row of raw values.

use super::model::Model;
use super::row::{Row, RowValue};
use crate::array::Array;
use crate::data::{Dataset, Table, Targets, near};
use crate::error::{Error, Result};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};
use std::fmt;

/// The prediction for one row.
#[derive(Clone, PartialEq)]
pub struct Prediction {
    outputs: Vec<f32>,
    /// The classes' names with their probabilities; empty for other targets.
    classes: Vec<(String, f32)>,
    class: Option<usize>,
    /// The names of the values that a regression, or a model of several outputs, predicts.
    values: Vec<String>,
}

impl Prediction {
    /// The name of the predicted class; none if the model knows no classes, for example because it
    /// was fitted on arrays.
    pub fn class(&self) -> Option<&str> {
        Some(self.classes.get(self.class?)?.0.as_str())
    }

    /// The probability of each class, in the model's order: the outputs of a softmax, or p and 1 -
    /// p of a single sigmoid, computed from the logits for a model that gives those. A single output
    /// for targets -1 / +1 is not a probability; it is mapped to (1 + output) / 2.
    pub fn probabilities(&self) -> &[(String, f32)] {
        &self.classes
    }

    /// The probability of the class of this name.
    pub fn probability(&self, class: &str) -> Option<f32> {
        self.classes.iter().find(|(name, _)| name == class).map(|(_, p)| *p)
    }

    /// The raw outputs.
    pub fn outputs(&self) -> &[f32] {
        &self.outputs
    }

    /// The predicted value of this name, for a model fitted on [`Dataset::regression`], or of the
    /// output of this name, for a model of several: `kind 0`, `kind 1`, … of one with many values.
    pub fn value(&self, name: &str) -> Option<f32> {
        let place = self.values.iter().position(|n| n == name)?;
        self.outputs.get(place).copied()
    }

    fn rows(&self) -> Vec<(String, String)> {
        if let Some(class) = self.class {
            let row = |(i, (name, p)): (usize, &(String, f32))| {
                let mark = if i == class { " ←" } else { "" };
                (format!("{name}{mark}"), format!("{p:.4}"))
            };
            return self.classes.iter().enumerate().map(row).collect();
        }
        let name = |i: usize| self.values.get(i).cloned().unwrap_or(format!("output {i}"));
        self.outputs.iter().enumerate().map(|(i, v)| (name(i), format!("{v}"))).collect()
    }

    /// The prediction as an HTML table.
    pub fn to_html(&self) -> String {
        let (caption, head) = self.words();
        let rows: Vec<Vec<String>> = self.rows().into_iter().map(|(a, b)| vec![a, b]).collect();
        crate::html::table(&caption, &head, &rows)
    }

    fn words(&self) -> (String, [&'static str; 2]) {
        match self.class() {
            Some(class) => (format!("Prediction: {class}"), ["class", "probability"]),
            None => ("Prediction".to_string(), ["output", "value"]),
        }
    }
}

crate::html::debug_as_display!(Prediction);

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (caption, head) = self.words();
        let rows: Vec<Vec<String>> = self.rows().into_iter().map(|(a, b)| vec![a, b]).collect();
        f.write_str(&crate::html::text_table(&caption, &head, &rows))
    }
}

impl Model {
    /// The names of the columns that a row needs, before any preparation; none for a model of
    /// pictures or one fitted on arrays.
    pub fn columns(&self) -> Vec<String> {
        let Some(schema) = &self.schema else { return Vec::new() };
        schema.pipeline.columns().unwrap_or(&schema.columns).to_vec()
    }

    /// The prediction for one row. The row is a list of raw values, by name or in order, which the
    /// model's pipeline prepares, a table or dataset of one row, or one picture.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// # let table = Table::from_dataframe(dfdx_lab::polars::df!("height" => [150.0, 190.0, 155.0, 185.0], "who" => ["a", "b", "a", "b"]).unwrap())?;
    /// let data = Dataset::from_table(&table, "who", ["height"])?;
    /// # let net = Sequential::new([1]).add(Dense::new(2).activation(Softmax));
    /// # let mut model = net.compile(Adam::new(0.3), "categorical_crossentropy", ())?;
    /// model.fit(&data, Fit::epochs(50).verbose(0).prepare(Pipeline::new().standard_scaler()))?;
    /// let answer = model.predict_one([("height", 151.0)])?;
    /// assert_eq!(answer.class(), Some("a"));
    /// assert!(answer.probability("a") > Some(0.9));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// For a model whose pipeline takes text or missing values, a row of several types is a tuple, and
    /// all values may be text, as they come from a form:
    ///
    /// ```no_run
    /// # use dfdx_lab::prelude::*;
    /// # let model = Model::load("titanic.dfdx")?;
    /// model.predict_one((("age", 22.0), ("sex", "male"), ("class", 3)))?;
    /// model.predict_one([("age", ""), ("sex", "female"), ("class", "1")])?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If a column is missing, unknown or given twice, there is more than one row, a value is not
    /// finite, of a kind or a category that the pipeline does not take, or the row does not have the shape that the model takes.
    pub fn predict_one(&self, row: impl Into<Row>) -> Result<Prediction> {
        self.prediction(row.into())
    }

    fn prediction(&self, row: Row) -> Result<Prediction> {
        let columns = self.columns();
        let outputs = match row {
            Row::Named(pairs) => self.predict(&raw(&columns, &in_order(&columns, pairs)?)?)?,
            Row::Values(values) if columns.is_empty() => {
                let values = values.iter().map(number).collect::<Result<Vec<f32>>>()?;
                self.sample(&Array::new([values.len()], values)?)?
            }
            Row::Values(values) => self.predict(&raw(&columns, &values)?)?,
            Row::Table(table) => {
                one(table.rows())?;
                need_columns(&columns)?;
                self.predict(&Dataset::unlabelled(&table, columns)?)?
            }
            Row::Dataset(data) => {
                one(data.len())?;
                self.predict(&data)?
            }
            Row::Array(x) => self.sample(&x)?,
        };
        Ok(self.read(outputs.data().to_vec()))
    }

    /// The outputs for one sample.
    fn sample(&self, x: &Array) -> Result<Array> {
        let input = self.network.input();
        let mut shape = vec![1];
        shape.extend_from_slice(input);
        let flat = [input.iter().product::<usize>()];
        if x.shape() != shape && x.shape() != input && x.shape() != flat {
            let expected = format!("the model takes samples of shape {input:?}");
            return Err(Error::shape(format!("{WHO}: the row"), x.shape(), expected));
        }
        self.predict(&Array::new(shape, x.data().to_vec())?)
    }

    /// The names of the values of several outputs, each by its output; those of one have none.
    fn names_of_values(&self) -> Vec<String> {
        let outputs = self.network.outputs();
        if outputs.len() == 1 {
            return Vec::new();
        }
        let of_output = |at: &usize| {
            let layer = &self.network.layers()[*at];
            let numbered = |i: usize| format!("{} {i}", layer.name);
            match layer.len() {
                1 => vec![layer.name.clone()],
                len => (0..len).map(numbered).collect(),
            }
        };
        outputs.iter().flat_map(of_output).collect()
    }

    /// The meaning of the outputs for one row.
    fn read(&self, outputs: Vec<f32>) -> Prediction {
        let values = self.names_of_values();
        let mut prediction = Prediction { outputs, classes: Vec::new(), class: None, values };
        let Some(schema) = &self.schema else { return prediction };
        let mut shares = prediction.outputs.clone();
        if let Some(activation) = self.loss.0.takes_logits() {
            let width = shares.len();
            activation.apply(&mut shares, width);
        }
        let outputs = &shares;
        let share = match (&schema.targets, &outputs[..]) {
            (Targets::Values(names), _) => {
                prediction.values = names.clone();
                return prediction;
            }
            (Targets::OneHot, _) if outputs.len() == schema.classes.len() => None,
            (Targets::Binary(class), [output]) => Some((class, *output)),
            (Targets::PlusMinus(class), [output]) => Some((class, (1.0 + output) / 2.0)),
            _ => return prediction,
        };
        let place = |(i, name): (usize, &String)| {
            let p = match share {
                None => outputs[i],
                Some((class, p)) if class == name => p,
                Some((_, p)) => 1.0 - p,
            };
            (name.clone(), p)
        };
        // A single output has two classes, and only their names are known.
        if share.is_none() || schema.classes.len() == 2 {
            prediction.classes = schema.classes.iter().enumerate().map(place).collect();
            let row = prediction.outputs.clone();
            let row = Array::new([1, row.len()], row).unwrap_or_default();
            prediction.class = self.classes_of(&row).first().copied();
        }
        prediction
    }
}

const WHO: &str = "Model::predict_one";

/// A value for a model that takes only numbers, such as one fitted on arrays.
fn number(value: &RowValue) -> Result<f32> {
    match value {
        RowValue::Number(value) => Ok(*value as f32),
        RowValue::Text(_) | RowValue::Missing => {
            Err(Error::argument(format!("{WHO}: a value of the row"), value, "a number"))
        }
    }
}

fn one(rows: usize) -> Result<()> {
    match rows {
        1 => Ok(()),
        other => Err(Error::argument(format!("{WHO}: the number of rows"), other, "1")
            .hint("Model::predict takes a data set of many")),
    }
}

fn need_columns(columns: &[String]) -> Result<()> {
    match columns.is_empty() {
        false => Ok(()),
        true => Err(Error::argument(
            format!("{WHO}: the row"),
            "values by the names of columns",
            "values in order, or an Array: the model was not fitted on columns with names",
        )),
    }
}

/// The values in the order of the columns.
fn in_order(columns: &[String], pairs: Vec<(String, RowValue)>) -> Result<Vec<RowValue>> {
    need_columns(columns)?;
    let what = || format!("{WHO}: the column");
    let mut values: Vec<Option<RowValue>> = vec![None; columns.len()];
    for (name, value) in pairs {
        let Some(place) = columns.iter().position(|c| *c == name) else {
            let got = format!("'{name}'");
            return Err(Error::argument(what(), got, "a column that the model was fitted on")
                .hint(near(&name, columns)));
        };
        if values[place].replace(value).is_some() {
            return Err(Error::argument(what(), format!("'{name}' twice"), "given once"));
        }
    }
    let missing = columns.iter().zip(&values).filter(|(_, v)| v.is_none());
    let missing: Vec<&str> = missing.map(|(name, _)| name.as_str()).collect();
    match missing.is_empty() {
        true => Ok(values.into_iter().flatten().collect()),
        false => Err(Error::argument(
            format!("{WHO}: the row"),
            format!("without a value of {}", missing.join(", ")),
            format!("one with values of {}", columns.join(", ")),
        )),
    }
}

/// One row of raw values, in the form of a table's row.
fn raw(columns: &[String], values: &[RowValue]) -> Result<Dataset> {
    if values.len() != columns.len() {
        let expected = format!("{}, one for each of {}", columns.len(), columns.join(", "));
        return Err(Error::argument(
            format!("{WHO}: the number of values"),
            values.len(),
            expected,
        ));
    }
    let mut series = Vec::with_capacity(columns.len());
    for (name, value) in columns.iter().zip(values) {
        let name = name.as_str();
        series.push(match value {
            RowValue::Number(value) if value.is_infinite() => {
                return Err(Error::argument(
                    format!("{WHO}: the value of {name}"),
                    value,
                    "finite",
                ));
            }
            RowValue::Number(value) => Series::new(name.into(), [*value]).into_column(),
            RowValue::Text(text) => Series::new(name.into(), [text.as_str()]).into_column(),
            RowValue::Missing => Series::new(name.into(), [f64::NAN]).into_column(),
        });
    }
    let frame = DataFrame::new(1, series)
        .map_err(|e| Error::argument(format!("{WHO}: the row"), e, "a table of one row"))?;
    Dataset::unlabelled(&Table::from_dataframe(frame)?, columns.to_vec())
}
