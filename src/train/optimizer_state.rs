//! What an optimiser remembers between its steps.

use crate::optim::{MAX_SLOTS, Optimizer};

/// What the optimiser remembers.
#[derive(Clone, Default)]
pub(super) struct OptimizerState {
    pub steps: u64,
    pub slots: [Vec<f32>; MAX_SLOTS],
    /// The moving average of the weights, where the optimiser keeps one; else empty.
    pub average: Vec<f32>,
    /// The sum of the gradients since the last step, where a step takes several batches; else empty.
    pub accumulated: Vec<f32>,
    /// What a callback has set in place of the optimiser's own rate.
    pub learning_rate: Option<f32>,
}

impl OptimizerState {
    /// What an optimiser of so many weights remembers before its first step.
    pub fn fresh(optimizer: &Optimizer, weights: usize) -> Self {
        let (rule, common) = (&optimizer.rule, &optimizer.common);
        let kept = |is: bool| vec![0.0; if is { weights } else { 0 }];
        OptimizerState {
            steps: 0,
            learning_rate: None,
            slots: std::array::from_fn(|s| match s < rule.slots() {
                true => vec![rule.slot_start(s); weights],
                false => Vec::new(),
            }),
            average: kept(common.ema.is_some()),
            accumulated: kept(common.gradient_accumulation_steps.is_some()),
        }
    }

    /// What is kept besides the slots, under the names in files; empty where it is not kept.
    pub fn more(&self) -> [(&'static str, &[f32]); 2] {
        [("average", &self.average), ("accumulated", &self.accumulated)]
    }
}
