//! What a recurrent layer keeps of a forward pass: its place in the scratch.

use super::cell::Cell;
use super::sequence::Sequence;

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
