//! An activation as a layer.

use super::Activation;
use super::layer::{Backward, Forward, Layer, Op};
use super::masks::MaskFlow;
use crate::config::Config;
use crate::error::Result;

/// Applies an activation function to its input, as Keras' `Activation` layer.
///
/// An [`Activation`] can be added to a model directly:
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([4]).add(Dense::new(2)).add(Softmax);
/// # let _ = net;
/// ```
impl Layer for Activation {
    fn config(&self) -> Result<Config> {
        Ok(self.to_config())
    }

    fn class_name(&self) -> &str {
        "Activation"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        Ok(Box::new(ActivationOp {
            activation: *self,
            width: input.last().copied().unwrap_or(1),
            output: input.to_vec(),
        }))
    }
}

struct ActivationOp {
    activation: Activation,
    width: usize,
    output: Vec<usize>,
}

impl Op for ActivationOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Passes
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn forward(&self, pass: Forward<'_>) {
        pass.y.copy_from_slice(pass.x);
        self.activation.apply(pass.y, self.width);
    }

    fn backward(&self, pass: Backward<'_>) {
        if !pass.before_activation {
            self.activation.backward(pass.y, pass.x, pass.dy, self.width);
        }
        if let Some(dx) = pass.dx {
            dx.copy_from_slice(pass.dy);
        }
    }
}
