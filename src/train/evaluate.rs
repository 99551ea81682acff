//! Predicting and evaluating.

use super::engine::Engine;
use super::inputs::{Samples, TrainingData, check_inputs};
use super::lane::{Rows, Source};
use super::lanes::team;
use super::model::Model;
use super::scores::Scores;
use crate::array::Array;
use crate::data::{Dataset, Inputs, Targets};
use crate::error::{Error, Result};
use crate::memory;
use crate::metric::{ConfusionMatrix, RegressionReport};
use crate::stop;
use std::ops::Range;

/// Rows processed at a time; Keras' default of 32 gives the same numbers, slower.
const BATCH: usize = 256;

impl Model {
    /// Loss and metrics on these samples, averaged over all of them as in Keras.
    ///
    /// A [`Dataset`] is [prepared](Self::prepare) first, unless it is already; a pair of arrays is
    /// taken as it is. If the fit's pipeline [scaled the
    /// targets](crate::data::Pipeline::scale_targets), the loss is that of the scaled targets, and
    /// metrics are in the targets' own units.
    ///
    /// # Errors
    /// If the samples do not have the shape that the model takes, or as [`prepare`](Self::prepare).
    pub fn evaluate<'a>(&self, data: impl Into<TrainingData<'a>>) -> Result<Scores> {
        self.evaluate_data(data.into())
    }

    fn evaluate_data(&self, data: TrainingData<'_>) -> Result<Scores> {
        const WHO: &str = "Model::evaluate";
        let prepared;
        let samples = match data {
            TrainingData::Dataset(data) => {
                prepared = self.prepared(WHO, data)?;
                Samples::from(&prepared)
            }
            TrainingData::Arrays(samples) => {
                self.say_arrays_are_taken_as_they_are();
                samples
            }
        };
        samples.check(WHO, &self.network)?;
        self.check_targets(samples.y)?;
        let rows = samples.x.rows();
        let batch = BATCH.min(rows);
        let mut engine = Engine::new(self, batch, samples.y.row_len(), false, team(usize::MAX))?;
        self.evaluate_with(&mut engine, samples, None, 0..rows, batch)?;
        let mut scores = vec![("loss".to_string(), engine.loss())];
        scores.extend(self.metric_names().into_iter().zip(engine.metrics()));
        Ok(Scores(scores))
    }

    pub(super) fn evaluate_with(
        &self,
        engine: &mut Engine,
        samples: Samples<'_>,
        weights: Option<&[f32]>,
        rows: Range<usize>,
        batch: usize,
    ) -> Result<()> {
        engine.reset();
        let source = source(samples, weights);
        for first in rows.clone().step_by(batch) {
            stop::check()?;
            let count = batch.min(rows.end - first);
            engine.evaluate(self, source, Rows::From(first), count);
        }
        Ok(())
    }

    pub(super) fn metric_names(&self) -> Vec<String> {
        self.metrics.iter().map(|m| m.0.name()).collect()
    }

    /// The outputs for these inputs, with a row for each sample. A [`Dataset`] is
    /// [prepared](Self::prepare) first, unless it is already; an [`Array`] is taken as it is.
    ///
    /// # Errors
    /// If the inputs do not have the shape that the model takes, or as [`prepare`](Self::prepare).
    pub fn predict<'a>(&self, inputs: impl Into<Inputs<'a>>) -> Result<Array> {
        self.outputs("Model::predict", inputs.into())
    }

    /// The outputs of a model with several of them: an array for each, in the order of
    /// [`Functional::new`](crate::nn::Functional::new).
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let input = Input::new([4]);
    /// let price = Dense::new(1).apply(&input).name("price");
    /// let kind = Dense::new(3).activation(Softmax).apply(&input).name("kind");
    /// let losses = [("price", "mse"), ("kind", "categorical_crossentropy")];
    /// let model = Functional::new(&input, [&price, &kind]).compile("adam", losses, ())?;
    /// let outputs = model.predict_outputs(&Array::zeros([2, 4])?)?;
    /// assert_eq!(outputs[0].shape(), [2, 1]);
    /// assert_eq!(outputs[1].shape(), [2, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn predict_outputs<'a>(&self, inputs: impl Into<Inputs<'a>>) -> Result<Vec<Array>> {
        let all = self.outputs("Model::predict_outputs", inputs.into())?;
        let mut at = 0;
        let outputs = self.network.outputs().iter().map(|output| {
            let layer = &self.network.layers()[*output];
            let range = at..at + layer.len();
            at = range.end;
            let rows = (0..all.rows()).flat_map(|row| all.row(row)[range.clone()].iter().copied());
            let mut shape = vec![all.rows()];
            shape.extend_from_slice(layer.op.output());
            Array::new(shape, rows.collect())
        });
        outputs.collect()
    }

    /// Refuses to write scaled targets of several outputs to formats that cannot undo the scaling.
    pub(super) fn check_units_of_one_output(&self, who: &str) -> Result<()> {
        let several = self.network.outputs().len();
        if several == 1 || self.pipeline().target_units().is_none() {
            return Ok(());
        }
        let what = format!("{who}: the outputs of a model whose pipeline scaled the targets");
        Err(Error::argument(what, several, "1").hint("Model::save keeps the model as it is"))
    }

    pub(super) fn outputs(&self, who: &str, inputs: Inputs<'_>) -> Result<Array> {
        self.outputs_of(who, &self.inputs(who, inputs)?)
    }

    /// The outputs for inputs as the network takes them, in the targets' own units.
    fn outputs_of(&self, who: &str, x: &Array) -> Result<Array> {
        self.pipeline().unscaled(self.raw_outputs(who, x)?)
    }

    /// The outputs as the network gives them.
    pub(super) fn raw_outputs(&self, who: &str, x: &Array) -> Result<Array> {
        check_inputs(who, x, &self.network)?;
        let batch = BATCH.min(x.rows());
        let mut engine = Engine::new(self, batch, 0, false, team(usize::MAX))?;
        let no_targets = Array::empty_rows(x.rows());
        let source = source(Samples { x, y: &no_targets }, None);
        let mut shape = vec![x.rows()];
        shape.extend_from_slice(self.network.output());
        let count = memory::check(&format!("{who}: the outputs"), &shape, size_of::<f32>())?;
        let mut outputs = Vec::with_capacity(count);
        for first in (0..x.rows()).step_by(batch) {
            let rows = batch.min(x.rows() - first);
            engine.predict(self, source, Rows::From(first), rows, &mut outputs);
        }
        Array::new(shape, outputs)
    }

    /// The class of each row: the index of the largest output; for a single output, 1 above the
    /// [middle](Self::middle) and 0 otherwise. If the model was fitted on a [`Dataset`], the index
    /// is into [`classes`](Self::classes), as the data's labels are, even if a single output stands
    /// for class 0.
    ///
    /// # Errors
    /// As [`predict`](Self::predict), and if the data's classes are in another order than the
    /// model's, so that an index would be ambiguous.
    pub fn predict_classes<'a>(&self, inputs: impl Into<Inputs<'a>>) -> Result<Vec<usize>> {
        self.classes_for(inputs.into())
    }

    fn classes_for(&self, inputs: Inputs<'_>) -> Result<Vec<usize>> {
        const WHO: &str = "Model::predict_classes";
        self.check_one_output(WHO)?;
        self.check_order(WHO, inputs)?;
        Ok(self.classes_of(&self.outputs(WHO, inputs)?))
    }

    /// R², mean absolute error and root mean squared error on data whose targets are numbers. The
    /// data are [prepared](Self::prepare) first, unless they are already.
    ///
    /// # Errors
    /// If the targets are classes, the data do not have the shape that the model takes, or as
    /// [`prepare`](Self::prepare).
    pub fn regression_report(&self, data: &Dataset) -> Result<RegressionReport> {
        const WHO: &str = "Model::regression_report";
        let ordered = self.schema.as_ref().map_or(Ok(None), |schema| schema.in_order(data))?;
        let data = ordered.as_ref().unwrap_or(data);
        let names = target_names(WHO, data)?;
        let truth = data.prepared().unscaled(data.y().clone())?;
        let data = self.prepared(WHO, data)?;
        RegressionReport::new(names, &truth, &self.outputs_of(WHO, data.x())?)
    }

    /// True against predicted classes of labelled data. The data are [prepared](Self::prepare)
    /// first, unless they are already.
    ///
    /// # Errors
    /// If the data have no labels, do not have the shape that the model takes, or as
    /// [`prepare`](Self::prepare).
    pub fn confusion_matrix(&self, data: &Dataset) -> Result<ConfusionMatrix> {
        self.check_one_output("Model::confusion_matrix")?;
        let data = self.prepared("Model::confusion_matrix", data)?;
        let outputs = self.outputs_of("Model::confusion_matrix", data.x())?;
        let predicted = self.decoded(&data, &outputs)?;
        ConfusionMatrix::new(data.classes().to_vec(), data.labels(), &predicted)
    }
}

impl Model {
    /// The class of each row of this model's outputs, as an index into the classes of data that are
    /// in the model's order; logits are split at 0.
    pub(crate) fn decoded(&self, data: &Dataset, outputs: &Array) -> Result<Vec<usize>> {
        data.decode_around(self.logits_middle(), outputs)
    }
}

/// The names of targets that are numbers.
pub(super) fn target_names(who: &str, data: &Dataset) -> Result<Vec<String>> {
    match data.targets() {
        Targets::Values(names) => Ok(names.clone()),
        other => Err(Error::argument(
            format!("{who}: the data"),
            other,
            "data with numbers as targets",
        )
        .hint(
            "Dataset::regression takes numbers from columns; for classes there is confusion_matrix",
        )),
    }
}

pub(super) fn source<'a>(samples: Samples<'a>, weights: Option<&'a [f32]>) -> Source<'a> {
    Source {
        x: samples.x.data(),
        x_len: samples.x.row_len(),
        y: samples.y.data(),
        y_len: samples.y.row_len(),
        weights,
    }
}
