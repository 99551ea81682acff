//! Hyperband's brackets, rebuilt from the stored trials, so that they go on where they were.

use crate::error::{Error, Result};
use crate::tune::study::{Listing, root_number};
use crate::tune::trial::{Direction, Trial, TrialState};
use crate::tune::{Choice, Distribution, Param};
use std::sync::Arc;

pub(super) const EPOCHS: &str = "tuner/epochs";
const INITIAL: &str = "tuner/initial_epoch";
const BRACKET: &str = "tuner/bracket";
const ROUND: &str = "tuner/round";
const TRIAL: &str = "tuner/trial_id";
const ITERATION: &str = "tuner/iteration";
/// The largest trial number that a parameter can name.
const MAX_NUMBER: i64 = 1 << 31;

/// Whether a parameter is the search's own.
pub(crate) fn is_own(name: &str) -> bool {
    name.starts_with("tuner/")
}

/// The brackets by KerasTuner's rules (1.4.8, `tuners/hyperband.py`).
#[derive(Clone, Debug)]
pub(super) struct Brackets {
    max_epochs: usize,
    factor: usize,
    iterations: usize,
    only_first: bool,
}

/// Where a trial stands in the brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Round {
    pub iteration: usize,
    pub bracket: usize,
    pub round: usize,
    pub epochs: usize,
    pub initial_epoch: usize,
    /// The trial that it goes on from.
    pub parent: Option<u64>,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// A new trial, or the best one of the round before with more epochs.
    Begin(Round),
    /// Results of running trials are needed first.
    Wait,
    Done,
}

impl Brackets {
    pub fn hyperband() -> Self {
        Brackets { max_epochs: 100, factor: 3, iterations: 1, only_first: false }
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

    /// The brackets' numbers, the sharpest one first.
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

    /// The trials of a round.
    fn size(&self, bracket: usize, round: usize) -> usize {
        let factor = self.factor as f64;
        let end = (1.0 + (self.max_epochs as f64).ln() / factor.ln()).ceil();
        (end / (bracket + 1) as f64 * factor.powi((bracket - round) as i32)).ceil() as usize
    }

    /// The epochs that a round's trials have come to at its end.
    fn epochs(&self, bracket: usize, round: usize) -> usize {
        let part = (self.factor as f64).powi((bracket - round) as i32);
        (self.max_epochs as f64 / part).ceil() as usize
    }

    fn round(&self, iteration: usize, bracket: usize, round: usize, parent: Option<u64>) -> Round {
        let before = round.checked_sub(1).map_or(0, |r| self.epochs(bracket, r));
        let epochs = self.epochs(bracket, round);
        Round { iteration, bracket, round, epochs, initial_epoch: before, parent }
    }

    /// Whether a trial was made by these brackets.
    pub fn has(&self, trial: &Trial) -> bool {
        Round::of(trial).is_some_and(|r| {
            self.brackets().contains(&r.bracket)
                && r.round <= r.bracket
                && self.epochs(r.bracket, r.round) == r.epochs
        })
    }

    /// All rounds with their trials and epochs.
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
        let caption = format!("{}: {trials} trials, {epochs} epochs in all{times}", self.name());
        Listing::new(caption, &["bracket", "round", "trials", "from epoch", "to epoch"], rows)
    }

    /// What comes next after these trials. As many as can still fall behind are waited for, so
    /// that a round's best go on as soon as it is sure that they are among the best.
    pub fn next(&self, trials: &[Arc<Trial>], direction: Direction) -> Step {
        for iteration in 0..self.iterations {
            for bracket in self.brackets() {
                if let Some(round) = self.next_of(trials, direction, iteration, bracket) {
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
        iteration: usize,
        bracket: usize,
    ) -> Option<Round> {
        let members = |round: usize| -> Vec<(&Arc<Trial>, Round)> {
            let all = trials.iter().filter_map(|t| Some((t, Round::of(t)?)));
            let here = |r: &Round| (r.iteration, r.bracket, r.round) == (iteration, bracket, round);
            all.filter(|(_, r)| here(r)).collect()
        };
        let mut past = members(0);
        let size = self.size(bracket, 0);
        if past.len() < size {
            return Some(self.round(iteration, bracket, 0, None));
        }
        // How many trials of the round before may still end.
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
    /// As a trial's parameters have it.
    pub fn of(trial: &Trial) -> Option<Round> {
        let get = |name: &str| match trial.param(name)?.value() {
            Choice::Int(v) => usize::try_from(v).ok(),
            _ => None,
        };
        let (round, parent) = (get(ROUND)?, get(TRIAL).map(|n| n as u64));
        // Killed before it had noted whom it promotes, a trial has no place yet.
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
mod tests {
    use super::*;

    fn brackets(max_epochs: usize, factor: usize) -> Brackets {
        Brackets::hyperband().with(Some(max_epochs), Some(factor), None).unwrap()
    }

    /// Goes through all brackets with one worker; trials of these numbers fail.
    fn play(brackets: &Brackets, fails: &[u64]) -> Vec<Arc<Trial>> {
        let mut trials: Vec<Arc<Trial>> = Vec::new();
        while let Step::Begin(round) = brackets.next(&trials, Direction::Minimize) {
            let number = trials.len() as u64;
            let failed = fails.contains(&number);
            // The value is that of the root, so that the ranking never changes.
            let value = match round.parent {
                Some(parent) => trials[parent as usize].objective().unwrap(),
                None => ((number * 7919) % 101) as f64,
            };
            trials.push(Arc::new(Trial {
                id: number as i64,
                number,
                state: if failed { TrialState::Fail } else { TrialState::Complete },
                values: if failed { vec![] } else { vec![value] },
                params: round.params(brackets),
                intermediate: Default::default(),
                user: Default::default(),
                system: Default::default(),
                started: None,
                completed: None,
            }));
            assert!(trials.len() < 1000);
        }
        trials
    }

    // KerasTuner 1.4.8, `HyperbandOracle(max_epochs=..., factor=...)`: `_get_size` and
    // `_get_epochs` of each bracket and round.
    #[test]
    fn sizes_and_epochs_are_kerastuners() {
        let rows = |max, factor| -> Vec<[usize; 4]> {
            let b = brackets(max, factor);
            let rounds = |k: usize| (0..=k).map(move |r| (k, r));
            let all = b.brackets().into_iter().flat_map(rounds);
            all.map(|(k, r)| [k, r, b.size(k, r), b.epochs(k, r)]).collect()
        };
        assert_eq!(
            rows(10, 3),
            [
                [2, 0, 12, 2],
                [2, 1, 4, 4],
                [2, 2, 2, 10],
                [1, 0, 6, 4],
                [1, 1, 2, 10],
                [0, 0, 4, 10]
            ]
        );
        assert_eq!(rows(1, 3), [[0, 0, 1, 1]]);
        assert_eq!(
            rows(100, 3)[..5],
            [[4, 0, 98, 2], [4, 1, 33, 4], [4, 2, 11, 12], [4, 3, 4, 34], [4, 4, 2, 100]]
        );
    }

    #[test]
    fn every_round_is_filled_with_the_best() {
        let b = brackets(10, 3);
        let trials = play(&b, &[]);
        assert_eq!(trials.len(), 12 + 4 + 2 + 6 + 2 + 4);
        let round = |t: &Trial| Round::of(t).unwrap();
        let first: Vec<f64> = trials[..12].iter().map(|t| t.values[0]).collect();
        let mut best = first.clone();
        best.sort_by(f64::total_cmp);
        let promoted: Vec<f64> = trials[12..16].iter().map(|t| t.values[0]).collect();
        assert_eq!(promoted, best[..4]);
        assert_eq!(round(&trials[12]).initial_epoch, 2);
        assert_eq!(round(&trials[17]).epochs, 10);
        assert_eq!(b.next(&trials, Direction::Minimize), Step::Done);
        assert!(b.table().to_string().contains("30 trials"), "{}", b.table());
        let halving = Brackets::halving().with(Some(10), None, None).unwrap();
        assert_eq!(play(&halving, &[]).len(), 18);
    }

    #[test]
    fn failed_trials_leave_their_places_to_others() {
        let trials = play(&brackets(10, 3), &[0, 3, 12, 13, 17]);
        // Round 1 is still full although two of it failed; round 2 as well, with the two left.
        assert_eq!(trials.len(), 30);
        let trials = play(&brackets(10, 3), &(0..11).collect::<Vec<_>>());
        // One trial is left of the first bracket, and goes on alone.
        assert_eq!(trials.len(), 12 + 1 + 1 + 6 + 2 + 4);
        assert_eq!(play(&brackets(10, 3), &(0..1000).collect::<Vec<_>>()).len(), 12 + 6 + 4);
    }

    #[test]
    fn running_trials_are_waited_for_and_nothing_is_promoted_too_early() {
        let b = brackets(3, 3);
        let mut trials = play(&b, &[]);
        trials.truncate(3);
        let run = |t: &mut Arc<Trial>| {
            let t = Arc::make_mut(t);
            (t.state, t.values) = (TrialState::Running, vec![]);
        };
        // Bracket 1 has 3 trials in round 0 and 1 in round 1.
        run(&mut trials[2]);
        match b.next(&trials, Direction::Minimize) {
            Step::Begin(r) => assert_eq!((r.bracket, r.round), (0, 0)),
            other => panic!("{other:?}"),
        }
        let only = Brackets { only_first: true, ..b };
        assert_eq!(only.next(&trials, Direction::Minimize), Step::Wait);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        assert!(Brackets::hyperband().with(Some(0), None, None).is_err());
        assert!(Brackets::hyperband().with(None, Some(1), None).is_err());
        assert!(Brackets::hyperband().with(None, None, Some(0)).is_err());
    }
}
