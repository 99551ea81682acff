//! Weights that one thread updates, with all that belongs to them.

use super::factors::Factors;
use crate::optim::MAX_SLOTS;

/// A piece of the network's weights.
#[derive(Default)]
pub(super) struct Piece<'a> {
    /// The place of its first weight among all.
    pub first: usize,
    pub weights: &'a mut [f32],
    /// Their gradients, unless these are left as factors.
    pub total: &'a mut [f32],
    pub slots: [&'a mut [f32]; MAX_SLOTS],
    /// What their array's gradient is the outer product of.
    pub factors: Option<(&'a Factors, &'a [f32])>,
}

impl<'a> Piece<'a> {
    /// All weights.
    pub fn all(
        weights: &'a mut [f32],
        total: &'a mut [f32],
        slots: [&'a mut [f32]; MAX_SLOTS],
    ) -> Self {
        Piece { first: 0, weights, total, slots, factors: None }
    }

    /// The first so many, and the rest. Gradients and slots that are not there stay empty.
    pub fn split(self, len: usize) -> (Self, Self) {
        let len = len.min(self.weights.len());
        let (weights, w) = self.weights.split_at_mut(len);
        let (total, t) = self.total.split_at_mut(len.min(self.total.len()));
        let [a, b, c] = self.slots.map(|s| s.split_at_mut(len.min(s.len())));
        let factors = self.factors;
        let first = Piece { first: self.first, weights, total, slots: [a.0, b.0, c.0], factors };
        let next = self.first + len;
        let slots = [a.1, b.1, c.1];
        (first, Piece { first: next, weights: w, total: t, slots, factors })
    }
}
