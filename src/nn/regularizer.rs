//! Penalties on weights, by Keras' rules (Keras 3.15, `regularizers/regularizers.py`).

use crate::config::{Config, Object, Value};
use crate::error::{Error, Result};
use serde_json::Value as Json;

/// `l1 Σ|w| + l2 Σw²` (no ½), added to the loss that is minimised and logged.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Regularizer {
    /// The factor of Σ|w|.
    pub l1: f32,
    /// The factor of Σw².
    pub l2: f32,
}

impl Regularizer {
    /// `factor Σ|w|`; Keras' default factor is 0.01.
    pub fn l1(factor: f32) -> Self {
        Regularizer { l1: factor, l2: 0.0 }
    }

    /// `factor Σw²`; Keras' default factor is 0.01.
    pub fn l2(factor: f32) -> Self {
        Regularizer { l1: 0.0, l2: factor }
    }

    /// Both.
    pub fn l1_l2(l1: f32, l2: f32) -> Self {
        Regularizer { l1, l2 }
    }

    /// # Errors
    /// If a factor is no finite number of at least 0.
    pub(super) fn check(&self) -> Result<()> {
        match [("l1", self.l1), ("l2", self.l2)].iter().find(|(_, v)| !(v.is_finite() && *v >= 0.0))
        {
            None => Ok(()),
            Some((name, factor)) => {
                let what = format!("the regularizer's factor {name}");
                Err(Error::argument(what, factor, "a finite number of at least 0"))
            }
        }
    }

    /// Whether it adds nothing.
    pub fn is_none(&self) -> bool {
        self.l1 == 0.0 && self.l2 == 0.0
    }

    /// The penalty of these weights.
    pub fn penalty(&self, weights: &[f32]) -> f64 {
        let (mut absolute, mut square) = (0.0f64, 0.0f64);
        for w in weights {
            absolute += w.abs() as f64;
            square += (w * w) as f64;
        }
        self.l1 as f64 * absolute + self.l2 as f64 * square
    }

    /// Adds `scale` times the penalty's derivative to `gradient`; that of `|w|` at 0 is 0.
    pub fn add_gradient(&self, weights: &[f32], gradient: &mut [f32], scale: f32) {
        let (l1, l2) = (self.l1 * scale, 2.0 * self.l2 * scale);
        crate::kernels::vectorized(|| {
            for (g, w) in gradient.iter_mut().zip(weights) {
                let sign = if *w > 0.0 { l1 } else { -l1 };
                let sign = if *w == 0.0 { 0.0 } else { sign };
                *g += l2 * *w + sign;
            }
        });
    }
}

/// Keras' default factor.
const FACTOR: f32 = 0.01;

impl Value for Regularizer {
    fn to_value(&self) -> Json {
        let mut settings = Object::new();
        let mut add = |name: &str, factor: f32| settings.insert(name.into(), factor.to_value());
        let class = match (self.l1, self.l2) {
            (0.0, 0.0) => return Json::Null,
            (l1, 0.0) => {
                add("l1", l1);
                "L1"
            }
            (0.0, l2) => {
                add("l2", l2);
                "L2"
            }
            (l1, l2) => {
                add("l1", l1);
                add("l2", l2);
                "L1L2"
            }
        };
        Config::new("keras.regularizers", class, settings).to_value()
    }

    fn from_value(json: &Json) -> Result<Self> {
        let config = match json {
            Json::Null => return Ok(Regularizer::default()),
            Json::String(name) => Config::new("", name, Object::new()),
            _ => Config::from_value(json)?,
        };
        let settings = config.reader();
        let factor = |name: &str, mut factor: f32| {
            settings.read(name, &mut factor)?;
            Ok::<f32, crate::Error>(factor)
        };
        let new = match config.class_name() {
            "L1" | "l1" => Regularizer::l1(factor("l1", FACTOR)?),
            "L2" | "l2" => Regularizer::l2(factor("l2", FACTOR)?),
            "l1_l2" if json.is_string() => Regularizer::l1_l2(FACTOR, FACTOR),
            "L1L2" | "l1_l2" => Regularizer::l1_l2(factor("l1", 0.0)?, factor("l2", 0.0)?),
            _ => return Err(config.unknown("the regularizer", &["L1", "L2", "L1L2"])),
        };
        settings.end()?;
        Ok(new)
    }
}
