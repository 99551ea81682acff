//! The rectifier with a learned slope.

use super::Initializer;
use super::layer::{Backward, Forward, Layer, Op, WeightSpec};
use super::masks::MaskFlow;
use super::settings::{WeightSettings, weight_settings, weighted_op};
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};

/// `x`, or `alpha x` below 0, with learned alphas, as Keras' `PReLU` (He et al., 2015).
///
/// Each value of a sample has its own alpha, which starts at 0; positions along
/// [`shared_axes`](Self::shared_axes) share one.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([8, 8, 1]).add(Conv2D::new(4, 3));
/// assert_eq!(net.clone().add(PReLU::new()).count_params()?, 40 + 6 * 6 * 4);
/// assert_eq!(net.add(PReLU::new().shared_axes([1, 2])).count_params()?, 40 + 4);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PReLU {
    alpha: WeightSettings,
    shared_axes: Option<Vec<usize>>,
}

impl Default for PReLU {
    fn default() -> Self {
        Self::new()
    }
}

impl PReLU {
    /// A layer with an alpha for each value, which starts at 0.
    pub fn new() -> Self {
        PReLU { alpha: WeightSettings::new(Initializer::Zeros), shared_axes: None }
    }

    /// The axes along which alphas are shared, counted from 1 after the axis of samples: `[1, 2]`
    /// gives pictures one alpha for each channel. None by default.
    pub fn shared_axes(mut self, axes: impl Into<Vec<usize>>) -> Self {
        self.shared_axes = Some(axes.into());
        self
    }
}

weight_settings!(PReLU:
    "alpha" starting "zeros" at alpha = alpha_initializer, alpha_regularizer, alpha_constraint
);

configured!(PReLU as "keras.layers" "PReLU", |from| PReLU::new(),
    shared_axes = shared_axes; weights alpha = alpha);

impl Layer for PReLU {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let mut shape = input.to_vec();
        for axis in self.shared_axes.iter().flatten() {
            match shape.get_mut(axis.wrapping_sub(1)) {
                Some(length) => *length = 1,
                None => {
                    let expected = format!("from 1 to {}, the axes of a sample", input.len());
                    return Err(Error::argument("PReLU: a shared axis", axis, expected));
                }
            }
        }
        let mut below: usize = shape.iter().product();
        let mut axes = Vec::with_capacity(shape.len());
        for (length, own) in input.iter().zip(&shape) {
            below /= own.max(&1);
            axes.push((*length, if own == length { below } else { 0 }));
        }
        Ok(Box::new(PReLUOp {
            output: input.to_vec(),
            axes,
            weights: [self.alpha.spec("alpha", shape)],
        }))
    }
}

struct PReLUOp {
    output: Vec<usize>,
    /// For each axis its length, and its stride among the alphas: 0 where they are shared.
    axes: Vec<(usize, usize)>,
    weights: [WeightSpec; 1],
}

/// Calls `work(place of a value, place of its alpha)` for each value of a sample.
fn walk(
    axes: &[(usize, usize)],
    alpha: usize,
    value: &mut usize,
    work: &mut impl FnMut(usize, usize),
) {
    match axes {
        [] => {}
        [(length, step)] => {
            (0..*length).for_each(|i| work(*value + i, alpha + i * step));
            *value += length;
        }
        [(length, step), inner @ ..] => {
            (0..*length).for_each(|i| walk(inner, alpha + i * step, value, work));
        }
    }
}

impl Op for PReLUOp {
    weighted_op!();

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Passes
    }

    fn forward(&self, pass: Forward<'_>) {
        let (x, y, alpha) = (pass.x, pass.y, pass.weights);
        let mut value = 0;
        for _ in 0..pass.rows {
            walk(&self.axes, 0, &mut value, &mut |i, a| {
                y[i] = if x[i] > 0.0 { x[i] } else { alpha[a] * x[i] };
            });
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let (x, dy, alpha, by_alpha) = (pass.x, pass.dy, pass.weights, pass.gradients);
        let mut value = 0;
        for _ in 0..pass.rows {
            walk(&self.axes, 0, &mut value, &mut |i, a| {
                if x[i] <= 0.0 {
                    by_alpha[a] += dy[i] * x[i];
                    // As in Keras, the gradient at 0 itself is 0.
                    dy[i] *= if x[i] < 0.0 { alpha[a] } else { 0.0 };
                }
            });
        }
        if let Some(dx) = pass.dx {
            dx.copy_from_slice(dy);
        }
    }
}
