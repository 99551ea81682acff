//! What all recurrent layers share: the product with the input for all steps at once, then one step
//! after the other, and the gradients of the weights again for all steps at once.
//!
//! Everything is ordered by steps, so that the samples of a step are adjacent and each step is one
//! matrix product.

use super::cell::{Cell, Step, StepBack};
use super::settings::Common;
use super::steps::{apply_mask, step_of, step_of_mut, with_before};
use crate::error::Result;
use crate::kernels::{Matrix, add_columns, matmul, vectorized};
use crate::nn::Regularizer;
use crate::nn::derive_seed;
use crate::nn::dropout::fill_mask;
use crate::nn::layer::{Backward, Forward, Op, WeightSpec};
use crate::nn::masks::MaskFlow;
use crate::nn::size::sequence;
use std::ops::Range;

/// The operation of a layer; its bias starts at 1 in the range `ones`.
pub(super) fn build<C: Cell + 'static>(
    class: &str,
    common: &Common,
    cell: C,
    input: &[usize],
    ones: Option<Range<usize>>,
) -> Result<Box<dyn Op>> {
    common.check(class)?;
    let [steps, features] = sequence(class, input)?;
    let (units, columns) = (common.units, common.units * C::GATES);
    let mut weights = vec![
        common.kernel.spec("kernel", [features, columns]),
        common.recurrent.spec("recurrent_kernel", [units, columns]),
    ];
    if common.use_bias {
        let shape = [C::BIASES, columns];
        let shape = if C::BIASES == 1 { &shape[1..] } else { &shape };
        weights.push(common.bias.spec("bias", shape));
    }
    Ok(Box::new(Sequence {
        cell,
        steps,
        features,
        output: if common.return_sequences { vec![steps, units] } else { vec![units] },
        common: common.clone(),
        ones: ones.filter(|_| common.use_bias),
        weights,
    }))
}

pub(super) struct Sequence<C> {
    pub cell: C,
    pub steps: usize,
    pub features: usize,
    output: Vec<usize>,
    pub common: Common,
    ones: Option<Range<usize>>,
    weights: Vec<WeightSpec>,
}

impl<C: Cell> Sequence<C> {
    pub fn units(&self) -> usize {
        self.cell.units()
    }

    pub fn columns(&self) -> usize {
        C::GATES * self.units()
    }

    /// The input's position of the step that is processed as the `step`-th.
    fn time(&self, step: usize) -> usize {
        if self.common.go_backwards { self.steps - 1 - step } else { step }
    }

    /// Calls `copy(offset by steps, offset by samples)` for the features of each step of each sample.
    fn by_steps(&self, rows: usize, mut copy: impl FnMut(usize, usize)) {
        for step in 0..self.steps {
            for row in 0..rows {
                let place = row * self.steps + self.time(step);
                copy((step * rows + row) * self.features, place * self.features);
            }
        }
    }

    /// The samples whose `step`-th step is masked.
    fn masked<'a>(&'a self, mask: Option<&'a [f32]>, step: usize) -> impl Iterator<Item = usize> {
        let time = self.time(step);
        let samples = mask.into_iter().flat_map(|mask| mask.chunks_exact(self.steps).enumerate());
        samples.filter(move |(_, steps)| steps[time] == 0.0).map(|(row, _)| row)
    }

    fn bias<'a>(&self, weights: &'a [f32]) -> Option<&'a [f32]> {
        let kernels = (self.features + self.units()) * self.columns();
        self.common.use_bias.then(|| &weights[kernels..])
    }
}

impl<C: Cell> Op for Sequence<C> {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn weights(&self) -> &[WeightSpec] {
        &self.weights
    }

    fn mask_flow(&self) -> MaskFlow {
        if self.common.return_sequences { MaskFlow::Passes } else { MaskFlow::Stops }
    }

    fn heeds_mask(&self) -> bool {
        true
    }

    fn keras_groups(&self) -> Vec<(String, usize)> {
        vec![("cell".into(), self.weights.len())]
    }

    fn initialize(&self, seed: u64) -> Option<Vec<f32>> {
        let ones = self.ones.clone()?;
        let mut all = Vec::new();
        for (i, spec) in self.weights.iter().enumerate() {
            let start = all.len();
            all.resize(start + spec.len(), 0.0);
            let own = derive_seed(seed, i as u64);
            spec.initializer.fill(&mut all[start..], &spec.shape, own);
            if spec.name == "bias" {
                all[start..][ones.clone()].fill(1.0);
            }
        }
        Some(all)
    }

    fn scratch(&self) -> usize {
        self.lengths(1).iter().sum()
    }

    fn scratch_for(&self, rows: usize) -> usize {
        self.lengths(rows).iter().sum()
    }

    fn activity_regularizer(&self) -> Regularizer {
        self.common.activity_regularizer
    }

    fn writes_gradients(&self) -> bool {
        true
    }

    fn work(&self) -> usize {
        self.steps * (self.features + self.units()) * self.columns()
    }

    fn forward(&self, pass: Forward<'_>) {
        let (rows, n, columns, features) = (pass.rows, self.units(), self.columns(), self.features);
        let kept = self.kept(pass.scratch, rows);
        let seed = |index| pass.training.then(|| derive_seed(pass.seed, index));
        fill_mask(kept.input_mask, self.common.dropout, seed(0));
        fill_mask(kept.state_mask, self.common.recurrent_dropout, seed(1));
        self.by_steps(rows, |to, from| {
            kept.x[to..to + features].copy_from_slice(&pass.x[from..from + features]);
        });
        apply_mask(kept.x, kept.input_mask);
        let (kernel, rest) = pass.weights.split_at(features * columns);
        let recurrent_kernel = &rest[..n * columns];
        let bias = self.bias(pass.weights);
        if let Some(bias) = bias {
            kept.gates.chunks_exact_mut(columns).for_each(|z| z.copy_from_slice(&bias[..columns]));
        }
        matmul(
            [self.steps * rows, columns, features],
            Matrix::rows(kept.x, features),
            Matrix::rows(kernel, columns),
            kept.gates,
            bias.is_some(),
        );
        for step in 0..self.steps {
            let (before, after) = with_before(kept.states, step, rows * n);
            let (kept_before, kept_now) = with_before(kept.kept, step, rows * n * C::KEPT);
            let dropped = match step.checked_sub(1) {
                Some(last) if !kept.dropped.is_empty() => step_of(kept.dropped, last, rows * n),
                _ => before,
            };
            self.cell.forward(Step {
                rows,
                gates: step_of_mut(kept.gates, step, rows * columns),
                sums: step_of_mut(kept.sums, step, rows * columns),
                recurrent: step_of_mut(kept.recurrent, step, rows * columns),
                before,
                dropped,
                after,
                kept_before,
                kept: kept_now,
                kernel: recurrent_kernel,
                bias: bias.filter(|_| C::BIASES == 2).map(|bias| &bias[columns..]),
            });
            for row in self.masked(pass.mask, step) {
                // The state and what the cell keeps stay as they are.
                let keep = |from: &[f32], to: &mut [f32]| match from.get(row * n..(row + 1) * n) {
                    Some(from) => to[row * n..][..n].copy_from_slice(from),
                    None => to[row * n..][..n].fill(0.0),
                };
                let (before, after) = with_before(kept.states, step, rows * n);
                keep(before, after);
                if C::KEPT > 0 {
                    let (before, after) = with_before(kept.kept, step, rows * n * C::KEPT);
                    keep(before, after);
                }
            }
            if !kept.dropped.is_empty() {
                let dropped = step_of_mut(kept.dropped, step, rows * n);
                dropped.copy_from_slice(step_of(kept.states, step, rows * n));
                apply_mask(dropped, kept.state_mask);
            }
        }
        if self.common.return_sequences {
            for step in 0..self.steps {
                for row in 0..rows {
                    let from = &kept.states[(step * rows + row) * n..][..n];
                    pass.y[(row * self.steps + step) * n..][..n].copy_from_slice(from);
                }
                if self.common.zero_output_for_mask {
                    for row in self.masked(pass.mask, step) {
                        pass.y[(row * self.steps + step) * n..][..n].fill(0.0);
                    }
                }
            }
        } else {
            pass.y.copy_from_slice(step_of(kept.states, self.steps - 1, rows * n));
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let (rows, n, columns, features) = (pass.rows, self.units(), self.columns(), self.features);
        let kept = self.kept(pass.scratch, rows);
        let (kernel, rest) = pass.weights.split_at(features * columns);
        for (row, from) in rest[..n * columns].chunks_exact(columns).enumerate() {
            from.iter().enumerate().for_each(|(c, v)| kept.turned[c * n + row] = *v);
        }
        kept.by_state.fill(0.0);
        kept.carried.fill(0.0);
        for step in (0..self.steps).rev() {
            if self.common.return_sequences {
                if self.common.zero_output_for_mask {
                    for row in self.masked(pass.mask, step) {
                        pass.dy[(row * self.steps + step) * n..][..n].fill(0.0);
                    }
                }
                for row in 0..rows {
                    let dy = &pass.dy[(row * self.steps + step) * n..][..n];
                    let to = &mut kept.by_state[row * n..][..n];
                    to.iter_mut().zip(dy).for_each(|(t, d)| *t += d);
                }
            } else if step + 1 == self.steps {
                kept.by_state.copy_from_slice(pass.dy);
            }
            // A masked step passes the gradients through, and gets none itself.
            for row in self.masked(pass.mask, step) {
                let own = row * n..(row + 1) * n;
                kept.held[own.clone()].copy_from_slice(&kept.by_state[own.clone()]);
                kept.held_carried[own.clone()].copy_from_slice(&kept.carried[own.clone()]);
                kept.by_state[own.clone()].fill(0.0);
                kept.carried[own].fill(0.0);
            }
            let (before, _) = with_before(kept.states, step, rows * n);
            let (kept_before, kept_now) = with_before(kept.kept, step, rows * n * C::KEPT);
            let gates = step_of_mut(kept.gates, step, rows * columns);
            let recurrent = step_of_mut(kept.recurrent, step, rows * columns);
            self.cell.backward(StepBack {
                rows,
                gates: &mut *gates,
                sums: step_of(kept.sums, step, rows * columns),
                recurrent: &mut *recurrent,
                before,
                kept_before,
                kept: kept_now,
                by_after: kept.by_state,
                carried: kept.carried,
                direct: kept.direct,
                room: kept.room,
            });
            if step > 0 {
                let dz = if C::BIASES == 2 { recurrent } else { gates };
                let (dz, turned) = (Matrix::rows(dz, columns), Matrix::rows(kept.turned, n));
                matmul([rows, n, columns], dz, turned, kept.by_state, false);
                apply_mask(kept.by_state, kept.state_mask);
                let (to, direct) = (&mut *kept.by_state, &*kept.direct);
                vectorized(|| to.iter_mut().zip(direct).for_each(|(t, d)| *t += d));
            }
            for row in self.masked(pass.mask, step) {
                let own = row * n..(row + 1) * n;
                kept.by_state[own.clone()].copy_from_slice(&kept.held[own.clone()]);
                kept.carried[own.clone()].copy_from_slice(&kept.held_carried[own]);
            }
        }
        let (by_kernel, rest) = pass.gradients.split_at_mut(kernel.len());
        let (by_recurrent, by_bias) = rest.split_at_mut(n * columns);
        let all = self.steps * rows;
        let dz = Matrix::rows(kept.gates, columns);
        matmul(
            [features, columns, all],
            Matrix::transposed(kept.x, features),
            dz,
            by_kernel,
            false,
        );
        let recurrent = if C::BIASES == 2 { &*kept.recurrent } else { &*kept.gates };
        let states = if kept.dropped.is_empty() { &*kept.states } else { &*kept.dropped };
        matmul(
            [n, columns, all - rows],
            Matrix::transposed(states, n),
            Matrix::rows(&recurrent[rows * columns..], columns),
            by_recurrent,
            false,
        );
        by_bias.fill(0.0);
        for (to, from) in by_bias.chunks_exact_mut(columns).zip([&*kept.gates, recurrent]) {
            add_columns(from, to);
        }
        if let Some(dx) = pass.dx {
            let turned = Matrix::transposed(kernel, columns);
            matmul([all, features, columns], dz, turned, kept.x, false);
            apply_mask(kept.x, kept.input_mask);
            self.by_steps(rows, |from, to| {
                dx[to..to + features].copy_from_slice(&kept.x[from..from + features]);
            });
        }
    }
}
