//! Statements that write, and their locks.

use super::sql::{Arg, Cell, Fault, Sql, first};
use super::{Json, Result, Scope, Trial, TrialState, reading, rules};

pub(super) fn add_values(sql: &mut dyn Sql, trial: i64, values: &[f64]) -> Result<(), Fault> {
    for (objective, value) in values.iter().enumerate() {
        let (kind, value) = stored(*value);
        sql.run(
            "INSERT INTO trial_values (trial_id, objective, value, value_type) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (trial_id, objective) DO UPDATE SET \
             value = excluded.value, value_type = excluded.value_type",
            &[Arg::Int(trial), Arg::Int(objective as i64), value, Arg::Text(kind)],
        )?;
    }
    Ok(())
}

pub(super) fn add_intermediate(
    sql: &mut dyn Sql,
    trial: i64,
    step: i64,
    value: f64,
) -> Result<(), Fault> {
    let (kind, value) = stored(value);
    sql.run(
        "INSERT INTO trial_intermediate_values \
         (trial_id, step, intermediate_value, intermediate_value_type) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (trial_id, step) DO UPDATE SET \
         intermediate_value = excluded.intermediate_value, \
         intermediate_value_type = excluded.intermediate_value_type",
        &[Arg::Int(trial), Arg::Int(step), value, Arg::Text(kind)],
    )
    .map(drop)
}

/// What has attributes, with its id.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    Study(i64),
    Trial(i64),
}

/// Writes an attribute, in place of an older one of the same key.
pub(super) fn set_attribute(
    sql: &mut dyn Sql,
    owner: Owner,
    scope: Scope,
    key: &str,
    value: &Json,
) -> Result<(), Fault> {
    let (id, statement) = match (owner, scope) {
        (Owner::Trial(id), Scope::User) => (
            id,
            "INSERT INTO trial_user_attributes (trial_id, key, value_json) VALUES ($1, $2, $3) \
             ON CONFLICT (trial_id, key) DO UPDATE SET value_json = excluded.value_json",
        ),
        (Owner::Trial(id), Scope::System) => (
            id,
            "INSERT INTO trial_system_attributes (trial_id, key, value_json) \
             VALUES ($1, $2, $3) \
             ON CONFLICT (trial_id, key) DO UPDATE SET value_json = excluded.value_json",
        ),
        (Owner::Study(id), Scope::User) => (
            id,
            "INSERT INTO study_user_attributes (study_id, key, value_json) VALUES ($1, $2, $3) \
             ON CONFLICT (study_id, key) DO UPDATE SET value_json = excluded.value_json",
        ),
        (Owner::Study(id), Scope::System) => (
            id,
            "INSERT INTO study_system_attributes (study_id, key, value_json) \
             VALUES ($1, $2, $3) \
             ON CONFLICT (study_id, key) DO UPDATE SET value_json = excluded.value_json",
        ),
    };
    let args = [Arg::Int(id), Arg::Text(key), Arg::Text(&value.to_string())];
    sql.run(statement, &args).map(drop)
}

/// Writes a trial's heartbeat by the database's clock, because workers' clocks differ.
pub(super) fn beat(sql: &mut dyn Sql, trial: i64) -> Result<(), Fault> {
    let beat = "INSERT INTO trial_heartbeats (trial_id, heartbeat) \
                SELECT trial_id, CURRENT_TIMESTAMP FROM trials WHERE trial_id = $1 \
                ON CONFLICT (trial_id) DO UPDATE SET heartbeat = excluded.heartbeat";
    match sql.run(beat, &[Arg::Int(trial)])? {
        0 => Err(rules::no_trial(trial).into()),
        _ => Ok(()),
    }
}

/// A number in the form of Optuna's tables: a word for its type, and NULL if it is not finite.
pub(super) fn stored(value: f64) -> (&'static str, Arg<'static>) {
    if value.is_nan() {
        ("NAN", Arg::Null)
    } else if value == f64::INFINITY {
        ("INF_POS", Arg::Null)
    } else if value == f64::NEG_INFINITY {
        ("INF_NEG", Arg::Null)
    } else {
        ("FINITE", Arg::Real(value))
    }
}

pub(super) fn state_name(state: TrialState) -> &'static str {
    match state {
        TrialState::Running => "RUNNING",
        TrialState::Complete => "COMPLETE",
        TrialState::Pruned => "PRUNED",
        TrialState::Fail => "FAIL",
        TrialState::Waiting => "WAITING",
    }
}

pub(super) fn lock_study(sql: &mut dyn Sql, study: i64) -> Result<(), Fault> {
    let query = format!("SELECT study_id FROM studies WHERE study_id = $1{}", sql.lock());
    let found = first(sql, &query, &[Arg::Int(study)])?;
    found.map(drop).ok_or_else(|| rules::no_study(study).into())
}

/// Locks a trial until the transaction ends; returns its study, state and start.
pub(super) fn lock_trial(
    sql: &mut dyn Sql,
    trial: i64,
) -> Result<(i64, TrialState, Option<i64>), Fault> {
    let query = format!(
        "SELECT study_id, state, datetime_start FROM trials WHERE trial_id = $1{}",
        sql.lock()
    );
    match first(sql, &query, &[Arg::Int(trial)])?.as_deref() {
        Some([study, state, started]) => {
            Ok((study.int()?, reading::state(state)?, started.moment()?))
        }
        _ => Err(rules::no_trial(trial).into()),
    }
}

/// Locks a trial that is not finished until the transaction ends; returns its study.
pub(super) fn open_trial(sql: &mut dyn Sql, trial: i64) -> Result<i64, Fault> {
    match lock_trial(sql, trial)? {
        (_, state, _) if state.is_finished() => Err(rules::finished(trial, state).into()),
        (study, _, _) => Ok(study),
    }
}

pub(super) fn objectives(sql: &mut dyn Sql, study: i64) -> Result<usize, Fault> {
    let count = "SELECT COUNT(*) FROM study_directions WHERE study_id = $1";
    let count = returned(sql, count, &[Arg::Int(study)])?.int()?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Whether a trial whose creation got no answer was created: the trial of this key and number began
/// in the same microsecond or, if it has not begun, has the same attributes.
pub(super) fn is_here(
    sql: &mut dyn Sql,
    study: i64,
    id: i64,
    number: i64,
    trial: &Trial,
) -> Result<bool, Fault> {
    let row = "SELECT study_id, number FROM trials WHERE trial_id = $1";
    if first(sql, row, &[Arg::Int(id)])? != Some(vec![Cell::Int(study), Cell::Int(number)]) {
        return Ok(false);
    }
    let found = reading::one(sql, id)?;
    Ok(match trial.started {
        Some(_) => found.started == trial.started,
        None => found.user == trial.user && found.system == trial.system,
    })
}

pub(super) fn only(row: Vec<Cell>) -> Cell {
    row.into_iter().next().unwrap_or(Cell::Null)
}

/// The only cell of the only row.
pub(super) fn returned(sql: &mut dyn Sql, query: &str, args: &[Arg<'_>]) -> Result<Cell, Fault> {
    Ok(only(first(sql, query, args)?.unwrap_or_default()))
}

pub(super) fn nothing() -> Fault {
    Cell::Null.unexpected("the key of the new trial")
}
