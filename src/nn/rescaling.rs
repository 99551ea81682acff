//! Scaling inputs inside a model.

use super::layer::{Backward, Forward, Layer, Op};
use crate::config::{Config, configured};
use crate::error::Result;
use crate::kernels::vectorized;

/// `x · scale + offset`, as Keras' `Rescaling`: 1/255 brings grey levels to 0 … 1.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let layer = Rescaling::new(1.0 / 127.5).offset(-1.0);
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rescaling {
    scale: f32,
    offset: f32,
}

impl Rescaling {
    /// Multiplies by `scale`.
    pub fn new(scale: f32) -> Self {
        Rescaling { scale, offset: 0.0 }
    }

    /// Added after scaling; 0 by default.
    pub fn offset(mut self, offset: f32) -> Self {
        self.offset = offset;
        self
    }
}

configured!(Rescaling as "keras.layers" "Rescaling", |from| Rescaling::new(from.get("scale")?),
    scale = scale, offset = offset);

impl Layer for Rescaling {
    fn config(&self) -> Result<Config> {
        Ok(Config::of(self))
    }

    fn class_name(&self) -> &str {
        "Rescaling"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        Ok(Box::new(RescalingOp { layer: *self, output: input.to_vec() }))
    }
}

struct RescalingOp {
    layer: Rescaling,
    output: Vec<usize>,
}

impl Op for RescalingOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn forward(&self, pass: Forward<'_>) {
        let Rescaling { scale, offset } = self.layer;
        let (x, y) = (pass.x, pass.y);
        vectorized(|| y.iter_mut().zip(x).for_each(|(y, x)| *y = x * scale + offset));
    }

    fn backward(&self, pass: Backward<'_>) {
        if let Some(dx) = pass.dx {
            let (scale, dy) = (self.layer.scale, pass.dy);
            vectorized(|| dx.iter_mut().zip(dy.iter()).for_each(|(dx, dy)| *dx = dy * scale));
        }
    }
}
