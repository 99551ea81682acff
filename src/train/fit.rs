//! The settings of a fit.

use super::callbacks::Callback;
use super::inputs::{Samples, TrainingData};
use super::model::Model;
use super::weighting::{ClassKey, ClassWeights, Weighting};
use crate::array::Array;
use crate::data::{Dataset, Pipeline, validation_split};
use crate::error::{Error, Result};
use crate::io::HParam;
use std::path::{Path, PathBuf};

/// The settings of a fit: the arguments of Keras' `fit`, with Keras' defaults.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let fit = Fit::epochs(50).batch_size(256).validation_split(0.2).shuffle(false);
/// # let _ = fit;
/// ```
#[derive(Clone, Debug)]
pub struct Fit {
    pub(crate) epochs: usize,
    pub(super) batch_size: usize,
    pub(super) shuffle: bool,
    pub(super) validation_split: f64,
    pub(super) validation: Option<ValidationData>,
    pub(super) verbose: u8,
    pub(super) threads: usize,
    pub(crate) pipeline: Option<Pipeline>,
    pub(super) label: String,
    pub(super) fold: Option<usize>,
    pub(super) place: PathBuf,
    pub(super) initial_epoch: usize,
    pub(super) steps_per_epoch: Option<usize>,
    pub(super) validation_freq: usize,
    pub(super) weighting: Weighting,
    pub(super) callbacks: Vec<Box<dyn Callback>>,
    /// An observer; it cannot change results, so it is not among the terms of the fit.
    pub(super) onlooker: Option<Box<dyn Callback>>,
    /// The hyper-parameters of the trial, in a search.
    pub(super) params: Vec<(String, HParam)>,
}

/// What a search adds to the fit that its user wrote, for one trial.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrialFit {
    /// The epochs of the trial, if the search sets them.
    pub epochs: Option<usize>,
    /// The search's pipeline, which takes the place of the fit's.
    pub pipeline: Option<Pipeline>,
    /// The search's callbacks, which come after the fit's.
    pub callbacks: Vec<Box<dyn Callback>>,
    /// The hyper-parameters of the trial, as callbacks are told them.
    pub params: Vec<(String, HParam)>,
}

/// Validation data as they were given.
#[derive(Clone, Debug)]
// A fit has at most one, so its size does not matter.
#[allow(clippy::large_enum_variant)]
pub(super) enum ValidationData {
    Dataset(Dataset),
    Arrays(Array, Array),
}

impl Fit {
    /// This many passes over the data, in shuffled batches of 32, without validation.
    pub fn epochs(epochs: usize) -> Self {
        Fit {
            epochs,
            batch_size: 32,
            shuffle: true,
            validation_split: 0.0,
            validation: None,
            verbose: 1,
            threads: 0,
            pipeline: None,
            label: String::new(),
            fold: None,
            place: PathBuf::new(),
            initial_epoch: 0,
            steps_per_epoch: None,
            validation_freq: 1,
            weighting: Weighting::default(),
            callbacks: Vec::new(),
            onlooker: None,
            params: Vec::new(),
        }
    }

    /// The number of samples in a step; 32 by default. The last batch of an epoch may be smaller.
    pub fn batch_size(mut self, samples: usize) -> Self {
        self.batch_size = samples;
        self
    }

    /// Whether the samples are shuffled before every epoch; true by default. The order follows from
    /// the model's seed.
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.shuffle = shuffle;
        self
    }

    /// Holds out this share of the samples for validation: the last ones, before shuffling.
    pub fn validation_split(mut self, share: f64) -> Self {
        self.validation_split = share;
        self
    }

    /// Measures loss and metrics on these samples after every epoch. A [`Dataset`] is prepared by
    /// the fitted pipeline; a pair of arrays is taken as it is. Resampled data are refused, because
    /// they hold copied or synthetic rows.
    pub fn validation_data<'a>(mut self, data: impl Into<TrainingData<'a>>) -> Self {
        self.validation = Some(match data.into() {
            TrainingData::Dataset(data) => ValidationData::Dataset(data.clone()),
            TrainingData::Arrays(Samples { x, y }) => ValidationData::Arrays(x.clone(), y.clone()),
        });
        self
    }

    /// 0 prints nothing; 1, the default, at most two lines a second; 2 every epoch.
    pub fn verbose(mut self, verbose: u8) -> Self {
        self.verbose = verbose;
        self
    }

    /// The most threads to use; all of them by default. The result has the same bits with any
    /// number.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Sets the preparation. The pipeline is fitted to the training rows and applied to training
    /// and validation rows; resampling changes training rows only. The data must be a [`Dataset`].
    /// The model keeps the fitted pipeline and applies it to every `Dataset` it is given later; a
    /// further fit without a pipeline uses it too.
    pub fn prepare(mut self, pipeline: Pipeline) -> Self {
        self.pipeline = Some(pipeline);
        self
    }

    /// The epoch to begin with, counted from 0, to continue an earlier fit: the order of the
    /// samples, and everything else that depends on the epoch, is as if the earlier epochs had been
    /// run. `epochs` is still the number of the epoch to end before.
    pub fn initial_epoch(mut self, epoch: usize) -> Self {
        self.initial_epoch = epoch;
        self
    }

    /// The number of steps in an epoch; by default the number of batches in the data. With fewer
    /// steps, the next epoch continues where the last one stopped, and the data are shuffled again
    /// once all have been used. An epoch ends with the data, as in Keras.
    pub fn steps_per_epoch(mut self, steps: usize) -> Self {
        self.steps_per_epoch = Some(steps);
        self
    }

    /// The number of epochs from one validation to the next; 1 by default. The history has NaN for
    /// the epochs between.
    pub fn validation_freq(mut self, epochs: usize) -> Self {
        self.validation_freq = epochs;
        self
    }

    /// Weights the loss of each sample by its class: `[("rem", 5.0)]` by name, or `[(2, 5.0)]` by
    /// index, which is that of a [`Dataset`]'s class, or the class number in arrays.
    /// Other classes have weight 1.
    ///
    /// The loss of a batch is the weighted sum over its samples divided by their number; metrics
    /// and validation are not weighted, as in Keras.
    pub fn class_weight<K: Into<ClassKey>>(
        mut self,
        weights: impl IntoIterator<Item = (K, f64)>,
    ) -> Self {
        let weights = weights.into_iter().map(|(key, weight)| (key.into(), weight)).collect();
        self.weighting.classes = Some(ClassWeights::Given(weights));
        self
    }

    /// Weights each class inversely to its frequency among the training rows: n / (k · its rows),
    /// for k classes in n rows (scikit-learn's `balanced`). If [`prepare`](Self::prepare)
    /// resamples, the rows are counted after that.
    pub fn class_weight_balanced(mut self) -> Self {
        self.weighting.classes = Some(ClassWeights::Balanced);
        self
    }

    /// Weights the loss of each sample, with one weight for each row of the data. Rows held out by
    /// [`validation_split`](Self::validation_split) are weighted too. It cannot be combined with a
    /// pipeline that resamples, because new rows have no weight.
    pub fn sample_weight(mut self, weights: Vec<f32>) -> Self {
        self.weighting.samples = Some(weights);
        self
    }

    /// Adds a callback. Callbacks are called in the order in which they were added.
    pub fn callback(mut self, callback: impl Callback + 'static) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Sets the observer, which is called after each epoch.
    pub(crate) fn onlooker(mut self, onlooker: impl Callback + 'static) -> Self {
        self.onlooker = Some(Box::new(onlooker));
        self
    }

    /// The fit of a fold (counted from 1) of a cross-validation.
    pub(super) fn fold(mut self, fold: usize, count: usize) -> Self {
        self.label = format!("fold {fold}/{count}");
        self.fold = Some(fold);
        self.place.push(format!("fold-{fold}"));
        self
    }

    /// A subfolder that callbacks write to, for one of several fits.
    pub(crate) fn below(mut self, folder: impl AsRef<Path>) -> Self {
        self.place.push(folder);
        self
    }

    /// The fit with the sample weights of these rows, of data with `all` rows.
    pub(super) fn of_rows(&self, rows: &[usize], all: usize) -> Result<Fit> {
        Ok(Fit { weighting: self.weighting.take(rows, all)?, ..self.clone() })
    }

    /// The fit of a trial of a search, whose user wrote this one.
    pub(crate) fn of_trial(&self, trial: TrialFit) -> Self {
        let mut fit = self.clone();
        fit.epochs = trial.epochs.unwrap_or(fit.epochs);
        fit.pipeline = trial.pipeline.or(fit.pipeline);
        fit.callbacks.extend(trial.callbacks);
        fit.params = trial.params;
        fit
    }

    pub(crate) fn has_backup(&self) -> bool {
        self.callbacks.iter().any(|c| c.backup().is_some())
    }

    /// Whether the fit has validation data.
    pub(crate) fn validates(&self) -> bool {
        self.validation.is_some() || self.validation_split > 0.0
    }

    /// The indices that are trained on, of so many rows.
    pub(crate) fn train_rows(&self, rows: usize) -> Result<Vec<usize>> {
        match self.validation_split {
            0.0 => Ok((0..rows).collect()),
            share => Ok(validation_split(rows, share)?.train),
        }
    }

    /// The names of what is logged.
    pub(super) fn names(&self, model: &Model, validates: bool) -> Vec<String> {
        let mut names = vec!["loss".to_string()];
        names.extend(model.metric_names());
        if validates {
            names.extend(names.clone().iter().map(|n| format!("val_{n}")));
        }
        if self.callbacks.iter().any(|c| c.changes_learning_rate()) {
            names.push("learning_rate".to_string());
        }
        names
    }

    pub(super) fn check(&self) -> Result<()> {
        for (what, got) in [
            ("Fit: the number of epochs", self.epochs),
            ("Fit: the batch size", self.batch_size),
            ("Fit: the steps per epoch", self.steps_per_epoch.unwrap_or(1)),
            ("Fit: the epochs between validations", self.validation_freq),
        ] {
            if got == 0 {
                return Err(Error::argument(what, got, "at least 1"));
            }
        }
        if self.initial_epoch >= self.epochs {
            return Err(Error::argument(
                "Fit: the initial epoch",
                self.initial_epoch,
                format!("less than {}, the epoch to end before", self.epochs),
            ));
        }
        if self.callbacks.iter().filter(|c| c.backup().is_some()).count() > 1 {
            return Err(Error::argument("Fit: the number of BackupAndRestore", 2, "at most 1"));
        }
        self.weighting.check()?;
        if self.weighting.samples.is_some()
            && self.pipeline.as_ref().is_some_and(Pipeline::resamples)
        {
            return Err(Error::argument(
                "Fit::sample_weight",
                "given beside a pipeline that resamples",
                "left out: rows that are added have no weight of their own",
            )
            .hint("Fit::class_weight weights resampled rows by their class"));
        }
        if !(0.0..1.0).contains(&self.validation_split) {
            return Err(Error::argument(
                "Fit: the validation split",
                self.validation_split,
                "at least 0 and less than 1",
            ));
        }
        if let Some(ValidationData::Dataset(data)) = &self.validation
            && data.is_resampled()
        {
            let expected = "rows as they were before resampling: scores would be those of rows that \
                            were copied or made up";
            return Err(Error::argument("Fit::validation_data: the data", "resampled", expected)
                .hint("put the resampler into Pipeline::resample, or say Dataset::split_anyway"));
        }
        if self.validation.is_some() && self.validation_split > 0.0 {
            return Err(Error::argument(
                "Fit: the validation split",
                self.validation_split,
                "left out if validation data are given",
            ));
        }
        Ok(())
    }
}
