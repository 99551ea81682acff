//! Constraints on weights, by Keras' rules (Keras 3.15, `constraints/constraints.py`).

use crate::config::{Config, Object, Value};
use crate::error::{Error, Result};
use serde_json::Value as Json;

/// A constraint on the weights of a layer: the weights are changed after each step of the
/// optimiser so that it holds. None by default.
///
/// A norm `‖w‖ = √Σw²` sums over the first axis, as Keras': over what leads to one unit of a
/// `Dense`. For a `Conv2D` the sum over a filter is `.axis([0, 1, 2])`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let layer = Dense::new(8).activation(Relu).kernel_constraint(Constraint::max_norm(3.0));
/// let picture = Conv2D::new(8, 3).kernel_constraint(Constraint::unit_norm().axis([0, 1, 2]));
/// # let _ = (layer, picture);
/// ```
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Constraint {
    kind: Option<Kind>,
    axes: Vec<isize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    MaxNorm { max: f32 },
    MinMaxNorm { min: f32, max: f32, rate: f32 },
    UnitNorm,
    NonNeg,
}

/// Keras' epsilon, against division by 0.
const EPSILON: f32 = 1e-7;

impl Constraint {
    fn of(kind: Kind) -> Self {
        Constraint { kind: Some(kind), axes: vec![0] }
    }

    /// Limits norms to this: `w · min(‖w‖, max) / ‖w‖`, as Keras' `MaxNorm`, whose default is 2.
    pub fn max_norm(max: f32) -> Self {
        Constraint::of(Kind::MaxNorm { max })
    }

    /// Keeps norms between these two, as Keras' `MinMaxNorm`, whose defaults are 0 and 1.
    pub fn min_max_norm(min: f32, max: f32) -> Self {
        Constraint::of(Kind::MinMaxNorm { min, max, rate: 1.0 })
    }

    /// Scales norms to 1, as Keras' `UnitNorm`.
    pub fn unit_norm() -> Self {
        Constraint::of(Kind::UnitNorm)
    }

    /// Sets negative weights to 0, as Keras' `NonNeg`.
    pub fn non_neg() -> Self {
        Constraint::of(Kind::NonNeg)
    }

    /// How far each step moves a norm towards the allowed range, from 0 to 1, for
    /// [`min_max_norm`](Self::min_max_norm); 1 by default.
    pub fn rate(mut self, share: f32) -> Self {
        if let Some(Kind::MinMaxNorm { rate, .. }) = &mut self.kind {
            *rate = share;
        }
        self
    }

    /// The axes that a norm sums over, as Keras' `axis`: the first by default; negative ones count
    /// from the end.
    pub fn axis(mut self, axes: impl Into<Vec<isize>>) -> Self {
        self.axes = axes.into();
        self
    }

    /// Whether it changes nothing.
    pub fn is_none(&self) -> bool {
        self.kind.is_none()
    }

    /// Checks the settings for weights of this shape.
    ///
    /// # Errors
    /// If a norm is negative or NaN, the smallest is above the largest, or there is no such axis.
    pub fn check(&self, shape: &[usize]) -> Result<()> {
        let Some(kind) = self.kind else { return Ok(()) };
        let norm = |what: &str, value: f32| match value >= 0.0 {
            true => Ok(()),
            false => Err(Error::argument(format!("the constraint: {what}"), value, "at least 0")),
        };
        match kind {
            Kind::MaxNorm { max } => norm("max_value", max)?,
            Kind::MinMaxNorm { min, max, rate } => {
                norm("min_value", min)?;
                norm("max_value", max)?;
                if min > max {
                    let expected = format!("at most max_value, {max}");
                    return Err(Error::argument("the constraint: min_value", min, expected));
                }
                if !(0.0..=1.0).contains(&rate) {
                    return Err(Error::argument("the constraint: rate", rate, "from 0 to 1"));
                }
            }
            Kind::UnitNorm | Kind::NonNeg => {}
        }
        let axes = shape.len() as isize;
        match self.axes.iter().find(|axis| !(-axes..axes).contains(*axis)) {
            Some(axis) => Err(Error::argument(
                "the constraint: axis",
                axis,
                format!("from {} to {}, for weights of shape {shape:?}", -axes, axes - 1),
            )),
            None => Ok(()),
        }
    }

    /// Changes weights of this shape so that the constraint holds. It must have been
    /// [checked](Self::check) for this shape.
    pub fn apply(&self, weights: &mut [f32], shape: &[usize]) {
        let factor: &dyn Fn(f32) -> f32 = match self.kind {
            None => return,
            // NaN stays NaN.
            Some(Kind::NonNeg) => {
                return weights.iter_mut().for_each(|w| *w = if *w < 0.0 { 0.0 } else { *w });
            }
            Some(Kind::MaxNorm { max }) => &move |norm| norm.clamp(0.0, max) / (EPSILON + norm),
            Some(Kind::MinMaxNorm { min, max, rate }) => {
                &move |norm| (rate * norm.clamp(min, max) + (1.0 - rate) * norm) / (EPSILON + norm)
            }
            Some(Kind::UnitNorm) => &|norm| 1.0 / (EPSILON + norm),
        };
        let summed = self.summed(shape.len());
        let mut at = vec![0; shape.len()];
        // The place of each weight's norm: its coordinates along the axes that are not summed.
        let places: Vec<usize> = (0..weights.len())
            .map(|_| {
                let place = (0..shape.len()).filter(|a| !summed[*a]);
                let place = place.fold(0, |place, a| place * shape[a] + at[a]);
                for a in (0..shape.len()).rev() {
                    at[a] += 1;
                    if at[a] < shape[a] {
                        break;
                    }
                    at[a] = 0;
                }
                place
            })
            .collect();
        let kept = (0..shape.len()).filter(|a| !summed[*a]).map(|a| shape[a]);
        let mut norms = vec![0.0f64; kept.product::<usize>().max(1)];
        for (w, place) in weights.iter().zip(&places) {
            norms[*place] += f64::from(*w) * f64::from(*w);
        }
        let factors: Vec<f32> = norms.iter().map(|square| factor(square.sqrt() as f32)).collect();
        for (w, place) in weights.iter_mut().zip(&places) {
            *w *= factors[*place];
        }
    }

    /// Which axes a norm sums over.
    fn summed(&self, axes: usize) -> Vec<bool> {
        let front = |axis: &isize| if *axis < 0 { axis + axes as isize } else { *axis };
        (0..axes).map(|a| self.axes.iter().any(|axis| front(axis) == a as isize)).collect()
    }
}

impl Value for Constraint {
    fn to_value(&self) -> Json {
        let mut settings = Object::new();
        let mut add = |name: &str, value: f32| settings.insert(name.into(), value.to_value());
        let class = match self.kind {
            None => return Json::Null,
            Some(Kind::NonNeg) => "NonNeg",
            Some(Kind::UnitNorm) => "UnitNorm",
            Some(Kind::MaxNorm { max }) => {
                add("max_value", max);
                "MaxNorm"
            }
            Some(Kind::MinMaxNorm { min, max, rate }) => {
                add("min_value", min);
                add("max_value", max);
                add("rate", rate);
                "MinMaxNorm"
            }
        };
        if class != "NonNeg" {
            let axis = match self.axes.as_slice() {
                [one] => Json::from(*one),
                list => list.to_vec().to_value(),
            };
            settings.insert("axis".into(), axis);
        }
        Config::new("keras.constraints", class, settings).to_value()
    }

    fn from_value(json: &Json) -> Result<Self> {
        let config = match json {
            Json::Null => return Ok(Constraint::default()),
            Json::String(name) => Config::new("", name, Object::new()),
            _ => Config::from_value(json)?,
        };
        let settings = config.reader();
        let number = |name: &str, mut value: f32| {
            settings.read(name, &mut value)?;
            Ok::<f32, Error>(value)
        };
        let mut new = match config.class_name() {
            "MaxNorm" | "max_norm" => Constraint::max_norm(number("max_value", 2.0)?),
            "MinMaxNorm" | "min_max_norm" => {
                let (min, max) = (number("min_value", 0.0)?, number("max_value", 1.0)?);
                Constraint::min_max_norm(min, max).rate(number("rate", 1.0)?)
            }
            "UnitNorm" | "unit_norm" => Constraint::unit_norm(),
            "NonNeg" | "non_neg" => Constraint::non_neg(),
            _ => {
                let known = ["MaxNorm", "MinMaxNorm", "UnitNorm", "NonNeg"];
                return Err(config.unknown("the constraint", &known));
            }
        };
        match settings.json("axis") {
            Some(Json::Number(_)) => new.axes = vec![settings.get("axis")?],
            Some(_) => new.axes = settings.get("axis")?,
            None => {}
        }
        settings.end()?;
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_and_read_as_keras_does() {
        let all = [
            Constraint::default(),
            Constraint::max_norm(1.5),
            Constraint::min_max_norm(0.5, 1.5).rate(0.25).axis([0, 1, -2]),
            Constraint::unit_norm().axis([1]),
            Constraint::non_neg(),
        ];
        for constraint in all {
            let written = constraint.to_value();
            let read = Constraint::from_value(&written).unwrap();
            assert_eq!(read.to_value(), written);
            assert_eq!(read.is_none(), constraint.is_none());
        }
        for (name, same) in [
            ("max_norm", Constraint::max_norm(2.0)),
            ("MinMaxNorm", Constraint::min_max_norm(0.0, 1.0)),
            ("unit_norm", Constraint::unit_norm()),
            ("non_neg", Constraint::non_neg()),
        ] {
            assert_eq!(Constraint::from_value(&name.into()).unwrap(), same, "{name}");
        }
        let own = Config::new("mine", "Ring", Object::new()).to_value();
        let text = Constraint::from_value(&own).unwrap_err().to_string();
        assert!(text.contains("'Ring'") && text.contains("MaxNorm"), "{text}");
    }

    #[test]
    fn norms_run_over_the_axes_named() {
        // The norms of the rows are 5 and 13.
        let mut rows = [3.0, 4.0, 5.0, 12.0];
        Constraint::max_norm(10.0).axis([-1]).apply(&mut rows, &[2, 2]);
        let wanted = [3.0, 4.0, 50.0 / 13.0, 120.0 / 13.0];
        assert!(rows.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-5), "{rows:?}");
        let mut all = [3.0, 4.0, f32::NAN, 12.0];
        Constraint::non_neg().apply(&mut all, &[2, 2]);
        assert!(all[2].is_nan());
    }
}
