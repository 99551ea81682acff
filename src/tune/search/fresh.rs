//! New values for a trial, proposed by a sampler.

use super::draw::Drawn;
use super::grid::{Cell, Cells};
use super::hyperband::{Closed, Round};
use super::is_own;
use super::runner::Runner;
use crate::error::Result;
use crate::nn::derive_seed;
use crate::tune::Param;
use crate::tune::sampler::{Random, Sampler};
use crate::tune::storage::Scope;
use crate::tune::study::{Begun, Given, Proposer, Study, effective, keys, trial_context};
use crate::tune::trial::{Attributes, Trial};
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};

/// Draws in a row that may all have been tried before, KerasTuner's `_max_collisions`.
pub(super) const MAX_COLLISIONS: u64 = 20;
/// Keeps the seeds of repeated draws apart from others.
const AGAIN: u64 = 0x4147_4149_4e00_0000;

/// Values for a trial, and the attributes that the sampler keeps with it.
pub(super) struct Proposed {
    pub drawn: Drawn,
    pub notes: Attributes,
}

impl Runner<'_> {
    /// The brackets that begin no new trials.
    pub(super) fn closed(&self) -> Result<Vec<Closed>> {
        let system = self.study.record()?.system;
        let noted = system.get(keys::CLOSED).cloned();
        Ok(noted.and_then(|n| serde_json::from_value(n).ok()).unwrap_or_default())
    }

    /// Records that a bracket has tried everything that can be drawn; its best trials go on.
    pub(super) fn close(&self, round: &Round) -> Result<()> {
        let mut closed = self.closed()?;
        closed.push((round.iteration, round.bracket));
        self.live.say(&format!(
            "bracket {} has tried everything that could be drawn: its best trials go on",
            round.bracket
        ));
        let Study { inner, .. } = &self.study;
        let (scope, key) = (Scope::System, keys::CLOSED);
        inner.storage.set_study_attribute(inner.id, scope, key, &json!(closed))
    }

    /// Values that no earlier trial had; once there are none, values that are new to the bracket.
    pub(super) fn fresh_in(
        &self,
        trials: &[Arc<Trial>],
        begun: &Begun,
        round: &Round,
    ) -> Option<Proposed> {
        let earlier = |t: &&Arc<Trial>| t.number < begun.root;
        let all: Vec<Arc<Trial>> = trials.iter().filter(earlier).cloned().collect();
        let here = |t: &&Arc<Trial>| {
            let of = Round::of(t).map(|r| (r.iteration, r.bracket));
            of == Some((round.iteration, round.bracket))
        };
        let here: Vec<Arc<Trial>> = all.iter().filter(here).cloned().collect();
        let random: Arc<dyn Sampler> = Arc::new(Random::new());
        let draw = |among: &[Arc<Trial>]| self.draw_new(trials, among, begun, random.clone());
        let Some(cells) = &self.combinations else { return draw(&all).or_else(|| draw(&here)) };
        let untried = |among: &[Arc<Trial>]| -> Cells {
            let new = |cell: &&Arc<Vec<Param>>| !among.iter().any(|t| same(&t.params, cell));
            cells.iter().filter(new).cloned().collect()
        };
        let (among, left) = match untried(&all) {
            left if left.is_empty() => (&here, untried(&here)),
            left => (&all, left),
        };
        let any = derive_seed(begun.seed ^ AGAIN, 0) % left.len().max(1) as u64;
        let last = left.get(any as usize).cloned()?;
        draw(among).or_else(|| {
            Some(Proposed { drawn: self.search.draw(Cell(last)), notes: Attributes::new() })
        })
    }

    /// Values that no earlier trial had; none after too many draws.
    pub(super) fn fresh(
        &self,
        trials: &[Arc<Trial>],
        begun: &Begun,
        sampler: Arc<dyn Sampler>,
    ) -> Option<Proposed> {
        let earlier: Vec<Arc<Trial>> =
            effective(trials).into_iter().filter(|t| t.number < begun.root).collect();
        self.draw_new(trials, &earlier, begun, sampler)
    }

    /// Values that none of `earlier` had.
    pub(super) fn draw_new(
        &self,
        trials: &[Arc<Trial>],
        earlier: &[Arc<Trial>],
        begun: &Begun,
        sampler: Arc<dyn Sampler>,
    ) -> Option<Proposed> {
        (0..=MAX_COLLISIONS).find_map(|attempt| {
            // A sampler that learns would insist; a random point takes its place, as in skopt.
            let (sampler, seed) = match attempt {
                0 => (sampler.clone(), begun.seed),
                n => {
                    let random: Arc<dyn Sampler> = Arc::new(Random::new());
                    (random, derive_seed(begun.seed ^ AGAIN, n))
                }
            };
            let begun = Begun { seed, ..begun.clone() };
            let proposed = self.propose(trials, &begun, sampler, Given::default());
            let tried = earlier.iter().any(|t| same(&t.params, &proposed.drawn.params));
            (!tried).then_some(proposed)
        })
    }

    pub(super) fn propose(
        &self,
        trials: &[Arc<Trial>],
        begun: &Begun,
        sampler: Arc<dyn Sampler>,
        given: Given,
    ) -> Proposed {
        let notes: Arc<Mutex<Attributes>> = Arc::default();
        let mut drawn = self.search.draw(Proposer {
            sampler,
            given: given.clone(),
            trials: trial_context(trials, begun.number),
            directions: self.study.directions(),
            number: begun.ordinal,
            seed: begun.seed,
            study: self.study.name(),
            joint: None,
            notes: notes.clone(),
            write: None,
        });
        drawn.check_used(&given);
        let notes = std::mem::take(&mut *notes.lock().unwrap_or_else(PoisonError::into_inner));
        Proposed { drawn, notes }
    }
}

/// Whether two trials tried the same values; the search's own do not count.
fn same(a: &[Param], b: &[Param]) -> bool {
    let own = |params: &[Param]| params.iter().filter(|p| !is_own(&p.name)).count();
    let of = |p: &Param| b.iter().any(|q| q.name == p.name && q.value() == p.value());
    own(a) == own(b) && a.iter().filter(|p| !is_own(&p.name)).all(of)
}
