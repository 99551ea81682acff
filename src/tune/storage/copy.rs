//! Copying a study from one storage to another.

use super::{Result, Storage};
use crate::error::Error;

/// Copies a study with its attributes and trials, under its own name or a new one, as
/// `optuna.copy_study`. Returns its key in the new storage. Running trials stay running; in the
/// copy they have no worker.
///
/// ```
/// use dfdx_lab::tune::Direction;
/// use dfdx_lab::tune::storage::{self, InMemory, Storage};
/// let storage = InMemory::new();
/// let first = storage.create_study("first", &[Direction::Minimize])?;
/// storage.create_trial(first, None)?;
/// let second = storage::copy(&storage, "first", &storage, Some("second"))?;
/// assert_eq!(storage.trials(second)?.len(), 1);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If there is no such study, or already one of the new name. There is no incomplete copy, even if
/// If there is no such study, or one of the new name exists. An incomplete copy is deleted.
pub fn copy(from: &dyn Storage, study: &str, to: &dyn Storage, name: Option<&str>) -> Result<i64> {
    let found = from.find_study(study)?.ok_or_else(|| {
        let names = from.studies().unwrap_or_default();
        let names: Vec<String> = names.into_iter().map(|s| format!("'{}'", s.name)).collect();
        let expected = match names.is_empty() {
            true => "one of the storage, which has none".to_string(),
            false => format!("one of the storage's: {}", names.join(", ")),
        };
        Error::argument("the study to copy", format!("'{study}'"), expected)
    })?;
    to.create_filled(name.unwrap_or(study), &found, &from.trials(found.id)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::storage::conformance::full;
    use crate::tune::storage::{Database, InMemory, Scope};
    use crate::tune::{Direction, Trial, TrialState};
    use serde_json::json;

    #[test]
    fn a_copy_has_everything() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) =
            (InMemory::new(), Database::sqlite(folder.path().join("copy.db")).unwrap());
        let directions = [Direction::Maximize, Direction::Minimize];
        let study = from.create_study("study", &directions).unwrap();
        from.set_study_attribute(study, Scope::User, "u", &json!([1])).unwrap();
        from.set_study_attribute(study, Scope::System, "s", &json!({"a": null})).unwrap();
        let complete = Trial { values: vec![1.5, -2.5], ..full(TrialState::Complete) };
        for trial in [complete, full(TrialState::Fail), full(TrialState::Waiting)] {
            from.create_trial(study, Some(&trial)).unwrap();
        }
        let new = copy(&from, "study", &to, None).unwrap();
        let (old, found) =
            (from.find_study("study").unwrap().unwrap(), to.find_study("study").unwrap().unwrap());
        assert_eq!(found.directions, directions);
        assert_eq!((&found.user, &found.system), (&old.user, &old.system));
        let (a, b) = (from.trials(study).unwrap(), to.trials(new).unwrap());
        assert_eq!(a.len(), 3);
        for (a, b) in a.iter().zip(&b) {
            assert_eq!(Trial { id: b.id, ..(**a).clone() }, **b);
        }
        assert!(copy(&from, "study", &to, None).is_err());
        assert_eq!(to.studies().unwrap().len(), 1);
        let error = copy(&from, "studi", &to, None).unwrap_err().to_string();
        assert!(error.contains("'studi'") && error.contains("'study'"), "{error}");
    }
}
