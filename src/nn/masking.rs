//! Masking of padded steps.

use super::layer::{Backward, Forward, Layer, Op};
use super::masks::MaskFlow;
use super::size::sequence;
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};

/// Masks the steps whose features all equal one value, as Keras' `Masking`: they become 0, and the
/// following layers skip them.
///
/// A recurrent layer keeps its state over such steps,
/// [`GlobalAveragePooling1D`](super::GlobalAveragePooling1D) averages the others,
/// [`MultiHeadAttention`](super::MultiHeadAttention) does not attend to them, and if the output has
/// a value for each step they do not count in the loss.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([5, 2])
///     .add(Masking::new().mask_value(-1.0))
///     .add(LSTM::new(4))
///     .add(Dense::new(1));
/// let model = net.compile("adam", "mse", ())?;
/// let short = Array::new([1, 5, 2], vec![0.1, 0.2, 0.3, 0.4, -1., -1., -1., -1., -1., -1.])?;
/// let other = Array::new([1, 5, 2], vec![-1., -1., 0.1, 0.2, -1., -1., -1., -1., 0.3, 0.4])?;
/// assert!((model.predict(&short)? - model.predict(&other)?).abs().max() < 1e-6);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Masking {
    mask_value: f32,
}

impl Masking {
    /// Masks steps of zeros.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value that all features of a masked step have; 0 by default.
    pub fn mask_value(mut self, value: impl Into<f64>) -> Self {
        self.mask_value = value.into() as f32;
        self
    }
}

configured!(Masking as "keras.layers" "Masking", |from| Masking::new(), mask_value = mask_value);

impl Layer for Masking {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let [_, features] = sequence("Masking", input)?;
        if !self.mask_value.is_finite() {
            let expected = "a finite number, as all inputs are";
            return Err(Error::argument("Masking: the mask value", self.mask_value, expected));
        }
        Ok(Box::new(MaskingOp { value: self.mask_value, features, output: input.to_vec() }))
    }
}

struct MaskingOp {
    value: f32,
    features: usize,
    output: Vec<usize>,
}

impl MaskingOp {
    fn counts(&self, step: &[f32]) -> bool {
        step.iter().any(|v| *v != self.value)
    }
}

impl Op for MaskingOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Makes
    }

    fn make_mask(&self, x: &[f32], mask: &mut [f32]) {
        for (step, mask) in x.chunks_exact(self.features).zip(mask) {
            *mask = f32::from(u8::from(self.counts(step)));
        }
    }

    fn forward(&self, pass: Forward<'_>) {
        let steps = pass.x.chunks_exact(self.features);
        for (step, to) in steps.zip(pass.y.chunks_exact_mut(self.features)) {
            if self.counts(step) { to.copy_from_slice(step) } else { to.fill(0.0) }
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let Some(dx) = pass.dx else { return };
        let steps = pass.x.chunks_exact(self.features).zip(pass.dy.chunks_exact(self.features));
        for ((step, dy), to) in steps.zip(dx.chunks_exact_mut(self.features)) {
            if self.counts(step) { to.copy_from_slice(dy) } else { to.fill(0.0) }
        }
    }
}
