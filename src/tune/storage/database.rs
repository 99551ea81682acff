//! Studies in a database with Optuna's tables: the part that SQLite and PostgreSQL share.

use super::cache::{Cache, Params};
use super::sql::{Arg, Backend, Fault, Sql, first};
use super::writing::{
    Owner, add_intermediate, add_values, beat, lock_study, lock_trial, nothing, objectives, only,
    open_trial, returned, set_attribute, state_name,
};
use super::{
    Attributes, Direction, Distribution, Json, Result, Scope, Storage, StudyRecord, Trial,
    TrialState,
};
use super::{reading, rules};
use crate::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a call waits while another program locks the file.
const LOCKED: Duration = Duration::from_secs(60);

/// Studies in a database with the tables of Optuna 3.2 to 5.0. Optuna and optuna-dashboard can open
/// it at the same time.
///
/// Times are in UTC, as Optuna writes them since 5.0.0. A database begun by an older Optuna has
/// local times. They are read as UTC, as by Optuna 5 itself: durations are right, the time of day
/// may not be.
///
/// ```no_run
/// use dfdx_lab::tune::Direction;
/// use dfdx_lab::tune::storage::{Database, Storage};
/// let storage = Database::sqlite("studies/sleep.db")?;
/// let study = storage.create_study("first", &[Direction::Maximize])?;
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
pub struct Database {
    backend: Box<dyn Backend>,
    cache: Mutex<Cache>,
    pub(super) params: Params,
}

impl Database {
    /// Opens an SQLite file, or creates it with its folders.
    ///
    /// A trial that has ended survives if the process is killed. A power cut can lose the last
    /// second, but leaves the file intact.
    ///
    /// # Errors
    /// If the file is not a database of studies, cannot be read and written, or is locked by
    /// another program for longer than a minute.
    pub fn sqlite(path: impl AsRef<Path>) -> Result<Self> {
        Self::sqlite_within(path.as_ref(), LOCKED)
    }

    pub(super) fn sqlite_within(path: &Path, patience: Duration) -> Result<Self> {
        Ok(Self::new(Box::new(super::sqlite::Sqlite::open(path, patience)?)))
    }

    /// Opens a PostgreSQL database, given as `postgresql://user:password@host:port/database`, and
    /// creates the tables if it has none.
    ///
    /// If the server goes away, each call waits up to 90 seconds for it, and takes effect exactly
    /// once. `?sslmode=` and `&sslrootcert=` in the URL have their meaning in libpq; without them
    /// the connection is encrypted if the server supports it.
    ///
    /// # Errors
    /// If the URL is invalid, the server refuses the connection or does not answer within 10
    /// seconds, or the tables have another version.
    #[cfg(feature = "postgres")]
    pub fn postgres(url: &str) -> Result<Self> {
        Ok(Self::new(Box::new(super::postgres::Postgres::open(url)?)))
    }

    fn new(backend: Box<dyn Backend>) -> Self {
        Database { backend, cache: Mutex::default(), params: Params::default() }
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        // A panic cannot leave the cache incomplete: each reading is added as a whole.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn forget(&self, study: i64) {
        self.cache().forget(study);
        self.params.forget(study);
    }

    pub(super) fn write<T>(
        &self,
        durable: bool,
        mut work: impl FnMut(&mut dyn Sql, bool) -> Result<T, Fault>,
    ) -> Result<T> {
        let mut made = None;
        self.backend.write(durable, &mut |sql, unsure| {
            made = Some(work(sql, unsure)?);
            Ok(())
        })?;
        made.ok_or_else(no_result)
    }

    fn read<T>(&self, mut work: impl FnMut(&mut dyn Sql) -> Result<T, Fault>) -> Result<T> {
        let mut read = None;
        self.backend.read(&mut |sql, _| {
            read = Some(work(sql)?);
            Ok(())
        })?;
        read.ok_or_else(no_result)
    }
}

impl Database {
    /// Makes a study, with whatever else belongs to the transaction.
    fn begin_study(
        &self,
        name: &str,
        directions: &[Direction],
        mut fill: impl FnMut(&mut dyn Sql, i64) -> Result<(), Fault>,
    ) -> Result<i64> {
        rules::study(name, directions)?;
        let mut mine = None;
        let made = self.write(true, |sql, unsure| {
            let found = first(
                sql,
                "SELECT study_id FROM studies WHERE study_name = $1",
                &[Arg::Text(name)],
            )?;
            if let Some(found) = found {
                let id = only(found).int()?;
                // The first try may have been committed although its answer never came.
                return if unsure && mine == Some(id) {
                    Ok(id)
                } else {
                    Err(rules::exists(name).into())
                };
            }
            let new = "INSERT INTO studies (study_name) VALUES ($1) RETURNING study_id";
            let id = returned(sql, new, &[Arg::Text(name)])?.int()?;
            mine = Some(id);
            for (objective, direction) in directions.iter().enumerate() {
                let direction = match direction {
                    Direction::Minimize => "MINIMIZE",
                    Direction::Maximize => "MAXIMIZE",
                };
                sql.run(
                    "INSERT INTO study_directions (study_id, direction, objective) \
                     VALUES ($1, $2, $3)",
                    &[Arg::Int(id), Arg::Text(direction), Arg::Int(objective as i64)],
                )?;
            }
            self.params.forget(id);
            fill(sql, id)?;
            Ok(id)
        });
        // The key of a deleted study, or of one that could not be filled, may be given again.
        mine.into_iter().for_each(|id| self.forget(id));
        made
    }
}

impl Storage for Database {
    fn create_study(&self, name: &str, directions: &[Direction]) -> Result<i64> {
        self.begin_study(name, directions, |_, _| Ok(()))
    }

    fn create_filled(&self, name: &str, of: &StudyRecord, trials: &[Arc<Trial>]) -> Result<i64> {
        of.user.keys().chain(of.system.keys()).try_for_each(|key| rules::name("the key", key))?;
        self.begin_study(name, &of.directions, |sql, id| self.fill_study(sql, id, of, trials))
    }

    fn studies(&self) -> Result<Vec<StudyRecord>> {
        self.read(|sql| reading::studies(sql, None))
    }

    fn find_study(&self, name: &str) -> Result<Option<StudyRecord>> {
        self.read(|sql| {
            let id = "SELECT study_id FROM studies WHERE study_name = $1";
            match first(sql, id, &[Arg::Text(name)])? {
                Some(id) => Ok(reading::studies(sql, Some(only(id).int()?))?.pop()),
                None => Ok(None),
            }
        })
    }

    fn delete_study(&self, study: i64) -> Result<()> {
        const OF_TRIALS: [&str; 6] = [
            "trial_heartbeats",
            "trial_intermediate_values",
            "trial_values",
            "trial_params",
            "trial_user_attributes",
            "trial_system_attributes",
        ];
        const OF_STUDY: [&str; 5] = [
            "trials",
            "study_user_attributes",
            "study_system_attributes",
            "study_directions",
            "studies",
        ];
        self.write(true, |sql, unsure| {
            match lock_study(sql, study) {
                Err(Fault::Final(_)) if unsure => return Ok(()),
                other => other?,
            }
            for table in OF_TRIALS {
                let trials = "SELECT trial_id FROM trials WHERE study_id = $1";
                let delete = format!("DELETE FROM {table} WHERE trial_id IN ({trials})");
                sql.run(&delete, &[Arg::Int(study)])?;
            }
            for table in OF_STUDY {
                let delete = format!("DELETE FROM {table} WHERE study_id = $1");
                sql.run(&delete, &[Arg::Int(study)])?;
            }
            Ok(())
        })?;
        self.forget(study);
        Ok(())
    }

    fn set_study_attribute(&self, study: i64, scope: Scope, key: &str, value: &Json) -> Result<()> {
        rules::name("the key", key)?;
        self.write(false, |sql, _| {
            reading::check_study(sql, study)?;
            set_attribute(sql, Owner::Study(study), scope, key, value)
        })
    }

    fn keep_study_attribute(
        &self,
        study: i64,
        scope: Scope,
        key: &str,
        value: &Json,
    ) -> Result<Json> {
        rules::name("the key", key)?;
        let value = value.to_string();
        let table = match scope {
            Scope::User => "study_user_attributes",
            Scope::System => "study_system_attributes",
        };
        let set = format!(
            "INSERT INTO {table} (study_id, key, value_json) VALUES ($1, $2, $3) \
             ON CONFLICT (study_id, key) DO NOTHING"
        );
        self.write(false, |sql, _| {
            reading::check_study(sql, study)?;
            sql.run(&set, &[Arg::Int(study), Arg::Text(key), Arg::Text(&value)])?;
            let record = reading::studies(sql, Some(study))?.pop();
            let attributes = record.map(|r| if scope == Scope::User { r.user } else { r.system });
            attributes.and_then(|mut all| all.remove(key)).ok_or_else(nothing)
        })
    }

    fn create_trial(&self, study: i64, template: Option<&Trial>) -> Result<(i64, u64)> {
        let running = rules::running();
        let durable = template.is_some();
        let trial = template.unwrap_or(&running);
        self.create(study, trial, durable, None)?.ok_or_else(no_result)
    }

    fn create_next(&self, study: i64, number: u64, template: &Trial) -> Result<Option<i64>> {
        Ok(self.create(study, template, false, Some(number))?.map(|(id, _)| id))
    }

    fn trials(&self, study: i64) -> Result<Vec<Arc<Trial>>> {
        let mut cache = self.cache();
        if self.read(|sql| reading::refresh(sql, &mut cache, study))? {
            self.params.forget(study);
        }
        Ok(cache.trials(study))
    }

    fn trial(&self, trial: i64) -> Result<Trial> {
        self.read(|sql| reading::one(sql, trial))
    }

    fn set_param(&self, trial: i64, name: &str, internal: f64, of: &Distribution) -> Result<()> {
        rules::param(name, internal, of)?;
        self.write(false, |sql, _| {
            let study = open_trial(sql, trial)?;
            self.add_param(sql, study, trial, name, internal, of)
        })
    }

    fn report(&self, trial: i64, step: i64, value: f64) -> Result<()> {
        self.write(false, |sql, _| {
            open_trial(sql, trial)?;
            add_intermediate(sql, trial, step, value)
        })
    }

    fn set_trial_attribute(&self, trial: i64, scope: Scope, key: &str, value: &Json) -> Result<()> {
        rules::name("the key", key)?;
        self.write(false, |sql, _| {
            open_trial(sql, trial)?;
            set_attribute(sql, Owner::Trial(trial), scope, key, value)
        })
    }

    fn claim(&self, trial: i64, notes: &Attributes) -> Result<bool> {
        let now = rules::now();
        self.write(false, |sql, unsure| {
            let (_, state, started) = lock_trial(sql, trial)?;
            if state != TrialState::Waiting {
                // The start time shows whether the first try of this call claimed it.
                return Ok(unsure && state == TrialState::Running && started == Some(now));
            }
            sql.run(
                "UPDATE trials SET state = 'RUNNING', datetime_start = $1 WHERE trial_id = $2",
                &[Arg::Time(now), Arg::Int(trial)],
            )?;
            for (key, value) in notes {
                set_attribute(sql, Owner::Trial(trial), Scope::System, key, value)?;
            }
            beat(sql, trial)?;
            Ok(true)
        })
    }

    fn finish(&self, trial: i64, end: TrialState, values: &[f64]) -> Result<()> {
        let now = rules::now();
        self.write(true, |sql, unsure| {
            let (study, state, _) = lock_trial(sql, trial)?;
            if state.is_finished() {
                let done = unsure && reading::one(sql, trial)?.completed == Some(now);
                return if done { Ok(()) } else { Err(rules::finished(trial, state).into()) };
            }
            rules::end(end, values, objectives(sql, study)?)?;
            add_values(sql, trial, values)?;
            sql.run(
                "UPDATE trials SET state = $1, datetime_complete = $2 WHERE trial_id = $3",
                &[Arg::Text(state_name(end)), Arg::Time(now), Arg::Int(trial)],
            )
            .map(drop)
        })
    }

    fn heartbeat(&self, trial: i64) -> Result<()> {
        self.write(false, |sql, _| beat(sql, trial))
    }

    fn stale(&self, study: i64, seconds: f64) -> Result<Vec<i64>> {
        self.read(|sql| {
            reading::check_study(sql, study)?;
            let mut old = Vec::new();
            let query = format!(
                "SELECT trials.trial_id FROM trials \
                 JOIN trial_heartbeats ON trial_heartbeats.trial_id = trials.trial_id \
                 WHERE study_id = $1 AND state = 'RUNNING' AND {} > $2 ORDER BY trials.trial_id",
                sql.age()
            );
            sql.rows(&query, &[Arg::Int(study), Arg::Real(seconds)], &mut |row| {
                old.push(row.at(0)?.int()?);
                Ok(())
            })?;
            Ok(old)
        })
    }

    fn settle(&self) -> Result<()> {
        self.backend.settle()
    }
}

fn no_result() -> Error {
    let problem = "a transaction ended without a result".to_string();
    Error::Database { place: "the study's database".to_string(), problem }
}
