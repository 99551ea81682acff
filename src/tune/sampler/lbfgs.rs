//! Minimisation of a smooth function within bounds.

use std::collections::VecDeque;

/// The number of steps from which the curvature is approximated.
const MEMORY: usize = 10;

/// Finds a local minimum of `f` within the bounds, beginning at `start`; returns the point and its
/// value. `f` writes its gradient into its second argument.
///
/// It runs L-BFGS (Nocedal & Wright, Numerical Optimization, 2006, algorithm 7.4) on the
/// coordinates that are not held at a bound, projects each step onto the bounds (Bertsekas, 1982),
/// and searches along it by Armijo's rule. If `f` is NaN, the step is halved.
pub(super) fn minimize(
    start: &[f64],
    bounds: &[(f64, f64)],
    iterations: usize,
    f: &mut dyn FnMut(&[f64], &mut [f64]) -> f64,
) -> (Vec<f64>, f64) {
    let inside = |x: f64, (low, high): (f64, f64)| x.clamp(low, high);
    let mut x: Vec<f64> = start.iter().zip(bounds).map(|(x, b)| inside(*x, *b)).collect();
    let mut gradient = vec![0.0; x.len()];
    let mut value = f(&x, &mut gradient);
    if !value.is_finite() {
        return (x, value);
    }
    let mut memory: VecDeque<(Vec<f64>, Vec<f64>)> = VecDeque::new();
    for _ in 0..iterations {
        let free: Vec<bool> = x
            .iter()
            .zip(&gradient)
            .zip(bounds)
            .map(|((x, g), (low, high))| !(*x <= *low && *g > 0.0 || *x >= *high && *g < 0.0))
            .collect();
        let steepest: Vec<f64> =
            gradient.iter().zip(&free).map(|(g, free)| if *free { -g } else { 0.0 }).collect();
        if steepest.iter().all(|d| d.abs() < 1e-5) {
            break;
        }
        let mut direction = descend(&steepest, &free, &memory);
        if dot(&direction, &gradient) >= 0.0 {
            memory.clear();
            direction.clone_from(&steepest);
        }
        // Without earlier steps the right length is unknown: begin with a short one.
        let longest = direction.iter().fold(0.0_f64, |max, d| max.max(d.abs()));
        let mut t = if memory.is_empty() { (0.1 / longest).min(1.0) } else { 1.0 };
        let mut step = None;
        for _ in 0..20 {
            let moved = x.iter().zip(&direction).zip(bounds);
            let next: Vec<f64> = moved.map(|((x, d), b)| inside(x + t * d, *b)).collect();
            let mut slope = vec![0.0; x.len()];
            let at = f(&next, &mut slope);
            let difference: Vec<f64> = next.iter().zip(&x).map(|(a, b)| a - b).collect();
            if at <= value + 1e-4 * dot(&gradient, &difference) {
                step = Some((next, at, slope, difference));
                break;
            }
            t *= 0.5;
        }
        let Some((next, at, slope, difference)) = step else {
            if memory.is_empty() {
                break;
            }
            // The approximated curvature misleads: go on with the gradient alone.
            memory.clear();
            continue;
        };
        let change: Vec<f64> = slope.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        if dot(&change, &difference) > 1e-10 * dot(&change, &change).sqrt() {
            memory.push_back((difference, change));
            if memory.len() > MEMORY {
                memory.pop_front();
            }
        }
        let gain = value - at;
        (x, value, gradient) = (next, at, slope);
        if gain <= 1e-9 * value.abs().max(1e-9) {
            break;
        }
    }
    (x, value)
}

/// The search direction, by L-BFGS's two-loop recursion on the free coordinates.
fn descend(steepest: &[f64], free: &[bool], memory: &VecDeque<(Vec<f64>, Vec<f64>)>) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).zip(free).map(|((a, b), free)| if *free { a * b } else { 0.0 }).sum()
    };
    let mut q = steepest.to_vec();
    let mut alphas = Vec::with_capacity(memory.len());
    for (s, y) in memory.iter().rev() {
        let sy = dot(s, y);
        let alpha = if sy > 0.0 { dot(s, &q) / sy } else { 0.0 };
        q.iter_mut().zip(y).for_each(|(q, y)| *q -= alpha * y);
        alphas.push(alpha);
    }
    if let Some((s, y)) = memory.back() {
        let (sy, yy) = (dot(s, y), dot(y, y));
        if sy > 0.0 && yy > 0.0 {
            q.iter_mut().for_each(|q| *q *= sy / yy);
        }
    }
    for ((s, y), alpha) in memory.iter().zip(alphas.iter().rev()) {
        let sy = dot(s, y);
        let beta = if sy > 0.0 { dot(y, &q) / sy } else { 0.0 };
        q.iter_mut().zip(s).for_each(|(q, s)| *q += (alpha - beta) * s);
    }
    q.iter().zip(free).map(|(q, free)| if *free { *q } else { 0.0 }).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rosenbrock(x: &[f64], g: &mut [f64]) -> f64 {
        let (a, b) = (x[0], x[1]);
        g[0] = -2.0 * (1.0 - a) - 400.0 * a * (b - a * a);
        g[1] = 200.0 * (b - a * a);
        (1.0 - a).powi(2) + 100.0 * (b - a * a).powi(2)
    }

    #[test]
    fn finds_the_minimum_inside_and_at_a_bound() {
        let wide = [(-5.0, 5.0); 2];
        let (x, value) = minimize(&[-1.2, 1.0], &wide, 200, &mut rosenbrock);
        assert!(value < 1e-8 && (x[0] - 1.0).abs() < 1e-3, "{x:?} {value}");
        // With a <= 0.5 the minimum is at (0.5, 0.25).
        let narrow = [(-5.0, 0.5), (-5.0, 5.0)];
        let (x, value) = minimize(&[-1.2, 1.0], &narrow, 200, &mut rosenbrock);
        assert!((value - 0.25).abs() < 1e-6 && x[0] == 0.5, "{x:?} {value}");
        assert!((x[1] - 0.25).abs() < 1e-3);
    }

    #[test]
    fn a_function_without_a_value_ends_the_search() {
        let (x, value) = minimize(&[0.5], &[(0.0, 1.0)], 50, &mut |_, _| f64::NAN);
        assert!(x == [0.5] && value.is_nan());
    }
}
