//! Searches for hyper-parameters of models: one builder, several strategies.

mod candidate;
mod execute;
mod keep;
pub(super) mod kinds;
mod live;
mod model_study;
mod next;
mod objective;
mod proposal;
mod runner;
mod settings;
mod strategy;
mod terms;
mod watch;

pub use kinds::*;
pub use model_study::ModelStudy;
pub use settings::CrossValidation;

pub(crate) use super::hp::is_own;
pub(crate) use strategy::Round;

use super::distribution::Choice;
use super::hp::Hp;
use super::pruner::Pruner;
use super::sampler::Sampler;
use super::study::{Listing, Study};
use super::trial::Direction;
use crate::data::Pipeline;
use crate::error::Result;
use crate::train::callbacks::Callback;
use crate::train::{Fit, Model, TrainingData};
use objective::Objective;
use settings::Settings;
use std::borrow::Borrow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use strategy::{Sampled, Strategy};

type Build = Arc<dyn Fn(&mut Hp) -> Result<Model> + Send + Sync>;
type Recipe = Arc<dyn Fn(&mut Hp) -> Fit + Send + Sync>;

/// A search for the best hyper-parameters of a model. [`GridSearch`], [`RandomSearch`],
/// [`Hyperband`], [`SuccessiveHalving`], [`TpeSearch`], [`BayesianSearch`] and [`ForestSearch`]
/// make one.
///
/// ```
/// use dfdx_lab::prelude::*;
/// # let x = Array::new([40, 2], (0..80).map(|i| (i as f32).sin()).collect())?;
/// # let data = Dataset::new(x, (0..40).map(|i| i % 2).collect(), ["a", "b"])?;
/// let study = GridSearch::new(|hp| {
///     let units = hp.choice("units", [2, 4]);
///     Sequential::new([2])
///         .add(Dense::new(units).activation(hp.choice("activation", [Relu, Tanh])))
///         .add(Dense::new(2).activation(Softmax))
///         .compile(Adam::new(0.01), CategoricalCrossentropy::new(), ["accuracy"])
/// })
/// .fit(Fit::epochs(3))
/// .objective("val_accuracy")
/// .cross_validate(KFold::new(2).shuffle(1))
/// .verbose(0)
/// .run(&data, "memory")?;
/// assert_eq!(study.trials()?.len(), 4);
/// # Ok::<(), Error>(())
/// ```
///
/// If the place is a file (`"studies/sleep.db"`), the study outlives its process: running the same
/// code again continues the search, and does nothing once the search is complete.
#[derive(Clone)]
pub struct Search {
    build: Build,
    recipe: Option<Recipe>,
    strategy: Arc<dyn Strategy>,
    objectives: Vec<Objective>,
    folds: Option<CrossValidation>,
    pipeline: Option<Pipeline>,
    callbacks: Vec<Box<dyn Callback>>,
    pruner: Option<Arc<dyn Pruner>>,
    settings: Settings,
}

impl Search {
    fn new(build: Build, strategy: Arc<dyn Strategy>) -> Search {
        Search {
            build,
            recipe: None,
            strategy,
            objectives: Vec::new(),
            folds: None,
            pipeline: None,
            callbacks: Vec::new(),
            pruner: None,
            settings: Settings::default(),
        }
    }

    /// Sets how each model is fitted: epochs, batch size, validation, callbacks. Hyperband sets the
    /// epochs itself.
    pub fn fit(mut self, fit: impl Borrow<Fit>) -> Search {
        let fit = fit.borrow().clone();
        self.recipe = Some(Arc::new(move |_: &mut Hp| fit.clone()));
        self
    }

    /// Like [`fit`](Self::fit), by code that may ask for hyper-parameters, as in `|hp|
    /// Fit::epochs(20).batch_size(hp.choice("batch_size", [32, 64]))`. It runs after the code that
    /// builds the model.
    pub fn fit_with(mut self, recipe: impl Fn(&mut Hp) -> Fit + Send + Sync + 'static) -> Search {
        self.recipe = Some(Arc::new(recipe));
        self
    }

    /// Adds an objective by its name in the history; `val_loss` by default. The loss or metric of
    /// that name decides whether it is minimised or maximised.
    ///
    /// A trial's value is that of its last epoch (see [`best_epoch`](Self::best_epoch)), averaged
    /// over folds and executions.
    pub fn objective(mut self, name: &str) -> Search {
        self.objectives.push(Objective::new(name, None));
        self
    }

    /// Adds an objective to maximise; see [`objective`](Self::objective).
    pub fn maximize(mut self, name: &str) -> Search {
        self.objectives.push(Objective::new(name, Some(Direction::Maximize)));
        self
    }

    /// Adds an objective to minimise; see [`objective`](Self::objective).
    pub fn minimize(mut self, name: &str) -> Search {
        self.objectives.push(Objective::new(name, Some(Direction::Minimize)));
        self
    }

    /// Whether a fit's value and weights are those of its best epoch, as in KerasTuner, instead of
    /// its last; false by default.
    pub fn best_epoch(mut self, best: bool) -> Search {
        self.settings.best_epoch = best;
        self
    }

    /// Fits each model on every fold instead of once. The trial's value is the mean over the folds;
    /// after each fold a pruner sees the mean so far.
    pub fn cross_validate(mut self, folds: impl Into<CrossValidation>) -> Search {
        self.folds = Some(folds.into());
        self
    }

    /// Sets the pipeline that prepares the data. It is fitted to the training rows, anew in each
    /// fold.
    pub fn prepare(mut self, pipeline: Pipeline) -> Search {
        self.pipeline = Some(pipeline);
        self
    }

    /// Adds a callback to each fit.
    pub fn callback(mut self, callback: impl Callback + 'static) -> Search {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Sets the pruner; none by default.
    pub fn pruner(mut self, pruner: impl Pruner + 'static) -> Search {
        self.pruner = Some(Arc::new(pruner));
        self
    }

    /// Sets the sampler, which replaces the search's own strategy.
    pub fn sampler(mut self, sampler: impl Sampler + 'static) -> Search {
        self.strategy = Arc::new(Sampled::by(sampler));
        self
    }

    /// The total number of trials, including those of earlier runs; 10 by default, and for a grid
    /// every cell. Retries of trials whose worker died do not count.
    pub fn max_trials(mut self, trials: usize) -> Search {
        self.settings.max_trials = Some(trials);
        self
    }

    /// Begins no further trials once the run has lasted this long; running trials are completed.
    pub fn time_limit(mut self, limit: Duration) -> Search {
        self.settings.time_limit = Some(limit);
        self
    }

    /// Ends the search once a trial is at least as good as this.
    pub fn target(mut self, value: f64) -> Search {
        self.settings.target = Some(value);
        self
    }

    /// Fits each model this many times with different seeds; the trial's value is the mean. 1 by
    /// default.
    pub fn executions_per_trial(mut self, executions: usize) -> Search {
        self.settings.executions = executions;
        self
    }

    /// Sets the seed from which all trials' seeds are derived; by default a random one, which the
    /// study stores.
    pub fn seed(mut self, seed: u64) -> Search {
        self.settings.seed = Some(seed);
        self
    }

    /// The number of trials that run at the same time, each with its share of the cores. By default
    /// grid and random search, whose trials are independent, use every core; searches that learn
    /// from earlier trials run one trial at a time.
    pub fn workers(mut self, workers: usize) -> Search {
        self.settings.workers = Some(workers);
        self
    }

    /// Continues a study even if its trials had other data, other settings, or other models for the
    /// same values, which is otherwise an error. The number of trials, the sampler, the pruner,
    /// limits and the number of workers may always change.
    pub fn allow_changes(mut self) -> Search {
        self.settings.allow_changes = true;
        self
    }

    /// Stops the search with an error after this many failed trials in a row. By default 3 errors
    /// or panics stop it, as in KerasTuner, and an objective of NaN does not count; with a number
    /// set here, NaN counts too.
    pub fn max_consecutive_failures(mut self, failures: usize) -> Search {
        self.settings.max_failures = Some(failures);
        self
    }

    /// Fails a trial that takes longer than this. It is checked after each step.
    pub fn trial_time_limit(mut self, limit: Duration) -> Search {
        self.settings.trial_time = Some(limit);
        self
    }

    /// Fails a trial during which the process grows by more than this many bytes. It is checked
    /// after each epoch, on Linux only; with several workers, the growth of all of them counts.
    pub fn trial_memory_limit(mut self, bytes: u64) -> Search {
        self.settings.trial_memory = Some(bytes);
        self
    }

    /// The number of best trials whose models are kept beside the database; 1 by default.
    pub fn keep_best(mut self, trials: usize) -> Search {
        self.settings.keep = trials;
        self
    }

    /// The study's name in its database; by default the file's name, or the kind of search on a
    /// server.
    pub fn name(mut self, name: &str) -> Search {
        self.settings.name = Some(name.to_string());
        self
    }

    /// 0 prints nothing; 1, the default, at most about one line a second.
    pub fn verbose(mut self, verbose: u8) -> Search {
        self.settings.verbose = verbose;
        self
    }

    /// Sets a function that is called with the study after each trial, and at the end with `true`.
    pub(crate) fn onlooker(
        mut self,
        look: impl Fn(&Study, bool) + Send + Sync + 'static,
    ) -> Search {
        self.settings.onlooker = Some(settings::Onlooker(Arc::new(look)));
        self
    }

    /// Hyperband: the most epochs of a trial; 100 by default.
    pub fn max_epochs(mut self, epochs: usize) -> Search {
        self.settings.max_epochs = Some(epochs);
        self
    }

    /// Hyperband: the factor by which the trials decrease and the epochs increase from round to
    /// round; 3 by default.
    pub fn factor(mut self, factor: usize) -> Search {
        self.settings.factor = Some(factor);
        self
    }

    /// Hyperband: how many times all brackets are run; 1 by default.
    pub fn iterations(mut self, iterations: usize) -> Search {
        self.settings.iterations = Some(iterations);
        self
    }

    /// Hyperband's brackets: rounds, trials and epochs. If the parameters have few combinations,
    /// which is found by running the code, the rounds are smaller.
    ///
    /// # Errors
    /// If the search has no brackets, or a setting is out of range.
    pub fn brackets(&self) -> Result<Listing> {
        self.strategy.brackets(self)
    }

    /// The parameters that the code asks for if each has its first value. Parameters that it asks
    /// for only in other cases are missing; `search_space_summary` of [`ModelStudy`] has those of
    /// all trials.
    ///
    /// # Errors
    /// If the code cannot build its first model.
    pub fn search_space(&self) -> Result<Listing> {
        let first = self.first()?;
        first.model.map_err(crate::Error::Training)?;
        let row = |p: &super::Param| super::study::space_row(&p.name, &p.distribution, None);
        let rows = first.params.iter().map(row).collect();
        Ok(Listing::new("", &["parameter", "kind", "values"], rows))
    }

    /// Adds a starting point, as scikit-optimize's `x0`: values for some or all parameters by name.
    /// Other parameters are chosen as usual; a grid takes their first values. A study that already
    /// has trials ignores it. All starting points are run, in addition to the cells of a grid and
    /// even beyond [`max_trials`](Self::max_trials). A name that the code does not ask for or that
    /// is given twice, or a value that the parameter cannot take, is an error of
    /// [`run`](Self::run).
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// # let build = |hp: &mut Hp| {
    /// #     let units = hp.int("units", 4..=64);
    /// #     Sequential::new([2]).add(Dense::new(units)).compile("sgd", "mse", ())
    /// # };
    /// let search = BayesianSearch::new(build).x0([("units", 16.into())]);
    /// # let _ = search;
    /// ```
    pub fn x0(mut self, point: impl IntoIterator<Item = (&'static str, Choice)>) -> Search {
        let point = point.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        self.settings.known.push(point);
        self
    }

    /// Runs or continues the search: fits models on `data` until the trials, the time or the grid
    /// are used up or the target is reached. For places, see
    /// [`Study::open`](super::study::Study::open).
    ///
    /// # Errors
    /// If a setting is out of range; the objective is not logged or its direction unknown; the code
    /// asks for its hyper-parameters wrongly (an empty range, one name with two ranges); the code
    /// does not ask for a value of [`x0`](Self::x0) or of the queue; the study at this place was
    /// made with another grid or seed, or with other data or settings (see
    /// [`allow_changes`](Self::allow_changes)); every trial fails, or too many in a row; or the
    /// database cannot be reached.
    pub fn run<'a>(
        &self,
        data: impl Into<TrainingData<'a>>,
        place: impl AsRef<Path>,
    ) -> Result<ModelStudy> {
        runner::run(self, data.into(), &place.as_ref().to_string_lossy())
    }
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Search({})", self.strategy.name())
    }
}

#[cfg(test)]
mod tests;
