//! The results of a study.

use super::queue::effective;
use super::{Listing, Study, keys};
use crate::error::{Error, Result};
use crate::html::{number, setting};
use crate::train::History;
use crate::tune::hp::describe;
use crate::tune::trial::{Direction, Trial, TrialState};
use crate::tune::{Choice, Distribution};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Study {
    /// All trials, in the order of their numbers.
    ///
    /// # Errors
    /// If the database cannot be reached; the other methods return this error, too.
    pub fn trials(&self) -> Result<Vec<Trial>> {
        let trials = self.inner.storage.trials(self.inner.id)?;
        Ok(trials.iter().map(|t| (**t).clone()).collect())
    }

    /// The trials that count: those that no retry has replaced.
    pub(crate) fn effective(&self) -> Result<Vec<Arc<Trial>>> {
        Ok(effective(&self.inner.storage.trials(self.inner.id)?))
    }

    /// The direction of the objective.
    ///
    /// # Errors
    /// If there are several objectives.
    pub(crate) fn direction(&self) -> Result<Direction> {
        match self.inner.directions.as_slice() {
            [one] => Ok(*one),
            many => {
                let what = "the study's number of objectives";
                let error = Error::argument(what, many.len(), "1 to have a best trial");
                Err(error.hint("with several objectives, see Study::pareto_front"))
            }
        }
    }

    /// The complete trials, the best one first; of equal trials, the earlier one first.
    pub(crate) fn ranked(&self) -> Result<Vec<Arc<Trial>>> {
        let direction = self.direction()?;
        let mut trials = self.effective()?;
        trials.retain(|t| t.state == TrialState::Complete && t.objective().is_some());
        let loss = |t: &Trial| direction.loss(t.objective().unwrap_or(f64::NAN));
        trials.sort_by(|a, b| loss(a).total_cmp(&loss(b)).then(a.number.cmp(&b.number)));
        Ok(trials)
    }

    /// The best complete trial.
    ///
    /// # Errors
    /// If none is complete, or there are several objectives.
    pub fn best_trial(&self) -> Result<Trial> {
        let best = self.ranked()?.into_iter().next();
        best.map(|t| (*t).clone()).ok_or_else(|| {
            let error = Error::argument("the study's number of complete trials", 0, "at least 1");
            error.hint("see Study::results_summary for why they failed")
        })
    }

    /// The best trial's value.
    ///
    /// # Errors
    /// As [`best_trial`](Self::best_trial).
    pub fn best_value(&self) -> Result<f64> {
        Ok(self.best_trial()?.objective().unwrap_or(f64::NAN))
    }

    /// The best trial's parameters, in the order in which they were asked for.
    ///
    /// # Errors
    /// As [`best_trial`](Self::best_trial).
    pub fn best_params(&self) -> Result<Vec<(String, Choice)>> {
        Ok(self.best_trial()?.params.iter().map(|p| (p.name.clone(), p.value())).collect())
    }

    /// The history of a trial's fit, or the mean history of its folds, in seven digits, as stored
    /// in the database.
    ///
    /// # Errors
    /// If there is no such trial, or it has no history.
    pub fn history(&self, number: u64) -> Result<History> {
        let trials = self.inner.storage.trials(self.inner.id)?;
        let trial = trials.get(usize::try_from(number).unwrap_or(usize::MAX));
        let noted = trial.and_then(|t| t.user.get(keys::HISTORY)).and_then(|h| h.as_str());
        let series: Option<BTreeMap<String, Vec<Option<f64>>>> =
            noted.and_then(|text| serde_json::from_str(text).ok());
        let Some(series) = series else {
            let what = format!("the history of trial {number}");
            let error = Error::argument(what, "missing", "that of a complete trial of a search");
            return Err(match trial.map(|t| t.state) {
                Some(TrialState::Complete) => error,
                Some(state) => {
                    error.hint(format!("its state is {state:?}; trials() lists all trials"))
                }
                None => error.hint(format!("the study has {} trials", trials.len())),
            });
        };
        let mut history = History::default();
        for epoch in 0..series.values().map(Vec::len).max().unwrap_or(0) {
            let at = |v: &Vec<Option<f64>>| v.get(epoch).copied().flatten().unwrap_or(f64::NAN);
            let logs: Vec<_> = series.iter().map(|(name, v)| (name.clone(), at(v))).collect();
            history.push(epoch, &logs);
        }
        Ok(history)
    }

    /// The Pareto front: the complete trials that no other trial dominates, by number.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub fn pareto_front(&self) -> Result<Vec<Trial>> {
        let mut trials = self.effective()?;
        trials.retain(|t| t.state == TrialState::Complete);
        let losses: Vec<Vec<f64>> = trials.iter().map(|t| self.losses(t)).collect();
        let dominates = |a: &[f64], b: &[f64]| {
            let better = a.iter().zip(b).any(|(a, b)| a < b);
            better && a.iter().zip(b).all(|(a, b)| a <= b)
        };
        let free = |own: &Vec<f64>| !losses.iter().any(|other| dominates(other, own));
        let front = trials.iter().zip(&losses).filter(|(_, own)| free(own));
        Ok(front.map(|(t, _)| (**t).clone()).collect())
    }

    fn losses(&self, trial: &Trial) -> Vec<f64> {
        trial.values.iter().zip(&self.inner.directions).map(|(v, d)| d.loss(*v)).collect()
    }

    /// A table of the best `n` trials with their parameters, the best one first; with several
    /// objectives, of the Pareto front.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub fn best_trials(&self, n: usize) -> Result<Listing> {
        let single = self.inner.directions.len() == 1;
        let trials: Vec<Trial> = match single {
            true => self.ranked()?.iter().take(n).map(|t| (**t).clone()).collect(),
            false => self.pareto_front()?.into_iter().take(n).collect(),
        };
        let names = names(trials.iter());
        let objectives = self.objective_names()?;
        let mut head = vec!["trial".to_string()];
        head.extend(objectives);
        head.extend(names.iter().cloned());
        head.push("seconds".to_string());
        let rows = trials.iter().map(|t| {
            let mut row = vec![t.number.to_string()];
            row.extend(t.values.iter().map(|v| number(*v, 5)));
            row.extend(names.iter().map(|n| t.param(n).map_or("".into(), |p| text(&p.value()))));
            row.push(t.seconds().map_or("–".into(), |s| number(s, 3)));
            row
        });
        let caption =
            format!("{}: the best {} of {}", self.inner.name, trials.len(), self.count()?);
        Ok(Listing::new(caption, &head, rows.collect()))
    }

    /// The names of the objectives, as stored with the study; otherwise `value`, `value 1`, ...
    pub(crate) fn objective_names(&self) -> Result<Vec<String>> {
        let noted = self.record()?.system.get("study:metric_names").cloned();
        let names: Vec<String> =
            noted.and_then(|n| serde_json::from_value(n).ok()).unwrap_or_default();
        let plain = |i: usize| if i == 0 { "value".to_string() } else { format!("value {i}") };
        let count = self.inner.directions.len();
        Ok((0..count).map(|i| names.get(i).cloned().unwrap_or_else(|| plain(i))).collect())
    }

    fn count(&self) -> Result<String> {
        let trials = self.effective()?;
        let of = |state| trials.iter().filter(|t| t.state == state).count();
        let mut text = match trials.len() {
            1 => "1 trial".to_string(),
            n => format!("{n} trials"),
        };
        for (state, word) in [
            (TrialState::Pruned, "pruned"),
            (TrialState::Fail, "failed"),
            (TrialState::Running, "running"),
            (TrialState::Waiting, "waiting"),
        ] {
            if of(state) > 0 {
                text += &format!(", {} {word}", of(state));
            }
        }
        Ok(text)
    }

    /// A table of the ten best trials, as KerasTuner's `results_summary`, and of up to ten failed
    /// ones with their reasons.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub fn results_summary(&self) -> Result<Listing> {
        const SHOWN: usize = 10;
        let ranked: Vec<Arc<Trial>> = match self.inner.directions.len() {
            1 => self.ranked()?,
            _ => self.pareto_front()?.into_iter().map(Arc::new).collect(),
        };
        let params = |t: &Trial| {
            let all = t.params.iter().map(|p| format!("{}={}", p.name, text(&p.value())));
            all.collect::<Vec<_>>().join(", ")
        };
        let values =
            |t: &Trial| t.values.iter().map(|v| number(*v, 5)).collect::<Vec<_>>().join(", ");
        let line = |t: &Arc<Trial>, what: String| vec![t.number.to_string(), what, params(t)];
        let mut rows: Vec<_> = ranked.iter().take(SHOWN).map(|t| line(t, values(t))).collect();
        for trial in self.effective()?.iter().filter(|t| t.state == TrialState::Fail).take(SHOWN) {
            let reason = trial.user.get(keys::FAILURE).and_then(|r| r.as_str()).unwrap_or("?");
            rows.push(line(trial, format!("failed: {reason}")));
        }
        let caption = format!("{} in {}: {}", self.inner.name, self.inner.shown(), self.count()?);
        let head = ["trial".to_string(), self.objective_names()?.join(", "), "parameters".into()];
        Ok(Listing::new(caption, &head, rows))
    }

    /// A table of the parameters that the trials so far have asked for, with their distributions.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub fn search_space_summary(&self) -> Result<Listing> {
        let trials = self.effective()?;
        let mut rows: Vec<Vec<String>> = Vec::new();
        for trial in &trials {
            for param in trial.params.iter() {
                if !rows.iter().any(|row| row[0] == param.name) {
                    let among = trials.iter().filter(|t| t.param(&param.name).is_some()).count();
                    rows.push(space_row(&param.name, &param.distribution, Some(among)));
                }
            }
        }
        let caption = format!("{}: {} parameters", self.inner.name, rows.len());
        Ok(Listing::new(caption, &["parameter", "kind", "values", "trials"], rows))
    }
}

/// A parameter's row in a summary of the space.
pub(crate) fn space_row(name: &str, of: &Distribution, trials: Option<usize>) -> Vec<String> {
    let kind = match of {
        Distribution::Float { .. } => "number",
        Distribution::Int { .. } => "whole number",
        Distribution::Categorical { choices } if choices.len() == 1 => "fixed",
        Distribution::Categorical { .. } => "choice",
    };
    let mut row = vec![name.to_string(), kind.to_string(), describe(of)];
    row.extend(trials.map(|n| n.to_string()));
    row
}

/// All parameters' names, in the order in which they first appear.
pub(super) fn names<'a>(trials: impl Iterator<Item = &'a Trial>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for param in trials.flat_map(|t| &t.params) {
        if !names.contains(&param.name) {
            names.push(param.name.clone());
        }
    }
    names
}

/// A value as short text.
pub(crate) fn text(value: &Choice) -> String {
    match value {
        Choice::Float(v) => setting(*v, 4),
        other => other.to_string(),
    }
}
