//! A trial's values, proposed by a sampler.

use super::candidate::Candidate;
use super::is_own;
use super::runner::Runner;
use crate::nn::derive_seed;
use crate::tune::Param;
use crate::tune::sampler::{RandomSampler, Sampler};
use crate::tune::study::{FixedValues, SampledValues, StartedTrial, effective, trial_context};
use crate::tune::trial::{Attributes, Trial};
use std::sync::{Arc, Mutex, PoisonError};

/// How many more draws may follow one that was tried before, KerasTuner's `_max_collisions`.
pub(super) const MAX_COLLISIONS: u64 = 20;
/// Makes the seeds of repeated draws different from others.
pub(super) const AGAIN: u64 = 0x4147_4149_4e00_0000;

/// The candidate for a trial, and the attributes that the sampler stores with it.
pub(super) struct Proposal {
    pub candidate: Candidate,
    pub notes: Attributes,
}

impl Runner<'_> {
    /// Values that no earlier trial had; none after too many draws.
    pub(super) fn propose_new(
        &self,
        trials: &[Arc<Trial>],
        trial: &StartedTrial,
        sampler: Arc<dyn Sampler>,
    ) -> Option<Proposal> {
        let earlier: Vec<Arc<Trial>> =
            effective(trials).into_iter().filter(|t| t.number < trial.root).collect();
        self.propose_but(trials, &earlier, trial, sampler)
    }

    /// Values that none of `earlier` had.
    pub(super) fn propose_but(
        &self,
        trials: &[Arc<Trial>],
        earlier: &[Arc<Trial>],
        trial: &StartedTrial,
        sampler: Arc<dyn Sampler>,
    ) -> Option<Proposal> {
        (0..=MAX_COLLISIONS).find_map(|attempt| {
            // A sampler that learns would propose the same again: try a random point, as skopt
            // does.
            let (sampler, seed) = match attempt {
                0 => (sampler.clone(), trial.seed),
                n => {
                    let random: Arc<dyn Sampler> = Arc::new(RandomSampler::new());
                    (random, derive_seed(trial.seed ^ AGAIN, n))
                }
            };
            let trial = StartedTrial { seed, ..trial.clone() };
            let proposal = self.propose(trials, &trial, sampler, FixedValues::default());
            let tried = earlier.iter().any(|t| same(&t.params, &proposal.candidate.params));
            (!tried).then_some(proposal)
        })
    }

    /// Fixed values, and the sampler's for other parameters.
    pub(super) fn propose(
        &self,
        trials: &[Arc<Trial>],
        trial: &StartedTrial,
        sampler: Arc<dyn Sampler>,
        fixed: FixedValues,
    ) -> Proposal {
        let notes: Arc<Mutex<Attributes>> = Arc::default();
        let mut candidate = self.search.candidate(SampledValues {
            sampler,
            fixed: fixed.clone(),
            trials: trial_context(trials, trial.number),
            directions: self.study.directions(),
            number: trial.ordinal,
            seed: trial.seed,
            study: self.study.name(),
            joint: None,
            notes: notes.clone(),
            writer: None,
        });
        candidate.check_used(&fixed);
        let notes = std::mem::take(&mut *notes.lock().unwrap_or_else(PoisonError::into_inner));
        Proposal { candidate, notes }
    }
}

/// Whether two trials tried the same values; the search's own parameters do not count.
pub(super) fn same(a: &[Param], b: &[Param]) -> bool {
    let own = |params: &[Param]| params.iter().filter(|p| !is_own(&p.name)).count();
    let of = |p: &Param| b.iter().any(|q| q.name == p.name && q.value() == p.value());
    own(a) == own(b) && a.iter().filter(|p| !is_own(&p.name)).all(of)
}
