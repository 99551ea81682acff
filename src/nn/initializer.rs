//! Starting values of weights, by Keras' rules (Keras 3.15, `initializers/random_initializers.py`).

use crate::error::{Error, Result};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};
use std::fmt;

/// An initializer of weights. `fan_in` and `fan_out` are the inputs and outputs of one unit, as
/// Keras counts them.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
#[non_exhaustive]
pub enum Initializer {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// All this value.
    Constant(f32),
    /// Uniform between the two, Keras' `uniform` being (-0.05, 0.05).
    RandomUniform(f32, f32),
    /// Normal with this mean and standard deviation, Keras' `normal` being (0, 0.05).
    RandomNormal(f32, f32),
    /// Normal with this mean and standard deviation, drawn again beyond two deviations.
    TruncatedNormal(f32, f32),
    /// Uniform within ±√(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010); the default.
    #[default]
    GlorotUniform,
    /// Truncated normal of deviation √(2 / (fan_in + fan_out)).
    GlorotNormal,
    /// Uniform within ±√(6 / fan_in) (He et al., 2015).
    HeUniform,
    /// Truncated normal of deviation √(2 / fan_in).
    HeNormal,
    /// Uniform within ±√(3 / fan_in) (LeCun et al., 1998).
    LecunUniform,
    /// Truncated normal of deviation √(1 / fan_in).
    LecunNormal,
    /// Rows or columns orthonormal, times this gain (Saxe et al., 2014).
    Orthogonal(f32),
    /// This gain on the diagonal and 0 elsewhere; for weights of two axes.
    Identity(f32),
    /// Any variance, scaled by the size of the layer; the Glorot, He and LeCun initializers are
    /// special cases.
    VarianceScaling(VarianceScaling),
}

/// The settings of [`Initializer::VarianceScaling`]; the defaults are Keras': scale 1, by
/// `fan_in`, truncated normal.
///
/// ```
/// use dfdx_lab::nn::{Distribution, Fan, Initializer, VarianceScaling};
/// let like_he_uniform = Initializer::VarianceScaling(VarianceScaling {
///     scale: 2.0,
///     mode: Fan::In,
///     distribution: Distribution::Uniform,
/// });
/// # let _ = like_he_uniform;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VarianceScaling {
    /// The variance is this over the fan; more than 0.
    pub scale: f32,
    /// The fan by which the scale is divided.
    pub mode: Fan,
    /// The distribution of the values.
    pub distribution: Distribution,
}

impl Default for VarianceScaling {
    fn default() -> Self {
        VarianceScaling { scale: 1.0, mode: Fan::In, distribution: Distribution::TruncatedNormal }
    }
}

/// Which connections of a unit [`VarianceScaling`] divides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fan {
    /// Incoming ones.
    In,
    /// Outgoing ones.
    Out,
    /// The mean of both.
    Avg,
}

/// How [`VarianceScaling`] draws values of a given variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// Normal, drawn again beyond two deviations, and widened to keep the variance.
    TruncatedNormal,
    /// Untruncated normal.
    UntruncatedNormal,
    /// Uniform around 0.
    Uniform,
}

impl fmt::Display for Initializer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Initializer::*;
        match self {
            Zeros => f.write_str("zeros"),
            Ones => f.write_str("ones"),
            Constant(v) => write!(f, "constant({v})"),
            RandomUniform(a, b) => write!(f, "random_uniform({a}, {b})"),
            RandomNormal(m, s) => write!(f, "random_normal({m}, {s})"),
            TruncatedNormal(m, s) => write!(f, "truncated_normal({m}, {s})"),
            GlorotUniform => f.write_str("glorot_uniform"),
            GlorotNormal => f.write_str("glorot_normal"),
            HeUniform => f.write_str("he_uniform"),
            HeNormal => f.write_str("he_normal"),
            LecunUniform => f.write_str("lecun_uniform"),
            LecunNormal => f.write_str("lecun_normal"),
            Orthogonal(gain) => write!(f, "orthogonal({gain})"),
            Identity(gain) => write!(f, "identity({gain})"),
            VarianceScaling(v) => write!(
                f,
                "variance_scaling({}, fan_{}, {:?})",
                v.scale,
                format!("{:?}", v.mode).to_lowercase(),
                v.distribution
            ),
        }
    }
}

/// Keras' `compute_fans`: (1, 1) of a scalar, (n, n) of a vector, (in, out) of a matrix, and the
/// last two axes times the receptive field of a convolution's kernel.
fn fans(shape: &[usize]) -> (f32, f32) {
    match shape {
        [] => (1.0, 1.0),
        [n] => (*n as f32, *n as f32),
        [field @ .., fan_in, fan_out] => {
            let field: usize = field.iter().product();
            ((field * fan_in) as f32, (field * fan_out) as f32)
        }
    }
}

/// The deviation of a normal distribution after it is cut at two deviations.
const TRUNCATED_DEVIATION: f32 = 0.879_625_6;

impl Initializer {
    /// Checks the settings for a weight of this shape.
    ///
    /// # Errors
    /// If a setting is not finite or outside its range, or [`Initializer::Identity`] is used for a
    /// weight that does not have two axes.
    pub fn check(self, shape: &[usize]) -> Result<()> {
        use Initializer::*;
        let (values, deviation) = match self {
            Constant(v) | Orthogonal(v) | Identity(v) => ([v, v], 0.0),
            RandomUniform(low, high) => ([low, high], 0.0),
            RandomNormal(mean, d) | TruncatedNormal(mean, d) => ([mean, d], d),
            VarianceScaling(v) if v.scale <= 0.0 => {
                return Err(Error::argument("variance_scaling: the scale", v.scale, "more than 0"));
            }
            VarianceScaling(v) => ([v.scale, 1.0], 0.0),
            _ => ([0.0, 0.0], 0.0),
        };
        if values.iter().any(|v| !v.is_finite()) || deviation < 0.0 {
            let expected = "of finite numbers, the deviation not negative";
            return Err(Error::argument("the initializer", self, expected));
        }
        if matches!(self, Identity(_)) && shape.len() != 2 {
            let expected = "the identity is for weights of two axes";
            return Err(Error::shape("the initializer, a weight", shape, expected));
        }
        Ok(())
    }

    /// Fills `weights`, an array of `shape`, from a generator seeded by `seed`.
    pub fn fill(self, weights: &mut [f32], shape: &[usize], seed: u64) {
        use Initializer::*;
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let (fan_in, fan_out) = fans(shape);
        let per_input = 1.0 / fan_in.max(1.0);
        let per_mean = 1.0 / ((fan_in + fan_out) / 2.0).max(1.0);
        match self {
            Zeros => weights.fill(0.0),
            Ones => weights.fill(1.0),
            Constant(v) => weights.fill(v),
            RandomUniform(low, high) => uniform(weights, low, high, rng),
            RandomNormal(mean, deviation) => {
                for w in weights {
                    let z: f32 = StandardNormal.sample(rng);
                    *w = mean + deviation * z;
                }
            }
            TruncatedNormal(mean, deviation) => truncated(weights, mean, deviation, rng),
            GlorotUniform => variance_uniform(weights, per_mean, rng),
            HeUniform => variance_uniform(weights, 2.0 * per_input, rng),
            LecunUniform => variance_uniform(weights, per_input, rng),
            GlorotNormal => variance_normal(weights, per_mean, rng),
            HeNormal => variance_normal(weights, 2.0 * per_input, rng),
            LecunNormal => variance_normal(weights, per_input, rng),
            Orthogonal(gain) => orthogonal(weights, shape, gain, rng),
            Identity(gain) => {
                let columns = shape.last().copied().unwrap_or(1).max(1);
                for (i, w) in weights.iter_mut().enumerate() {
                    *w = if i / columns == i % columns { gain } else { 0.0 };
                }
            }
            VarianceScaling(v) => {
                let fan = match v.mode {
                    Fan::In => fan_in,
                    Fan::Out => fan_out,
                    Fan::Avg => (fan_in + fan_out) / 2.0,
                };
                let variance = v.scale / fan.max(1.0);
                match v.distribution {
                    Distribution::TruncatedNormal => variance_normal(weights, variance, rng),
                    Distribution::Uniform => variance_uniform(weights, variance, rng),
                    Distribution::UntruncatedNormal => {
                        RandomNormal(0.0, variance.sqrt()).fill(weights, shape, seed);
                    }
                }
            }
        }
    }
}

fn uniform(weights: &mut [f32], low: f32, high: f32, rng: &mut ChaCha8Rng) {
    for w in weights {
        let u: f32 = rng.r#gen();
        *w = low + (high - low) * u;
    }
}

fn truncated(weights: &mut [f32], mean: f32, deviation: f32, rng: &mut ChaCha8Rng) {
    for w in weights {
        let z = loop {
            let z: f32 = StandardNormal.sample(rng);
            if z.abs() <= 2.0 {
                break z;
            }
        };
        *w = mean + deviation * z;
    }
}

fn variance_uniform(weights: &mut [f32], variance: f32, rng: &mut ChaCha8Rng) {
    let limit = (3.0 * variance).sqrt();
    uniform(weights, -limit, limit, rng);
}

fn variance_normal(weights: &mut [f32], variance: f32, rng: &mut ChaCha8Rng) {
    truncated(weights, 0.0, variance.sqrt() / TRUNCATED_DEVIATION, rng);
}

/// Gram-Schmidt on random normal vectors, in f64; all axes but the last are flattened, as in Keras.
fn orthogonal(weights: &mut [f32], shape: &[usize], gain: f32, rng: &mut ChaCha8Rng) {
    let columns = shape.last().copied().unwrap_or(1).max(1);
    let rows = weights.len() / columns;
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(count);
    while basis.len() < count {
        let mut v: Vec<f64> = (0..length).map(|_| StandardNormal.sample(rng)).collect();
        // Twice: one pass leaves rounding errors as large as the projection.
        for _ in 0..2 {
            for b in &basis {
                let dot: f64 = v.iter().zip(b).map(|(x, y)| x * y).sum();
                v.iter_mut().zip(b).for_each(|(x, y)| *x -= dot * y);
            }
        }
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm > 1e-8 {
            v.iter_mut().for_each(|x| *x /= norm);
            basis.push(v);
        }
    }
    for (i, w) in weights.iter_mut().enumerate() {
        let (r, c) = (i / columns, i % columns);
        let value = if rows >= columns { basis[c][r] } else { basis[r][c] };
        *w = gain * value as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(initializer: Initializer, shape: &[usize]) -> Vec<f32> {
        let mut weights = vec![f32::NAN; shape.iter().product()];
        initializer.fill(&mut weights, shape, 7);
        weights
    }

    fn moments(w: &[f32]) -> (f64, f64, f64) {
        let n = w.len() as f64;
        let mean = w.iter().map(|v| *v as f64).sum::<f64>() / n;
        let variance = w.iter().map(|v| (*v as f64 - mean).powi(2)).sum::<f64>() / n;
        let top = w.iter().fold(0.0f64, |m, v| m.max((*v as f64).abs()));
        (mean, variance.sqrt(), top)
    }

    // 120000 draws: the mean is within 4 σ/√n = .012 σ, the deviation within 1 %.
    #[test]
    fn moments_and_bounds_are_keras_ones() {
        use Initializer::*;
        let shape = [400, 300];
        let uniform = |limit: f64| (limit / 3f64.sqrt(), limit);
        let truncated = |deviation: f64| (deviation, 2.0 * deviation / 0.879_625_66);
        let cases = [
            (RandomUniform(-0.05, 0.05), uniform(0.05)),
            (GlorotUniform, uniform((6.0 / 700f64).sqrt())),
            (HeUniform, uniform((6.0 / 400f64).sqrt())),
            (LecunUniform, uniform((3.0 / 400f64).sqrt())),
            (GlorotNormal, truncated((2.0 / 700f64).sqrt())),
            (HeNormal, truncated((2.0 / 400f64).sqrt())),
            (LecunNormal, truncated((1.0 / 400f64).sqrt())),
            (TruncatedNormal(0.0, 0.05), (0.05 * 0.879_625_66, 0.1)),
            (RandomNormal(0.0, 0.05), (0.05, 0.3)),
            (scaling(2.0, Fan::In, Distribution::Uniform), uniform((6.0 / 400f64).sqrt())),
            (scaling(3.0, Fan::Out, Distribution::TruncatedNormal), truncated(0.1)),
            (scaling(3.5, Fan::Avg, Distribution::UntruncatedNormal), (0.1, 0.6)),
        ];
        for (initializer, (deviation, bound)) in cases {
            let (mean, d, top) = moments(&draw(initializer, &shape));
            assert!(mean.abs() < 0.012 * deviation, "{initializer}: mean {mean}");
            assert!((d / deviation - 1.0).abs() < 0.01, "{initializer}: {d} not {deviation}");
            assert!(top <= bound * 1.000_001, "{initializer}: {top} beyond {bound}");
        }
        let (mean, _, _) = moments(&draw(RandomNormal(10.0, 0.05), &shape));
        assert!((mean - 10.0).abs() < 1e-3);
    }

    fn scaling(scale: f32, mode: Fan, distribution: Distribution) -> Initializer {
        Initializer::VarianceScaling(VarianceScaling { scale, mode, distribution })
    }

    #[test]
    fn identity_and_settings_out_of_range() {
        let w = draw(Initializer::Identity(2.0), &[2, 3]);
        assert_eq!(w, [2.0, 0.0, 0.0, 0.0, 2.0, 0.0]);
        assert!(Initializer::Identity(1.0).check(&[2, 3]).is_ok());
        let says = |initializer: Initializer, shape: &[usize], part: &str| {
            let text = initializer.check(shape).unwrap_err().to_string();
            assert!(text.contains(part), "{text}");
        };
        says(Initializer::Identity(1.0), &[3, 3, 1, 8], "two axes");
        says(Initializer::RandomNormal(0.0, -1.0), &[2], "random_normal(0, -1)");
        says(Initializer::Constant(f32::NAN), &[2], "finite");
        says(scaling(0.0, Fan::In, Distribution::Uniform), &[2], "more than 0");
    }

    #[test]
    fn convolution_kernels_count_their_field() {
        let (_, d, _) = moments(&draw(Initializer::GlorotUniform, &[3, 3, 64, 128]));
        let limit = (6.0f64 / (9.0 * 192.0)).sqrt();
        assert!((d * 3f64.sqrt() / limit - 1.0).abs() < 0.01);
    }

    #[test]
    fn orthogonal_is_orthogonal() {
        for shape in [[20, 7], [7, 20]] {
            let w = draw(Initializer::Orthogonal(2.0), &shape);
            let [rows, columns] = shape;
            let n = rows.min(columns);
            for i in 0..n {
                for j in 0..n {
                    let dot: f32 = (0..rows.max(columns))
                        .map(|k| {
                            if rows > columns {
                                w[k * columns + i] * w[k * columns + j]
                            } else {
                                w[i * columns + k] * w[j * columns + k]
                            }
                        })
                        .sum();
                    let want = if i == j { 4.0 } else { 0.0 };
                    assert!((dot - want).abs() < 1e-5);
                }
            }
        }
    }

    #[test]
    fn the_seed_decides() {
        let draw = |seed| {
            let mut w = [0.0; 8];
            Initializer::HeNormal.fill(&mut w, &[2, 4], seed);
            w
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
