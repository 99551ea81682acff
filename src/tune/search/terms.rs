//! The terms under which a study's trials are comparable: data, models, fit and scoring. The study
//! stores them, and refuses a search with other terms, naming the differences.

use super::Search;
use super::candidate::Candidate;
use crate::error::{Error, Result};
use crate::train::TrainingData;
use crate::tune::storage::Scope;
use crate::tune::study::{FixedValues, Study, keys};
use crate::tune::trial::{Trial, TrialState};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The terms by name.
type Terms = BTreeMap<String, String>;

impl Search {
    /// Everything that the trials' values depend on, except their parameters and seeds. `first` is
    /// the candidate with first values.
    pub(super) fn terms(&self, first: &Candidate, data: TrainingData<'_>) -> Terms {
        let mut terms = Terms::new();
        let mut note = |name: &str, value: String| terms.insert(name.to_string(), value);
        note("data", data.terms());
        note("texts and doubles of the data", data.terms_beside());
        note("folds", self.folds.as_ref().map_or("none".into(), |folds| format!("{folds:?}")));
        note("executions per trial", self.settings.executions.to_string());
        note("best epoch", self.settings.best_epoch.to_string());
        note("pipeline of the search", format!("{:?}", self.pipeline));
        note("callbacks of the search", format!("{:?}", self.callbacks));
        if let Ok(fit) = &first.fit {
            // A search that promotes trials sets the epochs itself.
            if !self.strategy.promotes() {
                note("epochs", fit.epochs.to_string());
            }
            fit.terms().into_iter().for_each(|(name, value)| drop(note(name, value)));
        }
        terms
    }

    /// The difference, as text, if the code now builds another model for the values of the last
    /// complete trial.
    fn other_model(&self, study: &Study) -> Result<Option<String>> {
        let noted =
            |t: &&Trial| t.state == TrialState::Complete && t.user.contains_key(keys::MODEL);
        let trials = study.trials()?;
        let Some(trial) = trials.iter().rev().find(noted) else { return Ok(None) };
        let then = trial.user.get(keys::MODEL).and_then(Json::as_str).unwrap_or_default();
        // If its values are no longer in the ranges, there is nothing to compare.
        let Ok(model) = self.candidate_exactly(FixedValues::of(trial)).model else {
            return Ok(None);
        };
        let now = model.terms();
        let version = |terms: &str| terms.split(' ').next().map(str::to_string);
        let differs = version(then) == version(&now) && then != now;
        Ok(differs.then(|| format!("another model for the values of trial {}", trial.number)))
    }
}

/// Stores the terms with the study, if its trials ran under the same or under unknown ones. If
/// changes are allowed, it stores the new terms and returns a text with the changes.
///
/// # Errors
/// If a term differs and changes are not allowed.
pub(super) fn agree(search: &Search, study: &Study, now: &Terms) -> Result<Option<String>> {
    let allowed = search.settings.allow_changes;
    if study.folder().is_temporary() {
        return Ok(None);
    }
    let (scope, key) = (Scope::User, keys::SETTINGS);
    let kept = study.keep_note(scope, key, &json!(now))?;
    // Terms that another version of the library stored in another form are ignored.
    let before: Terms = serde_json::from_value(kept).unwrap_or_default();
    let differs = |name: &&String| before.get(*name).is_some_and(|then| *then != now[*name]);
    let different: Vec<&String> = now.keys().filter(differs).collect();
    let model = search.other_model(study)?;
    let begun = study.trials()?.iter().any(|t| t.state.is_finished());
    if (different.is_empty() && model.is_none()) || !begun || allowed {
        if before != *now {
            study.note(scope, key, &json!(now))?;
        }
        let changes = different.iter().map(|n| format!("{n} was {}, is {}", before[*n], now[*n]));
        let changes: Vec<String> = changes.chain(model).collect();
        return Ok(Some(changes.join("; ")).filter(|text| begun && !text.is_empty()));
    }
    let told = |terms: &Terms| different.iter().map(|n| format!("{n} {}", terms[*n])).collect();
    let (mut got, mut expected): (Vec<String>, Vec<String>) = (told(now), told(&before));
    if let Some(model) = model {
        got.push(model);
        expected.push("the model that it had".to_string());
    }
    let what = format!("Search: what differs from the trials of the study '{}'", study.name());
    let error = Error::argument(what, got.join("; "), expected.join("; "));
    Err(error.hint(
        "the trials could not be compared; begin another study with another name or file, or call \
         .allow_changes() to continue this one",
    ))
}
