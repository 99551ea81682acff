//! Fitting a model.

use super::engine::Engine;
use super::evaluate::source;
use super::history::History;
use super::lane::Rows;
use super::model::Model;
use super::progress::Progress;
use super::samples::Samples;
use crate::array::Array;
use crate::data::{Dataset, Pipeline, validation_split};
use crate::error::{Error, Result};
use crate::nn::derive_seed;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// How a model is fitted: the arguments of Keras' `fit`, with Keras' defaults.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let fit = Fit::epochs(50).batch_size(256).validation_split(0.2).shuffle(false);
/// # let _ = fit;
/// ```
#[derive(Clone, Debug)]
pub struct Fit {
    pub(super) epochs: usize,
    pub(super) batch_size: usize,
    pub(super) shuffle: bool,
    pub(super) validation_split: f64,
    pub(super) validation: Option<(Array, Array)>,
    pub(super) verbose: u8,
    pub(super) threads: usize,
    pub(super) pipeline: Option<Pipeline>,
    pub(super) label: String,
}

impl Fit {
    /// This many passes over the data; batches of 32, shuffled, no validation.
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
        }
    }

    /// Samples a step; 32 by default. The last batch of an epoch may be smaller.
    pub fn batch_size(mut self, samples: usize) -> Self {
        self.batch_size = samples;
        self
    }

    /// Whether the samples are drawn in another order every epoch; true by default. The order
    /// comes from the model's seed.
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.shuffle = shuffle;
        self
    }

    /// Keeps the last part of the samples, as they stand before shuffling, for validation: this
    /// share of them.
    pub fn validation_split(mut self, share: f64) -> Self {
        self.validation_split = share;
        self
    }

    /// Measures loss and metrics on these samples after every epoch.
    pub fn validation_data<'a>(mut self, samples: impl Into<Samples<'a>>) -> Self {
        let samples = samples.into();
        self.validation = Some((samples.x.clone(), samples.y.clone()));
        self
    }

    /// 0 says nothing; 1, the default, prints at most two lines a second; 2 prints every epoch.
    pub fn verbose(mut self, verbose: u8) -> Self {
        self.verbose = verbose;
        self
    }

    /// Threads to use at most: 1, or as many as there are (the default). The result is the same
    /// to the bit.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Steps that are learned from the training rows of this fit and applied to training and
    /// validation rows; needs the data as a [`Dataset`].
    pub fn prepare(mut self, pipeline: Pipeline) -> Self {
        self.pipeline = Some(pipeline);
        self
    }

    pub(super) fn label(mut self, label: String) -> Self {
        self.label = label;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.epochs == 0 || self.batch_size == 0 {
            let (what, got) = match self.epochs {
                0 => ("Fit: the number of epochs", self.epochs),
                _ => ("Fit: the batch size", self.batch_size),
            };
            return Err(Error::argument(what, got, "at least 1"));
        }
        if !(0.0..1.0).contains(&self.validation_split) {
            return Err(Error::argument(
                "Fit: the validation split",
                self.validation_split,
                "at least 0 and less than 1",
            ));
        }
        if self.validation.is_some() && self.validation_split > 0.0 {
            return Err(Error::argument(
                "Fit: the validation split",
                self.validation_split,
                "left out where validation data are given",
            ));
        }
        Ok(())
    }
}

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
        let samples = match data {
            TrainingData::Dataset(data) => Samples::from(data),
            TrainingData::Arrays(samples) => samples,
        };
        let train_rows = match fit.validation_split {
            0.0 => samples.x.rows(),
            share => validation_split(samples.x.rows(), share)?.train.len(),
        };
        let Some(pipeline) = &fit.pipeline else {
            self.pipeline = None;
            return self.fit_samples(samples, train_rows, fit);
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
        let (fitted, _) = pipeline.fit_transform(&train)?;
        let prepared = fitted.transform(data)?;
        self.pipeline = Some(fitted);
        self.fit_samples(Samples::from(&prepared), train_rows, fit)
    }

    /// The first `train_rows` samples are trained on; what follows is for validation.
    fn fit_samples(
        &mut self,
        samples: Samples<'_>,
        train_rows: usize,
        fit: &Fit,
    ) -> Result<History> {
        let input = self.network.input();
        samples.check("Model::fit", input)?;
        self.check_targets(samples.y)?;
        let rows = samples.x.rows();
        let held_out = match &fit.validation {
            Some((x, y)) => {
                let validation = Samples { x, y };
                validation.check("Model::fit, the validation data", input)?;
                self.check_targets(y)?;
                Some((x.clone(), y.clone()))
            }
            None if train_rows < rows => {
                let tail: Vec<usize> = (train_rows..rows).collect();
                Some((samples.x.take(&tail)?, samples.y.take(&tail)?))
            }
            None => None,
        };
        let threads = if fit.threads == 0 { rayon::current_num_threads() } else { fit.threads };
        let mut run = Run {
            fit,
            samples,
            train_rows,
            held_out,
            threads,
            progress: Progress::new(&fit.label, fit.epochs, fit.verbose),
        };
        if threads > 1 {
            // Inside the pool a join costs a tenth of one from outside.
            let mut result = None;
            rayon::scope(|_| result = Some(run.all(self)));
            Ok(result.unwrap_or_default())
        } else {
            Ok(run.all(self))
        }
    }
}

/// One fit under way.
struct Run<'a> {
    fit: &'a Fit,
    samples: Samples<'a>,
    train_rows: usize,
    held_out: Option<(Array, Array)>,
    threads: usize,
    progress: Progress,
}

impl Run<'_> {
    fn all(&mut self, model: &mut Model) -> History {
        let fit = self.fit;
        let batch = fit.batch_size.min(self.train_rows.max(1));
        let targets = self.samples.y.row_len();
        let mut engine = Engine::new(model, batch, targets, true, self.threads);
        let mut check = self.held_out.as_ref().map(|(x, _)| {
            // Keras' validation batch is the training batch; larger ones give the same numbers.
            let batch = batch.max(256).min(x.rows().max(1));
            (Engine::new(model, batch, targets, false, self.threads), batch)
        });
        let names = model.metric_names();
        let data = source(self.samples, None);
        let mut order: Vec<u32> = (0..self.train_rows as u32).collect();
        let mut history = History::default();
        let mut diverged = false;
        for epoch in 0..fit.epochs {
            engine.reset();
            if fit.shuffle {
                // Each epoch's order depends on the seed and the epoch alone.
                order.iter_mut().zip(0..).for_each(|(o, i)| *o = i);
                let seed = derive_seed(model.seed ^ SHUFFLE, epoch as u64);
                order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            }
            for first in (0..self.train_rows).step_by(batch) {
                let rows = batch.min(self.train_rows - first);
                let which = match fit.shuffle {
                    true if rows > 1 => Rows::Listed(&order[first..first + rows]),
                    true => Rows::From(order[first] as usize),
                    false => Rows::From(first),
                };
                engine.train(model, data, which, rows);
            }
            let mut logs = vec![("loss".to_string(), engine.loss())];
            logs.extend(names.iter().cloned().zip(engine.metrics()));
            if let (Some((engine, batch)), Some((x, y))) = (&mut check, &self.held_out) {
                model.evaluate_with(engine, Samples { x, y }, None, *batch);
                logs.push(("val_loss".to_string(), engine.loss()));
                logs.extend(names.iter().map(|n| format!("val_{n}")).zip(engine.metrics()));
            }
            if !engine.loss().is_finite() && !diverged {
                diverged = true;
                self.progress.line(&format!(
                    "the loss is {} from epoch {} on: the model has diverged; \
                     try a smaller learning rate, or scale the inputs",
                    engine.loss(),
                    epoch + 1
                ));
            }
            self.progress.epoch(epoch, &logs);
            history.push(epoch, &logs);
        }
        history
    }
}

/// Keeps the shuffling apart from the other uses of a model's seed.
const SHUFFLE: u64 = 0x5348_5546_464c_4500;
