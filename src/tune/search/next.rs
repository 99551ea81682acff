//! Choosing the next trial of a search, and preparing its fits.

use super::Strategy;
use super::draw::Drawn;
use super::fresh::{MAX_COLLISIONS, Proposed};
use super::grid::Cell;
use super::hyperband::{Round, Step};
use super::runner::Runner;
use crate::error::{Error, Result};
use crate::nn::derive_seed;
use crate::tune::Param;
use crate::tune::sampler::{Random, Sampler};
use crate::tune::storage::Scope;
use crate::tune::study::{Begun, Given, effective, is_retry, keys, ordinal};
use crate::tune::trial::{Attributes, Trial};
use serde_json::json;
use std::sync::Arc;

/// A trial that has begun.
pub(super) struct Job {
    pub begun: Begun,
    pub drawn: Drawn,
    /// What its weights and the order of its samples come from.
    pub seed: u64,
    pub round: Option<Round>,
}

pub(super) enum Next {
    Run(Box<Job>),
    Wait,
    Done,
}

impl Runner<'_> {
    pub fn next(&self) -> Result<Next> {
        let _turn = self.study.inner.turn();
        loop {
            if self.is_over()? {
                return Ok(Next::Done);
            }
            let trials = self.study.inner.trials_after_recovery()?;
            if let Some(begun) = self.study.take_waiting(&trials)? {
                return self.queued(begun, &trials);
            }
            // Retries take the places of others.
            let count = trials.iter().filter(|t| !is_retry(t)).count() as u64;
            let most = self.search.settings.trials(&self.search.strategy);
            let full = most.is_some_and(|most| count >= most as u64);
            let next = match &self.search.strategy {
                _ if full => Some(self.none_left(&trials)?),
                Strategy::Grid => self.next_cell(&trials)?,
                Strategy::Sampler(sampler) => self.next_draw(&trials, count, sampler.clone())?,
                Strategy::Hyperband(_) => self.next_round(&trials, count)?,
            };
            // Otherwise another process was faster: look again.
            if let Some(next) = next {
                return Ok(next);
            }
        }
    }

    /// Nothing is left to begin; but trials of other workers come back into the queue if the
    /// workers die.
    fn none_left(&self, trials: &[Arc<Trial>]) -> Result<Next> {
        if !self.study.inner.others_run(trials)? {
            return Ok(Next::Done);
        }
        if !std::mem::replace(&mut self.state().waits, true) {
            self.live.say("nothing is left to begin: waiting for trials of other workers to end");
        }
        Ok(Next::Wait)
    }

    /// Begins the trial with all its values, unless another process has begun one since `trials`
    /// were read.
    ///
    /// # Errors
    /// If the code asks for its values wrongly, or the study has a parameter with another
    /// distribution. No trial is begun then.
    fn begin(
        &self,
        trials: &[Arc<Trial>],
        proposed: Proposed,
        round: Option<Round>,
    ) -> Result<Option<Next>> {
        let Proposed { mut drawn, mut notes } = proposed;
        if let (Some(round), Some(brackets)) = (&round, &self.brackets) {
            drawn.params.extend(round.params(brackets));
        }
        if let Some(mistake) = drawn.mistake.take() {
            return Err(mistake);
        }
        notes.insert(keys::DRAWN.to_string(), json!(true));
        let Some(begun) = self.study.begin_after(trials, &drawn.params, notes)? else {
            return Ok(None);
        };
        let seed = self.seed_of(&begun, round.as_ref())?;
        Ok(Some(Next::Run(Box::new(Job { begun, drawn, seed, round }))))
    }

    /// A trial that waited: a retry, or one that was enqueued by hand.
    fn queued(&self, begun: Begun, trials: &[Arc<Trial>]) -> Result<Next> {
        let given = begun.template.as_ref().map(Given::of).unwrap_or_default();
        let template = begun.template.clone();
        match &self.search.strategy {
            Strategy::Grid => {
                let root = begun.root;
                let by_hand = template.is_some_and(|t| t.system.contains_key(keys::FIXED));
                if by_hand {
                    let drawn = self.search.draw_given(given);
                    return self.job(begun, drawn, Attributes::new(), None);
                }
                self.cell_job(begun, cells_before(trials, root))
            }
            Strategy::Sampler(sampler) => {
                let whole = template.is_some_and(|t| {
                    [keys::FIXED, keys::DRAWN].iter().any(|key| t.system.contains_key(*key))
                });
                // Killed before all its values were written, it draws as it did at first.
                let again = match whole {
                    true => None,
                    false => self.fresh(trials, &begun, sampler.clone()),
                };
                let proposed =
                    again.unwrap_or_else(|| self.propose(trials, &begun, sampler.clone(), given));
                self.job(begun, proposed.drawn, proposed.notes, None)
            }
            Strategy::Hyperband(_) => self.queued_round(begun, trials, given),
        }
    }

    fn queued_round(&self, begun: Begun, trials: &[Arc<Trial>], given: Given) -> Result<Next> {
        let random: Arc<dyn Sampler> = Arc::new(Random::new());
        let template = begun.template.as_ref();
        let by_hand = template.is_some_and(|t| t.system.contains_key(keys::FIXED));
        // The place is written last: where it is known, so are all values.
        if let Some(round) = template.and_then(Round::of) {
            let proposed = self.propose(trials, &begun, random, given);
            return self.job(begun, proposed.drawn, proposed.notes, Some(round));
        }
        let now = effective(trials);
        let closed = self.closed()?;
        let step = self.brackets.as_ref().map(|b| b.next(&now, self.goals[0].direction, &closed));
        let Some(Step::Begin(round)) = step else { return self.needless(begun) };
        let parent = round.parent.and_then(|n| now.iter().find(|t| t.number == n));
        let proposed = match parent {
            _ if by_hand && parent.is_some() => None,
            _ if by_hand => Some(self.propose(trials, &begun, random, given)),
            Some(parent) => Some(self.propose(trials, &begun, random, Given::of(parent))),
            None => self.fresh_in(&now, &begun, &round),
        };
        match proposed {
            Some(proposed) => self.job(begun, proposed.drawn, proposed.notes, Some(round)),
            None => self.needless(begun),
        }
    }

    fn next_cell(&self, trials: &[Arc<Trial>]) -> Result<Option<Next>> {
        let index = cells_before(trials, u64::MAX);
        let Some(cell) = self.state().grid.cell(index) else {
            return self.none_left(trials).map(Some);
        };
        self.begin(trials, self.cell(cell, index), None)
    }

    fn cell(&self, cell: Arc<Vec<Param>>, index: u64) -> Proposed {
        let notes = [(keys::GRID_ID.to_string(), json!(index))].into_iter().collect();
        Proposed { drawn: self.search.draw(Cell(cell)), notes }
    }

    fn cell_job(&self, begun: Begun, index: u64) -> Result<Next> {
        let Some(cell) = self.state().grid.cell(index) else { return self.needless(begun) };
        let Proposed { drawn, notes } = self.cell(cell, index);
        self.job(begun, drawn, notes, None)
    }

    /// Ends a trial that another process has made unnecessary.
    fn needless(&self, begun: Begun) -> Result<Next> {
        let (storage, note) = (&self.study.inner.storage, "nothing was left to try");
        let key = keys::SUPERSEDED;
        storage.set_trial_attribute(begun.id, Scope::System, key, &json!(note))?;
        self.study.inner.fail(begun.id, note)?;
        Ok(Next::Wait)
    }

    /// Draws before the trial is begun, so that an exhausted space leaves none behind.
    fn next_draw(
        &self,
        trials: &[Arc<Trial>],
        count: u64,
        sampler: Arc<dyn Sampler>,
    ) -> Result<Option<Next>> {
        let expected = self.expected(trials, count)?;
        match self.fresh(trials, &expected, sampler) {
            Some(proposed) => self.begin(trials, proposed, None),
            None => Ok(Some(self.exhausted())),
        }
    }

    fn exhausted(&self) -> Next {
        self.live.say(&format!(
            "{MAX_COLLISIONS} draws in a row had all been tried before: the space counts as exhausted"
        ));
        self.stop(None);
        Next::Done
    }

    fn next_round(&self, trials: &[Arc<Trial>], count: u64) -> Result<Option<Next>> {
        let Some(brackets) = &self.brackets else { return Ok(Some(Next::Done)) };
        let trials_now = effective(trials);
        let closed = self.closed()?;
        let round = match brackets.next(&trials_now, self.goals[0].direction, &closed) {
            Step::Begin(round) => round,
            Step::Wait => return Ok(Some(Next::Wait)),
            Step::Done => return Ok(Some(Next::Done)),
        };
        let random: Arc<dyn Sampler> = Arc::new(Random::new());
        let expected = self.expected(trials, count)?;
        let parent = round.parent.and_then(|n| trials_now.iter().find(|t| t.number == n));
        let proposed = match parent {
            Some(parent) => Some(self.propose(trials, &expected, random, Given::of(parent))),
            None => self.fresh_in(&trials_now, &expected, &round),
        };
        match proposed {
            Some(proposed) => self.begin(trials, proposed, Some(round)),
            None => self.close(&round).map(|()| None),
        }
    }

    /// A new trial as it will be if nobody else begins one.
    fn expected(&self, trials: &[Arc<Trial>], ordinal: u64) -> Result<Begun> {
        let number = trials.len() as u64;
        let seed = derive_seed(self.study.seed_now()?, ordinal);
        Ok(Begun { id: -1, number, root: number, ordinal, seed, template: None })
    }

    /// Writes the values to the database. A value that it refuses fails the trial.
    fn job(
        &self,
        begun: Begun,
        mut drawn: Drawn,
        notes: Attributes,
        round: Option<Round>,
    ) -> Result<Next> {
        let storage = &self.study.inner.storage;
        for (key, value) in &notes {
            storage.set_trial_attribute(begun.id, Scope::System, key, value)?;
        }
        if let (Some(round), Some(brackets)) = (&round, &self.brackets) {
            drawn.params.extend(round.params(brackets));
        }
        for param in &drawn.params {
            let set = storage.set_param(begun.id, &param.name, param.internal, &param.distribution);
            match set {
                Ok(()) => {}
                Err(error @ Error::Database { .. }) => return Err(error),
                Err(error) => {
                    drawn.refuse(error);
                    break;
                }
            }
        }
        storage.set_trial_attribute(begun.id, Scope::System, keys::DRAWN, &json!(true))?;
        let seed = self.seed_of(&begun, round.as_ref())?;
        Ok(Next::Run(Box::new(Job { begun, drawn, seed, round })))
    }

    /// A promoted trial has the seed of the one it goes on from.
    fn seed_of(&self, begun: &Begun, round: Option<&Round>) -> Result<u64> {
        let Some(parent) = round.and_then(|r| r.parent) else { return Ok(begun.seed) };
        let trials = self.study.inner.storage.trials(self.study.inner.id)?;
        let mut number = parent;
        // Each goes on from an earlier one, so that this ends.
        while let Some(trial) = trials.iter().find(|t| t.number == number) {
            match Round::of(trial).and_then(|r| r.parent) {
                Some(before) if before < number => number = before,
                _ => {
                    let root = crate::tune::study::root_number(trial);
                    return Ok(derive_seed(self.study.seed_now()?, ordinal(&trials, root)));
                }
            }
        }
        Ok(begun.seed)
    }
}

/// How many cells of a grid were begun before this number: trials that are no retries and were
/// not enqueued by hand.
fn cells_before(trials: &[Arc<Trial>], number: u64) -> u64 {
    let cell = |t: &&Arc<Trial>| !is_retry(t) && !t.system.contains_key(keys::FIXED);
    trials.iter().take_while(|t| t.number < number).filter(cell).count() as u64
}
