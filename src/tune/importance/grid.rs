//! The density of one parameter's values, on a grid.

use crate::math::normal::log_mass;
use crate::tune::Distribution;

/// The most grid points of a numeric parameter.
const STEPS: usize = 50;

/// How often the values (in internal form) fall on each point of the distribution's grid.
pub(super) fn count(of: &Distribution, values: &[f64]) -> Vec<f64> {
    let (low, high, log, most) = match of {
        Distribution::Categorical { choices } => {
            let mut counts = vec![0.0; choices.len().max(1)];
            for value in values {
                if let Some(count) = counts.get_mut(value.max(0.0) as usize) {
                    *count += 1.0;
                }
            }
            return counts;
        }
        Distribution::Float { low, high, step, log } => {
            let points = step.map(|step| ((high - low) / step).round_ties_even() + 1.0);
            (*low, *high, *log, points)
        }
        Distribution::Int { low, high, step, log } => {
            let (low, high) = (*low as f64, *high as f64);
            let points = if *log {
                ((high - low + 1.0).ln() / 2.0_f64.ln()).ceil() + 1.0
            } else {
                ((high - low) / *step as f64).round_ties_even() + 1.0
            };
            (low, high, *log, Some(points))
        }
    };
    let n = most.map_or(STEPS, |most| STEPS.min(most as usize)).max(2);
    let position = |v: f64| if log { v.ln() } else { v };
    // Halves, because the length of the whole range of f64 overflows.
    let low = position(low) / 2.0;
    let step = (position(high) / 2.0 - low) / (n - 1) as f64;
    let mut counts = vec![0.0; n];
    for value in values {
        // A value halfway between two points counts at the lower one.
        let at = ((position(*value) / 2.0 - low) / step - 0.5).ceil();
        counts[at.clamp(0.0, (n - 1) as f64) as usize] += 1.0;
    }
    counts
}

/// The density on the grid, estimated from the counts as by Optuna's `ScottParzenEstimator`: a
/// kernel with the bandwidth of Scott's rule at each grid point that was counted, and a wide one of
/// weight 1, the prior.
pub(super) fn density(of: &Distribution, counts: &[f64]) -> Vec<f64> {
    let seen: Vec<(f64, f64)> =
        counts.iter().enumerate().filter(|(_, c)| **c > 0.0).map(|(i, c)| (i as f64, *c)).collect();
    let total: f64 = counts.iter().sum::<f64>() + 1.0;
    if matches!(of, Distribution::Categorical { .. }) {
        let n = counts.len() as f64;
        let share = 1.0 / (seen.len() + 1) as f64;
        // Every kernel gives each choice a share, and its own choice 1 more.
        let common: f64 = (total - 1.0) * share / (1.0 + share * n) + 1.0 / n;
        let own = |count: &f64| count / (1.0 + share * n);
        return counts.iter().map(|count| (common + own(count)) / total).collect();
    }
    let width = scott(&seen);
    let last = (counts.len() - 1) as f64;
    let mut kernels: Vec<(f64, f64, f64)> =
        seen.into_iter().map(|(at, weight)| (at, width, weight)).collect();
    kernels.push((last / 2.0, last + 1.0, 1.0));
    let share = |x: f64| -> f64 {
        let parts = kernels.iter().map(|(mu, sigma, weight)| {
            let part = log_mass((x - 0.5 - mu) / sigma, (x + 0.5 - mu) / sigma);
            let all = log_mass((-0.5 - mu) / sigma, (last + 0.5 - mu) / sigma);
            weight / total * (part - all).exp()
        });
        parts.sum()
    };
    (0..counts.len()).map(|x| share(x as f64)).collect()
}

/// Scott's bandwidth (Multivariate Density Estimation, 1992) for grid points with their counts, but
/// not narrower than a kernel of which 90 % lie on one point.
fn scott(seen: &[(f64, f64)]) -> f64 {
    const LEAST: f64 = 0.5 / 1.64;
    let n: f64 = seen.iter().map(|(_, weight)| weight).sum();
    let mean = seen.iter().map(|(x, weight)| x * weight).sum::<f64>() / n;
    let squares: f64 = seen.iter().map(|(x, weight)| (x - mean).powi(2) * weight).sum();
    let deviation = (squares / (n - 1.0).max(1.0)).sqrt();
    let cumulated: Vec<f64> = seen
        .iter()
        .scan(0.0, |sum, (_, weight)| {
            *sum += weight;
            Some(*sum)
        })
        .collect();
    let quarter = cumulated.iter().filter(|c| **c < (n / 4.0).floor()).count();
    let three = cumulated.iter().filter(|c| **c <= (n * 3.0 / 4.0).floor()).count();
    let at = |i: usize| seen.get(i.min(seen.len().saturating_sub(1))).map_or(0.0, |(x, _)| *x);
    let spread = (at(three) - at(quarter)) / 1.34;
    (1.059 * spread.min(deviation) * n.powf(-0.2)).max(LEAST)
}
