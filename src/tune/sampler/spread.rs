//! Initial trials that are spread out, for the time before a model can be fitted.

use super::draw::generator;
use super::space::{Seen, Space};
use super::{Context, relative};
use crate::tune::Distribution;

/// The number of random points of which the one farthest from the other trials is tried.
const POINTS: usize = 10;

/// Values for a trial before there is a model, far from those of all finished and running trials
/// (Mitchell, Spectrally Optimal Sampling for Distribution Ray Tracing, 1991, "best candidate").
/// Distances wrap around at the borders, which would otherwise attract half of the points. Empty
/// for the first trial (choices add nothing to a distance), because its code has yet to show the
/// parameters.
pub(super) fn spread(context: &Context<'_>) -> Vec<(String, Distribution, f64)> {
    let space = Space::intersection(context.trials, Seen::CompleteAndPruned);
    if space.is_empty() {
        return Vec::new();
    }
    let encoded = |trial: &_| Some(space.encode(&relative::values(&space, trial)?));
    let others: Vec<Vec<f64>> = context.trials.iter().filter_map(|t| encoded(t)).collect();
    let apart = |a: &[f64], b: &[f64]| -> f64 {
        let distances = a.iter().zip(b).map(|(a, b)| (a - b).abs());
        distances.map(|d| d.min(1.0 - d).powi(2)).sum()
    };
    let mut rng = generator(context, "spread");
    let mut farthest: Option<(f64, Vec<f64>)> = None;
    for _ in 0..POINTS {
        let values = space.draw(&mut rng);
        let point = space.encode(&values);
        let nearest = others.iter().map(|o| apart(&point, o)).fold(f64::INFINITY, f64::min);
        if farthest.as_ref().is_none_or(|(most, _)| nearest > *most) {
            farthest = Some((nearest, values));
        }
    }
    farthest.map_or(Vec::new(), |(_, values)| space.named(&values))
}

#[cfg(test)]
mod tests {
    use super::super::conformance::{complete, float, kinds};
    use super::*;
    use crate::tune::Direction;
    use std::sync::Arc;

    /// The smallest distance between ten points on a line, averaged over 50 seeds.
    fn gaps(apart: bool) -> f64 {
        let mut sum = 0.0;
        for seed in 0..50 {
            let mut trials = Vec::new();
            for number in 0..10 {
                let directions = &[Direction::Minimize];
                let seed = seed * 1000 + number;
                let context = Context { study: "s", trials: &trials, directions, number, seed };
                let proposed = if apart { spread(&context) } else { Vec::new() };
                assert_eq!(proposed.is_empty(), !apart || number == 0);
                let random = || {
                    let mut rng = generator(&context, "test");
                    super::super::draw::draw(&mut rng, &float(2.0, 4.0))
                };
                let proposed = proposed.iter().find(|(name, _, _)| name == "x");
                let x = proposed.map_or_else(random, |(_, _, x)| *x);
                let params = [("x", float(2.0, 4.0), x), ("kind", kinds(&["a", "b"]), 0.0)];
                trials.push(Arc::new(complete(number, &params, 1.0)));
            }
            let mut all: Vec<f64> = trials.iter().map(|t| t.param("x").unwrap().internal).collect();
            all.sort_by(f64::total_cmp);
            sum += all.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
        }
        sum / 50.0
    }

    #[test]
    fn points_keep_apart() {
        let (apart, random) = (gaps(true), gaps(false));
        assert!(apart > 2.5 * random, "{apart} {random}");
    }
}
