//! Dropout.

use super::layer::{Backward, Forward, Layer, Op};
use super::masks::MaskFlow;
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};
use crate::kernels::vectorized;

/// Sets a share `rate` of its inputs to 0 while training and scales the others by 1 / (1 - rate),
/// as Keras' `Dropout` (Srivastava et al., 2014); does nothing when predicting.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let layer = Dropout::new(0.5);
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    rate: f32,
}

impl Dropout {
    /// A layer that drops this share, at least 0 and less than 1.
    pub fn new(rate: impl Into<f64>) -> Self {
        Dropout { rate: rate.into() as f32 }
    }
}

configured!(Dropout as "keras.layers" "Dropout", |from| Dropout::new(from.get::<f32>("rate")?), rate = rate);

impl Layer for Dropout {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        if !(0.0..1.0).contains(&self.rate) {
            return Err(Error::argument(
                "Dropout: the rate",
                self.rate,
                "at least 0 and less than 1",
            ));
        }
        Ok(Box::new(DropoutOp { rate: self.rate, output: input.to_vec() }))
    }
}

const BLOCK: usize = 64;

struct DropoutOp {
    rate: f32,
    output: Vec<usize>,
}

/// A well mixed 32-bit number for each index (the finisher of MurmurHash3, A. Appleby).
#[inline(always)]
pub(crate) fn mix(seed: u32, index: u32) -> u32 {
    let mut h = index.wrapping_mul(0x9e37_79b9) ^ seed;
    h ^= h >> 16;
    h = h.wrapping_mul(0x85eb_ca6b);
    h ^= h >> 13;
    h = h.wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

/// 0 for dropped values and 1 / (1 - rate) for the others; 1 everywhere without a seed.
pub(super) fn fill_mask(mask: &mut [f32], rate: f32, seed: Option<u64>) {
    let Some(seed) = seed else { return mask.fill(1.0) };
    let threshold = (f64::from(rate) * 4_294_967_296.0) as u32;
    let seed = mix((seed >> 32) as u32, seed as u32);
    for (i, m) in mask.iter_mut().enumerate() {
        *m = if mix(seed, i as u32) < threshold { 0.0 } else { 1.0 / (1.0 - rate) };
    }
}

impl Op for DropoutOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Passes
    }

    fn scratch(&self) -> usize {
        self.output.iter().product()
    }

    fn only_trains(&self) -> bool {
        true
    }

    fn forward(&self, pass: Forward<'_>) {
        if !pass.training || self.rate == 0.0 {
            pass.y.copy_from_slice(pass.x);
            if pass.training {
                pass.scratch.fill(1.0);
            }
            return;
        }
        let threshold = (self.rate as f64 * 4_294_967_296.0) as u32;
        let scale = 1.0 / (1.0 - self.rate);
        let seed = mix((pass.seed >> 32) as u32, pass.seed as u32);
        let (x, y, kept) = (pass.x, pass.y, pass.scratch);
        vectorized(|| {
            // Blocks without branches, so that the compiler mixes eight numbers at a time.
            let blocks = kept.chunks_mut(BLOCK).zip(y.chunks_mut(BLOCK).zip(x.chunks(BLOCK)));
            for (b, (kept, (y, x))) in blocks.enumerate() {
                let mut factors = [0.0f32; BLOCK];
                for (l, factor) in factors.iter_mut().enumerate() {
                    let keep = u32::from(mix(seed, (b * BLOCK) as u32 + l as u32) >= threshold);
                    *factor = f32::from_bits(scale.to_bits() & keep.wrapping_neg());
                }
                kept.copy_from_slice(&factors[..kept.len()]);
                y.iter_mut().zip(x.iter().zip(factors)).for_each(|(y, (x, f))| *y = x * f);
            }
        });
    }

    fn backward(&self, pass: Backward<'_>) {
        if let Some(dx) = pass.dx {
            let (dy, kept) = (pass.dy, pass.scratch);
            vectorized(|| {
                for (dx, (dy, k)) in dx.iter_mut().zip(dy.iter().zip(kept.iter())) {
                    *dx = dy * k;
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forward(rate: f32, seed: u64, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let op = Dropout::new(rate).build(&[x.len()]).unwrap();
        let (mut y, mut scratch) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        op.forward(Forward {
            rows: 1,
            training: true,
            seed,
            x,
            y: &mut y,
            weights: &[],
            scratch: &mut scratch,
            mask: None,
        });
        (y, scratch)
    }

    // 40000 draws: four standard deviations of the share are 4 √(.3·.7/40000) = .0092.
    #[test]
    fn drops_its_share_and_keeps_the_mean() {
        let x = vec![2.0; 40_000];
        let (y, _) = forward(0.3, 9, &x);
        let dropped = y.iter().filter(|v| **v == 0.0).count() as f64 / 40_000.0;
        assert!((dropped - 0.3).abs() < 0.0092, "{dropped}");
        assert!(y.iter().all(|v| *v == 0.0 || (*v - 2.0 / 0.7).abs() < 1e-6));
        assert_ne!(y, forward(0.3, 10, &x).0);
        assert_eq!(y, forward(0.3, 9, &x).0);
    }

    #[test]
    fn a_rate_of_one_is_refused() {
        let error = Dropout::new(1.0).build(&[3]).err().unwrap().to_string();
        assert!(error.contains("Dropout") && error.contains('1'), "{error}");
    }
}
