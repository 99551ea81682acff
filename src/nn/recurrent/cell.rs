//! One step of a recurrent layer, for all samples of a batch at once.

/// Buffers of one step for all samples; a row is `units` floats for each gate, or just `units`.
pub(super) struct Step<'a> {
    pub rows: usize,
    /// Before the step: the input's part of the gates' sums. After it: the gates.
    pub gates: &'a mut [f32],
    /// The sums, if an activation's derivative needs them; otherwise empty.
    pub sums: &'a mut [f32],
    /// The recurrent part of the sums, for cells that keep it separate.
    pub recurrent: &'a mut [f32],
    /// The previous state.
    pub before: &'a [f32],
    /// The previous state with dropout, as the product takes it.
    pub dropped: &'a [f32],
    /// The new state.
    pub after: &'a mut [f32],
    /// What the cell kept in the previous step (0 at the first), and what it keeps in this one.
    pub kept_before: &'a [f32],
    pub kept: &'a mut [f32],
    /// `units` rows of all gates.
    pub kernel: &'a [f32],
    /// The bias of the recurrent part, for cells that have one.
    pub bias: Option<&'a [f32]>,
}

/// Buffers of one step of the backward pass.
pub(super) struct StepBack<'a> {
    pub rows: usize,
    /// Before: the gates. After: the gradient with respect to their sums.
    pub gates: &'a mut [f32],
    pub sums: &'a [f32],
    /// Before: the recurrent part. After: its gradient.
    pub recurrent: &'a mut [f32],
    pub before: &'a [f32],
    pub kept_before: &'a [f32],
    pub kept: &'a [f32],
    /// The gradient with respect to the new state.
    pub by_after: &'a [f32],
    /// What the following step handed back to this one, and then what this one hands back.
    pub carried: &'a mut [f32],
    /// The gradient with respect to the previous state, without the part through the product.
    pub direct: &'a mut [f32],
    /// Room for a row of all gates of every sample.
    pub room: &'a mut [f32],
}

/// A kind of recurrent layer.
pub(super) trait Cell: Send + Sync {
    /// The number of gates: each has `units` columns in the kernels.
    const GATES: usize;
    /// Rows of the bias: 2 if the recurrent part is kept separate and has its own.
    const BIASES: usize;
    /// How many times `units` floats a step keeps, and hands back.
    const KEPT: usize;

    fn units(&self) -> usize;

    /// Whether a derivative needs the sums, and not just the gates.
    fn needs_sums(&self) -> bool;

    fn forward(&self, step: Step<'_>);

    fn backward(&self, step: StepBack<'_>);
}

/// The gates of a sample, `units` floats each.
#[inline(always)]
pub(super) fn split<const N: usize>(row: &[f32], units: usize) -> [&[f32]; N] {
    std::array::from_fn(|g| &row[g * units..][..units])
}
