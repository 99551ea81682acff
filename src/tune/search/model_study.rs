//! The result of a search: its study, which also builds and loads models.

use super::candidate::Candidate;
use super::strategy::EPOCHS;
use super::{Search, is_own};
use crate::array::Array;
use crate::data::{Dataset, Inputs};
use crate::error::{Error, Result};
use crate::html::{escape, number};
use crate::train::{Fit, Model, TrainingData, TrialFit};
use crate::tune::study::{FixedValues, Listing, Study, keys};
use crate::tune::trial::Trial;
use std::fmt;
use std::ops::Deref;

/// The result of a search: a [`Study`] that can also build its models again.
#[derive(Clone)]
pub struct ModelStudy {
    study: Study,
    search: Search,
    data: Data,
}

/// The data of the search. Clones share the numbers.
#[derive(Clone)]
enum Data {
    Dataset(Box<Dataset>),
    Arrays,
}

impl ModelStudy {
    pub(super) fn new(study: Study, search: Search, data: TrainingData<'_>) -> Self {
        let data = match data {
            TrainingData::Dataset(data) => Data::Dataset(Box::new(data.clone())),
            TrainingData::Arrays(_) => Data::Arrays,
        };
        ModelStudy { study, search, data }
    }

    /// The best trial's model as it was fitted, loaded from its file beside the database (see
    /// [`Study::best_model`]); custom layers and losses come from the search's code. In a
    /// cross-validated search, it is the model of the first fold; see
    /// [`best_models`](Self::best_models).
    ///
    /// # Errors
    /// If no trial is complete, or its file is missing.
    pub fn best_model(&self) -> Result<Model> {
        let number = self.study.best_trial()?.number;
        self.model(number)
    }

    /// The best trial's models of all folds, as they were fitted.
    ///
    /// # Errors
    /// As [`best_model`](Self::best_model).
    pub fn best_models(&self) -> Result<Vec<Model>> {
        let number = self.study.best_trial()?.number;
        let folds = self.search.folds.as_ref().map_or(1, |f| f.count());
        (0..folds).map(|fold| self.fitted(number, fold)).collect()
    }

    /// The fitted model of any trial that kept it (see [`Search::keep_best`]), like
    /// [`best_model`](Self::best_model).
    ///
    /// # Errors
    /// If the trial kept no model.
    pub fn model(&self, number: u64) -> Result<Model> {
        self.fitted(number, 0)
    }

    fn fitted(&self, number: u64, fold: usize) -> Result<Model> {
        let folder = self.study.folder();
        let place = self.search.folds.as_ref().map(|_| fold);
        let (path, weights) = (folder.model(number, place), folder.weights(number, place));
        if path.exists() {
            // Custom code is not in the file, but in the search's code.
            return Model::load(&path)
                .or_else(|_| Model::load_with(self.fresh_model(number)?, &path));
        }
        if !weights.exists() {
            return Err(self.study.not_kept(number));
        }
        let mut model = self.fresh_model(number)?;
        model.load_weights(&weights)?;
        self.learn_pipeline(&mut model, number, fold)?;
        Ok(model)
    }

    /// Fits the pipeline again to the rows that the model was fitted on, because a file of weights
    /// alone lacks it.
    fn learn_pipeline(&self, model: &mut Model, number: u64, fold: usize) -> Result<()> {
        let fit = self.fit_of(number)?;
        let Data::Dataset(data) = &self.data else { return Ok(()) };
        let rows = match &self.search.folds {
            Some(folds) => folds.split(data)?.get(fold).map(|s| s.train.clone()),
            None => Some(fit.train_rows(data.len())?),
        };
        let train = data.take(&rows.unwrap_or_default())?;
        model.learn_form_of(&match &fit.pipeline {
            Some(pipeline) => pipeline.fit_transform(&train)?.1,
            None => train,
        });
        Ok(())
    }

    /// A trial's model with fresh weights, to fit it again. The search's code builds it with the
    /// trial's values and seed.
    ///
    /// # Errors
    /// If there is no such trial, or the code no longer builds its model.
    pub fn fresh_model(&self, number: u64) -> Result<Model> {
        let trial = self.trial(number)?;
        let model = self.candidate(&trial)?.model.map_err(Error::Training)?;
        let Some(noted) = trial.user.get(keys::SEED) else { return Ok(model) };
        let Some(seed) = noted.as_str().and_then(|s| s.parse().ok()) else {
            let what = format!("the seed of trial {number}");
            return Err(Error::argument(what, noted, "a whole number as text"));
        };
        Ok(model.seed(seed))
    }

    /// The best trial's model with fresh weights.
    ///
    /// # Errors
    /// As [`fresh_model`](Self::fresh_model).
    pub fn best_fresh_model(&self) -> Result<Model> {
        self.fresh_model(self.study.best_trial()?.number)
    }

    /// The [`Fit`] of a trial, with the search's pipeline but without its callbacks. For Hyperband,
    /// it has the epochs that the trial reached.
    ///
    /// # Errors
    /// As [`fresh_model`](Self::fresh_model).
    pub fn fit_of(&self, number: u64) -> Result<Fit> {
        let trial = self.trial(number)?;
        let fit = self.candidate(&trial)?.fit.map_err(Error::Training)?;
        let epochs = trial.value(EPOCHS).ok().and_then(|v| v.as_f64()).map(|n| n as usize);
        let pipeline = self.search.pipeline.clone();
        Ok(fit.of_trial(TrialFit { epochs, pipeline, ..TrialFit::default() }))
    }

    /// Fits the best trial's model anew on these rows with [`fit_of`](Self::fit_of), as
    /// scikit-learn's `refit`. Rows that the fit itself holds out are not used. The model keeps the
    /// fitted pipeline and applies it to every [`Dataset`](crate::data::Dataset) that it is given.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// # let x = Array::new([8, 1], vec![0.0, 1.0, 2.0, 3.0, 0.5, 1.5, 2.5, 3.5])?;
    /// # let data = Dataset::new(x, vec![0, 0, 1, 1, 0, 0, 1, 1], ["low", "high"])?;
    /// let study = GridSearch::new(|hp| {
    ///     Sequential::new([1])
    ///         .add(Dense::new(hp.choice("units", [2, 4])).activation(Relu))
    ///         .add(Dense::new(2).activation(Softmax))
    ///         .compile("adam", "categorical_crossentropy", ["accuracy"])
    /// })
    /// .fit(Fit::epochs(2).verbose(0))
    /// .prepare(Pipeline::new().standard_scaler())
    /// .cross_validate(KFold::new(2).shuffle(1))
    /// .objective("val_accuracy")
    /// .verbose(0)
    /// .run(&data, "memory")?;
    /// let model = study.refit(&data)?;
    /// let scores = model.evaluate(&data)?; // prepared like the rows that it was fitted on
    /// # let _ = scores;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`fresh_model`](Self::fresh_model), and if the model cannot be fitted to the data.
    pub fn refit<'a>(&self, data: impl Into<TrainingData<'a>>) -> Result<Model> {
        let number = self.study.best_trial()?.number;
        let mut model = self.fresh_model(number)?;
        model.fit(data, self.fit_of(number)?)?;
        Ok(model)
    }

    /// Runs the search's code with the trial's values only.
    fn candidate(&self, trial: &Trial) -> Result<Candidate> {
        let mut candidate = self.search.candidate_exactly(FixedValues::of(trial));
        match candidate.mistake.take() {
            Some(error) => Err(error.about(&format!("trial {}", trial.number))),
            None => Ok(candidate),
        }
    }

    fn trial(&self, number: u64) -> Result<Trial> {
        let trials = self.study.trials()?;
        let count = trials.len();
        trials
            .into_iter()
            .nth(usize::try_from(number).unwrap_or(usize::MAX))
            .ok_or_else(|| Error::argument("the trial's number", number, format!("below {count}")))
    }

    /// The study itself.
    pub fn study(&self) -> Study {
        self.study.clone()
    }

    /// The best model's predictions for these inputs; see [`Model::predict`].
    ///
    /// # Errors
    /// As [`best_model`](Self::best_model), and if the inputs do not fit the model.
    pub fn predict<'a>(&self, inputs: impl Into<Inputs<'a>>) -> Result<Array> {
        self.best_model()?.predict(inputs)
    }

    fn summary(&self) -> Result<(String, Listing)> {
        let names = self.study.objective_names()?;
        let best = match self.study.best_or_none()? {
            Some(best) => {
                let value = number(best.objective().unwrap_or(f64::NAN), 5);
                let params = best.params.iter().filter(|p| !is_own(&p.name));
                let params: Vec<String> =
                    params.map(|p| format!("{}={}", p.name, p.value())).collect();
                format!("best {}: {value} using {}", names.join(", "), params.join(", "))
            }
            None => names.join(", "),
        };
        Ok((best, self.study.best_trials(10)?))
    }

    /// The best value with its parameters, and a table of the ten best trials.
    pub fn to_html(&self) -> String {
        match self.summary() {
            Ok((best, table)) => format!("<p>{}</p>{}", escape(&best), table.to_html()),
            Err(error) => format!("<p>{}</p>", escape(&error.to_string())),
        }
    }
}

impl Deref for ModelStudy {
    type Target = Study;
    fn deref(&self) -> &Study {
        &self.study
    }
}

impl fmt::Debug for ModelStudy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.study, f)
    }
}

impl fmt::Display for ModelStudy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.summary() {
            Ok((best, table)) => write!(f, "{best}\n{table}"),
            Err(error) => error.fmt(f),
        }
    }
}
