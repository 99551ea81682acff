//! The plain recurrent layer.

use super::cell::{Cell, Step, StepBack};
use super::sequence::build;
use super::settings::{Common, common_layer};
use crate::kernels::{Matrix, matmul};
use crate::nn::Activation;

common_layer! {
    /// A plain recurrent layer over sequences (steps, features), as Keras' `SimpleRNN` (Elman,
    /// 1990): `h ← activation(x W + h U + b)`.
    ///
    /// The output is the last state, of shape (units), or with
    /// [`return_sequences`](Self::return_sequences) the state after each step, of shape (steps,
    /// units). The kernel has shape (features, units) and is initialized by `GlorotUniform`, the recurrent
    /// kernel (units, units) and starts orthogonal, the bias starts at 0. The state starts at 0 for
    /// each sample.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([12, 3]).add(SimpleRNN::new(8)).add(Dense::new(1));
    /// assert_eq!(net.count_params()?, 3 * 8 + 8 * 8 + 8 + 9);
    /// # Ok::<(), Error>(())
    /// ```
    SimpleRNN, "SimpleRNN", without gates {}
}

impl SimpleRNN {
    fn op(&self, input: &[usize]) -> crate::Result<super::Built> {
        let (units, activation) = (self.common.units, self.common.activation);
        build("SimpleRNN", &self.common, SimpleCell { units, activation }, input, None)
    }
}

struct SimpleCell {
    units: usize,
    activation: Activation,
}

impl Cell for SimpleCell {
    const GATES: usize = 1;
    const BIASES: usize = 1;
    const KEPT: usize = 0;

    fn units(&self) -> usize {
        self.units
    }

    fn needs_sums(&self) -> bool {
        self.activation.needs_input()
    }

    fn forward(&self, step: Step<'_>) {
        let n = self.units;
        if !step.before.is_empty() {
            let kernel = Matrix::rows(step.kernel, n);
            matmul([step.rows, n, n], Matrix::rows(step.dropped, n), kernel, step.gates, true);
        }
        step.sums.copy_from_slice(&step.gates[..step.sums.len()]);
        self.activation.apply(step.gates, n);
        step.after.copy_from_slice(step.gates);
    }

    fn backward(&self, step: StepBack<'_>) {
        let dz = &mut step.room[..step.rows * self.units];
        dz.copy_from_slice(step.by_after);
        self.activation.backward(step.gates, step.sums, dz, self.units);
        step.gates.copy_from_slice(dz);
        step.direct.fill(0.0);
    }
}
