//! The gated recurrent unit.

use super::cell::{Cell, Step, StepBack, split};
use super::sequence::build;
use super::settings::{Common, common_layer};
use crate::kernels::{Matrix, matmul, vectorized};
use crate::nn::{Activation, IntoActivation};

common_layer! {
    /// A gated recurrent unit over sequences (steps, features), as Keras' `GRU` with its default
    /// `reset_after=True` (Cho et al., 2014; in the form that cuDNN computes):
    ///
    /// ```text
    /// z, r = recurrent_activation(x W + b + h U + b')
    /// n = activation(x W + b + r (h U + b'))              h ← z h + (1 - z) n
    /// ```
    ///
    /// The output is the last state, of shape (units), or with
    /// [`return_sequences`](Self::return_sequences) the state after each step, of shape (steps,
    /// units). The kernel has shape (features, 3 units) and is initialized by `GlorotUniform`, the recurrent
    /// kernel (units, 3 units) and starts orthogonal, the bias has shape (2, 3 units), for the
    /// input and for the state, and starts at 0; the gates are in the order z, r, n. The state
    /// starts at 0 for each sample.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([28, 28]).add(GRU::new(64)).add(Dense::new(10).activation(Softmax));
    /// assert_eq!(net.count_params()?, 3 * 64 * (28 + 64 + 2) + 650);
    /// # Ok::<(), Error>(())
    /// ```
    GRU, "GRU", with gates { reset_after: OnlyTrue = OnlyTrue }
}

/// The only form here; Keras' other form resets the state before the product.
#[derive(Clone, Copy, Debug)]
struct OnlyTrue;

impl crate::config::Value for OnlyTrue {
    fn to_value(&self) -> serde_json::Value {
        true.into()
    }

    fn from_value(json: &serde_json::Value) -> crate::Result<Self> {
        match json.as_bool() {
            Some(true) => Ok(OnlyTrue),
            _ => Err(crate::config::wrong(json, "true, the only one there is here")),
        }
    }
}

impl GRU {
    /// The activation of the gates z and r; sigmoid by default.
    pub fn recurrent_activation(mut self, activation: impl IntoActivation) -> Self {
        self.common.recurrent_activation = activation.into_activation();
        self
    }

    fn op(&self, input: &[usize]) -> crate::Result<super::Built> {
        let common = &self.common;
        let cell = GruCell {
            units: common.units,
            activation: common.activation,
            gate: common.recurrent_activation,
        };
        build("GRU", common, cell, input, None)
    }
}

struct GruCell {
    units: usize,
    activation: Activation,
    gate: Activation,
}

impl Cell for GruCell {
    const GATES: usize = 3;
    const BIASES: usize = 2;
    const KEPT: usize = 0;

    fn units(&self) -> usize {
        self.units
    }

    fn needs_sums(&self) -> bool {
        self.activation.needs_input() || self.gate.needs_input()
    }

    fn forward(&self, step: Step<'_>) {
        let n = self.units;
        let Step { rows, gates, sums, recurrent, before, dropped, after, kernel, bias, .. } = step;
        match bias {
            Some(bias) => recurrent.chunks_exact_mut(3 * n).for_each(|r| r.copy_from_slice(bias)),
            None => recurrent.fill(0.0),
        }
        if !before.is_empty() {
            let state = Matrix::rows(dropped, n);
            matmul([rows, 3 * n, n], state, Matrix::rows(kernel, 3 * n), recurrent, true);
        }
        for (row, more) in gates.chunks_exact_mut(3 * n).zip(recurrent.chunks_exact(3 * n)) {
            vectorized(|| row[..2 * n].iter_mut().zip(more).for_each(|(z, m)| *z += m));
        }
        // The sums of n need the reset gate first.
        sums.copy_from_slice(&gates[..sums.len()]);
        for (r, (row, more)) in
            gates.chunks_exact_mut(3 * n).zip(recurrent.chunks_exact(3 * n)).enumerate()
        {
            let (zr, new) = row.split_at_mut(2 * n);
            self.gate.apply(zr, n);
            let (reset, more) = (&zr[n..], &more[2 * n..]);
            vectorized(|| {
                new.iter_mut().zip(reset.iter().zip(more)).for_each(|(x, (r, m))| *x += r * m);
            });
            if !sums.is_empty() {
                sums[r * 3 * n + 2 * n..][..n].copy_from_slice(new);
            }
            self.activation.apply(new, n);
        }
        vectorized(|| {
            for (r, row) in gates.chunks_exact(3 * n).enumerate() {
                let [z, _, new] = split::<3>(row, n);
                let h = &mut after[r * n..][..n];
                if before.is_empty() {
                    h.iter_mut().zip(z.iter().zip(new)).for_each(|(h, (z, x))| *h = (1.0 - z) * x);
                    continue;
                }
                let old = &before[r * n..][..n];
                for k in 0..n {
                    h[k] = z[k] * old[k] + (1.0 - z[k]) * new[k];
                }
            }
        });
    }

    fn backward(&self, step: StepBack<'_>) {
        let n = self.units;
        let StepBack { gates, sums, recurrent, before, by_after, direct, room: dz, .. } = step;
        let none = &[][..];
        for r in 0..step.rows {
            let row = &mut gates[r * 3 * n..][..3 * n];
            let more = &mut recurrent[r * 3 * n..][..3 * n];
            let (dz, dh) = (&mut dz[..3 * n], &by_after[r * n..][..n]);
            let direct = &mut direct[r * n..][..n];
            vectorized(|| {
                let [z, _, new] = split::<3>(row, n);
                for k in 0..n {
                    dz[k] = -dh[k] * new[k];
                    dz[2 * n + k] = dh[k] * (1.0 - z[k]);
                    direct[k] = dh[k] * z[k];
                }
                if !before.is_empty() {
                    let old = &before[r * n..][..n];
                    dz[..n].iter_mut().zip(dh.iter().zip(old)).for_each(|(t, (d, h))| *t += d * h);
                }
            });
            let z = |at: usize, len: usize| match sums.is_empty() {
                true => none,
                false => &sums[r * 3 * n + at..][..len],
            };
            self.activation.backward(&row[2 * n..], z(2 * n, n), &mut dz[2 * n..], n);
            vectorized(|| {
                for k in 0..n {
                    let reset = row[n + k];
                    dz[n + k] = dz[2 * n + k] * more[2 * n + k];
                    more[2 * n + k] = dz[2 * n + k] * reset;
                }
            });
            self.gate.backward(&row[..2 * n], z(0, 2 * n), &mut dz[..2 * n], n);
            more[..2 * n].copy_from_slice(&dz[..2 * n]);
            row.copy_from_slice(dz);
        }
    }
}
