//! Parameters of a search as axes.

use std::sync::Arc;

use crate::plot::draw::panel::Axis;
use crate::plot::draw::scale::{Scale, Tick, grouped, number};
use crate::tune::study::value_text;
use crate::tune::{Distribution, Trial};

/// A parameter with its range over all trials.
pub(super) struct Dimension {
    pub name: String,
    pub of: Arc<Distribution>,
    /// Choice i occupies the slot from i to i + 1.
    pub scale: Scale,
}

/// The direction of an axis.
#[derive(Clone, Copy)]
pub(super) enum Way {
    Across,
    Up,
}

/// Values beyond this are not drawn.
const FAR: f64 = 1e300;

impl Dimension {
    /// The joint range of all distributions of the first one's kind; `None` if it has a single
    /// value.
    pub fn of<'a>(name: &str, all: impl Iterator<Item = &'a Distribution>) -> Option<Dimension> {
        let mut joint: Option<Distribution> = None;
        for of in all {
            joint = match joint {
                Some(before) if before == *of => Some(before),
                Some(before) => Some(join(before, of)),
                None => Some(of.clone()),
            };
        }
        let of = joint?.checked().ok().filter(|of| !of.single())?;
        let (low, high, log) = match &of {
            Distribution::Float { low, high, log, .. } => (*low, *high, *log),
            Distribution::Int { low, high, log, .. } => (*low as f64, *high as f64, *log),
            Distribution::Categorical { choices } => (0.0, choices.len() as f64, false),
        };
        let (low, high) = (low.clamp(-FAR, FAR), high.clamp(-FAR, FAR));
        let (a, b) = if log { (low.log10(), high.log10()) } else { (low, high) };
        let air = match &of {
            Distribution::Categorical { .. } => 0.0,
            // A few whole numbers get a slot each, as choices do.
            Distribution::Int { step, log: false, .. } if b - a < 20.0 * *step as f64 => {
                0.5 * *step as f64
            }
            _ => 0.05 * (b - a),
        };
        if !(low < high && a - air < b + air) {
            return None;
        }
        let scale = match log {
            true => Scale::Log { low: a - air, high: b + air },
            false => Scale::exact(a - air, b + air),
        };
        Some(Dimension { name: name.to_string(), of: Arc::new(of), scale })
    }

    /// The number of choices, if it is categorical.
    pub fn choices(&self) -> Option<usize> {
        match &*self.of {
            Distribution::Categorical { choices } => Some(choices.len()),
            _ => None,
        }
    }

    /// The trial's value, in internal form.
    pub fn internal(&self, trial: &Trial) -> Option<f64> {
        let param = trial.param(&self.name)?;
        let same = *param.distribution == *self.of || self.of.compatible(&param.distribution);
        (same && param.distribution.contains(param.internal)).then_some(param.internal)
    }

    /// The position of a value in internal form on the axis' scale.
    pub fn at(&self, internal: f64) -> f64 {
        if self.choices().is_some() { internal + 0.5 } else { internal }
    }

    /// As [`at`](Self::at), for a trial's value; trials of the same choice are jittered, so that
    /// they do not hide each other.
    pub fn spread(&self, trial: &Trial, way: Way) -> Option<f64> {
        // Roberts' R2 sequence, which fills a square evenly.
        let step = match way {
            Way::Across => 0.754_877_666_246_692_8,
            Way::Up => 0.569_840_290_998_053_3,
        };
        let aside = match self.choices() {
            Some(_) => (((trial.number % (1 << 20)) as f64 * step).fract() - 0.5) * 0.56,
            None => 0.0,
        };
        Some(self.at(self.internal(trial)?) + aside)
    }

    /// The position of a value in internal form: 0 at the low end of the axis, 1 at the high end.
    pub fn share(&self, internal: f64) -> Option<f64> {
        self.scale.place(self.at(internal))
    }

    pub fn axis(&self, title: &str) -> Axis {
        match &*self.of {
            Distribution::Categorical { .. } => Axis::names(&self.names(), title),
            _ if !self.values().is_empty() => {
                Axis::tried(self.scale.clone(), &self.values(), title)
            }
            Distribution::Int { log: false, .. } => Axis::whole_numbers(self.scale.clone(), title),
            _ => Axis::numbers(self.scale.clone(), title),
        }
    }

    /// All possible values of a parameter with few numbers; else none.
    fn values(&self) -> Vec<f64> {
        const FEW: f64 = 8.0;
        let (low, high, step) = match &*self.of {
            Distribution::Int { low, high, step, log: false } => {
                (*low as f64, *high as f64, *step as f64)
            }
            Distribution::Float { low, high, step: Some(step), .. } => (*low, *high, *step),
            _ => return Vec::new(),
        };
        let count = ((high - low) / step + 1e-9).floor() + 1.0;
        if !(1.0..=FEW).contains(&count) {
            return Vec::new();
        }
        (0..count as usize).map(|i| low + i as f64 * step).collect()
    }

    fn names(&self) -> Vec<String> {
        match &*self.of {
            Distribution::Categorical { choices } => choices.iter().map(value_text).collect(),
            _ => Vec::new(),
        }
    }

    /// Ticks at positions from 0 to 1: about `most` numbers, or the names of all choices.
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        let text = |v: f64| number(v, 3);
        let tried = self.values();
        if !tried.is_empty() && tried.len() <= most.max(3) {
            let tick = |v: f64| Some((self.scale.place(v)?, text(v)));
            return tried.into_iter().filter_map(tick).collect();
        }
        let (mut ticks, ends) = match &*self.of {
            Distribution::Categorical { .. } => {
                let names = self.names().into_iter().enumerate();
                (names.map(|(i, name)| (i as f64 + 0.5, name)).collect(), Vec::new())
            }
            Distribution::Int { low, high, log: false, .. } => {
                let ends = [low, high].map(|v| (*v as f64, grouped(*v)));
                (self.scale.whole_ticks(most), ends.to_vec())
            }
            Distribution::Int { low, high, .. } => {
                let mut ticks = self.scale.ticks(most);
                ticks.retain(|(v, _)| v.fract() == 0.0);
                (ticks, [low, high].map(|v| (*v as f64, grouped(*v))).to_vec())
            }
            Distribution::Float { low, high, .. } => {
                (self.scale.ticks(most), [low, high].map(|v| (*v, text(*v))).to_vec())
            }
        };
        if let [(low, _), .., (high, _)] = &ends[..] {
            ticks.retain(|(v, _)| (*low..=*high).contains(v));
            if ticks.len() < 2 {
                ticks = ends;
            }
        }
        let place = |(v, text)| Some((self.scale.place(v)?, text));
        ticks.into_iter().filter_map(place).collect()
    }
}

/// The joint range of two distributions of the same kind; else the first.
fn join(first: Distribution, second: &Distribution) -> Distribution {
    match (&first, second) {
        (
            Distribution::Float { low, high, log, .. },
            Distribution::Float { low: l, high: h, log: other, .. },
        ) if log == other => {
            Distribution::Float { low: low.min(*l), high: high.max(*h), step: None, log: *log }
        }
        (
            Distribution::Int { low, high, log, .. },
            Distribution::Int { low: l, high: h, log: other, .. },
        ) if log == other => {
            Distribution::Int { low: *low.min(l), high: *high.max(h), step: 1, log: *log }
        }
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::Choice;

    fn float(low: f64, high: f64, log: bool) -> Distribution {
        Distribution::Float { low, high, step: None, log }
    }

    #[test]
    fn ranges_that_change_are_joined_and_single_values_left_out() {
        let all = [float(1.0, 2.0, true), float(0.1, 1.5, true), float(-9.0, 9.0, false)];
        let joint = Dimension::of("x", all.iter()).unwrap();
        assert_eq!(*joint.of, float(0.1, 2.0, true));
        assert!(joint.share(0.1).unwrap() > 0.0 && joint.share(2.0).unwrap() < 1.0);
        assert!(Dimension::of("x", [float(3.0, 3.0, false)].iter()).is_none());
        assert!(Dimension::of("x", std::iter::empty()).is_none());
        let one = Distribution::Categorical { choices: vec![Choice::Int(1)] };
        assert!(Dimension::of("x", [one].iter()).is_none());
    }

    #[test]
    fn an_axis_always_has_two_ticks_at_least() {
        let int = |low, high, log| Distribution::Int { low, high, step: 1, log };
        for of in [
            float(1e-4, 1e-1, true),
            float(0.02, 0.03, true),
            float(-1.0, 7.5, false),
            int(0, 1, false),
            int(1, 3, true),
            int(16, 512, true),
            int(i64::MIN, i64::MAX, false),
        ] {
            let dimension = Dimension::of("x", [of.clone()].iter()).unwrap();
            for most in 2..7 {
                let ticks = dimension.ticks(most);
                assert!(ticks.len() >= 2, "{of:?} {most}: {ticks:?}");
                assert!(ticks.iter().all(|(p, _)| (0.0..=1.0).contains(p)), "{of:?}: {ticks:?}");
            }
        }
    }
}
