//! Reading studies and trials. Finished trials are read once, and the number of queries does not
//! depend on the number of trials.

use super::cache::{Cache, Known};
use super::sql::{Arg, Cell, Fault, Row, Sql, first};
use super::{Attributes, Direction, Distribution, Json, StudyRecord, Trial, TrialState, rules};
use crate::tune::{Param, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The numbers of keys that a query may have. Shorter lists are filled up, so that the statements
/// are few and stay prepared.
const SLOTS: [usize; 3] = [8, 64, 512];

pub(super) fn check_study(sql: &mut dyn Sql, study: i64) -> Result<(), Fault> {
    let found = first(sql, "SELECT 1 FROM studies WHERE study_id = $1", &[Arg::Int(study)])?;
    found.map(drop).ok_or_else(|| rules::no_study(study).into())
}

pub(super) fn state(cell: &Cell) -> Result<TrialState, Fault> {
    Ok(match cell.text()? {
        "RUNNING" => TrialState::Running,
        "COMPLETE" => TrialState::Complete,
        "PRUNED" => TrialState::Pruned,
        "FAIL" => TrialState::Fail,
        "WAITING" => TrialState::Waiting,
        _ => return Err(cell.unexpected("the state of a trial")),
    })
}

/// A number in Optuna's tables.
fn number(value: &Cell, kind: &Cell) -> Result<f64, Fault> {
    match kind.text()? {
        "FINITE" => value.real(),
        "INF_POS" => Ok(f64::INFINITY),
        "INF_NEG" => Ok(f64::NEG_INFINITY),
        "NAN" => Ok(f64::NAN),
        _ => Err(kind.unexpected("FINITE, INF_POS, INF_NEG or NAN")),
    }
}

/// An attribute. Numbers that JSON lacks become null.
fn attribute(cell: &Cell) -> Result<Json, Fault> {
    json::parse(cell.text()?, |_| Json::Null).ok_or_else(|| cell.unexpected("JSON"))
}

/// All studies, or one of them.
pub(super) fn studies(sql: &mut dyn Sql, only: Option<i64>) -> Result<Vec<StudyRecord>, Fault> {
    let arg = [only.map_or(Arg::Null, Arg::Int)];
    let (filter, args) = match only {
        Some(_) => (" WHERE study_id = $1", &arg[..]),
        None => ("", &[][..]),
    };
    let mut studies = BTreeMap::new();
    let query = format!("SELECT study_id, study_name FROM studies{filter}");
    sql.rows(&query, args, &mut |row| {
        let (id, name) = (row.at(0)?.int()?, row.at(1)?.text()?.to_string());
        let (user, system) = (Attributes::new(), Attributes::new());
        studies.insert(id, StudyRecord { id, name, directions: Vec::new(), user, system });
        Ok(())
    })?;
    let mut add = |query: &str, add: &dyn Fn(&mut StudyRecord, Row<'_>) -> Result<(), Fault>| {
        sql.rows(query, args, &mut |row| match studies.get_mut(&row.at(0)?.int()?) {
            Some(study) => add(study, row),
            None => Ok(()),
        })
    };
    let query =
        format!("SELECT study_id, direction FROM study_directions{filter} ORDER BY objective");
    add(&query, &|study, row| {
        // NOT_SET means Optuna's default, minimize.
        let maximize = row.at(1)?.text()? == "MAXIMIZE";
        study.directions.push(if maximize { Direction::Maximize } else { Direction::Minimize });
        Ok(())
    })?;
    let query = format!("SELECT study_id, key, value_json FROM study_user_attributes{filter}");
    add(&query, &|study, row| {
        study.user.insert(row.at(1)?.text()?.to_string(), attribute(row.at(2)?)?);
        Ok(())
    })?;
    let query = format!("SELECT study_id, key, value_json FROM study_system_attributes{filter}");
    add(&query, &|study, row| {
        study.system.insert(row.at(1)?.text()?.to_string(), attribute(row.at(2)?)?);
        Ok(())
    })?;
    Ok(studies.into_values().collect())
}

/// A distribution of a parameter in a study; none if no trial has the parameter.
pub(super) fn distribution(
    sql: &mut dyn Sql,
    study: i64,
    name: &str,
) -> Result<Option<Arc<Distribution>>, Fault> {
    let query = "SELECT distribution_json FROM trial_params \
                 JOIN trials ON trials.trial_id = trial_params.trial_id \
                 WHERE param_name = $1 AND study_id = $2 LIMIT 1";
    match first(sql, query, &[Arg::Text(name), Arg::Int(study)])?.as_deref() {
        Some([text, ..]) => Ok(Some(Arc::new(Distribution::from_json(text.text()?)?))),
        _ => Ok(None),
    }
}

/// One trial, as it is now.
pub(super) fn one(sql: &mut dyn Sql, id: i64) -> Result<Trial, Fault> {
    let filter = Filter::keys(&[id]);
    let mut trials = heads(sql, &filter)?;
    fill(sql, &filter, &mut Known::default(), &mut trials)?;
    trials.remove(&id).ok_or_else(|| rules::no_trial(id).into())
}

/// Reads what is new in a study into the cache; returns whether its key now belongs to another
/// study.
pub(super) fn refresh(sql: &mut dyn Sql, cache: &mut Cache, study: i64) -> Result<bool, Fault> {
    check_study(sql, study)?;
    let another = is_another(sql, cache.study(study))?;
    if another {
        cache.forget(study);
    }
    let known = cache.study(study);
    let last = known.trials.keys().next_back().copied().unwrap_or(-1);
    let open: Vec<i64> = {
        let trials = known.trials.values();
        trials.filter(|trial| !trial.state.is_finished()).map(|trial| trial.id).collect()
    };
    let mut trials = heads(sql, &Filter::after(study, last))?;
    if !open.is_empty() {
        trials.append(&mut heads(sql, &Filter::of(study, &open))?);
    }
    let keys: Vec<i64> = trials.keys().copied().collect();
    if !keys.is_empty() {
        fill(sql, &Filter::of(study, &keys), known, &mut trials)?;
    }
    open.iter().for_each(|id| drop(known.trials.remove(id)));
    known.trials.extend(trials.into_iter().map(|(id, trial)| (id, Arc::new(trial))));
    Ok(another)
}

/// Whether the study is not the one in the cache: another process may have deleted that, and SQLite
/// uses the keys of a deleted study again. The last finished trial tells the two apart.
fn is_another(sql: &mut dyn Sql, known: &Known) -> Result<bool, Fault> {
    let mut finished = known.trials.values().rev().filter(|trial| trial.state.is_finished());
    let Some(trial) = finished.next() else { return Ok(false) };
    let now = heads(sql, &Filter::keys(&[trial.id]))?;
    Ok(!now.get(&trial.id).is_some_and(|now| {
        (now.number, now.state, now.started, now.completed)
            == (trial.number, trial.state, trial.started, trial.completed)
    }))
}

/// The condition of a query, which selects trials.
struct Filter {
    sql: String,
    args: Vec<Arg<'static>>,
}

impl Filter {
    /// The trials with these keys; none if there are too many for a list.
    fn slots(keys: &[i64]) -> Option<Filter> {
        let slots = *SLOTS.iter().find(|slots| keys.len() <= **slots)?;
        let last = *keys.last()?;
        let args = (0..slots).map(|i| Arg::Int(keys.get(i).copied().unwrap_or(last))).collect();
        let places: Vec<String> = (1..=slots).map(|i| format!("${i}")).collect();
        Some(Filter { sql: format!("trial_id IN ({})", places.join(", ")), args })
    }

    /// The trials with these few keys.
    fn keys(keys: &[i64]) -> Filter {
        Self::slots(keys).unwrap_or(Filter { sql: "1 = 0".to_string(), args: Vec::new() })
    }

    /// The trials of a study with these keys, and possibly some between them.
    fn of(study: i64, keys: &[i64]) -> Filter {
        Self::slots(keys).unwrap_or_else(|| {
            let between = [keys.iter().min(), keys.iter().max()].map(|k| *k.unwrap_or(&0));
            let sql = "trial_id IN (SELECT trial_id FROM trials \
                       WHERE study_id = $1 AND trial_id BETWEEN $2 AND $3)";
            let args = vec![Arg::Int(study), Arg::Int(between[0]), Arg::Int(between[1])];
            Filter { sql: sql.to_string(), args }
        })
    }

    /// A study's trials after this one.
    fn after(study: i64, last: i64) -> Filter {
        let args = vec![Arg::Int(study), Arg::Int(last)];
        Filter { sql: "study_id = $1 AND trial_id > $2".to_string(), args }
    }
}

/// The rows of the table of trials, without their data in other tables.
fn heads(sql: &mut dyn Sql, of: &Filter) -> Result<BTreeMap<i64, Trial>, Fault> {
    let query = format!(
        "SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials WHERE {}",
        of.sql
    );
    let mut trials = BTreeMap::new();
    sql.rows(&query, &of.args, &mut |row| {
        let mut trial = rules::running();
        trial.id = row.at(0)?.int()?;
        trial.number = row.at(1)?.int()?.unsigned_abs();
        trial.state = state(row.at(2)?)?;
        trial.started = row.at(3)?.moment()?;
        trial.completed = row.at(4)?.moment()?;
        trials.insert(trial.id, trial);
        Ok(())
    })?;
    Ok(trials)
}

/// Adds to these trials their data in other tables.
fn fill(
    sql: &mut dyn Sql,
    of: &Filter,
    known: &mut Known,
    trials: &mut BTreeMap<i64, Trial>,
) -> Result<(), Fault> {
    let mut add =
        |columns: &str,
         from: &str,
         by: &str,
         add: &mut dyn FnMut(&mut Trial, &Row<'_>) -> Result<(), Fault>| {
            let order = if by.is_empty() { String::new() } else { format!(" ORDER BY {by}") };
            let query = format!("SELECT trial_id, {columns} FROM {from} WHERE {}{order}", of.sql);
            sql.rows(&query, &of.args, &mut |row| match trials.get_mut(&row.at(0)?.int()?) {
                Some(trial) => add(trial, &row),
                None => Ok(()),
            })
        };
    add("value, value_type", "trial_values", "objective", &mut |trial, row| {
        trial.values.push(number(row.at(1)?, row.at(2)?)?);
        Ok(())
    })?;
    let columns = "param_name, param_value, distribution_json";
    add(columns, "trial_params", "param_id", &mut |trial, row| {
        let name = row.at(1)?.text()?.to_string();
        let distribution = known.parse(row.at(3)?.text()?)?;
        let internal = row.at(2)?.real()?;
        // A number may be outside a range that has changed since; an index must have a choice.
        if matches!(*distribution, Distribution::Categorical { .. })
            && !distribution.contains(internal)
        {
            return Err(row.at(2)?.unexpected("the index of one of its parameter's choices"));
        }
        trial.params.push(Param { name, distribution, internal });
        Ok(())
    })?;
    let columns = "step, intermediate_value, intermediate_value_type";
    add(columns, "trial_intermediate_values", "", &mut |trial, row| {
        trial.intermediate.insert(row.at(1)?.int()?, number(row.at(2)?, row.at(3)?)?);
        Ok(())
    })?;
    add("key, value_json", "trial_user_attributes", "", &mut |trial, row| {
        trial.user.insert(row.at(1)?.text()?.to_string(), attribute(row.at(2)?)?);
        Ok(())
    })?;
    add("key, value_json", "trial_system_attributes", "", &mut |trial, row| {
        trial.system.insert(row.at(1)?.text()?.to_string(), attribute(row.at(2)?)?);
        Ok(())
    })
}
