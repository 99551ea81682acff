//! A running fit, epoch by epoch.

use super::backup::Backup;
use super::callbacks::{Callback, Plan, Training};
use super::engine::Engine;
use super::evaluate::source;
use super::fit::Fit;
use super::history::History;
use super::inputs::Samples;
use super::lane::Rows;
use super::lanes::team;
use super::model::Model;
use super::scores::Scores;
use crate::error::Result;
use crate::nn::derive_seed;
use crate::stop;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// Keeps the shuffling apart from the other uses of a model's seed.
const SHUFFLE: u64 = 0x5348_5546_464c_4500;

/// Rows that are only measured.
pub(super) struct HeldOut<'a> {
    pub samples: Samples<'a>,
    pub weights: Option<&'a [f32]>,
    pub rows: Range<usize>,
}

/// One running fit.
pub(super) struct Run<'a> {
    pub fit: &'a Fit,
    pub samples: Samples<'a>,
    pub weights: Option<&'a [f32]>,
    pub train_rows: usize,
    pub held_out: Option<HeldOut<'a>>,
    pub threads: usize,
    pub plan: Plan,
    pub callbacks: Vec<Box<dyn Callback>>,
    pub onlooker: Option<Box<dyn Callback>>,
    pub backup: Option<Backup>,
    pub stopped: bool,
}

impl Run<'_> {
    /// Trains the model, which keeps its history however the fit ends.
    pub fn all(&mut self, model: &mut Model) -> Result<History> {
        let result = self.train(model);
        // Who looks on sees the end of a fit that was stopped as well.
        if result.is_err()
            && let Run { onlooker: Some(onlooker), plan, stopped, .. } = self
        {
            let _ = onlooker.on_train_end(&mut Training { model, plan, stop: stopped });
        }
        result.map(|()| model.history.clone())
    }

    fn train(&mut self, model: &mut Model) -> Result<()> {
        let mut first = self.fit.initial_epoch;
        model.history = History::default();
        if let Some(backup) = &self.backup
            && let Some(saved) = backup.load()?
        {
            first = saved.next_epoch;
            self.stopped = saved.stopped;
            model.history = saved.restore(model, &mut self.callbacks)?;
            self.plan.progress.line(&format!("going on after epoch {first} of an earlier run"));
        }
        self.each(model, |c, training| c.on_train_begin(training))?;
        self.epochs(model, first)?;
        model.take_averages();
        self.each(model, |c, training| c.on_train_end(training))?;
        self.plan.progress.finish();
        if let Some(backup) = &self.backup
            && self.fit.fold.is_none()
        {
            backup.delete()?;
        }
        Ok(())
    }

    fn epochs(&mut self, model: &mut Model, first: usize) -> Result<()> {
        if self.stopped || first >= self.fit.epochs {
            return Ok(());
        }
        let targets = self.samples.y.row_len();
        let batch = self.fit.batch_size.min(self.train_rows.max(1));
        let team = team(self.threads);
        let mut engine = Engine::new(model, batch, targets, true, team.clone())?;
        // Keras' validation batch is the training batch; larger ones give the same numbers.
        let check_batch = batch.max(256).min(self.held_out.as_ref().map_or(1, |h| h.rows.len()));
        let mut check = match self.held_out {
            Some(_) => Some(Engine::new(model, check_batch, targets, false, team)?),
            None => None,
        };
        let logs_rate = self.callbacks.iter().any(|c| c.changes_learning_rate());
        let metrics = model.metric_names();
        let mut order: Vec<u32> = match self.fit.shuffle {
            true => (0..self.train_rows as u32).collect(),
            false => Vec::new(),
        };
        let mut diverged = false;
        for epoch in first..self.fit.epochs {
            self.each(model, |c, training| c.on_epoch_begin(epoch, training))?;
            self.steps(model, &mut engine, &mut order, epoch, batch)?;
            let mut logs = vec![("loss".to_string(), engine.loss())];
            logs.extend(metrics.iter().cloned().zip(engine.metrics()));
            let validates = (epoch + 1).is_multiple_of(self.fit.validation_freq);
            if let (Some(engine), Some(held_out), true) = (&mut check, &self.held_out, validates) {
                let HeldOut { samples, weights, rows } = held_out;
                model.evaluate_with(engine, *samples, *weights, rows.clone(), check_batch)?;
                logs.push(("val_loss".to_string(), engine.loss()));
                logs.extend(metrics.iter().map(|n| format!("val_{n}")).zip(engine.metrics()));
            }
            if logs_rate {
                logs.push(("learning_rate".to_string(), model.learning_rate()));
            }
            if !engine.loss().is_finite() && !diverged {
                diverged = true;
                self.plan.progress.line(&format!(
                    "the loss is {} from epoch {} on: the model has diverged; \
                     try a smaller learning rate, or scale the inputs",
                    engine.loss(),
                    epoch + 1
                ));
            }
            self.plan.progress.epoch(epoch, &logs);
            let logs = Scores(logs);
            // First, so that a callback that saves the model saves this epoch too.
            model.history.push(epoch, &logs.0);
            self.each(model, |c, training| c.on_epoch_end(epoch, &logs, training))?;
            let last = self.stopped || epoch + 1 == self.fit.epochs;
            if let Some(backup) = &self.backup {
                backup.save(epoch + 1, last, self.stopped, model, &self.callbacks)?;
            }
            if self.stopped {
                break;
            }
        }
        Ok(())
    }

    /// The steps of one epoch. Their rows depend on the epoch alone, so that a fit can start at any
    /// epoch.
    fn steps(
        &mut self,
        model: &mut Model,
        engine: &mut Engine,
        order: &mut [u32],
        epoch: usize,
        batch: usize,
    ) -> Result<()> {
        engine.reset();
        let batches = self.train_rows.div_ceil(batch);
        let steps = self.fit.steps_per_epoch.unwrap_or(batches).min(batches).max(1);
        // Short epochs go through the data one after the other, as in Keras.
        let epochs_a_pass = batches.div_ceil(steps).max(1);
        let (pass, part) = (epoch / epochs_a_pass, epoch % epochs_a_pass);
        if self.fit.shuffle {
            order.iter_mut().zip(0..).for_each(|(o, i)| *o = i);
            let seed = derive_seed(model.seed ^ SHUFFLE, pass as u64);
            order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        }
        let data = source(self.samples, self.weights);
        for step in part * steps..batches.min((part + 1) * steps) {
            let first = step * batch;
            let rows = batch.min(self.train_rows - first);
            let which = match self.fit.shuffle {
                true if rows > 1 => Rows::Listed(&order[first..first + rows]),
                true => Rows::From(order[first] as usize),
                false => Rows::From(first),
            };
            stop::check()?;
            engine.train(model, data, which, rows);
            let (done, steps) = (step - part * steps, steps.min(batches - part * steps));
            self.plan.progress.step(epoch, done, steps, || engine.loss());
            if !self.callbacks.is_empty() {
                let (step, loss) = (step - part * steps, engine.loss());
                self.each(model, |c, training| c.on_batch_end(step, loss, training))?;
                if self.stopped {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Calls a hook of each callback.
    fn each(
        &mut self,
        model: &mut Model,
        mut hook: impl FnMut(&mut dyn Callback, &mut Training<'_>) -> Result<()>,
    ) -> Result<()> {
        let Run { callbacks, onlooker, plan, stopped, .. } = self;
        for callback in callbacks.iter_mut().chain(onlooker) {
            hook(&mut **callback, &mut Training { model, plan, stop: stopped })?;
        }
        Ok(())
    }
}
