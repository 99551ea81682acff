//! Clipping of gradients.

use std::fmt;
use std::ops::Range;

/// Keras' three ways to clip gradients; at most one is used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Clip {
    /// No clipping.
    #[default]
    None,
    /// The gradient of each weight array is scaled to at most this norm.
    Norm(f32),
    /// All gradients together are scaled to at most this norm.
    GlobalNorm(f32),
    /// Each element is clipped to this distance from 0.
    Value(f32),
}

impl fmt::Display for Clip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Clip::None => f.write_str("none"),
            Clip::Norm(most) => write!(f, "clipnorm {most}"),
            Clip::GlobalNorm(most) => write!(f, "global_clipnorm {most}"),
            Clip::Value(most) => write!(f, "clipvalue {most}"),
        }
    }
}

impl Clip {
    /// Clips `gradients`; `arrays` are the ranges of the weight arrays in it.
    pub fn apply(&self, gradients: &mut [f32], arrays: impl Iterator<Item = Range<usize>>) {
        match *self {
            Clip::None => {}
            Clip::Norm(most) => arrays.for_each(|range| scale_to(&mut gradients[range], most)),
            Clip::GlobalNorm(most) => scale_to(gradients, most),
            Clip::Value(most) => {
                gradients.iter_mut().for_each(|g| *g = g.clamp(-most.abs(), most.abs()))
            }
        }
    }
}

fn scale_to(gradient: &mut [f32], most: f32) {
    // In f64, because the squares of many small numbers are summed.
    let norm = gradient.iter().map(|g| *g as f64 * *g as f64).sum::<f64>().sqrt() as f32;
    if norm > most {
        gradient.iter_mut().for_each(|g| *g *= most / norm);
    }
}

#[cfg(test)]
mod tests {
    use crate::optim::Sgd;
    use crate::optim::checks::follows_keras_on;

    #[test]
    fn golden_on_two_arrays() {
        let arrays = [0..2, 2..4];
        let sgd = || Sgd::new(0.1);
        follows_keras_on(sgd().clipnorm(0.5), "SGD_clipnorm_two_arrays", &arrays, 20.0);
        let global = sgd().global_clipnorm(0.5);
        follows_keras_on(global, "SGD_global_clipnorm_two_arrays", &arrays, 20.0);
        follows_keras_on(sgd().clipvalue(0.5), "SGD_clipvalue_two_arrays", &arrays, 20.0);
    }
}
