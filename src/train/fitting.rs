//! Fitting a model.

use super::backup::Backup;
use super::callbacks::Plan;
use super::fit::Fit;
use super::history::History;
use super::inputs::{Samples, TrainingData};
use super::model::Model;
use super::preparing::{Prepared, Rows};
use super::progress::Progress;
use super::run::{HeldOut, Run};
use crate::error::Result;
use std::borrow::Borrow;

impl Model {
    /// Trains the model from the weights it has, and returns the history.
    ///
    /// The settings may be passed by value or by reference, `fit` or `&fit`.
    ///
    /// The history holds `loss` and each metric (measured while the weights change, as in Keras)
    /// and, with validation, `val_loss` and so on (measured after each epoch).
    ///
    /// The model keeps the fitted pipeline of [`Fit::prepare`]. A further fit without a pipeline
    /// uses it, because the weights were learned on rows prepared by it; a fit with a pipeline fits
    /// that one; [`Model::seed`] and [`Model::reset`] drop it with the weights.
    ///
    /// # Errors
    /// If the shapes of data and model do not fit together, a setting is out of range, or the data
    /// were prepared by another pipeline than the model's. A loss that becomes NaN is not an error:
    /// it is reported once and recorded in the history.
    pub fn fit<'a>(
        &mut self,
        data: impl Into<TrainingData<'a>>,
        fit: impl Borrow<Fit>,
    ) -> Result<History> {
        self.fit_data(data.into(), fit.borrow())
    }

    fn fit_data(&mut self, data: TrainingData<'_>, fit: &Fit) -> Result<History> {
        fit.check()?;
        let prepared = Prepared::new(self, data, fit)?;
        self.fit_prepared(&prepared, fit)
    }

    /// Trains on prepared rows, and keeps their schema.
    pub(super) fn fit_prepared(&mut self, prepared: &Prepared<'_>, fit: &Fit) -> Result<History> {
        let before = std::mem::replace(&mut self.schema, prepared.schema.clone());
        let weights = match self.checked(prepared, fit) {
            Ok(weights) => weights,
            Err(error) => {
                self.schema = before;
                return Err(error);
            }
        };
        if prepared.has_arrays() {
            self.say_arrays_are_taken_as_they_are();
        }
        self.run(prepared, weights.as_deref(), fit)
    }

    /// Checks data and settings, and returns the samples' weights.
    fn checked(&self, prepared: &Prepared<'_>, fit: &Fit) -> Result<Option<Vec<f32>>> {
        let named = [
            ("Model::fit", Some(&prepared.data)),
            ("Fit::validation_data", prepared.validation.as_ref()),
        ];
        for (who, rows) in named {
            let Some(samples) = rows.map(Rows::samples) else { continue };
            samples.check(who, &self.network)?;
            self.check_targets(samples.y)?;
        }
        if fit.weighting.classes.is_some() {
            self.check_one_output("Fit::class_weight")?;
        }
        let outputs = self.network.output().iter().product();
        fit.weighting.resolve(prepared.data.data(), prepared.train_rows, outputs)
    }

    fn run(
        &mut self,
        prepared: &Prepared<'_>,
        weights: Option<&[f32]>,
        fit: &Fit,
    ) -> Result<History> {
        let (samples, train_rows) = (prepared.data.samples(), prepared.train_rows);
        let rows = samples.x.rows();
        let held_out = match prepared.validation.as_ref().map(Rows::samples) {
            Some(samples) => Some(HeldOut { samples, weights: None, rows: 0..samples.x.rows() }),
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
                params: fit.params.clone(),
                names: fit.names(self, held_out.is_some()),
                progress: Progress::new(&fit.label, fit.epochs, fit.verbose),
            },
            callbacks: fit.callbacks.clone(),
            onlooker: fit.onlooker.clone(),
            backup: Backup::of(fit, self, &all, weights),
            stopped: false,
            held_out,
        };
        if fit.verbose > 0 {
            for line in self.advice(prepared) {
                if self.said.first(&line) {
                    run.plan.progress.line(&line);
                }
            }
        }
        run.all(self)
    }
}
