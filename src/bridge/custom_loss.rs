//! Custom losses in plain dfdx tensor code.

use super::tape::{Rows, TapedRows};
use crate::loss::{Loss, LossFunction};
use dfdx::prelude::{Backward, Cpu, OwnedTape, Rank0, Tensor, TensorFromVec, Trace};
use std::fmt;
use std::sync::Arc;

type Code = dyn Fn(Rows, TapedRows) -> TapedValue + Send + Sync;
/// A single number with a tape.
pub type TapedValue = Tensor<Rank0, f32, Cpu, OwnedTape<f32, Cpu>>;

/// A loss in dfdx tensor code; dfdx's tape computes the gradient.
///
/// The closure gets the targets and predictions of one sample, as tensors of one row, and returns
/// the sample's loss. In a binary operation, the prediction must be on the left, because it has the
/// tape. To use it twice, split it with `prediction.with_empty_tape()`.
///
/// ```
/// use dfdx_lab::bridge::tensors::*;
/// use dfdx_lab::prelude::*;
/// let quartic = CustomLoss::new("quartic", |truth, prediction| {
///     (prediction - truth).square().square().sum()
/// });
/// # let _ = quartic;
/// ```
#[derive(Clone)]
pub struct CustomLoss {
    name: String,
    code: Arc<Code>,
    device: Cpu,
}

impl CustomLoss {
    /// A loss with this name.
    pub fn new(
        name: &str,
        code: impl Fn(Rows, TapedRows) -> TapedValue + Send + Sync + 'static,
    ) -> Self {
        CustomLoss { name: name.to_string(), code: Arc::new(code), device: Cpu::default() }
    }
}

impl Loss {
    /// A loss in dfdx code, as [`CustomLoss::new`].
    ///
    /// ```
    /// use dfdx_lab::bridge::tensors::*;
    /// use dfdx_lab::prelude::*;
    /// let quartic = Loss::from_fn("quartic", |truth, prediction| (prediction - truth).powi(4).sum());
    /// # let _ = quartic;
    /// ```
    pub fn from_fn(
        name: &str,
        code: impl Fn(Rows, TapedRows) -> TapedValue + Send + Sync + 'static,
    ) -> Self {
        CustomLoss::new(name, code).into()
    }
}

impl fmt::Debug for CustomLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl LossFunction for CustomLoss {
    fn name(&self) -> &str {
        &self.name
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        let row = |v: &[f32]| self.device.tensor_from_vec(v.to_vec(), (1usize, v.len()));
        let p = row(prediction);
        let loss = (self.code)(row(truth), p.leaky_trace());
        let value = loss.as_vec()[0];
        match loss.backward().get_or_alloc_mut(&p) {
            Ok(own) => gradient.copy_from_slice(own),
            Err(_) => gradient.fill(f32::NAN),
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::{MeanSquaredError, checks};
    use dfdx::prelude::*;

    #[test]
    fn the_tape_works_out_the_gradient() {
        let own = CustomLoss::new("mse", |truth, prediction| {
            (prediction - truth).square().sum::<Rank0, _>() / 3.0
        });
        checks::gradient_is_right(&own, &[0.0, 1.0, -1.0], &[0.2, 0.5, 0.9]);
        let (mut a, mut b) = ([0.0; 3], [0.0; 3]);
        let (t, p) = ([0.0, 1.0, -1.0], [0.2, 0.5, 0.9]);
        let values = (own.sample(&t, &p, &mut a), MeanSquaredError.sample(&t, &p, &mut b));
        assert!((values.0 - values.1).abs() < 1e-6);
        a.iter().zip(b).for_each(|(x, y)| assert!((x - y).abs() < 1e-6));
    }
}
