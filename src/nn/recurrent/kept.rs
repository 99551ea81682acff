//! What a recurrent layer keeps of a forward pass: its place in the scratch, and parts of it.

use super::cell::Cell;
use super::sequence::Sequence;
use crate::kernels::vectorized;

/// The parts of the scratch, by steps, then samples.
pub(super) struct Kept<'a> {
    pub x: &'a mut [f32],
    pub gates: &'a mut [f32],
    pub sums: &'a mut [f32],
    pub recurrent: &'a mut [f32],
    pub states: &'a mut [f32],
    pub dropped: &'a mut [f32],
    pub kept: &'a mut [f32],
    pub input_mask: &'a mut [f32],
    pub state_mask: &'a mut [f32],
    pub turned: &'a mut [f32],
    pub by_state: &'a mut [f32],
    pub carried: &'a mut [f32],
    pub direct: &'a mut [f32],
    pub room: &'a mut [f32],
    /// What masked steps pass through: the gradient with respect to the state, and what the cell
    /// hands back.
    pub held: &'a mut [f32],
    pub held_carried: &'a mut [f32],
}

impl<C: Cell> Sequence<C> {
    /// The lengths of the parts of [`Kept`], in its order.
    pub fn lengths(&self, rows: usize) -> [usize; 16] {
        let (n, columns, all) = (self.units(), self.columns(), rows * self.steps);
        let if_some = |yes: bool, length: usize| if yes { length } else { 0 };
        let state_drops = self.common.recurrent_dropout > 0.0;
        [
            all * self.features,
            all * columns,
            if_some(self.cell.needs_sums(), all * columns),
            if_some(C::BIASES == 2, all * columns),
            all * n,
            if_some(state_drops, all * n),
            all * n * C::KEPT,
            if_some(self.common.dropout > 0.0, rows * self.features),
            if_some(state_drops, rows * n),
            n * columns,
            rows * n,
            rows * n,
            rows * n,
            rows * columns,
            rows * n,
            rows * n,
        ]
    }

    pub fn kept<'a>(&self, scratch: &'a mut [f32], rows: usize) -> Kept<'a> {
        let mut rest = scratch;
        let mut parts = self.lengths(rows).into_iter().map(move |length| {
            let (part, after) = std::mem::take(&mut rest).split_at_mut(length);
            rest = after;
            part
        });
        let mut next = || parts.next().unwrap_or_default();
        Kept {
            x: next(),
            gates: next(),
            sums: next(),
            recurrent: next(),
            states: next(),
            dropped: next(),
            kept: next(),
            input_mask: next(),
            state_mask: next(),
            turned: next(),
            by_state: next(),
            carried: next(),
            direct: next(),
            room: next(),
            held: next(),
            held_carried: next(),
        }
    }
}

/// Multiplies each run of as many values by the mask, if there is one.
pub(super) fn apply_mask(values: &mut [f32], mask: &[f32]) {
    if mask.is_empty() {
        return;
    }
    for run in values.chunks_exact_mut(mask.len()) {
        vectorized(|| run.iter_mut().zip(mask).for_each(|(v, m)| *v *= m));
    }
}

pub(super) fn step_of(values: &[f32], step: usize, length: usize) -> &[f32] {
    if values.is_empty() { values } else { &values[step * length..][..length] }
}

pub(super) fn step_of_mut(values: &mut [f32], step: usize, length: usize) -> &mut [f32] {
    if values.is_empty() { values } else { &mut values[step * length..][..length] }
}

/// The values of the previous step, empty at the first, and those of this step.
pub(super) fn with_before(values: &mut [f32], step: usize, length: usize) -> (&[f32], &mut [f32]) {
    let (before, now) = values.split_at_mut(step * length);
    let last = before.len().saturating_sub(length);
    (&before[last..], &mut now[..length])
}
