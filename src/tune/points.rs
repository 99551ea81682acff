//! The values of a distribution. Only this file computes, rounds and checks them, so that what a
//! sampler proposes, what the database holds and what a model is built with are the same.

use super::Distribution;

/// How far, in steps, a value may be from the grid; the same as in Optuna.
const SLACK: f64 = 1e-8;
/// 2^53: up to it, every whole number is an `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Distribution {
    /// The number of values; none for a continuous range.
    pub(crate) fn count(&self) -> Option<u64> {
        match self {
            Distribution::Float { step: None, .. } => None,
            Distribution::Float { low, high, step: Some(step), .. } => {
                let steps = (high - low) / step;
                Some(((steps + slack(steps)).floor() as u64).saturating_add(1))
            }
            Distribution::Int { low, high, step, .. } => {
                let steps = (i128::from(*high) - i128::from(*low)) / i128::from((*step).max(1));
                Some(u64::try_from(steps).unwrap_or(u64::MAX).saturating_add(1))
            }
            Distribution::Categorical { choices } => Some(choices.len() as u64),
        }
    }

    /// The value at this index, from 0 for the smallest; beyond the end, the largest. For a
    /// continuous range, the lower bound.
    ///
    /// Decimals stay decimals: of 0 to 0.3 by 0.1, index 3 is 0.3, not the 0.30000000000000004 that
    /// adding 0.1 gives.
    pub(crate) fn point(&self, index: u64) -> f64 {
        let index = index.min(self.count().unwrap_or(1).saturating_sub(1));
        match self {
            Distribution::Float { low, step: None, .. } => *low,
            Distribution::Float { low, high, step: Some(step), .. } => {
                match decimal(*low, *step, index as f64) {
                    Some(value) => value.min(*high),
                    None => {
                        let value = low + index as f64 * step;
                        // The last value is the bound as given, however the sum is rounded.
                        if (value - high).abs() <= slack(index as f64) * step {
                            *high
                        } else {
                            value
                        }
                    }
                }
            }
            Distribution::Int { low, step, .. } => {
                (i128::from(*low) + i128::from(index) * i128::from((*step).max(1))) as f64
            }
            Distribution::Categorical { .. } => index as f64,
        }
    }

    /// The value nearest to a number; the first one for NaN.
    pub(crate) fn nearest(&self, value: f64) -> f64 {
        match self {
            Distribution::Float { low, high, step: None, .. } => {
                if value.is_nan() {
                    *low
                } else {
                    value.max(*low).min(*high)
                }
            }
            Distribution::Float { low, step: Some(step), .. } => {
                // A number below the range becomes index 0, as NaN does.
                self.point(((value - low) / step).round() as u64)
            }
            Distribution::Int { low, step, .. } => {
                self.point(((value - *low as f64) / (*step).max(1) as f64).round() as u64)
            }
            Distribution::Categorical { .. } => self.point(value.round() as u64),
        }
    }

    /// The value that a stored or proposed number stands for: programs may round the same value
    /// differently. None if the distribution does not contain it.
    pub(crate) fn accept(&self, internal: f64) -> Option<f64> {
        let value = self.nearest(internal);
        let close = match self {
            Distribution::Float { low, high, step: None, .. } => {
                (internal - value).abs() <= 4.0 * f64::EPSILON * low.abs().max(high.abs())
            }
            Distribution::Float { low, step: Some(step), .. } => {
                (internal - value).abs() / step <= slack((value - low) / step)
            }
            Distribution::Int { .. } | Distribution::Categorical { .. } => internal == value,
        };
        (close && self.count() != Some(0)).then_some(value)
    }

    /// Whether the distribution contains this number, which is in internal form.
    pub fn contains(&self, internal: f64) -> bool {
        self.accept(internal).is_some()
    }
}

/// The error, in steps, that rounding may cause in a number of steps.
fn slack(steps: f64) -> f64 {
    SLACK.max(4.0 * f64::EPSILON * steps.abs())
}

/// `low + index · step` in decimal arithmetic; none if `low` or `step` has too many digits for it.
fn decimal(low: f64, step: f64, index: f64) -> Option<f64> {
    let mut scale = 1.0;
    for _ in 0..=15 {
        let (a, b) = ((low * scale).round(), (step * scale).round());
        let sum = a + index * b;
        if a.abs().max(index * b).max(sum.abs()) > EXACT {
            return None;
        }
        // The quotient of two whole numbers is the f64 nearest to the decimal.
        if a / scale == low && b / scale == step {
            return Some(sum / scale);
        }
        scale *= 10.0;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::Choice;

    fn stepped(low: f64, high: f64, step: f64) -> Distribution {
        Distribution::Float { low, high, step: Some(step), log: false }.checked().unwrap()
    }

    fn points(of: &Distribution) -> Vec<f64> {
        (0..of.count().unwrap()).map(|i| of.point(i)).collect()
    }

    #[test]
    fn decimals_stay_decimals() {
        assert_eq!(points(&stepped(0.0, 0.3, 0.1)), [0.0, 0.1, 0.2, 0.3]);
        assert_eq!(points(&stepped(-0.3, 0.35, 0.15)), [-0.3, -0.15, 0.0, 0.15, 0.3]);
        let tenths = points(&stepped(0.1, 1.0, 0.1));
        assert_eq!(tenths, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
        assert_eq!(stepped(0.0, 1.0, 0.3).point(3), 0.9);
        assert_eq!(points(&stepped(1e-5, 3e-5, 1e-5)), [1e-5, 2e-5, 3e-5]);
        // A third is not a decimal: the values are sums, and the last one is the bound as given.
        let third = 1.0 / 3.0;
        assert_eq!(points(&stepped(0.0, 1.0, third)), [0.0, third, 2.0 * third, 1.0]);
    }

    #[test]
    fn what_is_computed_passes_the_check_and_stays_as_it_is() {
        let log = Distribution::Float { low: 1e-4, high: 0.1, step: None, log: true };
        let continuous = Distribution::Float { low: -0.3, high: 0.7, step: None, log: false };
        let mut all = vec![log, continuous];
        for (low, high, step) in [
            (0.0, 0.3, 0.1),
            (0.0, 1e6, 1e-3),
            (-1e5, 1e5, 0.7),
            (0.1, 0.30000000000000004, 0.1),
            (1e15, 1e15 + 64.0, 0.5),
            (0.0, 1e-8, 1e-12),
            (5.0, 5.0, 0.1),
        ] {
            all.push(stepped(low, high, step));
        }
        for (low, high, step, log) in
            [(1, 100, 1, true), (-7, 90, 3, false), (0, 1 << 53, 9, false)]
        {
            all.push(Distribution::Int { low, high, step, log }.checked().unwrap());
        }
        let choices = (0..5).map(Choice::Int).collect();
        all.push(Distribution::Categorical { choices });
        for of in &all {
            let end = of.count().unwrap_or(1) - 1;
            let indices = (0..=40).map(|i| (end as f64 * i as f64 / 40.0) as u64);
            let shares = (0..=40).map(|i| i as f64 / 40.0);
            let values = indices.map(|i| of.point(i)).chain(shares.map(|share| match of {
                Distribution::Float { low, high, log: true, .. } => {
                    of.nearest((low.ln() * (1.0 - share) + high.ln() * share).exp())
                }
                Distribution::Float { low, high, .. } => {
                    of.nearest(low * (1.0 - share) + high * share)
                }
                _ => of.nearest(share * 1e3 - 500.0),
            }));
            for value in values {
                assert_eq!(of.accept(value), Some(value), "{of:?}");
                assert_eq!(of.nearest(value), value, "{of:?}");
                // Optuna reads the value back from text of at most 17 digits.
                assert_eq!(value.to_string().parse::<f64>().unwrap(), value);
            }
            for outside in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300] {
                assert_eq!(of.accept(outside), None, "{of:?}: {outside}");
            }
        }
    }

    #[test]
    fn the_rounding_of_others_is_accepted_and_other_values_are_not() {
        let of = stepped(0.0, 0.3, 0.1);
        // Stored like this by earlier versions of this library and by users of Optuna.
        assert_eq!(of.accept(0.30000000000000004), Some(0.3));
        assert_eq!(of.value(0.30000000000000004), Choice::Float(0.3));
        for bad in [0.31, 0.25, -0.1, 0.4, f64::NAN] {
            assert!(!of.contains(bad), "{bad}");
        }
        // In floating point 0.3 - 0.2 is less than 0.1; there must be two values all the same.
        assert!(!stepped(0.2, 0.3, 0.1).single() && stepped(0.2, 0.29, 0.1).single());
        let of = Distribution::Float { low: 1e-4, high: 0.1, step: None, log: true };
        assert_eq!(of.accept(0.1f64.ln().exp()), Some(0.1));
        assert!(!of.contains(0.1001) && !of.contains(0.99e-4));
        let of = Distribution::Int { low: 1, high: 9, step: 4, log: false };
        assert!(of.contains(5.0) && !of.contains(6.0) && !of.contains(5.5) && !of.contains(13.0));
        let of = Distribution::Categorical { choices: vec![Choice::None] };
        assert!(of.contains(0.0) && !of.contains(1.0) && !of.contains(-1.0));
    }
}
