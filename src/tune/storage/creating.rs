//! Creating trials in a database.

use super::database::Database;
use super::sql::{Arg, Fault, Sql, first};
use super::writing::{
    Owner, add_intermediate, add_values, beat, is_here, lock_study, nothing, objectives, returned,
    set_attribute, state_name,
};
use super::{Distribution, Result, Scope, StudyRecord, Trial, TrialState, reading, rules};
use std::sync::Arc;

impl Database {
    /// Creates a trial; none if it would not get the expected number.
    pub(super) fn create(
        &self,
        study: i64,
        trial: &Trial,
        durable: bool,
        expected: Option<u64>,
    ) -> Result<Option<(i64, u64)>> {
        let mut mine = None;
        let made = self.write(durable, |sql, unsure| {
            lock_study(sql, study)?;
            if let Some((id, number)) = mine.filter(|_| unsure)
                && is_here(sql, study, id, number, trial)?
            {
                return Ok(Some((id, number)));
            }
            if let Some(expected) = expected {
                let count = "SELECT COUNT(*) FROM trials WHERE study_id = $1";
                let count = returned(sql, count, &[Arg::Int(study)])?.int()?;
                if count.unsigned_abs() != expected {
                    return Ok(None);
                }
            }
            rules::template(trial, objectives(sql, study)?)?;
            let (id, number) = add_row(sql, study, trial)?;
            mine = Some((id, number));
            self.fill(sql, study, id, trial)?;
            if expected.is_some() && trial.state == TrialState::Running {
                beat(sql, id)?;
            }
            Ok(Some((id, number)))
        })?;
        // The study may have the key of a deleted one.
        if made.is_some_and(|(_, number)| number == 0) {
            self.forget(study);
        }
        Ok(made.map(|(id, number)| (id, number.unsigned_abs())))
    }

    /// A study with everything of another one, in one transaction.
    pub(super) fn fill_study(
        &self,
        sql: &mut dyn Sql,
        study: i64,
        of: &StudyRecord,
        trials: &[Arc<Trial>],
    ) -> Result<(), Fault> {
        for (scope, attributes) in [(Scope::User, &of.user), (Scope::System, &of.system)] {
            for (key, value) in attributes {
                set_attribute(sql, Owner::Study(study), scope, key, value)?;
            }
        }
        for trial in trials {
            rules::template(trial, of.directions.len())?;
            let (id, number) = add_row(sql, study, trial)?;
            if number.unsigned_abs() != trial.number {
                return Err(rules::gap(trial.number, number.unsigned_abs()).into());
            }
            self.fill(sql, study, id, trial)?;
        }
        Ok(())
    }

    /// Writes the parts of a template that are not in its row of `trials`.
    fn fill(&self, sql: &mut dyn Sql, study: i64, id: i64, trial: &Trial) -> Result<(), Fault> {
        add_values(sql, id, &trial.values)?;
        for p in &trial.params {
            self.add_param(sql, study, id, &p.name, p.internal, &p.distribution)?;
        }
        for (scope, attributes) in [(Scope::User, &trial.user), (Scope::System, &trial.system)] {
            for (key, value) in attributes {
                set_attribute(sql, Owner::Trial(id), scope, key, value)?;
            }
        }
        for (step, value) in &trial.intermediate {
            add_intermediate(sql, id, *step, *value)?;
        }
        Ok(())
    }

    pub(super) fn add_param(
        &self,
        sql: &mut dyn Sql,
        study: i64,
        trial: i64,
        name: &str,
        internal: f64,
        of: &Distribution,
    ) -> Result<(), Fault> {
        let known = match self.params.known(study, name) {
            Some(known) => Some(known),
            None => {
                let found = reading::distribution(sql, study, name)?;
                found.iter().for_each(|found| self.params.know(study, name, found.clone()));
                found
            }
        };
        if let Some(known) = known.filter(|known| !known.compatible(of)) {
            return Err(rules::incompatible(name, &known, of).into());
        }
        sql.run(
            "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (trial_id, param_name) DO UPDATE SET \
             param_value = excluded.param_value, distribution_json = excluded.distribution_json",
            &[Arg::Int(trial), Arg::Text(name), Arg::Real(internal), Arg::Text(&of.to_json())],
        )
        .map(drop)
    }
}

/// A trial's row, with its key and its number.
fn add_row(sql: &mut dyn Sql, study: i64, trial: &Trial) -> Result<(i64, i64), Fault> {
    let row = first(
        sql,
        "INSERT INTO trials (study_id, number, state, datetime_start, datetime_complete) \
         SELECT $1, COUNT(*), $2, $3, $4 FROM trials WHERE study_id = $1 \
         RETURNING trial_id, number",
        &[
            Arg::Int(study),
            Arg::Text(state_name(trial.state)),
            Arg::time(trial.started),
            Arg::time(trial.completed),
        ],
    )?
    .unwrap_or_default();
    let [id, number] = row.as_slice() else { return Err(nothing()) };
    Ok((id.int()?, number.int()?))
}
