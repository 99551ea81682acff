//! Acquisition functions, which say how promising a point is.

use crate::math::normal::{cumulative, density};

/// An acquisition function, which trades a low mean of the loss against a high uncertainty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquisition {
    /// Expected improvement by more than `xi`: `(y - xi - mean) Φ(z) + deviation φ(z)`.
    ExpectedImprovement,
    /// Lower confidence bound: `mean - kappa deviation`.
    LowerConfidenceBound,
    /// Probability of an improvement by more than `xi`.
    ProbabilityOfImprovement,
}

/// The settings that all samplers with a model of the objective have.
macro_rules! surrogate_settings {
    ($sampler:ident) => {
        impl $sampler {
            /// The number of trials with a value before a model is used (default 10). Until then,
            /// points are random and far from each other.
            pub fn initial_points(mut self, n: usize) -> Self {
                self.initial = n;
                self
            }

            /// The number of random candidates, from 1 to a million (default 10000).
            pub fn points(mut self, n: usize) -> Self {
                self.points = n;
                self
            }

            /// The least improvement that counts in expected improvement and probability of
            /// improvement (default .01).
            pub fn xi(mut self, xi: f64) -> Self {
                self.xi = xi;
                self
            }

            /// The number of standard deviations that the lower confidence bound subtracts (default
            /// 1.96).
            pub fn kappa(mut self, kappa: f64) -> Self {
                self.kappa = kappa;
                self
            }
        }
    };
}
pub(super) use surrogate_settings;

/// An acquisition function with its settings and the best loss so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Promise {
    pub(super) kind: Acquisition,
    pub(super) best: f64,
    pub(super) xi: f64,
    pub(super) kappa: f64,
}

impl Promise {
    /// A cost that is small where the point is promising.
    pub(super) fn cost(&self, mean: f64, deviation: f64) -> f64 {
        self.slopes(mean, deviation).0
    }

    /// The cost, and its derivatives by mean and deviation.
    pub(super) fn slopes(&self, mean: f64, deviation: f64) -> (f64, f64, f64) {
        let improvement = self.best - self.xi - mean;
        match self.kind {
            Acquisition::LowerConfidenceBound => (mean - self.kappa * deviation, 1.0, -self.kappa),
            _ if deviation <= 0.0 => (0.0, 0.0, 0.0),
            Acquisition::ExpectedImprovement => {
                let z = improvement / deviation;
                let (below, at) = (cumulative(z), density(z));
                (-(improvement * below + deviation * at), below, -at)
            }
            Acquisition::ProbabilityOfImprovement => {
                let z = improvement / deviation;
                let at = density(z);
                (-cumulative(z), at / deviation, at * z / deviation)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_have_the_slopes_they_say() {
        use Acquisition::*;
        for kind in [ExpectedImprovement, LowerConfidenceBound, ProbabilityOfImprovement] {
            let promise = Promise { kind, best: 0.7, xi: 0.01, kappa: 1.96 };
            let (cost, by_mean, by_deviation) = promise.slopes(0.9, 0.4);
            let h = 1e-6;
            let slope = (promise.cost(0.9 + h, 0.4) - promise.cost(0.9 - h, 0.4)) / (2.0 * h);
            assert!((slope - by_mean).abs() < 1e-8, "{kind:?}");
            let slope = (promise.cost(0.9, 0.4 + h) - promise.cost(0.9, 0.4 - h)) / (2.0 * h);
            assert!((slope - by_deviation).abs() < 1e-8, "{kind:?}");
            assert!(promise.cost(0.5, 0.4) < cost && promise.cost(0.9, 0.5) < cost, "{kind:?}");
        }
        // scikit-optimize: gaussian_ei and gaussian_pi for mu .9, std .4, y_opt .7, xi .01
        let ei = Promise { kind: ExpectedImprovement, best: 0.7, xi: 0.01, kappa: 1.96 };
        assert!((ei.cost(0.9, 0.4) + 0.07607707066851307).abs() < 1e-12, "{}", ei.cost(0.9, 0.4));
        let pi = Promise { kind: ProbabilityOfImprovement, ..ei };
        assert!((pi.cost(0.9, 0.4) + 0.2997915954686958).abs() < 1e-12, "{}", pi.cost(0.9, 0.4));
    }
}
