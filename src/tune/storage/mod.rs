//! Storages of studies: memory, an SQLite file, PostgreSQL. Optuna opens the last two.

use super::distribution::Distribution;
use super::trial::{Attributes, Direction, Trial, TrialState};
use crate::error::{Error, Result};
use crate::io::time;
use serde_json::Value as Json;
use std::sync::Arc;

mod cache;
mod copy;
mod creating;
mod database;
mod memory;
mod network_drive;
#[cfg(feature = "postgres")]
mod postgres;
mod reading;
mod rules;
mod schema;
mod sql;
mod sqlite;
#[cfg(feature = "postgres")]
mod tls;
mod writing;

#[cfg(test)]
mod conformance;

pub use copy::copy;
pub use database::Database;
pub use memory::InMemory;

/// Opens the studies at a place:
///
/// | place | studies |
/// |---|---|
/// | `None`, `"memory"`, `":memory:"`, `"sqlite://"` | [in memory](InMemory) |
/// | `"folder/file.db"`, `"sqlite:///folder/file.db"`, `"sqlite:////from/root.db"` | [an SQLite file](Database::sqlite) |
/// | `"postgresql://user:password@host:port/database"` | [a PostgreSQL server](Database::postgres) |
///
/// A driver of Python's, as in `postgresql+psycopg2://`, is skipped.
///
/// ```
/// use dfdx_lab::tune::Direction;
/// let storage = dfdx_lab::tune::storage::open(None)?;
/// storage.create_study("first", &[Direction::Minimize])?;
/// assert_eq!(storage.studies()?.len(), 1);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the kind of the place is unknown, or as [`Database::sqlite`] and [`Database::postgres`].
pub fn open<'a>(place: impl Into<Option<&'a str>>) -> Result<Arc<dyn Storage>> {
    open_place(place.into().unwrap_or(":memory:"))
}

/// Opens an existing storage. It does not create a missing file.
///
/// # Errors
/// As [`open`], and if there is no such file.
pub(crate) fn open_existing(place: &str) -> Result<Arc<dyn Storage>> {
    let file = match place.split_once("://") {
        None => Some(place),
        Some((scheme, rest)) if scheme.starts_with("sqlite") => rest.strip_prefix('/'),
        Some(_) => None,
    };
    let named = file.filter(|file| !["", "memory", ":memory:"].contains(file));
    if let Some(file) = named.filter(|file| !std::path::Path::new(file).exists()) {
        let found = std::path::absolute(file).unwrap_or_else(|_| file.into());
        let error =
            Error::argument("the place of the studies", found.display(), "a file that exists");
        return Err(error.hint("Study::open creates it"));
    }
    open_place(place)
}

fn open_place(place: &str) -> Result<Arc<dyn Storage>> {
    let Some((scheme, rest)) = place.split_once("://") else {
        return match place {
            "memory" | ":memory:" => Ok(Arc::new(InMemory::new())),
            "" => Err(unknown(place)),
            path => Ok(Arc::new(Database::sqlite(path)?)),
        };
    };
    match scheme.split('+').next().unwrap_or_default() {
        "sqlite" => match rest.strip_prefix('/').unwrap_or(rest) {
            "" | ":memory:" => Ok(Arc::new(InMemory::new())),
            path if rest.starts_with('/') => Ok(Arc::new(Database::sqlite(path)?)),
            _ => Err(unknown(place)),
        },
        #[cfg(feature = "postgres")]
        "postgresql" | "postgres" => Ok(Arc::new(Database::postgres(place)?)),
        _ => Err(unknown(place)),
    }
}

/// A place that is safe to print: without the password, and without the URL's settings, which may
/// contain one, too.
pub(crate) fn shown(place: &str) -> String {
    let Some((scheme, rest)) = place.split_once("://") else { return place.to_string() };
    let rest = rest.split('?').next().unwrap_or_default();
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}")
        }
        None => format!("{scheme}://{rest}"),
    }
}

fn unknown(place: &str) -> Error {
    let shown = shown(place);
    let expected = "a file such as study.db, sqlite:///study.db, or \
                    postgresql://user:password@host:port/database";
    Error::argument("the place of the studies", format!("'{shown}'"), expected)
}

/// The kind of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A user attribute, for people.
    User,
    /// A system attribute, for samplers, pruners and searches.
    System,
}

/// A study without its trials.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyRecord {
    /// Its key in the database.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// A direction for each objective.
    pub directions: Vec<Direction>,
    /// User attributes.
    pub user: Attributes,
    /// System attributes.
    pub system: Attributes,
}

/// A storage of studies. Several threads, processes and machines may use it at the same time. Each
/// call is one transaction: if the process is killed, it has happened completely or not at all.
pub trait Storage: Send + Sync {
    /// Creates a study; returns its key.
    ///
    /// # Errors
    /// If a study of this name exists; and, as for all calls, if the database cannot be reached.
    fn create_study(&self, name: &str, directions: &[Direction]) -> Result<i64>;

    /// A study of this name with the directions and attributes of another one and these trials, whose
    /// ids are ignored: with everything, or none at all if it fails.
    ///
    /// # Errors
    /// As [`create_study`](Storage::create_study); if the trials' numbers have gaps.
    fn create_filled(&self, name: &str, of: &StudyRecord, trials: &[Arc<Trial>]) -> Result<i64> {
        let new = self.create_study(name, &of.directions)?;
        let fill = || {
            for (scope, attributes) in [(Scope::User, &of.user), (Scope::System, &of.system)] {
                for (key, value) in attributes {
                    self.set_study_attribute(new, scope, key, value)?;
                }
            }
            for trial in trials {
                let (_, number) = self.create_trial(new, Some(trial))?;
                if number != trial.number {
                    return Err(rules::gap(trial.number, number));
                }
            }
            Ok(new)
        };
        fill().inspect_err(|_| {
            // The first error says more than a second one could.
            let _ = self.delete_study(new);
        })
    }

    /// All studies.
    ///
    /// # Errors
    /// If the database cannot be reached.
    fn studies(&self) -> Result<Vec<StudyRecord>>;

    /// The study of this name; none if there is none.
    ///
    /// # Errors
    /// If the database cannot be reached.
    fn find_study(&self, name: &str) -> Result<Option<StudyRecord>>;

    /// Deletes a study with its trials.
    ///
    /// # Errors
    /// If there is no such study.
    fn delete_study(&self, study: i64) -> Result<()>;

    /// Sets an attribute of a study.
    ///
    /// # Errors
    /// If there is no such study.
    fn set_study_attribute(&self, study: i64, scope: Scope, key: &str, value: &Json) -> Result<()>;

    /// Sets an attribute of a study unless it is set; returns its value.
    ///
    /// # Errors
    /// If there is no such study.
    fn keep_study_attribute(
        &self,
        study: i64,
        scope: Scope,
        key: &str,
        value: &Json,
    ) -> Result<Json>;

    /// Creates a trial: a running one, or a copy of `template`, whose id and number are ignored.
    /// Returns its id and its number, which is the number of trials before it.
    ///
    /// # Errors
    /// If there is no such study.
    fn create_trial(&self, study: i64, template: Option<&Trial>) -> Result<(i64, u64)>;

    /// Creates a trial from `template` if it would get this number, and returns its id. Returns
    /// none if another worker was faster, so that the study has more trials. A running trial gets
    /// its first heartbeat.
    ///
    /// # Errors
    /// As [`create_trial`](Storage::create_trial).
    fn create_next(&self, study: i64, number: u64, template: &Trial) -> Result<Option<i64>>;

    /// All trials of a study, in the order of their numbers. Finished trials are read only once.
    ///
    /// # Errors
    /// If there is no such study.
    fn trials(&self, study: i64) -> Result<Vec<Arc<Trial>>>;

    /// One trial, as it is now.
    ///
    /// # Errors
    /// If there is no such trial.
    fn trial(&self, trial: i64) -> Result<Trial>;

    /// Sets a parameter's value, in Optuna's internal form.
    ///
    /// # Errors
    /// If the trial is finished, or the study has the parameter with an incompatible distribution:
    /// of another kind, or with other choices.
    fn set_param(&self, trial: i64, name: &str, internal: f64, of: &Distribution) -> Result<()>;

    /// Reports an intermediate value; a second one for the same step replaces the first.
    ///
    /// # Errors
    /// If the trial is finished.
    fn report(&self, trial: i64, step: i64, value: f64) -> Result<()>;

    /// Sets an attribute of a trial.
    ///
    /// # Errors
    /// If the trial is finished.
    fn set_trial_attribute(&self, trial: i64, scope: Scope, key: &str, value: &Json) -> Result<()>;

    /// Claims a queued trial; returns true to exactly one of the workers that ask. The trial is
    /// then running, and gets these system attributes and its first heartbeat.
    ///
    /// # Errors
    /// If there is no such trial.
    fn claim(&self, trial: i64, notes: &Attributes) -> Result<bool>;

    /// Ends a trial.
    ///
    /// # Errors
    /// If it has ended already.
    fn finish(&self, trial: i64, state: TrialState, values: &[f64]) -> Result<()>;

    /// Records that the worker of a running trial is alive.
    ///
    /// # Errors
    /// If there is no such trial.
    fn heartbeat(&self, trial: i64) -> Result<()>;

    /// The running trials whose last heartbeat is older than this many seconds. Trials that never
    /// had a heartbeat are not included.
    ///
    /// # Errors
    /// If there is no such study.
    fn stale(&self, study: i64, seconds: f64) -> Result<Vec<i64>>;

    /// Moves everything written into the main file, so that a copy of this file alone is complete.
    /// A storage without such a file does nothing.
    ///
    /// # Errors
    /// If the disk is full or fails. Nothing that was written is lost.
    fn settle(&self) -> Result<()> {
        Ok(())
    }
}
