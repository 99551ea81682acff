//! Bayesian optimisation by a forest of extremely randomised trees.

mod tree;

use super::acquisition::{Acquisition, Promise, surrogate_settings};
use super::draw::generator;
use super::history::History;
use super::space::Regression;
use super::spread::spread;
use super::{Context, Proposal, RandomSampler, Sampler, relative};
use crate::error::{Error, Result};
use crate::tune::Distribution;
use rand_chacha::ChaCha8Rng;
use tree::Tree;

/// Fits extremely randomised trees to the losses and tries the most promising point, with the rules
/// and defaults of scikit-optimize's `forest_minimize`. After the initial trials it grows 100 trees
/// (Geurts et al., Extremely Randomized Trees, 2006) with at least 3 trials in a leaf. Of `points`
/// random points it tries the one with the largest expected improvement. The initial trials are
/// random and spread out: each is the one of 10 random points that is farthest from the other
/// trials. The variance of a prediction is the variance within the leaves plus that between the
/// trees (Hutter et al., Algorithm Runtime Prediction, 2014).
///
/// It needs no smooth objective and does well with categorical parameters. Which trials count, and
/// how conditional parameters are handled, is described at [`GpSampler`](super::GpSampler).
///
/// ```
/// use dfdx_lab::tune::sampler::{ForestSampler, Sampler};
/// assert_eq!(ForestSampler::new().trees(50).name(), "forest");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ForestSampler {
    initial: usize,
    trees: usize,
    leaf: usize,
    acquisition: Acquisition,
    points: usize,
    xi: f64,
    kappa: f64,
}

surrogate_settings!(ForestSampler);

impl Default for ForestSampler {
    fn default() -> Self {
        ForestSampler {
            initial: 10,
            trees: 100,
            leaf: 3,
            acquisition: Acquisition::ExpectedImprovement,
            points: 10_000,
            xi: 0.01,
            kappa: 1.96,
        }
    }
}

impl ForestSampler {
    /// 10 initial points, 100 trees, expected improvement, 10000 candidates, xi .01, kappa 1.96.
    pub fn new() -> Self {
        ForestSampler::default()
    }

    /// The number of trees, from 1 to 10000 (default 100).
    pub fn trees(mut self, n: usize) -> Self {
        self.trees = n;
        self
    }

    /// The fewest trials in a leaf, at least 1 (default 3).
    pub fn min_samples_leaf(mut self, n: usize) -> Self {
        self.leaf = n;
        self
    }

    /// The acquisition function; expected improvement by default.
    pub fn acquisition(mut self, kind: Acquisition) -> Self {
        self.acquisition = kind;
        self
    }

    fn check(&self) -> Result<()> {
        let counts = [
            ("trees", self.trees, 10_000),
            ("min_samples_leaf", self.leaf, usize::MAX),
            ("points", self.points, 1_000_000),
        ];
        for (name, n, most) in counts {
            if n == 0 || n > most {
                let what = format!("ForestSampler: {name}");
                return Err(Error::argument(what, n, format!("from 1 to {most}")));
            }
        }
        for (name, value) in [("xi", self.xi), ("kappa", self.kappa)] {
            if !value.is_finite() {
                return Err(Error::argument(format!("ForestSampler: {name}"), value, "a number"));
            }
        }
        Ok(())
    }
}

/// A forest with default settings, fitted to points of the unit cube.
pub(super) fn regression(
    points: &[Vec<f64>],
    losses: &[f64],
    rng: &mut ChaCha8Rng,
) -> Regression<'static> {
    let ForestSampler { trees, leaf, .. } = ForestSampler::default();
    let trees: Vec<Tree> = (0..trees).map(|_| Tree::grow(points, losses, leaf, rng)).collect();
    Box::new(move |point| tree::predict(&trees, point).0)
}

impl Sampler for ForestSampler {
    fn name(&self) -> &str {
        "forest"
    }

    fn joint(&self, context: &Context<'_>) -> Result<Vec<(String, Distribution, f64)>> {
        self.check()?;
        let Some(history) = History::of(context, self.name(), self.initial)? else {
            return Ok(spread(context));
        };
        let space = &history.space;
        let mut rng = generator(context, "forest");
        let grow = |_| Tree::grow(&history.points, &history.losses, self.leaf, &mut rng);
        let trees: Vec<Tree> = (0..self.trees).map(grow).collect();
        let (best, xi, kappa) = (history.best(), self.xi, self.kappa);
        let promise = Promise { kind: self.acquisition, best, xi, kappa };
        let mut chosen: Option<(f64, Vec<f64>)> = None;
        for _ in 0..self.points {
            let values = space.draw(&mut rng);
            let (mean, deviation) = tree::predict(&trees, &space.encode(&values));
            let cost = promise.cost(mean, deviation);
            let better = chosen.as_ref().is_none_or(|(least, _)| cost < *least);
            // A point that was tried before teaches less than any other.
            if better && !history.has(&values) {
                chosen = Some((cost, values));
            }
        }
        let values = chosen.map_or_else(|| space.draw(&mut rng), |(_, values)| values);
        Ok(space.named(&values))
    }

    fn propose(&self, context: &Context<'_>) -> Result<Proposal> {
        let values = self.joint(context)?;
        Ok(Proposal { notes: relative::notes(&values), values })
    }

    fn one(&self, context: &Context<'_>, name: &str, of: &Distribution) -> Result<f64> {
        self.check()?;
        RandomSampler.one(context, name, of)
    }
}
