//! Hyperband's brackets, rebuilt from the stored trials, so that a search can continue.

use crate::error::{Error, Result};
use crate::tune::study::{Listing, root_number};
use crate::tune::trial::{Direction, Trial, TrialState};
use crate::tune::{Choice, Distribution, Param};
use std::sync::Arc;

pub(in super::super) const EPOCHS: &str = "tuner/epochs";
const INITIAL: &str = "tuner/initial_epoch";
const BRACKET: &str = "tuner/bracket";
const ROUND: &str = "tuner/round";
const TRIAL: &str = "tuner/trial_id";
const ITERATION: &str = "tuner/iteration";
/// The largest trial number that a parameter can name.
const MAX_NUMBER: i64 = 1 << 31;

/// The brackets, by KerasTuner's rules (1.4.8, `tuners/hyperband.py`).
#[derive(Clone, Debug)]
pub(super) struct Brackets {
    max_epochs: usize,
    factor: usize,
    iterations: usize,
    only_first: bool,
    /// The number of combinations of the space, if it has few.
    cells: Option<usize>,
}

/// An iteration and a bracket that begins no new trials, because nothing new is left to try.
pub(super) type Closed = (usize, usize);

/// A trial's place in the brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Round {
    pub iteration: usize,
    pub bracket: usize,
    pub round: usize,
    pub epochs: usize,
    pub initial_epoch: usize,
    /// The trial that it continues.
    pub parent: Option<u64>,
}

/// The next step.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// A new trial, or the best trial of the round before, with more epochs.
    Begin(Round),
    /// Results of running trials are needed first.
    Wait,
    Done,
}

impl Brackets {
    pub fn hyperband() -> Self {
        Brackets { max_epochs: 100, factor: 3, iterations: 1, only_first: false, cells: None }
    }

    pub fn halving() -> Self {
        Brackets { only_first: true, ..Brackets::hyperband() }
    }

    pub fn name(&self) -> &'static str {
        if self.only_first { "successive halving" } else { "hyperband" }
    }

    pub fn with(
        self,
        max_epochs: Option<usize>,
        factor: Option<usize>,
        iterations: Option<usize>,
    ) -> Result<Self> {
        let max_epochs = max_epochs.unwrap_or(self.max_epochs);
        let factor = factor.unwrap_or(self.factor);
        let iterations = iterations.unwrap_or(self.iterations);
        for (what, got, least) in [
            ("Hyperband: max_epochs", max_epochs, 1),
            ("Hyperband: the factor", factor, 2),
            ("Hyperband: the iterations", iterations, 1),
        ] {
            if got < least || got > 1 << 20 {
                let expected = format!("from {least} to {}", 1 << 20);
                return Err(Error::argument(what, got, expected));
            }
        }
        Ok(Brackets { max_epochs, factor, iterations, ..self })
    }

    /// The brackets for a space with this many combinations: no round has more trials.
    pub fn of_cells(self, cells: Option<usize>) -> Self {
        Brackets { cells, ..self }
    }

    /// The number of trials in the largest round.
    pub fn largest(&self) -> usize {
        self.brackets().into_iter().map(|b| self.size(b, 0)).max().unwrap_or(1)
    }

    /// The brackets' numbers, from the one with the most trials to the one with the fewest.
    fn brackets(&self) -> Vec<usize> {
        let mut epochs = self.max_epochs as f64;
        let mut count = 0;
        while epochs >= 1.0 {
            epochs /= self.factor as f64;
            count += 1;
        }
        match self.only_first {
            true => vec![count - 1],
            false => (0..count).rev().collect(),
        }
    }

    /// The number of trials in a round.
    fn size(&self, bracket: usize, round: usize) -> usize {
        let factor = self.factor as f64;
        let end = (1.0 + (self.max_epochs as f64).ln() / factor.ln()).ceil();
        let size = (end / (bracket + 1) as f64 * factor.powi((bracket - round) as i32)).ceil();
        (size as usize).min(self.cells.unwrap_or(usize::MAX))
    }

    /// The epochs that a round's trials have at its end.
    fn epochs(&self, bracket: usize, round: usize) -> usize {
        let part = (self.factor as f64).powi((bracket - round) as i32);
        (self.max_epochs as f64 / part).ceil() as usize
    }

    fn round(&self, iteration: usize, bracket: usize, round: usize, parent: Option<u64>) -> Round {
        let before = round.checked_sub(1).map_or(0, |r| self.epochs(bracket, r));
        let epochs = self.epochs(bracket, round);
        Round { iteration, bracket, round, epochs, initial_epoch: before, parent }
    }

    /// Whether a trial belongs to these brackets.
    pub fn has(&self, trial: &Trial) -> bool {
        Round::of(trial).is_some_and(|r| {
            self.brackets().contains(&r.bracket)
                && r.round <= r.bracket
                && self.epochs(r.bracket, r.round) == r.epochs
        })
    }

    /// A table of all rounds with their trials and epochs.
    pub fn table(&self) -> Listing {
        let mut rows = Vec::new();
        let (mut trials, mut epochs) = (0, 0);
        for bracket in self.brackets() {
            for round in 0..=bracket {
                let size = self.size(bracket, round);
                let step = self.round(0, bracket, round, None);
                trials += size;
                epochs += size * (step.epochs - step.initial_epoch);
                let numbers = [bracket, round, size, step.initial_epoch, step.epochs];
                rows.push(numbers.map(|n| n.to_string()).to_vec());
            }
        }
        let times =
            if self.iterations > 1 { format!(", {} times", self.iterations) } else { "".into() };
        let few = match self.cells {
            Some(cells) => format!(", because the parameters have {cells} combinations"),
            None => String::new(),
        };
        let caption =
            format!("{}: {trials} trials, {epochs} epochs in all{times}{few}", self.name());
        Listing::new(caption, &["bracket", "round", "trials", "from epoch", "to epoch"], rows)
    }

    /// The number of trials in all rounds.
    pub fn trials(&self) -> usize {
        let rounds = |bracket| (0..=bracket).map(move |round| self.size(bracket, round));
        self.iterations * self.brackets().into_iter().flat_map(rounds).sum::<usize>()
    }

    /// The next step after these trials. A trial is promoted as soon as it is certain to be among
    /// the best of its round, whatever the values of trials that are still running.
    pub fn next(&self, trials: &[Arc<Trial>], direction: Direction, closed: &[Closed]) -> Step {
        for iteration in 0..self.iterations {
            for bracket in self.brackets() {
                let place = (iteration, bracket);
                let full = closed.contains(&place);
                if let Some(round) = self.next_of(trials, direction, place, full) {
                    return Step::Begin(round);
                }
            }
        }
        let open = |t: &&Arc<Trial>| !t.state.is_finished() && Round::of(t).is_some();
        match trials.iter().find(open) {
            Some(_) => Step::Wait,
            None => Step::Done,
        }
    }

    fn next_of(
        &self,
        trials: &[Arc<Trial>],
        direction: Direction,
        (iteration, bracket): (usize, usize),
        full: bool,
    ) -> Option<Round> {
        let members = |round: usize| -> Vec<(&Arc<Trial>, Round)> {
            let all = trials.iter().filter_map(|t| Some((t, Round::of(t)?)));
            let here = |r: &Round| (r.iteration, r.bracket, r.round) == (iteration, bracket, round);
            all.filter(|(_, r)| here(r)).collect()
        };
        let mut past = members(0);
        let size = self.size(bracket, 0);
        if past.len() < size && !full {
            return Some(self.round(iteration, bracket, 0, None));
        }
        // The number of trials of the round before that have not ended.
        let mut unresolved = past.iter().filter(|(t, _)| !t.state.is_finished()).count();
        for round in 1..=bracket {
            let size = self.size(bracket, round);
            let here = members(round);
            let promoted: Vec<u64> = here.iter().filter_map(|(_, r)| r.parent).collect();
            let mut candidates: Vec<&Arc<Trial>> = past
                .iter()
                .map(|(t, _)| *t)
                .filter(|t| t.state == TrialState::Complete && t.objective().is_some())
                .filter(|t| !promoted.contains(&t.number) && !promoted.contains(&root_number(t)))
                .collect();
            let loss = |t: &Trial| direction.loss(t.objective().unwrap_or(f64::INFINITY));
            candidates.sort_by(|a, b| loss(a).total_cmp(&loss(b)).then(a.number.cmp(&b.number)));
            let free = size.saturating_sub(here.len());
            if free > unresolved
                && let Some(best) = candidates.first()
            {
                return Some(self.round(iteration, bracket, round, Some(best.number)));
            }
            let may_join = free.min(unresolved + candidates.len());
            unresolved = here.iter().filter(|(t, _)| !t.state.is_finished()).count() + may_join;
            past = here;
        }
        None
    }
}

impl Round {
    /// The place that a trial's parameters hold.
    pub fn of(trial: &Trial) -> Option<Round> {
        let get = |name: &str| match trial.param(name)?.value() {
            Choice::Int(v) => usize::try_from(v).ok(),
            _ => None,
        };
        let (round, parent) = (get(ROUND)?, get(TRIAL).map(|n| n as u64));
        // A trial that was killed before it stored its parent has no place yet.
        let complete = round == 0 || parent.is_some();
        complete.then_some(Round {
            iteration: get(ITERATION).unwrap_or(0),
            bracket: get(BRACKET)?,
            round,
            epochs: get(EPOCHS)?,
            initial_epoch: get(INITIAL)?,
            parent,
        })
    }

    pub(super) fn params(&self, brackets: &Brackets) -> Vec<Param> {
        let most = brackets.max_epochs as i64;
        let rounds = brackets.brackets().first().copied().unwrap_or(0) as i64;
        let param = |name: &str, value: usize, low: i64, high: i64| Param {
            name: name.to_string(),
            distribution: Arc::new(Distribution::Int { low, high, step: 1, log: false }),
            internal: value as f64,
        };
        let mut params = vec![
            param(EPOCHS, self.epochs, 1, most),
            param(INITIAL, self.initial_epoch, 0, most),
            param(BRACKET, self.bracket, 0, rounds),
            param(ROUND, self.round, 0, rounds),
        ];
        if brackets.iterations > 1 {
            let last = brackets.iterations as i64 - 1;
            params.push(param(ITERATION, self.iteration, 0, last));
        }
        params.extend(self.parent.map(|p| param(TRIAL, p as usize, 0, MAX_NUMBER)));
        params
    }
}

#[cfg(test)]
#[path = "rounds_tests.rs"]
mod tests;
