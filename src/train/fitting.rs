//! Fitting a model.

use super::backup::Backup;
use super::callbacks::Plan;
use super::fit::Fit;
use super::history::History;
use super::model::Model;
use super::progress::Progress;
use super::run::{HeldOut, Run};
use super::samples::Samples;
use crate::array::Array;
use crate::data::{Dataset, validation_split};
use crate::error::{Error, Result};

/// The data of a fit: a [`Dataset`], which a pipeline can be applied to, or plain arrays.
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

impl<'a> From<(&'a Array, &'a Array)> for TrainingData<'a> {
    fn from(arrays: (&'a Array, &'a Array)) -> Self {
        TrainingData::Arrays(arrays.into())
    }
}

impl Model {
    /// Trains the model, going on from the weights it has, and tells how it went.
    ///
    /// The history holds `loss` and each metric (measured while the weights change, as in Keras)
    /// and, with validation, `val_loss` and so on (measured after each epoch).
    ///
    /// # Errors
    /// If the shapes of data and model do not fit together, or a setting is out of its range.
    /// A loss that is no number any more is no error: it is printed once and stands in the
    /// history.
    pub fn fit<'a>(&mut self, data: impl Into<TrainingData<'a>>, fit: Fit) -> Result<History> {
        self.fit_data(data.into(), &fit)
    }

    pub(super) fn fit_data(&mut self, data: TrainingData<'_>, fit: &Fit) -> Result<History> {
        fit.check()?;
        let samples = Samples::from(data);
        let rows = samples.x.rows();
        let train_rows = match fit.validation_split {
            0.0 => rows,
            share => {
                if let TrainingData::Dataset(data) = data {
                    data.check_split("Fit::validation_split")?;
                }
                validation_split(rows, share)?.train.len()
            }
        };
        let outputs = self.network.output().iter().product();
        let Some(pipeline) = &fit.pipeline else {
            self.pipeline = None;
            let weights = fit.weighting.resolve(data, train_rows, outputs)?;
            return self.fit_samples(samples, weights, train_rows, fit);
        };
        let TrainingData::Dataset(data) = data else {
            return Err(Error::argument("Fit::prepare: the data", "a pair of arrays", "a Dataset"));
        };
        if fit.validation.is_some() {
            return Err(Error::argument(
                "Fit::prepare: the validation data",
                "given beside a pipeline",
                "a share of the data, by Fit::validation_split, or a fold",
            ));
        }
        let train = data.take(&(0..train_rows).collect::<Vec<_>>())?;
        let (fitted, mut prepared) = pipeline.fit_transform(&train)?;
        // Resampling changes their number.
        let train_rows = prepared.len();
        if train.len() < rows {
            let held_out = data.take(&(train.len()..rows).collect::<Vec<_>>())?;
            prepared = prepared.above(&fitted.transform(&held_out)?)?;
        }
        self.pipeline = Some(fitted);
        let weights =
            fit.weighting.resolve(TrainingData::Dataset(&prepared), train_rows, outputs)?;
        self.fit_samples(Samples::from(&prepared), weights, train_rows, fit)
    }

    /// The first `train_rows` samples are trained on; what follows is for validation.
    fn fit_samples(
        &mut self,
        samples: Samples<'_>,
        weights: Option<Vec<f32>>,
        train_rows: usize,
        fit: &Fit,
    ) -> Result<History> {
        let input = self.network.input();
        samples.check("Model::fit", input)?;
        self.check_targets(samples.y)?;
        let rows = samples.x.rows();
        let weights = weights.as_deref();
        let held_out = match &fit.validation {
            Some((x, y)) => {
                let validation = Samples::from((x, y));
                validation.check("Model::fit, the validation data", input)?;
                self.check_targets(y)?;
                Some(HeldOut { samples: validation, weights: None, rows: 0..x.rows() })
            }
            None if train_rows < rows => Some(HeldOut { samples, weights, rows: train_rows..rows }),
            None => None,
        };
        let all: Vec<Samples<'_>> =
            std::iter::once(samples).chain(held_out.iter().map(|h| h.samples)).collect();
        let threads = if fit.threads == 0 { rayon::current_num_threads() } else { fit.threads };
        let mut run = Run {
            fit,
            samples,
            weights,
            train_rows,
            threads,
            plan: Plan {
                place: fit.place.clone(),
                names: fit.names(self, held_out.is_some()),
                progress: Progress::new(&fit.label, fit.epochs, fit.verbose),
            },
            callbacks: fit.callbacks.clone(),
            backup: Backup::of(fit, self, &all, weights),
            history: History::default(),
            stopped: false,
            held_out,
        };
        if threads > 1 {
            // Inside the pool a join costs a tenth of one from outside.
            let mut result = Ok(History::default());
            rayon::scope(|_| result = run.all(self));
            result
        } else {
            run.all(self)
        }
    }
}
