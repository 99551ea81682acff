//! The fully connected layer.

use super::layer::{Backward, Forward, Layer, Op, WeightSpec};
use super::masks::MaskFlow;
use super::settings::{WeightSettings, weighted_settings};
use super::{Activation, Initializer, Regularizer};
use crate::config::{Config, configured};
use crate::error::{Error, Result};
use crate::kernels::{Matrix, add_columns, matmul};

/// `activation(x · kernel + bias)` over the last axis, as Keras' `Dense`.
///
/// The kernel has shape (inputs, units) and is initialized by `GlorotUniform`, the bias by zeros.
/// Of a flat sample every value is an input. Of a sample with more axes each position of the axes
/// before the last goes through the same weights, as each step of a sequence: put a
/// [`Flatten`](super::Flatten) before the layer where all values of a sample shall go into each
/// unit.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let layer = Dense::new(8).activation(Relu).kernel_initializer(HeNormal);
/// assert_eq!(Sequential::new([25]).add(layer.clone()).build()?.output(), [8]);
/// assert_eq!(Sequential::new([12, 3]).add(layer).build()?.output(), [12, 8]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dense {
    units: usize,
    activation: Activation,
    use_bias: bool,
    kernel: WeightSettings,
    bias: WeightSettings,
    activity_regularizer: Regularizer,
}

impl Dense {
    /// A layer of this many units, with no activation.
    pub fn new(units: usize) -> Self {
        Dense {
            units,
            activation: Activation::Linear,
            use_bias: true,
            kernel: WeightSettings::new(Initializer::GlorotUniform),
            bias: WeightSettings::new(Initializer::Zeros),
            activity_regularizer: Regularizer::default(),
        }
    }
}

weighted_settings!(Dense);

configured!(Dense as "keras.layers" "Dense", |from| Dense::new(from.get("units")?),
    units = units,
    activation = activation,
    use_bias = use_bias,
    kernel_initializer = kernel.initializer,
    bias_initializer = bias.initializer,
    kernel_regularizer = kernel.regularizer,
    bias_regularizer = bias.regularizer,
    activity_regularizer = activity_regularizer,
    kernel_constraint = kernel.constraint,
    bias_constraint = bias.constraint
);

impl Layer for Dense {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn class_name(&self) -> &str {
        "Dense"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        if self.units == 0 {
            return Err(Error::argument("Dense: the number of units", 0, "at least 1"));
        }
        let inputs = match *input {
            [.., inputs] if !input.contains(&0) => inputs,
            _ => return Err(Error::shape("Dense", input, "it needs at least one input")),
        };
        let mut output = input.to_vec();
        output.iter_mut().rev().take(1).for_each(|last| *last = self.units);
        let mut weights = vec![self.kernel.spec("kernel", [inputs, self.units])];
        if self.use_bias {
            weights.push(self.bias.spec("bias", [self.units]));
        }
        Ok(Box::new(DenseOp {
            inputs,
            positions: input.iter().product::<usize>() / inputs,
            units: self.units,
            output,
            activation: self.activation,
            use_bias: self.use_bias,
            activity_regularizer: self.activity_regularizer,
            weights,
        }))
    }
}

struct DenseOp {
    inputs: usize,
    units: usize,
    /// Of a sample, each of which goes through the weights on its own.
    positions: usize,
    output: Vec<usize>,
    activation: Activation,
    use_bias: bool,
    activity_regularizer: Regularizer,
    weights: Vec<WeightSpec>,
}

impl Op for DenseOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Passes
    }

    fn weights(&self) -> &[WeightSpec] {
        &self.weights
    }

    fn scratch(&self) -> usize {
        if self.activation.needs_input() { self.positions * self.units } else { 0 }
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn activity_regularizer(&self) -> Regularizer {
        self.activity_regularizer
    }

    fn writes_gradients(&self) -> bool {
        true
    }

    fn work(&self) -> usize {
        self.positions * self.inputs * self.units
    }

    fn forward(&self, pass: Forward<'_>) {
        let (units, rows) = (self.units, pass.rows * self.positions);
        let (kernel, bias) = pass.weights.split_at(self.inputs * units);
        if self.use_bias {
            for row in pass.y.chunks_exact_mut(units) {
                row.copy_from_slice(bias);
            }
        }
        matmul(
            [rows, units, self.inputs],
            Matrix::rows(pass.x, self.inputs),
            Matrix::rows(kernel, units),
            pass.y,
            self.use_bias,
        );
        if self.activation.needs_input() {
            pass.scratch.copy_from_slice(pass.y);
        }
        self.activation.apply(pass.y, units);
    }

    fn backward(&self, pass: Backward<'_>) {
        let (units, rows) = (self.units, pass.rows * self.positions);
        if !pass.before_activation {
            self.activation.backward(pass.y, pass.scratch, pass.dy, units);
        }
        let (kernel_gradient, bias_gradient) = pass.gradients.split_at_mut(self.inputs * units);
        if self.use_bias {
            bias_gradient.fill(0.0);
            add_columns(pass.dy, bias_gradient);
        }
        matmul(
            [self.inputs, units, rows],
            Matrix::transposed(pass.x, self.inputs),
            Matrix::rows(pass.dy, units),
            kernel_gradient,
            false,
        );
        if let Some(dx) = pass.dx {
            matmul(
                [rows, self.inputs, units],
                Matrix::rows(pass.dy, units),
                Matrix::transposed(&pass.weights[..self.inputs * units], units),
                dx,
                false,
            );
        }
    }
}
