//! One step of values that stand step by step.

use crate::kernels::vectorized;

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
