//! Checks that every storage makes, and their errors.

use super::{Attributes, Direction, Distribution, Trial, TrialState};
use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

/// The longest name or key in Optuna's tables, in characters.
const LONGEST: usize = 512;

/// The time in microseconds since 1970 (UTC).
pub(super) fn now() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Checks that all databases can store this name or key.
pub(super) fn name(what: &str, text: &str) -> Result<()> {
    let len = text.chars().count();
    if len > LONGEST {
        let start: String = text.chars().take(20).collect();
        let got = format!("'{start}...' with {len} characters");
        return Err(Error::argument(what, got, format!("at most {LONGEST} characters long")));
    }
    if text.contains('\0') {
        return Err(Error::argument(what, format!("{text:?}"), "without a zero character"));
    }
    Ok(())
}

/// Checks a study's name and directions.
pub(super) fn study(study: &str, directions: &[Direction]) -> Result<()> {
    name("the study's name", study)?;
    match directions.is_empty() {
        true => Err(Error::argument("the number of objectives", 0, "at least 1")),
        false => Ok(()),
    }
}

/// A trial that begins now.
pub(super) fn running() -> Trial {
    Trial {
        id: 0,
        number: 0,
        state: TrialState::Running,
        values: Vec::new(),
        params: Vec::new(),
        intermediate: BTreeMap::new(),
        user: Attributes::new(),
        system: Attributes::new(),
        started: Some(now()),
        completed: None,
    }
}

/// Checks a parameter's name and value.
pub(super) fn param(parameter: &str, internal: f64, of: &Distribution) -> Result<()> {
    name("the name of a parameter", parameter)?;
    if internal.is_finite() {
        return Ok(());
    }
    let expected = format!("a finite number, of {}", of.to_json());
    Err(Error::argument(format!("the parameter '{parameter}'"), internal, expected))
}

/// Checks the state and values with which a trial ends.
pub(super) fn end(state: TrialState, values: &[f64], objectives: usize) -> Result<()> {
    if !state.is_finished() {
        let got = format!("{state:?}");
        return Err(Error::argument("the end state of a trial", got, "Complete, Pruned or Fail"));
    }
    let given = values.len();
    let fits = given == objectives || given == 0 && state != TrialState::Complete;
    if !fits {
        let got = format!("{given} value(s)");
        let expected = format!("ended with {objectives}, one for each objective of its study");
        return Err(Error::argument("the trial", got, expected));
    }
    numbers(values)
}

/// Checks that no objective is NaN, which Optuna's tables cannot store.
pub(super) fn numbers(values: &[f64]) -> Result<()> {
    match values.iter().any(|v| v.is_nan()) {
        true => Err(Error::argument("the value of the objective", "NaN", "a number")
            .hint("end the trial as Fail instead, as Optuna does")),
        false => Ok(()),
    }
}

/// Checks that a trial from elsewhere can be added to a study with this number of objectives.
pub(super) fn template(trial: &Trial, objectives: usize) -> Result<()> {
    if trial.state.is_finished() {
        end(trial.state, &trial.values, objectives)?;
    }
    numbers(&trial.values)?;
    let mut seen = BTreeSet::new();
    for p in &trial.params {
        param(&p.name, p.internal, &p.distribution)?;
        if !seen.insert(&p.name) {
            let expected = "given once in a trial";
            return Err(Error::argument("the parameter", format!("'{}'", p.name), expected));
        }
    }
    trial.user.keys().chain(trial.system.keys()).try_for_each(|key| name("the key", key))
}

pub(super) fn no_study(study: i64) -> Error {
    Error::argument("the study", format!("number {study}"), "one of the database's")
        .hint("it may have been deleted")
}

pub(super) fn no_trial(trial: i64) -> Error {
    Error::argument("the trial", format!("number {trial}"), "one of the database's")
        .hint("its study may have been deleted")
}

pub(super) fn gap(old: u64, new: u64) -> Error {
    let expected = format!("{new}, the next number of the copy");
    Error::argument("the number of a trial", old, expected)
        .hint("the study has gaps in its numbers, or another program writes to the copy")
}

pub(super) fn exists(name: &str) -> Error {
    Error::argument("the study's name", format!("'{name}'"), "a new one")
        .hint("load the study of this name, or delete it first")
}

pub(super) fn finished(trial: i64, state: TrialState) -> Error {
    Error::argument(
        format!("the state of the trial with id {trial}"),
        format!("{state:?}"),
        "Running or Waiting to be changed",
    )
    .hint("another worker may have ended it because it took this worker for dead")
}

pub(super) fn incompatible(name: &str, known: &Distribution, new: &Distribution) -> Error {
    Error::argument(
        format!("the distribution of the parameter '{name}'"),
        new.to_json(),
        format!("compatible with that in the study, {}", known.to_json()),
    )
    .hint("use another name or another study: the kind, 'log' and the choices must stay")
}
