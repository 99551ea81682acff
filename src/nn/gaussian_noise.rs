//! Gaussian noise while training.

use super::layer::{Backward, Forward, Layer, Op};
use super::masks::MaskFlow;
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Adds normal noise of mean 0 while training, as Keras' `GaussianNoise`; does nothing when
/// predicting.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let layer = GaussianNoise::new(0.1);
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GaussianNoise {
    stddev: f32,
}

impl GaussianNoise {
    /// Noise of this standard deviation, at least 0.
    pub fn new(stddev: f32) -> Self {
        GaussianNoise { stddev }
    }
}

configured!(GaussianNoise as "keras.layers" "GaussianNoise",
    |from| GaussianNoise::new(from.get("stddev")?), stddev = stddev);

impl Layer for GaussianNoise {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        if !(self.stddev >= 0.0 && self.stddev.is_finite()) {
            let what = "GaussianNoise: the standard deviation";
            return Err(Error::argument(what, self.stddev, "a finite number of at least 0"));
        }
        Ok(Box::new(GaussianNoiseOp { stddev: self.stddev, output: input.to_vec() }))
    }
}

struct GaussianNoiseOp {
    stddev: f32,
    output: Vec<usize>,
}

impl Op for GaussianNoiseOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Passes
    }

    fn only_trains(&self) -> bool {
        true
    }

    fn forward(&self, pass: Forward<'_>) {
        pass.y.copy_from_slice(pass.x);
        if pass.training && self.stddev > 0.0 {
            let mut rng = ChaCha8Rng::seed_from_u64(pass.seed);
            for y in pass.y {
                let z: f32 = StandardNormal.sample(&mut rng);
                *y += self.stddev * z;
            }
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        if let Some(dx) = pass.dx {
            dx.copy_from_slice(pass.dy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // 40000 draws: four standard deviations of the mean are .04/√40000·... = 4·.5/200 = .01, those
    // of the deviation 4·.5/√80000 = .007.
    #[test]
    fn noise_has_its_moments_and_is_left_out_when_predicting() {
        let op = GaussianNoise::new(0.5).build(&[40_000]).unwrap();
        let x = vec![3.0f32; 40_000];
        let run = |training: bool, seed: u64| {
            let mut y = vec![0.0; x.len()];
            let (x, weights, scratch) = (&x[..], &[][..], &mut [][..]);
            op.forward(Forward {
                rows: 1,
                training,
                seed,
                x,
                y: &mut y,
                weights,
                scratch,
                mask: None,
            });
            y
        };
        let noise: Vec<f64> = run(true, 1).iter().map(|y| *y as f64 - 3.0).collect();
        let mean = noise.iter().sum::<f64>() / 40_000.0;
        let deviation = (noise.iter().map(|v| v * v).sum::<f64>() / 40_000.0).sqrt();
        assert!(mean.abs() < 0.01 && (deviation - 0.5).abs() < 0.007, "{mean} {deviation}");
        assert_eq!(run(false, 1), x);
        assert_eq!(run(true, 1), run(true, 1));
        assert_ne!(run(true, 1), run(true, 2));
    }

    #[test]
    fn a_negative_deviation_is_refused() {
        let error = GaussianNoise::new(-0.5).build(&[3]).err().unwrap().to_string();
        assert!(error.contains("GaussianNoise") && error.contains("-0.5"), "{error}");
    }
}
