//! What an optimiser remembers between its steps.

use crate::optim::{MAX_SLOTS, Optimizer};

/// The optimiser's state.
#[derive(Clone, Default)]
pub(super) struct OptimizerState {
    pub steps: u64,
    pub slots: [Vec<f32>; MAX_SLOTS],
    /// The moving average of the weights, if the optimiser keeps one; otherwise empty.
    pub average: Vec<f32>,
    /// The sum of the gradients since the last step, if a step takes several batches; otherwise empty.
    pub accumulated: Vec<f32>,
    /// The learning rate that a callback has set in place of the optimiser's.
    pub learning_rate: Option<f32>,
}

impl OptimizerState {
    /// The state before the first step, for so many weights.
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

    /// What is kept besides the slots, by the names in files; empty if it is not kept.
    pub fn more(&self) -> [(&'static str, &[f32]); 2] {
        [("average", &self.average), ("accumulated", &self.accumulated)]
    }
}
