//! Data in the form that a model was fitted on, and its outputs as the classes learned.

use super::inputs::{check_finite_data, check_inputs};
use super::model::Model;
use super::schema::Schema;
use crate::array::Array;
use crate::data::{Dataset, FittedPipeline, Inputs};
use crate::error::{Error, Result};
use crate::live;
use crate::metric::class_of;

impl Model {
    /// The class names that the model has learned, in the order of the indices that
    /// [`predict_classes`](Self::predict_classes) gives; none before a fit on a [`Dataset`] with
    /// labels.
    pub fn classes(&self) -> Vec<String> {
        self.schema.as_ref().map_or_else(Vec::new, |schema| schema.classes.clone())
    }

    /// The names of the columns that the network takes, after the pipeline, as `port_S` of a category;
    /// none for a model of pictures, or one that was fitted on arrays.
    pub fn features(&self) -> Vec<String> {
        self.schema.as_ref().map_or_else(Vec::new, |schema| schema.columns.clone())
    }

    /// The fitted pipeline of the model; empty before a fit, or after one without a pipeline.
    pub fn pipeline(&self) -> FittedPipeline {
        self.schema.as_ref().map_or_else(FittedPipeline::default, |s| s.pipeline.clone())
    }

    /// The data in the form that the model was fitted on: the steps of its pipeline that were not
    /// applied yet are applied, and columns and classes are put in the learned order by name.
    ///
    /// [`evaluate`](Self::evaluate), [`predict`](Self::predict) and everything else that takes a
    /// [`Dataset`] does this by itself, and takes data prepared here as they are.
    ///
    /// # Errors
    /// If the data lack a column that the model learned from, have a class that it does not know, or
    /// were prepared by other steps than the model's.
    pub fn prepare(&self, data: &Dataset) -> Result<Dataset> {
        self.prepared("Model::prepare", data)
    }

    pub(super) fn prepared(&self, who: &str, data: &Dataset) -> Result<Dataset> {
        check_finite_data(who, data)?;
        let prepared = match &self.schema {
            Some(schema) => schema.form(who, data)?,
            None => data.clone(),
        };
        prepared.need_numbers(who)?;
        Ok(prepared)
    }

    /// The data as they are, with classes in the order learned.
    pub(crate) fn in_own_order(&self, who: &str, data: &Dataset) -> Result<Dataset> {
        self.schema.as_ref().map_or_else(|| Ok(data.clone()), |schema| schema.align(who, data))
    }

    /// The data of a further fit, in the form of the earlier fits. Classes with other names are
    /// learned anew.
    pub(super) fn prepared_again(&self, who: &str, data: &Dataset) -> Result<Dataset> {
        match &self.schema {
            Some(schema) => {
                let data = schema.prepare(who, data)?;
                Ok(self.classes_again(who, &data).unwrap_or(data))
            }
            None => Ok(data.clone()),
        }
    }

    /// The data with classes in the order of earlier fits, if those had all of them.
    pub(super) fn classes_again(&self, who: &str, data: &Dataset) -> Option<Dataset> {
        self.schema.as_ref()?.align(who, data).ok()
    }

    /// The inputs as the network takes them.
    pub(crate) fn inputs(&self, who: &str, inputs: Inputs<'_>) -> Result<Array> {
        match inputs {
            Inputs::Dataset(data) => {
                check_finite_data(who, data)?;
                let prepared = match &self.schema {
                    Some(schema) => schema.prepare(who, data)?,
                    None => data.clone(),
                };
                prepared.need_numbers(who)?;
                Ok(prepared.x().clone())
            }
            Inputs::Array(x) => {
                self.say_arrays_are_taken_as_they_are();
                Ok(x.clone())
            }
        }
    }

    /// The inputs as the network takes them, with their shape checked.
    pub(crate) fn checked_inputs(&self, who: &str, inputs: Inputs<'_>) -> Result<Array> {
        let x = self.inputs(who, inputs)?;
        check_inputs(who, &x, self.network())?;
        Ok(x)
    }

    /// Prints once that an array does not go through the model's pipeline.
    pub(super) fn say_arrays_are_taken_as_they_are(&self) {
        let pipeline = self.pipeline();
        if pipeline.is_empty() {
            return;
        }
        let line = format!(
            "note: this model was fitted on rows prepared by {pipeline}; an Array is taken as it is. \
             Give a Dataset, which is prepared, or take care of that yourself."
        );
        if self.said.first(&line) {
            live::print(&(line + "\n"));
        }
    }

    /// Refuses data whose class indices differ from the model's, for methods that return indices.
    pub(super) fn check_order(&self, who: &str, inputs: Inputs<'_>) -> Result<()> {
        let (Some(schema), Inputs::Dataset(data)) = (&self.schema, inputs) else { return Ok(()) };
        if data.classes().is_empty()
            || schema.classes.is_empty()
            || data.classes() == schema.classes
        {
            return Ok(());
        }
        Err(Error::argument(
            format!("{who}: the data's classes"),
            data.classes().join(", "),
            format!("{}, in this order, as in the training data", schema.classes.join(", ")),
        )
        .hint("Model::prepare gives the data with classes in the model's order"))
    }

    /// The threshold between the two classes, for a model that outputs logits.
    pub(super) fn logits_middle(&self) -> Option<f32> {
        self.loss.0.takes_logits().map(|_| self.middle())
    }

    /// The class of each row of outputs, as an index into [`classes`](Self::classes).
    pub(super) fn classes_of(&self, outputs: &Array) -> Vec<usize> {
        let middle = self.middle();
        let rows = outputs.data().chunks(outputs.row_len().max(1));
        let classes = rows.map(|row| class_of(row, middle));
        match self.schema.as_ref().and_then(Schema::sides) {
            Some((yes, no)) if outputs.row_len() == 1 => {
                classes.map(|side| if side == 1 { yes } else { no }).collect()
            }
            _ => classes.collect(),
        }
    }
}
