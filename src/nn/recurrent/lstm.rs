//! The long short-term memory.

use super::cell::{Cell, Step, StepBack, split};
use super::sequence::build;
use super::settings::{Common, common_layer};
use crate::kernels::{Matrix, matmul, vectorized};
use crate::nn::{Activation, IntoActivation};

common_layer! {
    /// A long short-term memory over sequences (steps, features), as Keras' `LSTM` (Hochreiter and
    /// Schmidhuber, 1997; with the forget gate of Gers et al., 2000):
    ///
    /// ```text
    /// i, f, o = recurrent_activation(x W + h U + b)      g = activation(x W + h U + b)
    /// c ← f c + i g                                      h ← o activation(c)
    /// ```
    ///
    /// The output is the last state, of shape (units), or with
    /// [`return_sequences`](Self::return_sequences) the state after each step, of shape (steps,
    /// units). The kernel has shape (features, 4 units) and is initialized by `GlorotUniform`, the recurrent
    /// kernel (units, 4 units) and starts orthogonal, the bias (4 units) and starts at 0, but at 1
    /// for the forget gate ([`unit_forget_bias`](Self::unit_forget_bias)); the gates are in the
    /// order i, f, g, o. The state starts at 0 for each sample.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// // Pictures of 28 x 28 as sequences of 28 rows.
    /// let net = Sequential::new([28, 28])
    ///     .add(LSTM::new(64).return_sequences(true))
    ///     .add(LSTM::new(32).dropout(0.2))
    ///     .add(Dense::new(10).activation(Softmax));
    /// assert_eq!(net.count_params()?, 23_808 + 12_416 + 330);
    /// # Ok::<(), Error>(())
    /// ```
    LSTM, "LSTM", with gates { unit_forget_bias: bool = true }
}

impl LSTM {
    /// The activation of the gates i, f and o; sigmoid by default.
    pub fn recurrent_activation(mut self, activation: impl IntoActivation) -> Self {
        self.common.recurrent_activation = activation.into_activation();
        self
    }

    /// Whether the forget gate's bias starts at 1, so that a fresh layer keeps its state
    /// (Jozefowicz et al., 2015); true by default.
    pub fn unit_forget_bias(mut self, unit_forget_bias: bool) -> Self {
        self.unit_forget_bias = unit_forget_bias;
        self
    }

    fn op(&self, input: &[usize]) -> crate::Result<super::Built> {
        let common = &self.common;
        common.check("LSTM")?;
        let cell = LstmCell {
            units: common.units,
            activation: common.activation,
            gate: common.recurrent_activation,
        };
        let ones = self.unit_forget_bias.then_some(common.units..2 * common.units);
        build("LSTM", common, cell, input, ones)
    }
}

struct LstmCell {
    units: usize,
    activation: Activation,
    gate: Activation,
}

impl LstmCell {
    /// The runs of gates with the same activation: offset, length, activation.
    #[inline(always)]
    fn runs(&self) -> [(usize, usize, Activation); 3] {
        let n = self.units;
        [(0, 2 * n, self.gate), (2 * n, n, self.activation), (3 * n, n, self.gate)]
    }
}

impl Cell for LstmCell {
    const GATES: usize = 4;
    const BIASES: usize = 1;
    /// c, and its activation.
    const KEPT: usize = 2;

    fn units(&self) -> usize {
        self.units
    }

    fn needs_sums(&self) -> bool {
        self.activation.needs_input() || self.gate.needs_input()
    }

    fn forward(&self, step: Step<'_>) {
        let n = self.units;
        let Step { rows, gates, sums, before, dropped, after, kept_before, kept, kernel, .. } =
            step;
        if !before.is_empty() {
            let state = Matrix::rows(dropped, n);
            matmul([rows, 4 * n, n], state, Matrix::rows(kernel, 4 * n), gates, true);
        }
        sums.copy_from_slice(&gates[..sums.len()]);
        for row in gates.chunks_exact_mut(4 * n) {
            for (at, len, activation) in self.runs() {
                activation.apply(&mut row[at..at + len], n);
            }
        }
        let (c, c_out) = kept.split_at_mut(rows * n);
        vectorized(|| {
            for (r, (c, row)) in c.chunks_exact_mut(n).zip(gates.chunks_exact(4 * n)).enumerate() {
                let [i, f, g, _] = split::<4>(row, n);
                if kept_before.is_empty() {
                    c.iter_mut().zip(i.iter().zip(g)).for_each(|(c, (i, g))| *c = i * g);
                    continue;
                }
                let old = &kept_before[r * n..][..n];
                for k in 0..n {
                    c[k] = f[k] * old[k] + i[k] * g[k];
                }
            }
        });
        c_out.copy_from_slice(c);
        self.activation.apply(c_out, n);
        vectorized(|| {
            let rows = c_out.chunks_exact(n).zip(gates.chunks_exact(4 * n));
            for (h, (c, row)) in after.chunks_exact_mut(n).zip(rows) {
                let [_, _, _, o] = split::<4>(row, n);
                h.iter_mut().zip(o.iter().zip(c)).for_each(|(h, (o, c))| *h = o * c);
            }
        });
    }

    fn backward(&self, step: StepBack<'_>) {
        let n = self.units;
        let StepBack { rows, gates, sums, kept_before, kept, by_after, carried, .. } = step;
        let (direct, dz) = (step.direct, step.room);
        let (c, c_out) = kept.split_at(rows * n);
        // The gradient with respect to c: through the output, and from the following step.
        let dc = direct;
        vectorized(|| {
            for (r, row) in gates.chunks_exact(4 * n).enumerate() {
                let [_, _, _, o] = split::<4>(row, n);
                let (dc, dh) = (&mut dc[r * n..][..n], &by_after[r * n..][..n]);
                for k in 0..n {
                    dc[k] = dh[k] * o[k];
                }
            }
        });
        self.activation.backward(c_out, c, dc, n);
        vectorized(|| {
            for (r, row) in gates.chunks_exact(4 * n).enumerate() {
                let [i, f, g, _] = split::<4>(row, n);
                let at = r * n;
                let (dc, dh) = (&mut dc[at..at + n], &by_after[at..at + n]);
                let (c_out, carried) = (&c_out[at..at + n], &mut carried[at..at + n]);
                let to = &mut dz[r * 4 * n..][..4 * n];
                for k in 0..n {
                    dc[k] += carried[k];
                    to[k] = dc[k] * g[k];
                    to[2 * n + k] = dc[k] * i[k];
                    to[3 * n + k] = dh[k] * c_out[k];
                    carried[k] = dc[k] * f[k];
                }
                let forget = &mut to[n..2 * n];
                if kept_before.is_empty() {
                    forget.fill(0.0);
                } else {
                    let old = &kept_before[at..at + n];
                    forget.iter_mut().zip(dc.iter().zip(old)).for_each(|(t, (d, o))| *t = d * o);
                }
            }
        });
        let none = &[][..];
        for (r, (row, dz)) in
            gates.chunks_exact_mut(4 * n).zip(dz.chunks_exact_mut(4 * n)).enumerate()
        {
            for (at, len, activation) in self.runs() {
                let z = if sums.is_empty() { none } else { &sums[r * 4 * n + at..][..len] };
                activation.backward(&row[at..at + len], z, &mut dz[at..at + len], n);
            }
            row.copy_from_slice(dz);
        }
        // The previous state is reached through the product only.
        dc.fill(0.0);
    }
}
