//! A search that tries a sampler's proposals.

use super::{Course, Strategy};
use crate::error::Result;
use crate::tune::sampler::Sampler;
use crate::tune::search::Search;
use crate::tune::search::next::Next;
use crate::tune::search::proposal::MAX_COLLISIONS;
use crate::tune::search::runner::Runner;
use crate::tune::study::{FixedValues, StartedTrial};
use crate::tune::trial::Trial;
use std::sync::Arc;

/// Tries a sampler's proposals, each combination once.
#[derive(Clone)]
pub(in super::super) struct Sampled(pub Arc<dyn Sampler>);

impl Sampled {
    pub fn by(sampler: impl Sampler + 'static) -> Self {
        Sampled(Arc::new(sampler))
    }
}

impl Strategy for Sampled {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn sampler(&self) -> Option<Arc<dyn Sampler>> {
        Some(self.0.clone())
    }

    fn is_blind(&self) -> bool {
        self.0.is_blind()
    }

    fn ends_itself(&self) -> bool {
        false
    }

    fn start(&self, _: &Search) -> Result<Box<dyn Course>> {
        Ok(Box::new(self.clone()))
    }
}

impl Course for Sampled {
    /// Draws before the trial begins, so that an exhausted space leaves no trial behind.
    fn next(&self, runner: &Runner<'_>, trials: &[Arc<Trial>], count: u64) -> Result<Option<Next>> {
        let expected = runner.expected(trials, count)?;
        match runner.propose_new(trials, &expected, self.0.clone()) {
            Some(proposal) => runner.begin(trials, proposal, None),
            None => {
                runner.live.say(&format!(
                    "more than {MAX_COLLISIONS} draws in a row had been tried before: the space \
                     counts as exhausted"
                ));
                runner.stop(None);
                Ok(Some(Next::Done))
            }
        }
    }

    fn resume(
        &self,
        runner: &Runner<'_>,
        trial: StartedTrial,
        trials: &[Arc<Trial>],
        fixed: FixedValues,
    ) -> Result<Next> {
        // If it was killed before all its values were written, it draws again as at first.
        let again = match trial.is_by_hand() || trial.has_all_values() {
            true => None,
            false => runner.propose_new(trials, &trial, self.0.clone()),
        };
        let proposal =
            again.unwrap_or_else(|| runner.propose(trials, &trial, self.0.clone(), fixed));
        runner.job(trial, proposal, None)
    }
}
