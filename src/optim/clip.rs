//! What is done to large gradients before a step.

use std::ops::Range;

/// Keras' three ways to bound gradients, of which one at most is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Clip {
    /// Nothing.
    #[default]
    None,
    /// The gradient of each weight array is scaled to at most this norm.
    Norm(f32),
    /// All gradients together are scaled to at most this norm.
    GlobalNorm(f32),
    /// Each element is kept within this distance of 0.
    Value(f32),
}

impl Clip {
    /// Bounds `gradients`, whose arrays stand at `arrays`.
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
    // f64, because the squares of many small numbers are summed.
    let norm = gradient.iter().map(|g| *g as f64 * *g as f64).sum::<f64>().sqrt() as f32;
    if norm > most {
        gradient.iter_mut().for_each(|g| *g *= most / norm);
    }
}
