//! Preparing the data of a fit into the rows that the network takes.

use super::fit::{Fit, ValidationData};
use super::inputs::{Samples, TrainingData, check_finite_data};
use super::model::Model;
use super::schema::Schema;
use crate::data::{Dataset, validation_split};
use crate::error::{Error, Result};

/// The rows of a fit, prepared.
pub(super) struct Prepared<'a> {
    pub data: Rows<'a>,
    /// The number of training rows; the rows after them are for validation.
    pub train_rows: usize,
    pub validation: Option<Rows<'a>>,
    /// The schema of the data; none for arrays.
    pub schema: Option<Schema>,
}

/// Prepared rows.
// A fit has at most two, so their size does not matter.
#[allow(clippy::large_enum_variant)]
pub(super) enum Rows<'a> {
    Dataset(Dataset),
    Arrays(Samples<'a>),
}

impl Rows<'_> {
    pub fn data(&self) -> TrainingData<'_> {
        match self {
            Rows::Dataset(data) => TrainingData::Dataset(data),
            Rows::Arrays(samples) => TrainingData::Arrays(*samples),
        }
    }

    pub fn samples(&self) -> Samples<'_> {
        Samples::from(self.data())
    }
}

impl<'a> Prepared<'a> {
    /// Fits the pipeline to the training rows, or applies the model's fitted one.
    pub fn new(model: &Model, data: TrainingData<'a>, fit: &'a Fit) -> Result<Self> {
        const WHO: &str = "Model::fit";
        if let TrainingData::Dataset(data) = data {
            check_finite_data(WHO, data)?;
            if fit.pipeline.as_ref().is_some_and(|steps| !steps.takes_raw()) {
                data.need_numbers(WHO)?;
            }
        }
        let rows = Samples::from(data).x.rows();
        let mut train_rows = match fit.validation_split {
            0.0 => rows,
            share => {
                if let TrainingData::Dataset(data) = data {
                    data.check_split("Fit::validation_split")?;
                }
                validation_split(rows, share)?.train.len()
            }
        };
        let (data, schema) = match (data, &fit.pipeline) {
            (TrainingData::Arrays(_), Some(_)) => {
                let expected = "a Dataset";
                return Err(Error::argument(
                    "Fit::prepare: the data",
                    "a pair of arrays",
                    expected,
                ));
            }
            (TrainingData::Arrays(samples), None) => (Rows::Arrays(samples), model.schema.clone()),
            (TrainingData::Dataset(data), None) => {
                let data = model.prepared_again(WHO, data)?;
                let schema = Schema::of(&data);
                (Rows::Dataset(data), Some(schema))
            }
            (TrainingData::Dataset(data), Some(pipeline)) => {
                let data = model.classes_again(WHO, data).unwrap_or_else(|| data.clone());
                let prepared = match train_rows == rows {
                    true => pipeline.fit_transform(&data)?.1,
                    false => {
                        let train = data.take(&(0..train_rows).collect::<Vec<_>>())?;
                        let (fitted, train) = pipeline.fit_transform(&train)?;
                        let held_out = data.take(&(train_rows..rows).collect::<Vec<_>>())?;
                        // Resampling changes the number of rows.
                        train_rows = train.len();
                        train.above(&fitted.transform(&held_out)?)?
                    }
                };
                if fit.validation_split == 0.0 {
                    train_rows = prepared.len();
                }
                let schema = Schema::of(&prepared);
                (Rows::Dataset(prepared), Some(schema))
            }
        };
        if let Rows::Dataset(data) = &data {
            data.need_numbers(WHO)?;
        }
        let validation = match &fit.validation {
            None => None,
            Some(ValidationData::Arrays(x, y)) => Some(Rows::Arrays(Samples::from((x, y)))),
            Some(ValidationData::Dataset(held_out)) => {
                check_finite_data("Fit::validation_data", held_out)?;
                let held_out = match &schema {
                    Some(schema) => schema.form("Fit::validation_data", held_out)?,
                    None => held_out.clone(),
                };
                held_out.need_numbers("Fit::validation_data")?;
                Some(Rows::Dataset(held_out))
            }
        };
        Ok(Prepared { data, train_rows, validation, schema })
    }

    /// Whether some of the rows are arrays, which cannot be prepared.
    pub fn has_arrays(&self) -> bool {
        let mut rows = std::iter::once(&self.data).chain(&self.validation);
        rows.any(|rows| matches!(rows, Rows::Arrays(_)))
    }
}
