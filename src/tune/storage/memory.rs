//! Studies in memory, which end with the process.

use super::{
    Attributes, Direction, Distribution, Json, Result, Scope, Storage, StudyRecord, Trial,
    TrialState, rules,
};
use crate::tune::Param;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Studies in memory: fast, and lost when the process ends.
///
/// ```
/// use dfdx_lab::tune::storage::{InMemory, Storage};
/// use dfdx_lab::tune::{Direction, TrialState};
/// let storage = InMemory::new();
/// let study = storage.create_study("first", &[Direction::Minimize])?;
/// let (trial, number) = storage.create_trial(study, None)?;
/// storage.finish(trial, TrialState::Complete, &[0.5])?;
/// assert_eq!(number, 0);
/// assert_eq!(storage.trials(study)?[0].objective(), Some(0.5));
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Default)]
pub struct InMemory(Mutex<State>);

#[derive(Default)]
struct State {
    studies: BTreeMap<i64, Study>,
    /// The study of each trial, and the trial's index in it.
    places: HashMap<i64, (i64, usize)>,
    heartbeats: HashMap<i64, Instant>,
    /// The last key that was used. Keys are never used twice.
    last: i64,
}

struct Study {
    record: StudyRecord,
    trials: Vec<Arc<Trial>>,
    known: HashMap<String, Arc<Distribution>>,
}

impl Study {
    /// The study's copy of an equal distribution, to share memory, or else a new copy.
    ///
    /// # Errors
    /// If the study has the parameter with an incompatible one.
    fn know(&self, name: &str, of: &Distribution) -> Result<Arc<Distribution>> {
        match self.known.get(name) {
            Some(known) if !known.compatible(of) => Err(rules::incompatible(name, known, of)),
            Some(known) if **known == *of => Ok(known.clone()),
            _ => Ok(Arc::new(of.clone())),
        }
    }

    fn remember(&mut self, name: &str, of: &Arc<Distribution>) {
        if !self.known.contains_key(name) {
            self.known.insert(name.to_string(), of.clone());
        }
    }
}

impl State {
    fn key(&mut self) -> i64 {
        self.last += 1;
        self.last
    }

    fn study(&mut self, id: i64) -> Result<&mut Study> {
        self.studies.get_mut(&id).ok_or_else(|| rules::no_study(id))
    }

    fn trial(&mut self, id: i64) -> Result<(&mut Study, usize)> {
        let missing = || rules::no_trial(id);
        let (study, place) = *self.places.get(&id).ok_or_else(missing)?;
        let study = self.studies.get_mut(&study).ok_or_else(missing)?;
        Ok((study, place))
    }

    fn create(&mut self, study: i64, template: Option<&Trial>) -> Result<(i64, u64)> {
        let objectives = self.study(study)?.record.directions.len();
        let mut trial = match template {
            Some(trial) => {
                rules::template(trial, objectives)?;
                trial.clone()
            }
            None => rules::running(),
        };
        trial.id = self.key();
        let home = self.study(study)?;
        for p in &mut trial.params {
            p.distribution = home.know(&p.name, &p.distribution)?;
        }
        trial.params.iter().for_each(|p| home.remember(&p.name, &p.distribution));
        let place = home.trials.len();
        trial.number = place as u64;
        let id = trial.id;
        home.trials.push(Arc::new(trial));
        self.places.insert(id, (study, place));
        Ok((id, place as u64))
    }

    /// Changes a trial that is not finished. Copies that readers hold stay as they are.
    fn change<T>(&mut self, id: i64, change: impl FnOnce(&mut Trial) -> T) -> Result<T> {
        let (study, place) = self.trial(id)?;
        let trial = study.trials.get_mut(place).ok_or_else(|| rules::no_trial(id))?;
        match trial.state.is_finished() {
            true => Err(rules::finished(id, trial.state)),
            false => Ok(change(Arc::make_mut(trial))),
        }
    }
}

/// A study's user or system attributes.
fn attributes(study: &mut Study, scope: Scope) -> &mut Attributes {
    match scope {
        Scope::User => &mut study.record.user,
        Scope::System => &mut study.record.system,
    }
}

impl InMemory {
    /// A storage without studies.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Code that holds the lock cannot leave the state half changed, even if it panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for InMemory {
    fn create_study(&self, name: &str, directions: &[Direction]) -> Result<i64> {
        rules::study(name, directions)?;
        let mut state = self.state();
        if state.studies.values().any(|s| s.record.name == name) {
            return Err(rules::exists(name));
        }
        let id = state.key();
        let record = StudyRecord {
            id,
            name: name.to_string(),
            directions: directions.to_vec(),
            user: Attributes::new(),
            system: Attributes::new(),
        };
        state.studies.insert(id, Study { record, trials: Vec::new(), known: HashMap::new() });
        Ok(id)
    }

    fn studies(&self) -> Result<Vec<StudyRecord>> {
        Ok(self.state().studies.values().map(|s| s.record.clone()).collect())
    }

    fn find_study(&self, name: &str) -> Result<Option<StudyRecord>> {
        let state = self.state();
        let study = state.studies.values().find(|s| s.record.name == name);
        Ok(study.map(|s| s.record.clone()))
    }

    fn delete_study(&self, study: i64) -> Result<()> {
        let mut state = self.state();
        let gone = state.studies.remove(&study).ok_or_else(|| rules::no_study(study))?;
        for trial in gone.trials {
            state.places.remove(&trial.id);
            state.heartbeats.remove(&trial.id);
        }
        Ok(())
    }

    fn set_study_attribute(&self, study: i64, scope: Scope, key: &str, value: &Json) -> Result<()> {
        rules::name("the key", key)?;
        let mut state = self.state();
        attributes(state.study(study)?, scope).insert(key.to_string(), value.clone());
        Ok(())
    }

    fn keep_study_attribute(
        &self,
        study: i64,
        scope: Scope,
        key: &str,
        value: &Json,
    ) -> Result<Json> {
        rules::name("the key", key)?;
        let mut state = self.state();
        let attributes = attributes(state.study(study)?, scope);
        Ok(attributes.entry(key.to_string()).or_insert_with(|| value.clone()).clone())
    }

    fn create_trial(&self, study: i64, template: Option<&Trial>) -> Result<(i64, u64)> {
        self.state().create(study, template)
    }

    fn create_next(&self, study: i64, number: u64, template: &Trial) -> Result<Option<i64>> {
        let mut state = self.state();
        if state.study(study)?.trials.len() as u64 != number {
            return Ok(None);
        }
        let (id, _) = state.create(study, Some(template))?;
        if template.state == TrialState::Running {
            state.heartbeats.insert(id, Instant::now());
        }
        Ok(Some(id))
    }

    fn trials(&self, study: i64) -> Result<Vec<Arc<Trial>>> {
        Ok(self.state().study(study)?.trials.clone())
    }

    fn trial(&self, trial: i64) -> Result<Trial> {
        let mut state = self.state();
        let (study, place) = state.trial(trial)?;
        study.trials.get(place).map(|t| (**t).clone()).ok_or_else(|| rules::no_trial(trial))
    }

    fn set_param(&self, trial: i64, name: &str, internal: f64, of: &Distribution) -> Result<()> {
        rules::param(name, internal, of)?;
        let mut state = self.state();
        let distribution = state.trial(trial)?.0.know(name, of)?;
        let param = Param { name: name.to_string(), distribution: distribution.clone(), internal };
        state.change(trial, |t| match t.params.iter_mut().find(|p| p.name == name) {
            Some(old) => *old = param,
            None => t.params.push(param),
        })?;
        state.trial(trial)?.0.remember(name, &distribution);
        Ok(())
    }

    fn report(&self, trial: i64, step: i64, value: f64) -> Result<()> {
        self.state().change(trial, |t| t.intermediate.insert(step, value)).map(drop)
    }

    fn set_trial_attribute(&self, trial: i64, scope: Scope, key: &str, value: &Json) -> Result<()> {
        rules::name("the key", key)?;
        self.state()
            .change(trial, |t| {
                let attributes = match scope {
                    Scope::User => &mut t.user,
                    Scope::System => &mut t.system,
                };
                attributes.insert(key.to_string(), value.clone());
            })
            .map(drop)
    }

    fn claim(&self, trial: i64, notes: &Attributes) -> Result<bool> {
        let mut state = self.state();
        let (study, place) = state.trial(trial)?;
        let waiting = study.trials.get(place).is_some_and(|t| t.state == TrialState::Waiting);
        if waiting {
            state.change(trial, |t| {
                t.state = TrialState::Running;
                t.started = Some(rules::now());
                t.system.extend(notes.clone());
            })?;
            state.heartbeats.insert(trial, Instant::now());
        }
        Ok(waiting)
    }

    fn finish(&self, trial: i64, end: TrialState, values: &[f64]) -> Result<()> {
        let mut state = self.state();
        let objectives = state.trial(trial)?.0.record.directions.len();
        rules::end(end, values, objectives)?;
        state.change(trial, |t| {
            t.state = end;
            t.values = values.to_vec();
            t.completed = Some(rules::now());
        })?;
        state.heartbeats.remove(&trial);
        Ok(())
    }

    fn heartbeat(&self, trial: i64) -> Result<()> {
        let mut state = self.state();
        state.trial(trial)?;
        state.heartbeats.insert(trial, Instant::now());
        Ok(())
    }

    fn stale(&self, study: i64, seconds: f64) -> Result<Vec<i64>> {
        let mut state = self.state();
        let trials = state.study(study)?.trials.clone();
        let old = |trial: &Trial| {
            let beat = state.heartbeats.get(&trial.id);
            beat.is_some_and(|beat| beat.elapsed().as_secs_f64() > seconds)
        };
        let running = trials.iter().filter(|t| t.state == TrialState::Running);
        Ok(running.filter(|t| old(t)).map(|t| t.id).collect())
    }
}

#[cfg(test)]
crate::tune::storage::conformance::conformance!(|| Some((InMemory::new(), ())));
