//! Vectors of length 1.

use super::layer::{Backward, Forward, Layer, Op};
use super::layer_normalization::last_axis;
use crate::config::{Config, configured};
use crate::error::Result;
use crate::kernels::vectorized;
use serde_json::json;

/// `x / ‖x‖` over the last axis of each sample, as Keras' `UnitNormalization`: each vector along it
/// is divided by its Euclidean length, so that only its direction is left. A vector of zeros stays
/// one, and has the gradient 0.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([2]).add(UnitNormalization::new());
/// let model = net.compile("sgd", "mse", ())?;
/// assert_eq!(model.predict(&Array::new([1, 2], vec![3.0, 4.0])?)?.data(), [0.6, 0.8]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct UnitNormalization;

impl UnitNormalization {
    /// Over the last axis.
    pub fn new() -> Self {
        UnitNormalization
    }
}

configured!(UnitNormalization as "keras.layers" "UnitNormalization", |from| {
    last_axis(from, "UnitNormalization")?;
    UnitNormalization
});

impl Layer for UnitNormalization {
    fn config(&self) -> Result<Config> {
        let mut config = Config::of(self);
        config.settings_mut().insert("axis".into(), json!(-1));
        Ok(config)
    }

    fn class_name(&self) -> &str {
        "UnitNormalization"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        Ok(Box::new(UnitOp { output: input.to_vec() }))
    }
}

struct UnitOp {
    output: Vec<usize>,
}

impl UnitOp {
    fn width(&self) -> usize {
        self.output.last().copied().unwrap_or(1).max(1)
    }
}

impl Op for UnitOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn forward(&self, pass: Forward<'_>) {
        let (x, y, n) = (pass.x, pass.y, self.width());
        vectorized(|| {
            for (y, x) in y.chunks_exact_mut(n).zip(x.chunks_exact(n)) {
                let factor = factor(x);
                y.iter_mut().zip(x).for_each(|(y, x)| *y = x * factor);
            }
        });
    }

    /// `dx = (dy - y ⟨y, dy⟩) / ‖x‖`: what would change the length only is left out.
    fn backward(&self, pass: Backward<'_>) {
        let Some(dx) = pass.dx else { return };
        let (x, dy, n) = (pass.x, &*pass.dy, self.width());
        vectorized(|| {
            let vectors = x.chunks_exact(n).zip(dy.chunks_exact(n));
            for (dx, (x, dy)) in dx.chunks_exact_mut(n).zip(vectors) {
                let factor = factor(x);
                let along: f32 = x.iter().zip(dy).map(|(x, dy)| x * dy).sum::<f32>() * factor;
                for ((dx, x), dy) in dx.iter_mut().zip(x).zip(dy) {
                    *dx = (dy - x * factor * along) * factor;
                }
            }
        });
    }
}

/// One over the length; 0 for a vector of zeros.
fn factor(x: &[f32]) -> f32 {
    let square: f32 = x.iter().map(|x| x * x).sum();
    if square > 0.0 { square.sqrt().recip() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn zeros_stay_zeros_and_have_no_slope() {
        let net = Sequential::new([2]).add(Dense::new(2)).add(UnitNormalization::new());
        let mut model = net.compile("sgd", "mse", ()).unwrap();
        model.set_flat_weights(&[0.0; 6]).unwrap();
        let (x, y) = (Array::zeros([1, 2]).unwrap(), Array::new([1, 2], vec![1.0, 0.0]).unwrap());
        assert_eq!(model.predict(&x).unwrap().data(), [0.0, 0.0]);
        model.fit((&x, &y), Fit::epochs(1).verbose(0)).unwrap();
        assert_eq!(model.flat_weights(), [0.0; 6]);
    }
}
