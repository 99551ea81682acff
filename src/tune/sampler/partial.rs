//! How the objective depends on one or two parameters, as predicted by a sampler's model.

use super::draw::check;
use super::space::Space;
use super::{forest, gp};
use crate::tune::Distribution;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::Arc;

/// The model of the objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    /// The Gaussian process of `GpSampler`.
    Process,
    /// The extra trees of `ForestSampler`.
    Forest,
}

/// The most trials that a process is fitted to, the newest ones: its cost grows with the cube of
/// their number.
const MOST: usize = 300;

/// The number of points at which partial dependences are evaluated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resolution {
    /// Points along one parameter alone.
    pub line: usize,
    /// Points along each of two.
    pub field: usize,
    /// Random draws of the other parameters to average over.
    pub samples: usize,
}

/// Partial dependences of all parameters and of all pairs.
pub(crate) struct Partial {
    /// For each parameter, the points and the values there.
    pub lines: Vec<(Vec<f64>, Vec<f64>)>,
    /// For each parameter, the points of the fields.
    pub places: Vec<Vec<f64>>,
    /// For each pair (across, up), `across < up`, the values row by row, with the first row at the
    /// smallest point of `up`.
    pub fields: Vec<((usize, usize), Vec<f64>)>,
}

/// Fits a model to the trials and averages its prediction over random values of the other
/// parameters: the partial dependence of Friedman, Greedy function approximation (2001), as in
/// scikit-optimize's `plot_objective`. Each trial has a value or none for every parameter, in
/// internal form. A trial that lacks a parameter gets a random value of it, because the parameter
/// made no difference to it.
///
/// `None` if there are no trials or no parameters, or values cannot be drawn from a distribution.
pub(crate) fn partial_dependence(
    dimensions: &[(String, Arc<Distribution>)],
    trials: &[Vec<Option<f64>>],
    objective: &[f64],
    model: Model,
    resolution: Resolution,
) -> Option<Partial> {
    let drawable = |(name, of): &(String, Arc<Distribution>)| check(name, of).is_ok();
    if dimensions.is_empty() || trials.is_empty() || !dimensions.iter().all(drawable) {
        return None;
    }
    let newest = match model {
        Model::Process => trials.len().saturating_sub(MOST),
        Model::Forest => 0,
    };
    let (trials, objective) = (trials.get(newest..)?, objective.get(newest..)?);
    let space = Space { dimensions: dimensions.to_vec() };
    // A fixed seed, so that the same study gives the same plot.
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let points: Vec<Vec<f64>> = trials
        .iter()
        .map(|trial| {
            let drawn = space.draw(&mut rng);
            let values: Vec<f64> = trial.iter().zip(&drawn).map(|(v, d)| v.unwrap_or(*d)).collect();
            space.encode(&values)
        })
        .collect();
    let process = match model {
        Model::Process => gp::regression(&space, &points, objective, &mut rng),
        Model::Forest => None,
    };
    let expected = process.unwrap_or_else(|| forest::regression(&points, objective, &mut rng));
    let samples: Vec<Vec<f64>> =
        (0..resolution.samples.max(1)).map(|_| space.draw(&mut rng)).collect();

    let mean = |fixed: &[(usize, f64)]| -> f64 {
        let at = |sample: &Vec<f64>| {
            let mut values = sample.clone();
            fixed.iter().for_each(|(i, v)| values[*i] = *v);
            expected(&space.encode(&values))
        };
        samples.iter().map(|s| at(s) / samples.len() as f64).sum()
    };
    let d = dimensions.len();
    let lines = (0..d).into_par_iter().map(|i| {
        let places = places(&dimensions[i].1, resolution.line);
        let values = places.iter().map(|v| mean(&[(i, *v)])).collect();
        (places, values)
    });
    let lines = lines.collect();
    let places: Vec<Vec<f64>> =
        dimensions.iter().map(|(_, of)| places(of, resolution.field)).collect();
    let pairs: Vec<(usize, usize)> = (0..d).flat_map(|up| (0..up).map(move |x| (x, up))).collect();
    let field = |&(across, up): &(usize, usize)| {
        let row = |y: &f64| -> Vec<f64> {
            places[across].iter().map(|x| mean(&[(across, *x), (up, *y)])).collect()
        };
        ((across, up), places[up].iter().flat_map(row).collect())
    };
    let fields = pairs.par_iter().map(field).collect();
    Some(Partial { lines, places, fields })
}

/// About `n` values from one end of a distribution to the other; all choices of a categorical one.
fn places(of: &Arc<Distribution>, n: usize) -> Vec<f64> {
    if let Distribution::Categorical { choices } = &**of {
        return (0..choices.len()).map(|i| i as f64).collect();
    }
    let space = Space { dimensions: vec![(String::new(), of.clone())] };
    let last = n.max(2) - 1;
    let share = |i: usize| i as f64 / last as f64;
    let mut places: Vec<f64> = (0..=last).flat_map(|i| space.decode(&[share(i)])).collect();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::super::conformance::{float, int, kinds, log};
    use super::*;

    const RESOLUTION: Resolution = Resolution { line: 11, field: 5, samples: 50 };

    type Study = (Vec<(String, Arc<Distribution>)>, Vec<Vec<Option<f64>>>, Vec<f64>);

    /// `log10(rate)² + 3 if kind is "b"`, which does not depend on `n`.
    fn study() -> Study {
        let dimensions = [
            ("rate", log(1e-2, 1e2)),
            ("kind", kinds(&["a", "b", "c"])),
            ("n", int(1, 4)),
            ("x", float(0.0, 1.0)),
        ];
        let dimensions: Vec<_> =
            dimensions.into_iter().map(|(name, of)| (name.to_string(), Arc::new(of))).collect();
        let space = Space { dimensions: dimensions.clone() };
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let drawn: Vec<Vec<f64>> = (0..150).map(|_| space.draw(&mut rng)).collect();
        let f = |v: &Vec<f64>| v[0].log10().powi(2) + if v[1] == 1.0 { 3.0 } else { 0.0 };
        let values = drawn.iter().map(f).collect();
        // The trials with choice "a" have no x.
        let told = |v: &Vec<f64>| {
            let known = |(i, v1): (usize, &f64)| (i != 3 || v[1] != 0.0).then_some(*v1);
            v.iter().enumerate().map(known).collect()
        };
        (dimensions, drawn.iter().map(told).collect(), values)
    }

    #[test]
    fn an_additive_function_is_taken_apart() {
        let (dimensions, trials, values) = study();
        // A process follows the smooth part closely; the leaves of a forest blur it.
        for (model, slack) in [(Model::Process, 0.3), (Model::Forest, 1.0)] {
            let partial =
                partial_dependence(&dimensions, &trials, &values, model, RESOLUTION).unwrap();
            let (places, line) = &partial.lines[0];
            assert!((places[0] - 1e-2).abs() < 1e-9 && (places[5] - 1.0).abs() < 1e-9);
            assert!((line[0] - line[5] - 4.0).abs() < 2.0 * slack, "{model:?}: {line:?}");
            let (_, kind) = &partial.lines[1];
            assert!((kind[1] - kind[0] - 3.0).abs() < slack, "{model:?}: {kind:?}");
            let (n, flat) = &partial.lines[2];
            assert_eq!(n, &[1.0, 2.0, 3.0, 4.0]);
            assert!(flat.iter().all(|v| (v - flat[0]).abs() < slack), "{model:?}: {flat:?}");
            // Rate across, kind up. The field is the sum of its lines.
            let ((across, up), field) = &partial.fields[0];
            assert_eq!((*across, *up, field.len()), (0, 1, 5 * 3));
            let bonus = field[5 + 2] - field[2];
            assert!((bonus - 3.0).abs() < slack, "{model:?}: {bonus}");
            assert_eq!(partial.fields.len(), 6);
        }
    }

    #[test]
    fn nothing_to_learn_from_gives_nothing() {
        let (dimensions, trials, values) = study();
        let ask = |d: &[(String, Arc<Distribution>)], n: usize| {
            partial_dependence(d, &trials[..n], &values[..n], Model::Process, RESOLUTION)
        };
        assert!(ask(&dimensions, 0).is_none() && ask(&[], 3).is_none());
        let one = ask(&dimensions, 1).unwrap();
        assert!(one.lines.iter().flat_map(|l| &l.1).all(|v| (v - values[0]).abs() < 1e-6));
    }
}
