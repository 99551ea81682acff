//! Running one trial: its fits and its record.

use super::next::Job;
use super::runner::Runner;
use super::settings::CrossValidation;
use super::watch::{Log, Watch, Watched};
use super::{Search, keep};
use crate::error::{Error, Result};
use crate::nn::derive_seed;
use crate::stop;
use crate::train::callbacks::BackupAndRestore;
use crate::train::{Fit, History, Model, TrainingData, TrialFit};
use crate::tune::study::{Ending, keys, message_of, resident_bytes};
use crate::tune::trial::TrialState;
use serde_json::{Value as Json, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// How a trial ended.
enum Outcome {
    Complete(Vec<f64>, Vec<Model>),
    Pruned(f64),
    /// An objective is NaN.
    NotANumber(String),
    Failed(String),
}

/// The results of the fits.
#[derive(Default)]
struct Fitted {
    /// The models of the first execution: one for each fold, or the only one.
    models: Vec<Model>,
    history: Option<History>,
}

impl Search {
    /// Checks the data against the settings.
    pub(super) fn check_data(&self, data: TrainingData<'_>) -> Result<()> {
        let arrays = matches!(data, TrainingData::Arrays(_));
        if arrays && (self.folds.is_some() || self.pipeline.is_some()) {
            let expected = "a Dataset, for folds and pipelines";
            return Err(Error::argument("Search::run: the data", "a pair of arrays", expected));
        }
        if let (TrainingData::Dataset(data), Some(steps)) = (data, &self.pipeline)
            && !steps.takes_raw()
        {
            data.need_numbers("Search::run")?;
        }
        data.check_finite("Search::run")
    }

    /// The trial's fit with the settings of the search.
    fn recipe(&self, fit: &Fit, job: &Job, threads: usize) -> Result<Fit> {
        if fit.has_backup() {
            let expected = "left to the search, which keeps one for each trial";
            return Err(Error::argument("Search: a BackupAndRestore", "given", expected));
        }
        let told = job.candidate.params.iter().map(|p| (p.name.clone(), p.value().into()));
        let trial = TrialFit {
            epochs: job.stage.as_ref().map(|stage| stage.epochs),
            pipeline: self.pipeline.clone(),
            callbacks: self.callbacks.clone(),
            params: told.collect(),
        };
        Ok(fit.of_trial(trial).threads(threads).verbose(0))
    }
}

impl Runner<'_> {
    /// Runs a trial to its end. An error of the trial fails the trial; errors of the database and
    /// stops are returned. A trial that another worker has ended in the meantime is left as it is.
    pub fn execute(&self, job: Job) -> Result<()> {
        let (id, number) = (job.trial.id, job.trial.number);
        let result = self.run(job);
        let ended = || self.study.has_ended(id);
        match result {
            Err(error) if !matches!(error, Error::Database { .. }) && ended() => {
                self.live
                    .say(&format!("trial {number} was ended by another worker in the meantime"));
                Ok(())
            }
            other => other,
        }
    }

    fn run(&self, job: Job) -> Result<()> {
        let (id, number) = (job.trial.id, job.trial.number);
        let _beating = self.study.heartbeat(id);
        self.live.begin(number, self.search.trials(), &job.candidate.params);
        let begun = Instant::now();
        let mut log = Log::default();
        let mut fitted = Fitted::default();
        let result = catch_unwind(AssertUnwindSafe(|| self.fits(&job, &mut log, &mut fitted)));
        if stop::asked() && !matches!(result, Ok(Ok(_))) {
            // As after a kill: the next run continues the trial.
            self.study.put_back(id)?;
            return Err(Error::Interrupted);
        }
        let outcome = match result {
            _ if log.pruned.is_some() => Outcome::Pruned(log.pruned.unwrap_or(f64::NAN)),
            Ok(Ok(values)) => match values.iter().position(|v| v.is_nan()) {
                Some(i) => Outcome::NotANumber(self.not_a_number(i, &fitted)),
                None => Outcome::Complete(values, std::mem::take(&mut fitted.models)),
            },
            // The trial stays as it is, and continues once the database is back.
            Ok(Err(error @ Error::Database { .. })) => return Err(error),
            Ok(Err(error)) => Outcome::Failed(error.to_string()),
            Err(panic) => Outcome::Failed(format!("panicked: {}", message_of(&*panic))),
        };
        self.note(id, &job, &log, &fitted)?;
        let (what, ending) = {
            let _turn = self.study.turn();
            match &outcome {
                Outcome::Complete(values, models) => {
                    let kept = keep::keep(self, number, values, models)?;
                    if !kept.is_empty() {
                        let files = json!(kept);
                        self.study.writer(id).tell(keys::WEIGHTS, &files)?;
                    }
                    self.study.finish(id, TrialState::Complete, values)?;
                    keep::remove_worse(&self.study, self.search.settings.keep)?;
                    ("complete".to_string(), Ending::Value)
                }
                Outcome::Pruned(value) => {
                    self.study.finish(id, TrialState::Pruned, &[*value])?;
                    ("pruned".to_string(), Ending::Value)
                }
                Outcome::NotANumber(reason) => {
                    self.study.fail(id, reason)?;
                    (format!("failed: {reason}"), Ending::NotANumber(reason.clone()))
                }
                Outcome::Failed(reason) => {
                    self.study.fail(id, reason)?;
                    (format!("failed: {reason}"), Ending::Error(reason.clone()))
                }
            }
        };
        self.clean_up(&job, matches!(outcome, Outcome::Complete(..)));
        let seconds = begun.elapsed().as_secs_f64();
        self.live.end(number, &what, seconds, &self.goals[0], self.study.best_or_none()?);
        if let Some(onlooker) = &self.search.settings.onlooker {
            (onlooker.0)(&self.study, false);
        }
        self.account(&ending);
        Ok(())
    }

    fn not_a_number(&self, goal: usize, fitted: &Fitted) -> String {
        let name = self.goals.get(goal).map_or("", |g| g.name.as_str());
        let loss = fitted.history.as_ref().and_then(|h| h.last("loss"));
        let diverged = match loss {
            Some(loss) if !loss.is_finite() => "; the model has diverged",
            _ => "",
        };
        format!("the objective {name} is not a number{diverged}")
    }

    /// Runs all fits of a trial; returns the objectives' means.
    fn fits(&self, job: &Job, log: &mut Log, fitted: &mut Fitted) -> Result<Vec<f64>> {
        let settings = &self.search.settings;
        let model = job.candidate.model.as_ref().map_err(|e| Error::Training(e.clone()))?;
        let fit = job.candidate.fit.as_ref().map_err(|e| Error::Training(e.clone()))?;
        let fit = self.search.recipe(fit, job, self.threads)?;
        let folds = self.search.folds.as_ref().map_or(1, CrossValidation::count);
        let watched = Arc::new(Watched {
            study: self.study.clone(),
            id: job.trial.id,
            number: job.trial.number,
            goals: self.goals.clone(),
            fits: folds * settings.executions,
            epochs: fit.epochs,
            best_epoch: settings.best_epoch,
            begun: Instant::now(),
            time: settings.trial_time,
            memory: settings.trial_memory.and_then(|limit| Some((resident_bytes()?, limit))),
            live: self.live.clone(),
            log: Mutex::default(),
        });
        let mut result = Ok(());
        for execution in 0..settings.executions {
            let seed = match execution {
                0 => job.seed,
                n => derive_seed(job.seed, n as u64),
            };
            // A trial that continues a killed one writes to the same folder.
            let mut folder = PathBuf::from(format!("trial-{}", job.trial.root));
            if settings.executions > 1 {
                folder.push(format!("execution-{}", execution + 1));
            }
            let (model, fit) = (model.clone().seed(seed), fit.clone().below(folder));
            result = self.execution(job, model, &fit, execution, &watched, fitted);
            if result.is_err() {
                break;
            }
        }
        *log = watched.log().clone();
        result?;
        let mean = |goal: usize| {
            let all = log.fits.iter().map(|v| v.get(goal).copied().unwrap_or(f64::NAN));
            all.sum::<f64>() / log.fits.len().max(1) as f64
        };
        Ok((0..self.goals.len()).map(mean).collect())
    }

    fn execution(
        &self,
        job: &Job,
        model: Model,
        fit: &Fit,
        execution: usize,
        watched: &Arc<Watched>,
        fitted: &mut Fitted,
    ) -> Result<()> {
        let folder = self.study.folder().backup(job.trial.root);
        let folder = folder.join(format!("execution-{execution}"));
        if let Some(parent) = job.stage.as_ref().and_then(|s| s.parent).filter(|_| !folder.exists())
        {
            let from = self.study.folder().backup(parent);
            // Without its parent's state the trial starts anew, with the same result.
            let _ = copy_folder(&from.join(format!("execution-{execution}")), &folder);
        }
        let before = watched.log().clone();
        let mut again = model.clone();
        let first = self.fit_once(model, fit, &folder, watched, fitted);
        match first {
            // The backup is from a trial of this number that ran other code.
            Err(Error::Content { path, .. }) if path.starts_with(&folder) => {
                let _ = std::fs::remove_dir_all(&folder);
                *watched.log() = before;
                again.reset(again.seed_now());
                self.fit_once(again, fit, &folder, watched, fitted)
            }
            other => other,
        }
    }

    fn fit_once(
        &self,
        mut model: Model,
        fit: &Fit,
        folder: &Path,
        watched: &Arc<Watched>,
        fitted: &mut Fitted,
    ) -> Result<()> {
        // A study in memory dies with its process, so only promoted trials need backups.
        let backup = BackupAndRestore::new(folder);
        let fit = fit.clone().callback(Watch::new(watched.clone()));
        let fit = match self.search.strategy.promotes() {
            true => fit.callback(backup.delete_checkpoint(false)),
            false if self.study.folder().is_temporary() => fit,
            false => fit.callback(backup),
        };
        let first = fitted.models.is_empty();
        match (&self.search.folds, self.data) {
            (Some(folds), TrainingData::Dataset(data)) => {
                let all = match folds {
                    CrossValidation::KFold(folds) => folds.fit(&model, data, fit)?,
                    CrossValidation::Stratified(folds) => folds.fit(&model, data, fit)?,
                };
                if first {
                    fitted.models = all.models().to_vec();
                    fitted.history = Some(all.mean_history());
                }
            }
            (_, data) => {
                let history = model.fit(data, fit)?;
                if first {
                    fitted.models = vec![model];
                    fitted.history = Some(history);
                }
            }
        }
        Ok(())
    }

    /// Records the trial's user attributes.
    fn note(&self, id: i64, job: &Job, log: &Log, fitted: &Fitted) -> Result<()> {
        let writer = self.study.writer(id);
        let set = |key: &str, value: Json| writer.tell(key, &value);
        set(keys::SEED, json!(job.seed.to_string()))?;
        set(keys::SECONDS, json!(log.seconds.iter().map(|s| short(*s)).collect::<Vec<_>>()))?;
        if let Some(bytes) = resident_bytes() {
            set(keys::RESIDENT, json!(bytes))?;
        }
        if let Ok(model) = &job.candidate.model {
            set(keys::PARAMS, json!(model.count_params()))?;
            set(keys::MODEL, json!(model.terms()))?;
        }
        if log.fits.len() > 1 {
            let of = |goal: usize| -> Vec<Json> {
                log.fits.iter().map(|v| short(v.get(goal).copied().unwrap_or(f64::NAN))).collect()
            };
            let all: Vec<Vec<Json>> = (0..self.goals.len()).map(of).collect();
            set(keys::FOLDS, json!(all))?;
        }
        if let Some(history) = &fitted.history {
            let series = history.names().map(|name| {
                let values = history.get(name).unwrap_or_default();
                (name.to_string(), values.iter().map(|v| short(*v)).collect::<Vec<_>>().into())
            });
            // As text, which takes a tenth of the memory in a study of thousands of trials.
            set(keys::HISTORY, json!(Json::Object(series.collect()).to_string()))?;
        }
        Ok(())
    }

    /// Removes backups from which no trial will continue.
    fn clean_up(&self, job: &Job, complete: bool) {
        let folder = self.study.folder();
        if !self.search.strategy.promotes() || !complete {
            let _ = std::fs::remove_dir_all(folder.backup(job.trial.root));
        }
        if let Some(parent) = job.stage.as_ref().and_then(|s| s.parent) {
            let _ = std::fs::remove_dir_all(folder.backup(parent));
        }
    }
}

/// A number rounded to seven digits, which single precision holds; null if it is not finite.
fn short(value: f64) -> Json {
    let text = format!("{value:.6e}");
    text.parse::<f64>().ok().filter(|v| v.is_finite()).map_or(Json::Null, |v| json!(v))
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    // Copy to another name first, so that an unfinished copy is never taken for a whole one.
    let part = to.with_extension("part");
    let _ = std::fs::remove_dir_all(&part);
    copy_into(from, &part)?;
    std::fs::rename(part, to)
}

fn copy_into(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_into(&entry.path(), &target)?,
            false => std::fs::copy(entry.path(), target).map(|_| ())?,
        }
    }
    Ok(())
}
