//! A search in brackets: many trials of few epochs, of which the best continue.

use super::odometer::{CellValues, Combinations, Odometer};
use super::rounds::{Brackets, Closed, Round, Step};
use super::{Course, Stage, Strategy};
use crate::error::Result;
use crate::nn::derive_seed;
use crate::tune::Param;
use crate::tune::sampler::{RandomSampler, Sampler};
use crate::tune::search::Search;
use crate::tune::search::next::Next;
use crate::tune::search::proposal::{AGAIN, Proposal, same};
use crate::tune::search::runner::Runner;
use crate::tune::search::settings::Settings;
use crate::tune::storage::Scope;
use crate::tune::study::{FixedValues, Listing, StartedTrial, effective, keys, root_number};
use crate::tune::trial::{Attributes, Trial, TrialState};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// The time allowed for counting the combinations of a space.
const COUNTING: Duration = Duration::from_secs(2);

/// Hyperband, or only its first bracket.
pub(in super::super) struct Promoting(Brackets);

impl Promoting {
    pub fn hyperband() -> Self {
        Promoting(Brackets::hyperband())
    }

    pub fn halving() -> Self {
        Promoting(Brackets::halving())
    }

    fn with(&self, settings: &Settings) -> Result<Brackets> {
        self.0.clone().with(settings.max_epochs, settings.factor, settings.iterations)
    }

    /// The brackets as they will run for this search.
    fn of(&self, search: &Search) -> Result<Promotions> {
        let brackets = self.with(&search.settings)?;
        let largest = brackets.largest();
        // With twice as many, 20 repeated draws in a row are practically impossible.
        let combinations = Odometer::combinations(search, 2 * largest, COUNTING);
        let few = combinations.as_ref().map(Vec::len).filter(|cells| *cells < largest);
        Ok(Promotions { brackets: brackets.of_cells(few), combinations })
    }
}

impl Strategy for Promoting {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn promotes(&self) -> bool {
        true
    }

    fn check(&self, settings: &Settings) -> Result<()> {
        self.with(settings).map(|_| ())
    }

    fn brackets(&self, search: &Search) -> Result<Listing> {
        Ok(self.of(search)?.brackets.table())
    }

    fn start(&self, search: &Search) -> Result<Box<dyn Course>> {
        Ok(Box::new(self.of(search)?))
    }
}

struct Promotions {
    brackets: Brackets,
    /// All combinations, if they are not many more than a round needs.
    combinations: Option<Combinations>,
}

impl Course for Promotions {
    fn check(&self, runner: &Runner<'_>, trials: &[Arc<Trial>]) -> Result<()> {
        let by_hand = |t: &Trial| t.system.contains_key(keys::FIXED);
        let mut done = trials.iter().filter(|t| t.state == TrialState::Complete);
        match done.find(|t| !by_hand(t) && !self.brackets.has(t)) {
            Some(other) => Err(runner.other_search(other.number, "of one of these brackets")),
            None => Ok(()),
        }
    }

    fn announce(&self, runner: &Runner<'_>, _: &[Arc<Trial>]) -> Result<()> {
        runner.live.expect(Some(self.brackets.trials()));
        runner.live.say(&self.brackets.table().to_string());
        runner.say_limit(self.brackets.trials());
        Ok(())
    }

    fn next(&self, runner: &Runner<'_>, trials: &[Arc<Trial>], count: u64) -> Result<Option<Next>> {
        let now = effective(trials);
        let round = match self.step(runner, &now)? {
            Step::Begin(round) => round,
            Step::Wait => return Ok(Some(Next::Wait)),
            Step::Done => return Ok(Some(Next::Done)),
        };
        let expected = runner.expected(trials, count)?;
        let proposal = match parent_of(&round, &now) {
            Some(parent) => {
                Some(runner.propose(trials, &expected, random(), FixedValues::of(parent)))
            }
            None => self.propose_new(runner, &now, &expected, &round),
        };
        match proposal {
            Some(proposal) => runner.begin(trials, proposal, Some(self.stage(trials, &round))),
            None => close(runner, &round).map(|()| None),
        }
    }

    fn resume(
        &self,
        runner: &Runner<'_>,
        trial: StartedTrial,
        trials: &[Arc<Trial>],
        fixed: FixedValues,
    ) -> Result<Next> {
        // The round is written last: if it is known, so are all values.
        if let Some(round) = trial.template.as_ref().and_then(Round::of) {
            let proposal = runner.propose(trials, &trial, random(), fixed);
            return runner.job(trial, proposal, Some(self.stage(trials, &round)));
        }
        let now = effective(trials);
        let Step::Begin(round) = self.step(runner, &now)? else { return runner.needless(trial) };
        let proposal = match parent_of(&round, &now) {
            Some(_) if trial.is_by_hand() => None,
            Some(parent) => Some(runner.propose(trials, &trial, random(), FixedValues::of(parent))),
            None if trial.is_by_hand() => Some(runner.propose(trials, &trial, random(), fixed)),
            None => self.propose_new(runner, &now, &trial, &round),
        };
        match proposal {
            Some(proposal) => runner.job(trial, proposal, Some(self.stage(trials, &round))),
            None => runner.needless(trial),
        }
    }
}

impl Promotions {
    fn step(&self, runner: &Runner<'_>, trials: &[Arc<Trial>]) -> Result<Step> {
        let closed = closed(runner)?;
        Ok(self.brackets.next(trials, runner.goals[0].direction, &closed))
    }

    fn stage(&self, trials: &[Arc<Trial>], round: &Round) -> Stage {
        Stage {
            epochs: round.epochs,
            parent: round.parent,
            first: round.parent.and_then(|parent| first_of(trials, parent)),
            params: round.params(&self.brackets),
        }
    }

    /// Values that no earlier trial had; if there are none left, values that are new in the
    /// bracket.
    fn propose_new(
        &self,
        runner: &Runner<'_>,
        trials: &[Arc<Trial>],
        trial: &StartedTrial,
        round: &Round,
    ) -> Option<Proposal> {
        let earlier = |t: &&Arc<Trial>| t.number < trial.root;
        let all: Vec<Arc<Trial>> = trials.iter().filter(earlier).cloned().collect();
        let here = |t: &&Arc<Trial>| {
            let of = Round::of(t).map(|r| (r.iteration, r.bracket));
            of == Some((round.iteration, round.bracket))
        };
        let here: Vec<Arc<Trial>> = all.iter().filter(here).cloned().collect();
        let draw = |among: &[Arc<Trial>]| runner.propose_but(trials, among, trial, random());
        let Some(cells) = &self.combinations else { return draw(&all).or_else(|| draw(&here)) };
        let untried = |among: &[Arc<Trial>]| -> Combinations {
            let new = |cell: &&Arc<Vec<Param>>| !among.iter().any(|t| same(&t.params, cell));
            cells.iter().filter(new).cloned().collect()
        };
        let (among, left) = match untried(&all) {
            left if left.is_empty() => (&here, untried(&here)),
            left => (&all, left),
        };
        let any = derive_seed(trial.seed ^ AGAIN, 0) % left.len().max(1) as u64;
        let last = left.get(any as usize).cloned()?;
        draw(among).or_else(|| {
            let candidate = runner.search.candidate(CellValues(last));
            Some(Proposal { candidate, notes: Attributes::new() })
        })
    }
}

fn random() -> Arc<dyn Sampler> {
    Arc::new(RandomSampler::new())
}

fn parent_of<'a>(round: &Round, trials: &'a [Arc<Trial>]) -> Option<&'a Arc<Trial>> {
    let parent = round.parent?;
    trials.iter().find(|t| t.number == parent)
}

/// The first trial of this trial's chain of promotions.
fn first_of(trials: &[Arc<Trial>], number: u64) -> Option<u64> {
    let mut number = number;
    // Each trial continues an earlier one, so this ends.
    loop {
        let trial = trials.iter().find(|t| t.number == number)?;
        match Round::of(trial).and_then(|r| r.parent) {
            Some(before) if before < number => number = before,
            _ => return Some(root_number(trial)),
        }
    }
}

/// The brackets that begin no new trials.
fn closed(runner: &Runner<'_>) -> Result<Vec<Closed>> {
    let system = runner.study.record()?.system;
    let noted = system.get(keys::CLOSED).cloned();
    Ok(noted.and_then(|n| serde_json::from_value(n).ok()).unwrap_or_default())
}

/// Records that a bracket has nothing new left to try; its best trials continue.
fn close(runner: &Runner<'_>, round: &Round) -> Result<()> {
    let mut closed = closed(runner)?;
    closed.push((round.iteration, round.bracket));
    runner.live.say(&format!(
        "bracket {} has nothing new left to try: its best trials continue",
        round.bracket
    ));
    runner.study.note(Scope::System, keys::CLOSED, &json!(closed))
}
