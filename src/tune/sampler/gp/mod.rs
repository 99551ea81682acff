//! Bayesian optimisation by a Gaussian process.

mod hedge;
mod regressor;

use super::acquisition::{Acquisition, Promise, surrogate_settings};
use super::draw::generator;
use super::history::History;
use super::space::{Regression, Space};
use super::spread::spread;
use super::{Context, Proposal, RandomSampler, Sampler, lbfgs, relative};
use crate::error::{Error, Result};
use crate::tune::Distribution;
use hedge::Hedge;
use rand_chacha::ChaCha8Rng;
use regressor::{Kernel, Regressor};

/// Fits a Gaussian process to the losses and tries the most promising point, with the rules and
/// defaults of scikit-optimize's `gp_minimize`. The initial trials are random and spread out, like
/// those of [`ForestSampler`](super::ForestSampler). The process has an amplitude, a Matérn kernel
/// (nu 5/2) with a length scale for each coordinate (choices are one-hot) and white noise, all
/// fitted by maximum likelihood. Of `points` random points, the 5 best by an acquisition function
/// are improved by L-BFGS, which moves numbers and keeps choices. If every parameter is
/// categorical, the kernel is Hamming's and no point is improved.
///
/// By default, expected improvement, lower confidence bound and probability of improvement each
/// propose a point, and one of the three is drawn, more often that of the function whose earlier
/// points turned out better ("GP-Hedge", Hoffman et al., Portfolio Allocation for Bayesian
/// Optimization, 2011). Their gains are stored in the trials' system attributes, so that a study
/// can continue.
///
/// Parameters that only some trials have are drawn at random. Queued trials count as initial ones.
/// A running trial counts as equal to the best so far, a failed one as equal to the worst, and a
/// pruned one by its last report. Of more than 500 trials, the best 250 and the newest 250 are
/// used. The study must have one objective.
///
/// ```
/// use dfdx_lab::tune::sampler::{GpSampler, Sampler};
/// assert_eq!(GpSampler::new().initial_points(5).name(), "gp");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GpSampler {
    initial: usize,
    /// None for GP-Hedge.
    acquisition: Option<Acquisition>,
    points: usize,
    restarts: usize,
    xi: f64,
    kappa: f64,
}

surrogate_settings!(GpSampler);

impl Default for GpSampler {
    fn default() -> Self {
        GpSampler {
            initial: 10,
            acquisition: None,
            points: 10_000,
            restarts: 5,
            xi: 0.01,
            kappa: 1.96,
        }
    }
}

impl GpSampler {
    /// 10 initial points, GP-Hedge, 10000 candidates of which 5 are improved, xi .01, kappa 1.96.
    pub fn new() -> Self {
        GpSampler::default()
    }

    /// The one acquisition function to use; by default GP-Hedge uses all three.
    pub fn acquisition(mut self, kind: Acquisition) -> Self {
        self.acquisition = Some(kind);
        self
    }

    /// The number of candidates that L-BFGS improves (default 5).
    pub fn restarts(mut self, n: usize) -> Self {
        self.restarts = n;
        self
    }

    fn check(&self) -> Result<()> {
        if !(1..=1_000_000).contains(&self.points) {
            let what = "GpSampler: points";
            return Err(Error::argument(what, self.points, "from 1 to 1000000"));
        }
        for (name, value) in [("xi", self.xi), ("kappa", self.kappa)] {
            if !value.is_finite() {
                let what = format!("GpSampler: {name}");
                return Err(Error::argument(what, value, "a number"));
            }
        }
        Ok(())
    }

    /// The best point by each acquisition function, in internal form.
    fn candidates(
        &self,
        model: &Regressor<'_>,
        history: &History,
        rng: &mut ChaCha8Rng,
    ) -> Vec<Vec<f64>> {
        let space = &history.space;
        let drawn: Vec<Vec<f64>> =
            (0..self.points).map(|_| space.encode(&space.draw(rng))).collect();
        let mut room = Vec::new();
        let beliefs: Vec<_> = drawn.iter().map(|x| model.predict(x, &mut room)).collect();
        let choices = space.choices();
        let width = choices.len();
        let restarts = if space.all_categorical() { 0 } else { self.restarts };
        let mut best_by = |kind: Acquisition| {
            let promise = Promise { kind, best: history.best(), xi: self.xi, kappa: self.kappa };
            let mut order: Vec<(f64, usize)> = beliefs
                .iter()
                .enumerate()
                .map(|(i, b)| (promise.cost(b.mean, b.deviation), i))
                .collect();
            order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let mut best = order.first().map_or(f64::INFINITY, |(cost, _)| *cost);
            let mut values = order.first().map_or(Vec::new(), |(_, i)| space.decode(&drawn[*i]));
            let (mut by_mean, mut by_deviation) = (vec![0.0; width], vec![0.0; width]);
            for (_, i) in order.iter().take(restarts) {
                let start = &drawn[*i];
                // Choices stay as they were drawn: nothing lies between two of them.
                let bound = |(x, fixed): (&f64, &bool)| if *fixed { (*x, *x) } else { (0.0, 1.0) };
                let bounds: Vec<(f64, f64)> = start.iter().zip(&choices).map(bound).collect();
                let mut cost = |x: &[f64], gradient: &mut [f64]| {
                    let belief = model.slopes(x, &mut by_mean, &mut by_deviation);
                    let (cost, m, s) = promise.slopes(belief.mean, belief.deviation);
                    let parts = by_mean.iter().zip(&by_deviation);
                    gradient.iter_mut().zip(parts).for_each(|(g, (a, b))| *g = m * a + s * b);
                    cost
                };
                let (x, _) = lbfgs::minimize(start, &bounds, 20, &mut cost);
                // Compare the point that will be tried, which is on the parameters' grids.
                let decoded = space.decode(&x);
                let belief = model.predict(&space.encode(&decoded), &mut room);
                let cost = promise.cost(belief.mean, belief.deviation);
                if cost < best {
                    (best, values) = (cost, decoded);
                }
            }
            values
        };
        match self.acquisition {
            Some(kind) => vec![best_by(kind)],
            None => hedge::KINDS.into_iter().map(best_by).collect(),
        }
    }
}

/// A process fitted to points of the unit cube, as for a proposal; none if the fit fails.
pub(super) fn regression<'a>(
    space: &Space,
    points: &'a [Vec<f64>],
    losses: &[f64],
    rng: &mut ChaCha8Rng,
) -> Option<Regression<'a>> {
    let kernel = if space.all_categorical() { Kernel::Hamming } else { Kernel::Matern };
    let model = Regressor::fit(kernel, points, losses, 2, rng)?;
    Some(Box::new(move |point| model.mean(point)))
}

impl Sampler for GpSampler {
    fn name(&self) -> &str {
        "gp"
    }

    fn joint(&self, context: &Context<'_>) -> Result<Vec<(String, Distribution, f64)>> {
        Ok(self.propose(context)?.values)
    }

    fn propose(&self, context: &Context<'_>) -> Result<Proposal> {
        self.check()?;
        let Some(history) = History::of(context, self.name(), self.initial)? else {
            let values = spread(context);
            return Ok(Proposal { notes: relative::notes(&values), values });
        };
        let space = &history.space;
        let kernel = if space.all_categorical() { Kernel::Hamming } else { Kernel::Matern };
        let mut rng = generator(context, "gp");
        let model = Regressor::fit(kernel, &history.points, &history.losses, 2, &mut rng);
        let Some(model) = model else { return Ok(Proposal::default()) };
        let candidates = self.candidates(&model, &history, &mut rng);
        let mut hedge = Hedge::of(context, space);
        let chosen = match self.acquisition {
            Some(_) => 0,
            None => {
                hedge.update(|x| model.predict(&space.encode(x), &mut Vec::new()).mean);
                hedge.choose(&mut rng)
            }
        };
        // A point that was tried before teaches less than another proposal or a random point.
        let others = candidates.iter().cycle().skip(chosen).take(candidates.len()).cloned();
        let fresh = others.chain((0..100).map(|_| space.draw(&mut rng)));
        let fresh = fresh.into_iter().find(|values| !history.has(values));
        let values = fresh.unwrap_or_else(|| candidates.get(chosen).cloned().unwrap_or_default());
        let values = space.named(&values);
        let mut notes = relative::notes(&values);
        if self.acquisition.is_none() {
            notes.insert(hedge::KEY.to_string(), hedge.note(space, candidates));
        }
        Ok(Proposal { values, notes })
    }

    fn one(&self, context: &Context<'_>, name: &str, of: &Distribution) -> Result<f64> {
        self.check()?;
        RandomSampler.one(context, name, of)
    }
}
