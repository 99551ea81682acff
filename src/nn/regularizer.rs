//! Penalties on weights, by Keras' rules (Keras 3.15, `regularizers/regularizers.py`).

/// `l1 Σ|w| + l2 Σw²` (no ½), added to the loss that is minimised and logged.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Regularizer {
    /// The factor of Σ|w|.
    pub l1: f32,
    /// The factor of Σw².
    pub l2: f32,
}

impl Regularizer {
    /// `factor Σ|w|`; Keras' default factor is 0.01.
    pub fn l1(factor: f32) -> Self {
        Regularizer { l1: factor, l2: 0.0 }
    }

    /// `factor Σw²`; Keras' default factor is 0.01.
    pub fn l2(factor: f32) -> Self {
        Regularizer { l1: 0.0, l2: factor }
    }

    /// Both.
    pub fn l1_l2(l1: f32, l2: f32) -> Self {
        Regularizer { l1, l2 }
    }

    /// Whether it adds nothing.
    pub fn is_none(&self) -> bool {
        self.l1 == 0.0 && self.l2 == 0.0
    }

    /// The penalty of these weights.
    pub fn penalty(&self, weights: &[f32]) -> f64 {
        let (mut absolute, mut square) = (0.0f64, 0.0f64);
        for w in weights {
            absolute += w.abs() as f64;
            square += (w * w) as f64;
        }
        self.l1 as f64 * absolute + self.l2 as f64 * square
    }

    /// Adds `scale` times the penalty's derivative to `gradient`; that of `|w|` at 0 is 0.
    pub fn add_gradient(&self, weights: &[f32], gradient: &mut [f32], scale: f32) {
        let (l1, l2) = (self.l1 * scale, 2.0 * self.l2 * scale);
        crate::kernels::vectorized(|| {
            for (g, w) in gradient.iter_mut().zip(weights) {
                let sign = if *w > 0.0 { l1 } else { -l1 };
                let sign = if *w == 0.0 { 0.0 } else { sign };
                *g += l2 * *w + sign;
            }
        });
    }
}
