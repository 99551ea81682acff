//! The Parzen estimator: a density of trials, with one kernel for each.

use super::super::space::Space;
use crate::math::normal::{cumulative, log_mass, quantile};
use crate::tune::Distribution;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A mixture of products of kernels: one for each observation, and a wide one, the prior. As Optuna
/// 5's `_ParzenEstimator` with its defaults (prior weight 1, magic clip, no endpoints).
pub(super) struct Parzen<'a> {
    space: &'a Space,
    /// They sum to 1; the last one is the prior's.
    weights: Vec<f64>,
    axes: Vec<Axis>,
}

/// One parameter's kernels.
enum Axis {
    /// Truncated normal distributions of the value or of its logarithm.
    Number {
        low: f64,
        high: f64,
        log: bool,
        /// A factor for all values, so that the range has a finite length.
        scale: f64,
        /// Half a step: a grid value stands for all numbers that round to it.
        half: Option<f64>,
        centres: Vec<f64>,
        widths: Vec<f64>,
        /// The logarithm of each kernel's divisor: its probability within the bounds, times its
        /// width if there is no step.
        norms: Vec<f64>,
        /// The distinct kernels, and the index of each kernel among them: on a grid, many are
        /// equal.
        distinct: Vec<(f64, f64)>,
        which: Vec<usize>,
    },
    /// The observed choice of each kernel except the prior, and the logarithms of the probabilities
    /// of that choice and of any other.
    Choice { n: usize, observed: Vec<usize>, same: f64, other: f64 },
}

/// The weights of `n` trials, oldest first: 1 for the newest 25, and a ramp from 1/n for those
/// before.
fn default_weights(n: usize) -> Vec<f64> {
    const FLAT: usize = 25;
    let ramp = n.saturating_sub(FLAT);
    let first = 1.0 / n.max(1) as f64;
    let slope = (1.0 - first) / ramp.saturating_sub(1).max(1) as f64;
    (0..n).map(|i| if i < ramp { first + slope * i as f64 } else { 1.0 }).collect()
}

impl<'a> Parzen<'a> {
    /// An estimator of observations in internal form, oldest first; `equal` gives all the weight 1.
    pub(super) fn new(space: &'a Space, observations: &[Vec<f64>], equal: bool) -> Parzen<'a> {
        let n = observations.len();
        let mut weights = if equal { vec![1.0; n] } else { default_weights(n) };
        weights.push(1.0);
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= sum);
        let axis = |(i, (_, of)): (usize, &(String, _))| {
            let of: &std::sync::Arc<Distribution> = of;
            let values = observations.iter().filter_map(|values| values.get(i).copied());
            Axis::new(of, values.collect())
        };
        let axes = space.dimensions.iter().enumerate().map(axis).collect();
        Parzen { space, weights, axes }
    }

    /// A random point, in internal form.
    pub(super) fn sample(&self, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let mut rest = rng.r#gen::<f64>();
        let mut kernel = self.weights.len() - 1;
        for (i, weight) in self.weights.iter().enumerate() {
            if rest < *weight {
                kernel = i;
                break;
            }
            rest -= weight;
        }
        let dimensions = self.space.dimensions.iter();
        self.axes
            .iter()
            .zip(dimensions)
            .map(|(axis, (_, of))| axis.sample(kernel, of, rng))
            .collect()
    }

    /// The logarithm of the density at each candidate, up to a constant that depends only on the
    /// space.
    pub(super) fn log_densities(&self, candidates: &[Vec<f64>]) -> Vec<f64> {
        let base: Vec<f64> = self.weights.iter().map(|w| w.ln()).collect();
        let mut terms = vec![0.0; base.len()];
        let density = |values: &Vec<f64>| {
            terms.copy_from_slice(&base);
            for (axis, value) in self.axes.iter().zip(values) {
                axis.add_log_density(*value, &mut terms);
            }
            log_sum_exp(&terms)
        };
        candidates.iter().map(density).collect()
    }
}

fn log_sum_exp(terms: &[f64]) -> f64 {
    let max = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if max == f64::NEG_INFINITY {
        return max;
    }
    // Terms below the last bit of the sum change nothing; leaving them out saves their exp.
    let rest = terms.iter().map(|t| t - max).filter(|t| *t > -60.0);
    max + rest.map(f64::exp).sum::<f64>().ln()
}

impl Axis {
    fn new(of: &Distribution, observed: Vec<f64>) -> Axis {
        let (low, high, log, step) = match of {
            Distribution::Categorical { choices } => {
                let n = choices.len();
                let share = 1.0 / (observed.len() + 1) as f64;
                let sum = 1.0 + share * n as f64;
                let (same, other) = (((1.0 + share) / sum).ln(), (share / sum).ln());
                let observed = observed.into_iter().map(|v| v as usize).collect();
                return Axis::Choice { n, observed, same, other };
            }
            Distribution::Float { low, high, step, log } => (*low, *high, *log, *step),
            Distribution::Int { low, high, step, log } => {
                (*low as f64, *high as f64, *log, Some(*step as f64))
            }
        };
        let half = step.map(|step| step / 2.0);
        let scale = if log || (high - low).is_finite() { 1.0 } else { 0.125 };
        let position = |v: f64| if log { v.ln() } else { v * scale };
        let low = position(low - half.unwrap_or(0.0));
        let high = position(high + half.unwrap_or(0.0));
        let mut centres: Vec<f64> = observed.into_iter().map(position).collect();
        let mut widths = neighbour_gaps(&centres, low, high);
        centres.push(0.5 * low + 0.5 * high);
        widths.push(high - low);
        let norm = |(mu, sigma): (&f64, &f64)| {
            let mass = log_mass((low - mu) / sigma, (high - mu) / sigma);
            if half.is_none() { mass + sigma.ln() } else { mass }
        };
        let norms = centres.iter().zip(&widths).map(norm).collect();
        let (distinct, which) =
            if half.is_some() { distinct(&centres, &widths) } else { Default::default() };
        Axis::Number { low, high, log, scale, half, centres, widths, norms, distinct, which }
    }

    fn sample(&self, kernel: usize, of: &Distribution, rng: &mut ChaCha8Rng) -> f64 {
        let u = rng.r#gen::<f64>();
        match self {
            Axis::Choice { n, observed, same, .. } => match observed.get(kernel) {
                // The observed choice comes first; the others share the rest evenly.
                Some(choice) if u < same.exp() || *n < 2 => *choice as f64,
                Some(choice) => {
                    let rest = (u - same.exp()) / (1.0 - same.exp()).max(f64::MIN_POSITIVE);
                    let other = ((rest * (n - 1) as f64) as usize).min(n - 2);
                    (if other >= *choice { other + 1 } else { other }) as f64
                }
                None => ((u * *n as f64) as usize).min(n.saturating_sub(1)) as f64,
            },
            Axis::Number { low, high, log, scale, centres, widths, .. } => {
                let (mu, sigma) = (centres[kernel], widths[kernel]);
                let (a, b) = ((low - mu) / sigma, (high - mu) / sigma);
                let (from, to) = (cumulative(a), cumulative(b));
                // Not `clamp`, which panics at the NaN of a range that is too narrow to divide.
                let z = quantile(from + u * (to - from)).max(a).min(b);
                let position = (mu + z * sigma).max(*low).min(*high);
                of.nearest(if *log { position.exp() } else { position / scale })
            }
        }
    }

    fn add_log_density(&self, value: f64, terms: &mut [f64]) {
        match self {
            Axis::Choice { n, observed, same, other } => {
                let choice = value as usize;
                let (kernels, prior) = terms.split_at_mut(observed.len().min(terms.len()));
                for (term, seen) in kernels.iter_mut().zip(observed) {
                    *term += if *seen == choice { same } else { other };
                }
                prior.iter_mut().for_each(|term| *term -= (*n as f64).ln());
            }
            Axis::Number { log, scale, half, centres, widths, norms, distinct, which, .. } => {
                let position = |v: f64| if *log { v.ln() } else { v * scale };
                match half {
                    None => {
                        let x = position(value);
                        let kernels = centres.iter().zip(widths).zip(norms);
                        for (((mu, sigma), norm), term) in kernels.zip(terms) {
                            let z = (x - mu) / sigma;
                            *term -= 0.5 * z * z + norm;
                        }
                    }
                    Some(half) => {
                        let (a, b) = (position(value - half), position(value + half));
                        let mass =
                            |(mu, sigma): &(f64, f64)| log_mass((a - mu) / sigma, (b - mu) / sigma);
                        let masses: Vec<f64> = distinct.iter().map(mass).collect();
                        for ((which, norm), term) in which.iter().zip(norms).zip(terms) {
                            *term += masses[*which] - norm;
                        }
                    }
                }
            }
        }
    }
}

/// The distinct kernels, and the index of each kernel among them.
fn distinct(centres: &[f64], widths: &[f64]) -> (Vec<(f64, f64)>, Vec<usize>) {
    let kernel = |i: usize| (centres[i], widths[i]);
    let mut order: Vec<usize> = (0..centres.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (kernel(*a), kernel(*b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let mut distinct: Vec<(f64, f64)> = Vec::new();
    let mut which = vec![0; centres.len()];
    for i in order {
        if distinct.last() != Some(&kernel(i)) {
            distinct.push(kernel(i));
        }
        which[i] = distinct.len() - 1;
    }
    (distinct, which)
}

/// The width of each kernel: the larger gap to its neighbours, but at least `(high - low) /
/// min(100, n + 2)`, the "magic clip".
fn neighbour_gaps(centres: &[f64], low: f64, high: f64) -> Vec<f64> {
    let n = centres.len();
    let range = high - low;
    let least = range / (n as f64 + 2.0).min(100.0);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| centres[*a].total_cmp(&centres[*b]));
    let mut widths = vec![range; n];
    for (place, own) in order.iter().enumerate() {
        let to = |other: Option<&usize>| other.map(|i| (centres[*i] - centres[*own]).abs());
        let left = place.checked_sub(1).and_then(|i| to(order.get(i)));
        let right = to(order.get(place + 1));
        let gap = match (left, right) {
            (Some(left), Some(right)) => left.max(right),
            // The bounds count as neighbours only if there is a single observation.
            (Some(gap), None) | (None, Some(gap)) => gap,
            (None, None) => (centres[*own] - low).max(high - centres[*own]),
        };
        widths[*own] = gap.max(least).min(range);
    }
    widths
}
