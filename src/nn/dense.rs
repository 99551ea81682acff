//! The fully connected layer.

use super::layer::{Backward, Forward, Layer, Op, WeightSpec};
use super::masks::MaskFlow;
use super::settings::{Sums, weighted_op, weighted_settings};
use super::{Activation, Regularizer};
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};
use crate::kernels::{Matrix, add_columns, matmul, share_rows};

/// `activation(x · kernel + bias)` over the last axis, as Keras' `Dense`.
///
/// The kernel has shape (inputs, units) and is initialized by `GlorotUniform`, the bias by zeros.
/// In a flat sample every value is an input. A sample with more axes is a row of inputs at each
/// position of the axes before the last, such as each step of a sequence, and all go through the
/// same weights: put a [`Flatten`](super::Flatten) before the layer to feed all values of a sample
/// into each unit.
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
    sums: Sums,
}

impl Dense {
    /// A layer with this many units and no activation.
    pub fn new(units: usize) -> Self {
        Dense { units, sums: Sums::new() }
    }
}

weighted_settings!(Dense);

configured!(Dense as "keras.layers" "Dense", |from| Dense::new(from.get("units")?),
    units = units; parts sums);

impl Layer for Dense {
    configured_layer!();

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
        Ok(Box::new(DenseOp {
            inputs,
            positions: input.iter().product::<usize>() / inputs,
            units: self.units,
            output,
            activation: self.sums.activation,
            use_bias: self.sums.use_bias,
            activity_regularizer: self.sums.activity_regularizer,
            weights: self.sums.weights([inputs, self.units], self.units),
        }))
    }
}

struct DenseOp {
    inputs: usize,
    units: usize,
    /// Rows of inputs in a sample; each goes through the weights separately.
    positions: usize,
    output: Vec<usize>,
    activation: Activation,
    use_bias: bool,
    activity_regularizer: Regularizer,
    weights: Vec<WeightSpec>,
}

impl Op for DenseOp {
    weighted_op!();

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Passes
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

    fn outer_product(&self) -> Option<[usize; 2]> {
        (self.positions == 1).then_some([self.inputs, self.units])
    }

    fn shares_work(&self) -> bool {
        true
    }

    fn work(&self) -> usize {
        self.positions * self.inputs * self.units
    }

    fn forward(&self, pass: Forward<'_>) {
        let (units, rows) = (self.units, pass.rows * self.positions);
        let (kernel, bias) = pass.weights.split_at(self.inputs * units);
        if self.use_bias {
            share_rows(pass.y, units, |_, y| {
                y.chunks_exact_mut(units).for_each(|row| row.copy_from_slice(bias));
            });
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
        share_rows(pass.y, units, |_, y| self.activation.apply(y, units));
    }

    fn backward(&self, pass: Backward<'_>) {
        let (units, rows) = (self.units, pass.rows * self.positions);
        if !pass.before_activation {
            let (y, z) = (pass.y, &*pass.scratch);
            share_rows(pass.dy, units, |first, dy| {
                let own = first * units..first * units + dy.len();
                let z = if z.is_empty() { z } else { &z[own.clone()] };
                self.activation.backward(&y[own], z, dy, units);
            });
        }
        let (kernel_gradient, bias_gradient) = pass.gradients.split_at_mut(self.inputs * units);
        if self.use_bias {
            bias_gradient.fill(0.0);
            add_columns(pass.dy, bias_gradient);
        }
        if pass.factors {
            kernel_gradient[..units].copy_from_slice(pass.dy);
            kernel_gradient[units..][..self.inputs].copy_from_slice(pass.x);
        } else {
            matmul(
                [self.inputs, units, rows],
                Matrix::transposed(pass.x, self.inputs),
                Matrix::rows(pass.dy, units),
                kernel_gradient,
                false,
            );
        }
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
