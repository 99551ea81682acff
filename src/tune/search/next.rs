//! The next trial of a search: a queued one, or one that the strategy chooses.

use super::candidate::Candidate;
use super::proposal::Proposal;
use super::runner::Runner;
use super::strategy::Stage;
use crate::error::Result;
use crate::nn::derive_seed;
use crate::tune::study::{FixedValues, StartedTrial, is_retry, keys, ordinal};
use crate::tune::trial::Trial;
use serde_json::json;
use std::sync::Arc;

/// A trial that has begun.
pub(super) struct Job {
    pub trial: StartedTrial,
    pub candidate: Candidate,
    /// The seed of its weights and of the order of its samples.
    pub seed: u64,
    pub stage: Option<Stage>,
}

pub(super) enum Next {
    Run(Box<Job>),
    Wait,
    Done,
}

impl Runner<'_> {
    pub fn next(&self) -> Result<Next> {
        let _turn = self.study.turn();
        loop {
            if self.is_over()? {
                return Ok(Next::Done);
            }
            let trials = self.study.recovered_trials()?;
            if let Some(waited) = self.study.take_waiting(&trials)? {
                let fixed = waited.template.as_ref().map(FixedValues::of).unwrap_or_default();
                return self.course.resume(self, waited, &trials, fixed);
            }
            // Retries take the places of earlier trials.
            let count = trials.iter().filter(|t| !is_retry(t)).count() as u64;
            let full = self.search.trials().is_some_and(|most| count >= most as u64);
            let next = match full {
                true => Some(self.none_left(&trials)?),
                false => self.course.next(self, &trials, count)?,
            };
            // If there is none, another process was faster: look again.
            if let Some(next) = next {
                return Ok(next);
            }
        }
    }

    /// Ends the search if nothing is left to begin, but waits while other workers run trials, which
    /// return to the queue if the workers die.
    pub(super) fn none_left(&self, trials: &[Arc<Trial>]) -> Result<Next> {
        if !self.study.others_run(trials)? {
            return Ok(Next::Done);
        }
        if !std::mem::replace(&mut self.state().waits, true) {
            self.live.say("no trial is left to begin: waiting for other workers' trials to end");
        }
        Ok(Next::Wait)
    }

    /// The new trial, if no other process begins one first.
    pub(super) fn expected(&self, trials: &[Arc<Trial>], ordinal: u64) -> Result<StartedTrial> {
        let number = trials.len() as u64;
        let seed = derive_seed(self.study.seed_now()?, ordinal);
        Ok(StartedTrial { id: -1, number, root: number, ordinal, seed, template: None })
    }

    /// Begins the trial with all its values; none if another process has begun one since `trials`
    /// were read.
    ///
    /// # Errors
    /// If the code asks for its values wrongly, or the study has a parameter with another
    /// distribution. No trial is begun then.
    pub(super) fn begin(
        &self,
        trials: &[Arc<Trial>],
        proposal: Proposal,
        stage: Option<Stage>,
    ) -> Result<Option<Next>> {
        let Proposal { mut candidate, mut notes } = proposal;
        if let Some(mistake) = candidate.mistake.take() {
            return Err(mistake);
        }
        candidate.params.extend(stage.iter().flat_map(|stage| stage.params.clone()));
        notes.insert(keys::DRAWN.to_string(), json!(true));
        let Some(trial) = self.study.begin_after(trials, &candidate.params, notes)? else {
            return Ok(None);
        };
        let seed = self.seed_of(&trial, stage.as_ref())?;
        Ok(Some(Next::Run(Box::new(Job { trial, candidate, seed, stage }))))
    }

    /// Begins a queued trial and writes its values. A value that the database refuses fails the
    /// trial.
    pub(super) fn job(
        &self,
        trial: StartedTrial,
        proposal: Proposal,
        stage: Option<Stage>,
    ) -> Result<Next> {
        let Proposal { mut candidate, notes } = proposal;
        let writer = self.study.writer(trial.id);
        writer.notes(&notes)?;
        candidate.params.extend(stage.iter().flat_map(|stage| stage.params.clone()));
        if let Some(refused) = writer.values(&candidate.params)? {
            candidate.refuse(refused);
        }
        writer.note(keys::DRAWN, &json!(true))?;
        let seed = self.seed_of(&trial, stage.as_ref())?;
        Ok(Next::Run(Box::new(Job { trial, candidate, seed, stage })))
    }

    /// Ends a trial that another process has made unnecessary.
    pub(super) fn needless(&self, trial: StartedTrial) -> Result<Next> {
        let note = "nothing was left to try";
        self.study.writer(trial.id).note(keys::SUPERSEDED, &json!(note))?;
        self.study.fail(trial.id, note)?;
        Ok(Next::Wait)
    }

    /// The trial's seed; a promoted trial has that of the first trial in its chain.
    fn seed_of(&self, trial: &StartedTrial, stage: Option<&Stage>) -> Result<u64> {
        let Some(first) = stage.and_then(|stage| stage.first) else { return Ok(trial.seed) };
        let trials = self.study.all_trials()?;
        Ok(derive_seed(self.study.seed_now()?, ordinal(&trials, first)))
    }
}
