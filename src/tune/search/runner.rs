//! A running search: its workers and its end.

use super::candidate::Candidate;
use super::live::Live;
use super::next::Next;
use super::objective::Goal;
use super::settings::cores;
use super::strategy::Course;
use super::{ModelStudy, Search, keep, terms};
use crate::error::{Error, Result};
use crate::stop;
use crate::train::TrainingData;
use crate::tune::Choice;
use crate::tune::hp::{is_own, own};
use crate::tune::storage::Scope;
use crate::tune::study::{Ending, Failures, FixedValues, Study, keys, message_of, waiting};
use crate::tune::trial::{Attributes, Trial, TrialState};
use serde_json::json;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long to wait for other workers before looking again.
const WAIT: Duration = Duration::from_millis(500);

/// One running search.
pub(super) struct Runner<'a> {
    pub search: &'a Search,
    pub study: Study,
    pub data: TrainingData<'a>,
    pub goals: Vec<Goal>,
    /// Chooses the trials.
    pub course: Box<dyn Course>,
    pub live: Arc<Live>,
    pub threads: usize,
    pub begun: Instant,
    state: Mutex<State>,
    changed: Condvar,
}

/// What the workers share.
pub(super) struct State {
    failures: Failures,
    /// Whether a message has said that the search waits.
    pub waits: bool,
    stopped: bool,
    error: Option<Error>,
}

pub(super) fn run(search: &Search, data: TrainingData<'_>, place: &str) -> Result<ModelStudy> {
    let settings = &search.settings;
    settings.check(&*search.strategy)?;
    let first = search.first()?;
    let course = search.strategy.start(search)?;
    let promotes = search.strategy.promotes();
    if search.recipe.is_none() && !promotes {
        let expected = "given by .fit(Fit::epochs(50)), or .fit_with(|hp| ...)";
        return Err(Error::argument("Search: how models are fitted", "not given", expected));
    }
    search.check_data(data)?;
    let (goals, warnings) = search.goals(&first)?;
    if goals.len() > 1 && (settings.target.is_some() || promotes) {
        let expected = "1 for a target or Hyperband";
        return Err(Error::argument("Search: the number of objectives", goals.len(), expected));
    }
    let known = search.known()?;
    let name = settings.name.clone().unwrap_or_else(|| study_name(place, search.strategy.name()));
    let mut study = Study::open(place, &name, goals.iter().map(|g| g.direction))?;
    if let Some(seed) = settings.seed {
        study = study.seed(seed)?;
    }
    if let Some(sampler) = search.strategy.sampler() {
        study.sampler = sampler;
    }
    study.pruner = search.pruner.clone();
    study.begin_with(known)?;
    study.note_goals(&goals.iter().map(|g| g.name.as_str()).collect::<Vec<_>>())?;
    keep::remove_leftovers(&study)?;
    let workers = search.worker_count();
    let best = study.best_or_none()?;
    let runner = Runner {
        search,
        data,
        goals,
        course,
        live: Arc::new(Live::new(settings.verbose, best)),
        threads: (cores() / workers).max(1),
        begun: Instant::now(),
        state: Mutex::new(State {
            failures: Failures::default(),
            waits: false,
            stopped: false,
            error: None,
        }),
        changed: Condvar::new(),
        study,
    };
    warnings.iter().for_each(|w| runner.live.say(w));
    let done = runner.introduce(&first).and_then(|()| runner.all(workers));
    if let Some(onlooker) = &settings.onlooker {
        (onlooker.0)(&runner.study, true);
    }
    let done = done.and_then(|()| keep::remove_backups(&runner.study));
    runner.study.settled(done)?;
    Ok(ModelStudy::new(runner.study, search.clone(), data))
}

/// The file's name; for a server or memory, the kind of search.
fn study_name(place: &str, kind: &str) -> String {
    let stem = Path::new(place).file_stem().map(|s| s.to_string_lossy().to_string());
    match stem {
        Some(stem) if !place.contains("://") && place != "memory" && !stem.is_empty() => stem,
        _ => kind.to_string(),
    }
}

impl Study {
    /// Stores the objectives' names, as Optuna's `set_metric_names`.
    fn note_goals(&self, names: &[&str]) -> Result<()> {
        let before = self.record()?.system.get("study:metric_names").cloned();
        let now = json!(names);
        match before {
            Some(before) if before == now => Ok(()),
            Some(before) if !self.effective()?.is_empty() => {
                let what = "Search: the objective";
                let expected = format!("{before}, as in the study '{}'", self.name());
                Err(Error::argument(what, now, expected).hint("give the search another name"))
            }
            _ => self.note(Scope::System, "study:metric_names", &now),
        }
    }

    /// The best trial; none if no trial is complete or there are several objectives.
    pub(super) fn best_or_none(&self) -> Result<Option<Trial>> {
        match self.directions().len() {
            1 => Ok(self.ranked()?.first().map(|t| (**t).clone())),
            _ => Ok(None),
        }
    }
}

impl Search {
    /// The starting points, as trials.
    ///
    /// # Errors
    /// If a point is empty, or has a name that is given twice, is reserved or is not asked for, or
    /// a value that the parameter cannot take.
    fn known(&self) -> Result<Vec<Trial>> {
        let template = |point: &Vec<(String, Choice)>| {
            if point.is_empty() {
                return Err(Error::argument("Search::x0: the number of values", 0, "at least 1"));
            }
            let twice = |i: &usize| point[..*i].iter().any(|(name, _)| *name == point[*i].0);
            if let Some(i) = (0..point.len()).find(twice) {
                let what = format!("Search::x0: the value of '{}'", point[i].0);
                return Err(Error::argument(what, "given twice", "given once"));
            }
            if let Some((name, _)) = point.iter().find(|(name, _)| is_own(name)) {
                return Err(own("Search::x0", name));
            }
            let values = point.iter().map(|(name, value)| (name.clone(), value.to_json()));
            let template = waiting(values.collect(), Attributes::new());
            match self.candidate_of(FixedValues::of(&template)).mistake {
                Some(mistake) => Err(mistake.about("Search::x0")),
                None => Ok(template),
            }
        };
        self.settings.known.iter().map(template).collect()
    }
}

impl Runner<'_> {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks the study's trials and announces the search. `first` is the candidate with first
    /// values.
    ///
    /// # Errors
    /// If the study's finished or queued trials are not of this search.
    fn introduce(&self, first: &Candidate) -> Result<()> {
        let study = &self.study;
        let trials = study.effective()?;
        self.course.check(self, &trials)?;
        let terms = self.search.terms(first, self.data);
        let changes = terms::agree(self.search, study, &terms)?;
        self.check_queue()?;
        let done = trials.iter().filter(|t| t.state.is_finished()).count();
        if done > 0 {
            let (name, place) = (study.name(), study.shown_place());
            self.live.say(&format!("continuing '{name}' in {place}: {done} trials are done"));
        }
        if let Some(changes) = changes {
            self.live.say(&format!("its trials had other settings: {changes}"));
        }
        self.course.announce(self, &trials)
    }

    /// Says if `max_trials` will end the search before all announced trials have run.
    pub(super) fn say_limit(&self, announced: usize) {
        if let Some(most) = self.search.settings.max_trials.filter(|most| *most < announced) {
            self.live.say(&format!("max_trials ends the search after {most} of them"));
        }
    }

    /// Checks the trials that were enqueued by hand.
    ///
    /// # Errors
    /// If the code does not ask for a value, or cannot take it. The trial fails, so that the search
    /// can continue without it.
    fn check_queue(&self) -> Result<()> {
        for trial in self.study.all_trials()?.iter() {
            let by_hand = trial.system.contains_key(keys::FIXED);
            if !by_hand || trial.state != TrialState::Waiting {
                continue;
            }
            let Some(mistake) = self.search.candidate_of(FixedValues::of(trial)).mistake else {
                continue;
            };
            if self.study.claim(trial.id)? {
                self.study.fail(trial.id, &mistake.to_string())?;
                return Err(mistake.about(&format!("the enqueued trial {}", trial.number)));
            }
        }
        Ok(())
    }

    pub(super) fn other_search(&self, number: u64, expected: &str) -> Error {
        let what = format!("the study '{}'", self.study.name());
        let got = format!("made by another search: its trial {number}");
        let error = Error::argument(what, got, expected);
        error.hint("give the search another name or file, or Study::delete it")
    }

    fn all(&self, workers: usize) -> Result<()> {
        let result = match workers {
            1 => self.work(),
            _ => std::thread::scope(|scope| {
                let workers: Vec<_> = (0..workers).map(|_| scope.spawn(|| self.pooled())).collect();
                let results: Vec<Result<()>> = workers
                    .into_iter()
                    .map(|w| w.join().unwrap_or_else(|panic| Err(worker_panicked(&*panic))))
                    .collect();
                results.into_iter().collect()
            }),
        };
        self.live.finish();
        result?;
        let mut state = self.state();
        let (error, all) = (state.error.take(), state.failures.of_all());
        drop(state);
        let ended = |t: &Arc<Trial>| matches!(t.state, TrialState::Complete | TrialState::Pruned);
        // A trial that a limit ended is no mistake.
        let limited = self.search.settings.trial_time.is_some()
            || self.search.settings.trial_memory.is_some();
        match (error, all.filter(|_| !limited)) {
            (Some(error), _) => Err(error),
            // Trials of earlier runs count, too.
            (None, Some(error)) if !self.study.effective()?.iter().any(ended) => Err(error),
            _ => Ok(()),
        }
    }

    /// Runs a worker in a thread pool of its own.
    fn pooled(&self) -> Result<()> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build();
        match pool {
            Ok(pool) => pool.install(|| self.work()),
            // Without a pool of its own, the worker uses the shared one.
            Err(_) => self.work(),
        }
    }

    fn work(&self) -> Result<()> {
        loop {
            stop::check().inspect_err(|_| self.stop(None))?;
            let next = self.next().inspect_err(|_| self.stop(None))?;
            match next {
                Next::Run(job) => self.execute(*job).inspect_err(|_| self.stop(None))?,
                Next::Wait => {
                    let state = self.state();
                    let waited = self.changed.wait_timeout(state, WAIT);
                    drop(waited.unwrap_or_else(PoisonError::into_inner));
                }
                Next::Done => return Ok(()),
            }
        }
    }

    /// Lets no further trials begin; keeps the first error.
    pub fn stop(&self, error: Option<Error>) {
        let mut state = self.state();
        state.stopped = true;
        if let Some(error) = error {
            state.error.get_or_insert(error);
        }
        self.changed.notify_all();
    }

    /// Whether the search has reached its time limit or its target, or was stopped.
    pub fn is_over(&self) -> Result<bool> {
        let settings = &self.search.settings;
        if self.state().stopped {
            return Ok(true);
        }
        if settings.time_limit.is_some_and(|limit| self.begun.elapsed() >= limit) {
            self.live.say("the time limit is reached: no more trials will begin");
            self.stop(None);
            return Ok(true);
        }
        let Some(target) = settings.target else { return Ok(false) };
        let Some(best) = self.study.best_or_none()? else { return Ok(false) };
        let loss = |value: f64| self.goals[0].direction.loss(value);
        let reached = best.objective().is_some_and(|v| loss(v) <= loss(target));
        if reached {
            self.live.say(&format!("trial {} has reached the target", best.number));
            self.stop(None);
        }
        Ok(reached)
    }

    /// Counts a trial that has ended.
    pub fn account(&self, ending: &Ending) {
        let stop = self.state().failures.count(ending, self.search.settings.max_failures);
        self.changed.notify_all();
        if let Some(error) = stop {
            self.stop(Some(error));
        }
    }
}

fn worker_panicked(panic: &(dyn std::any::Any + Send)) -> Error {
    if panic.is::<stop::Stopped>() {
        return Error::Interrupted;
    }
    Error::Training(format!("a worker panicked: {}", message_of(panic)))
}
