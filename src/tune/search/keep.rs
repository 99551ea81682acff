//! The files of the best trials' models, beside the database.

use super::runner::Runner;
use crate::error::{Error, Result};
use crate::train::Model;
use crate::tune::storage::Scope;
use crate::tune::study::{Study, keys};
use crate::tune::trial::{Trial, TrialState};
use serde_json::json;

/// The number of the trial to which a file belongs.
fn number_of(name: &str) -> Option<u64> {
    let rest = name.strip_prefix("trial-")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Saves the models of a trial that is about to complete, if it is among the best, and returns the
/// files. With several objectives, no models are kept.
pub(super) fn keep(
    runner: &Runner<'_>,
    number: u64,
    values: &[f64],
    models: &[Model],
) -> Result<Vec<String>> {
    let most = runner.search.settings.keep;
    let ([value], false) = (values, most == 0) else { return Ok(Vec::new()) };
    let study = &runner.study;
    let direction = runner.goals[0].direction;
    // As in the ranking: of equal trials the one with the smaller number, which may end later.
    let before = |t: &Trial| {
        let loss = t.objective().map_or(f64::INFINITY, |v| direction.loss(v));
        loss.total_cmp(&direction.loss(*value)).then(t.number.cmp(&number)).is_lt()
    };
    if study.ranked()?.iter().filter(|t| before(t)).count() >= most {
        return Ok(Vec::new());
    }
    let folder = study.folder().path();
    std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
    let folded = runner.search.folds.is_some();
    let mut files = Vec::new();
    for (fold, model) in models.iter().enumerate() {
        let path = study.folder().model(number, folded.then_some(fold));
        model.save(&path)?;
        files.push(path.to_string_lossy().to_string());
    }
    Ok(files)
}

/// Records where the best trial's models are, and removes those of trials that are no longer among
/// the best.
pub(super) fn remove_worse(study: &Study, keep: usize) -> Result<()> {
    if study.directions().len() != 1 || study.folder().path().read_dir().is_err() {
        return Ok(());
    }
    let ranked = study.ranked()?;
    let kept: Vec<u64> = ranked.iter().take(keep).map(|t| t.number).collect();
    if let Some(best) = ranked.first() {
        let files = best.user.get(keys::WEIGHTS).cloned().unwrap_or_default();
        let note = json!({"trial": best.number, "files": files});
        let before = study.record()?.user.get(keys::WEIGHTS).cloned();
        if before.as_ref() != Some(&note) {
            study.note(Scope::User, keys::WEIGHTS, &note)?;
        }
    }
    remove(study, |number, backup| {
        let complete = ranked.iter().any(|t| t.number == number);
        !backup && complete && !kept.contains(&number)
    });
    Ok(())
}

/// Removes files that killed processes left: those of trials that ended but are not complete.
pub(super) fn remove_leftovers(study: &Study) -> Result<()> {
    let trials = study.all_trials()?;
    let state = |number: u64| trials.iter().find(|t| t.number == number).map(|t| t.state);
    remove(study, |number, backup| {
        // Files that belong to no trial of the study stay.
        !backup && state(number).is_some_and(|s| s.is_finished() && s != TrialState::Complete)
    });
    Ok(())
}

/// Removes the backups of all trials, unless a trial has not ended and could continue from one.
pub(super) fn remove_backups(study: &Study) -> Result<()> {
    let trials = study.all_trials()?;
    if trials.iter().all(|t| t.state.is_finished()) {
        remove(study, |_, backup| backup);
    }
    // This succeeds only if the folder is empty.
    let _ = std::fs::remove_dir(study.folder().path());
    Ok(())
}

/// Removes the files and backups for which `wanted` returns true.
fn remove(study: &Study, wanted: impl Fn(u64, bool) -> bool) {
    let Ok(entries) = std::fs::read_dir(study.folder().path()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().to_string();
        let Some(number) = number_of(&name) else { continue };
        let backup = name.ends_with(".backup");
        if wanted(number, backup) {
            let _ = match backup {
                true => std::fs::remove_dir_all(entry.path()),
                false => std::fs::remove_file(entry.path()),
            };
        }
    }
}
