//! A study's trials as polars tables.

use super::results::names;
use super::{Study, keys};
use crate::data::Table;
use crate::error::{Error, Result};
use crate::tune::Choice;
use crate::tune::trial::{Direction, Trial, TrialState};
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series};
use serde_json::Value as Json;

/// The columns of a table of trials that are neither objectives nor parameters.
const OWN: [&str; 4] = ["number", "state", "seconds", "seed"];

impl Study {
    /// A table with a row for each trial, as Optuna's `trials_dataframe`: `number`, `state`, the
    /// objectives by name, each parameter with the prefix `params_`, `seconds`, and `seed`. A value
    /// that a trial lacks is null. An objective with the name of another column gets the prefix
    /// `values_`.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let study = Study::open("memory", "columns", [Direction::Minimize])?;
    /// study.optimize(2, |trial| Ok(trial.float("seed", 0.0..=1.0)))?;
    /// let columns = study.trials_table()?.columns();
    /// assert_eq!(columns, ["number", "state", "value", "params_seed", "seconds", "seed"]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub fn trials_table(&self) -> Result<Table> {
        let trials = self.trials()?;
        let mut columns = vec![
            whole("number", trials.iter().map(|t| Some(t.number as i64))),
            texts("state", trials.iter().map(|t| Some(state(t).to_string()))),
        ];
        let all: Vec<&Trial> = trials.iter().collect();
        let params: Vec<(String, String)> =
            names(trials.iter()).into_iter().map(|name| (format!("params_{name}"), name)).collect();
        for (i, name) in self.objective_names()?.iter().enumerate() {
            let taken = OWN.contains(&name.as_str()) || params.iter().any(|p| p.0 == *name);
            let column = if taken { format!("values_{name}") } else { name.clone() };
            columns.push(numbers(&column, trials.iter().map(|t| t.values.get(i).copied())));
        }
        columns.extend(params.iter().map(|(column, name)| param_column(column, name, &all)));
        columns.push(numbers("seconds", trials.iter().map(Trial::seconds)));
        let seed = |t: &Trial| Some(t.user.get(keys::SEED)?.as_str()?.to_string());
        columns.push(texts("seed", trials.iter().map(seed)));
        table(columns)
    }

    /// The complete trials as scikit-learn's `cv_results_`: `mean_fit_time`, `std_fit_time`, a
    /// `param_` column for each parameter, `params`, `split{i}_test_score`, `mean_test_score`,
    /// `std_test_score` (over the folds, with their number as the divisor), `rank_test_score`
    /// (equal scores share the smallest rank). Without folds there is one split. There are no
    /// `score_time` columns, because scoring is part of a fit.
    ///
    /// # Errors
    /// If there are several objectives, or the database cannot be reached.
    pub fn cv_results(&self) -> Result<Table> {
        let direction = self.direction()?;
        let effective = self.effective()?;
        let trials: Vec<&Trial> = effective.iter().map(|t| &**t).collect();
        let complete = |t: &&Trial| t.state == TrialState::Complete && t.objective().is_some();
        let trials: Vec<&Trial> = trials.into_iter().filter(complete).collect();
        let scores: Vec<Vec<f64>> = trials.iter().map(|t| fold_values(t)).collect();
        let times: Vec<Vec<f64>> = trials.iter().map(|t| list(t, keys::SECONDS)).collect();
        let mut columns = vec![
            numbers("mean_fit_time", times.iter().map(|t| Some(moments(t).0))),
            numbers("std_fit_time", times.iter().map(|t| Some(moments(t).1))),
        ];
        for name in names(trials.iter().copied()) {
            columns.push(param_column(&format!("param_{name}"), &name, &trials));
        }
        let params = |t: &&Trial| {
            let pairs = t.params.iter().map(|p| (p.name.clone(), p.value().to_json()));
            Some(Json::Object(pairs.collect()).to_string())
        };
        columns.push(texts("params", trials.iter().map(params)));
        for fold in 0..scores.iter().map(Vec::len).max().unwrap_or(0) {
            let name = format!("split{fold}_test_score");
            columns.push(numbers(&name, scores.iter().map(|s| s.get(fold).copied())));
        }
        columns.push(numbers("mean_test_score", trials.iter().map(|t| t.objective())));
        columns.push(numbers("std_test_score", scores.iter().map(|s| Some(moments(s).1))));
        let losses: Vec<f64> = trials.iter().map(|t| loss(direction, t)).collect();
        let rank = |l: &f64| losses.iter().filter(|other| *other < l).count() as i64 + 1;
        columns.push(whole("rank_test_score", losses.iter().map(|l| Some(rank(l)))));
        table(columns)
    }
}

fn loss(direction: Direction, trial: &Trial) -> f64 {
    direction.loss(trial.objective().unwrap_or(f64::NAN))
}

fn state(trial: &Trial) -> &'static str {
    match trial.state {
        TrialState::Running => "running",
        TrialState::Complete => "complete",
        TrialState::Pruned => "pruned",
        TrialState::Fail => "fail",
        TrialState::Waiting => "waiting",
    }
}

/// The values of the folds; without folds, the objective.
fn fold_values(trial: &Trial) -> Vec<f64> {
    let folds = trial.user.get(keys::FOLDS).and_then(Json::as_array).and_then(|a| a.first());
    let folds: Vec<f64> = folds
        .and_then(Json::as_array)
        .map(|a| a.iter().filter_map(Json::as_f64).collect())
        .unwrap_or_default();
    match folds.is_empty() {
        true => trial.objective().into_iter().collect(),
        false => folds,
    }
}

fn list(trial: &Trial, key: &str) -> Vec<f64> {
    let list = trial.user.get(key).and_then(Json::as_array);
    list.map(|a| a.iter().filter_map(Json::as_f64).collect()).unwrap_or_default()
}

/// The mean and the standard deviation with the number of values as the divisor, as in NumPy.
fn moments(values: &[f64]) -> (f64, f64) {
    if values.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
}

/// A parameter's column: whole numbers or floats if all values are such, otherwise text.
fn param_column(column: &str, name: &str, trials: &[&Trial]) -> Column {
    let values: Vec<Option<Choice>> =
        trials.iter().map(|t| t.param(name).map(|p| p.value())).collect();
    let all = |is: fn(&Choice) -> bool| values.iter().flatten().all(is);
    let number = |v: &Option<Choice>| match v {
        Some(Choice::Int(v)) => Some(*v as f64),
        Some(Choice::Float(v)) => Some(*v),
        _ => None,
    };
    if all(|v| matches!(v, Choice::Int(_))) {
        let int = |v: &Option<Choice>| match v {
            Some(Choice::Int(v)) => Some(*v),
            _ => None,
        };
        return whole(column, values.iter().map(int));
    }
    if all(|v| matches!(v, Choice::Int(_) | Choice::Float(_))) {
        return numbers(column, values.iter().map(number));
    }
    texts(column, values.iter().map(|v| v.as_ref().map(Choice::to_string)))
}

fn numbers(name: &str, values: impl Iterator<Item = Option<f64>>) -> Column {
    Series::new(name.into(), values.collect::<Vec<_>>()).into_column()
}

fn whole(name: &str, values: impl Iterator<Item = Option<i64>>) -> Column {
    Series::new(name.into(), values.collect::<Vec<_>>()).into_column()
}

fn texts(name: &str, values: impl Iterator<Item = Option<String>>) -> Column {
    Series::new(name.into(), values.collect::<Vec<_>>()).into_column()
}

fn table(columns: Vec<Column>) -> Result<Table> {
    let height = columns.first().map_or(0, Column::len);
    let frame = DataFrame::new(height, columns).map_err(|e| {
        let expected = "columns of different names";
        Error::argument("the table of trials", e, expected)
    })?;
    Table::from_dataframe(frame)
}
