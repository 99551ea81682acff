//! What one step of a recurrent layer computes, on the samples of a batch side by side.

/// Buffers of one step for all samples; a row is `units` floats for each gate, or just `units`.
pub(super) struct Step<'a> {
    pub rows: usize,
    /// The input's part of the gates' sums when a step begins, the gates themselves when it ends.
    pub gates: &'a mut [f32],
    /// The sums, where an activation's derivative needs them; else empty.
    pub sums: &'a mut [f32],
    /// The recurrent part of the sums, of a cell that keeps it apart.
    pub recurrent: &'a mut [f32],
    /// The state before.
    pub before: &'a [f32],
    /// The state before with its dropout, as the product takes it.
    pub dropped: &'a [f32],
    /// The state after.
    pub after: &'a mut [f32],
    /// What the cell kept in the step before (0 at the first), and what it keeps in this one.
    pub kept_before: &'a [f32],
    pub kept: &'a mut [f32],
    /// `units` rows of all gates.
    pub kernel: &'a [f32],
    /// The bias of the recurrent part, of a cell that has one.
    pub bias: Option<&'a [f32]>,
}

/// Buffers of one step of the backward pass.
pub(super) struct StepBack<'a> {
    pub rows: usize,
    /// The gates; the gradient by their sums when the step ends.
    pub gates: &'a mut [f32],
    pub sums: &'a [f32],
    /// The recurrent part; its gradient when the step ends.
    pub recurrent: &'a mut [f32],
    pub before: &'a [f32],
    pub kept_before: &'a [f32],
    pub kept: &'a [f32],
    /// The gradient by the state after.
    pub by_after: &'a [f32],
    /// What the step after left for this one; what this one leaves for the step before.
    pub carried: &'a mut [f32],
    /// The gradient by the state before, but for what goes through the product.
    pub direct: &'a mut [f32],
    /// Room for a row of all gates of every sample.
    pub room: &'a mut [f32],
}

/// A kind of recurrent layer.
pub(super) trait Cell: Send + Sync {
    /// Units' worth of columns in the kernels.
    const GATES: usize;
    /// Rows of the bias: a second one belongs to the recurrent part, which is kept apart then.
    const BIASES: usize;
    /// Units' worth of floats that a step keeps, and carries backwards.
    const KEPT: usize;

    fn units(&self) -> usize;

    /// Whether a derivative cannot be had from the gates alone.
    fn needs_sums(&self) -> bool;

    fn forward(&self, step: Step<'_>);

    fn backward(&self, step: StepBack<'_>);
}

/// The gates of a sample, `units` floats each.
#[inline(always)]
pub(super) fn split<const N: usize>(row: &[f32], units: usize) -> [&[f32]; N] {
    std::array::from_fn(|g| &row[g * units..][..units])
}
