//! Initializers in Keras' form.

use super::{Distribution, Fan, Initializer, VarianceScaling};
use crate::config::{Config, Object, Settings, Value, named, wrong};
use crate::error::Result;
use serde_json::Value as Json;

named!(Fan: In = "fan_in", Out = "fan_out", Avg = "fan_avg");
named!(Distribution:
    TruncatedNormal = "truncated_normal",
    UntruncatedNormal = "untruncated_normal",
    Uniform = "uniform");

/// Initializers that Keras writes by name or as a class, with Keras' settings.
const KNOWN: [(&str, &str, Initializer); 15] = [
    ("Zeros", "zeros", Initializer::Zeros),
    ("Ones", "ones", Initializer::Ones),
    ("Constant", "constant", Initializer::Constant(0.0)),
    ("RandomUniform", "random_uniform", Initializer::RandomUniform(-0.05, 0.05)),
    ("RandomNormal", "random_normal", Initializer::RandomNormal(0.0, 0.05)),
    ("TruncatedNormal", "truncated_normal", Initializer::TruncatedNormal(0.0, 0.05)),
    ("GlorotUniform", "glorot_uniform", Initializer::GlorotUniform),
    ("GlorotNormal", "glorot_normal", Initializer::GlorotNormal),
    ("HeUniform", "he_uniform", Initializer::HeUniform),
    ("HeNormal", "he_normal", Initializer::HeNormal),
    ("LecunUniform", "lecun_uniform", Initializer::LecunUniform),
    ("LecunNormal", "lecun_normal", Initializer::LecunNormal),
    ("Orthogonal", "orthogonal", Initializer::Orthogonal(1.0)),
    ("Identity", "identity", Initializer::Identity(1.0)),
    (
        "VarianceScaling",
        "variance_scaling",
        Initializer::VarianceScaling(VarianceScaling {
            scale: 1.0,
            mode: Fan::In,
            distribution: Distribution::TruncatedNormal,
        }),
    ),
];

impl Initializer {
    /// The class of its kind, and its settings.
    fn written(self) -> (&'static str, Vec<(&'static str, Json)>) {
        use Initializer::*;
        let pair = |(a, x): (&'static str, f32), (b, y): (&'static str, f32)| {
            vec![(a, x.to_value()), (b, y.to_value())]
        };
        match self {
            Constant(value) => ("Constant", vec![("value", value.to_value())]),
            RandomUniform(a, b) => ("RandomUniform", pair(("minval", a), ("maxval", b))),
            RandomNormal(mean, d) => ("RandomNormal", pair(("mean", mean), ("stddev", d))),
            TruncatedNormal(mean, d) => ("TruncatedNormal", pair(("mean", mean), ("stddev", d))),
            Orthogonal(gain) => ("Orthogonal", vec![("gain", gain.to_value())]),
            Identity(gain) => ("Identity", vec![("gain", gain.to_value())]),
            VarianceScaling(v) => {
                let (scale, mode) = (v.scale.to_value(), v.mode.to_value());
                let distribution = ("distribution", v.distribution.to_value());
                ("VarianceScaling", vec![("scale", scale), ("mode", mode), distribution])
            }
            plain => {
                let known = KNOWN.iter().find(|(_, _, kind)| *kind == plain);
                (known.map_or("", |(class, ..)| class), Vec::new())
            }
        }
    }

    fn read_settings(&mut self, from: &Settings<'_>) -> Result<()> {
        use Initializer::*;
        match self {
            Constant(value) => from.read("value", value),
            RandomUniform(low, high) => {
                from.read("minval", low)?;
                from.read("maxval", high)
            }
            RandomNormal(mean, deviation) | TruncatedNormal(mean, deviation) => {
                from.read("mean", mean)?;
                from.read("stddev", deviation)
            }
            Orthogonal(gain) | Identity(gain) => from.read("gain", gain),
            VarianceScaling(v) => {
                from.read("scale", &mut v.scale)?;
                from.read("mode", &mut v.mode)?;
                from.read("distribution", &mut v.distribution)
            }
            _ => Ok(()),
        }
    }
}

impl Value for Initializer {
    fn to_value(&self) -> Json {
        let (class, settings) = self.written();
        let settings: Object = settings.into_iter().map(|(k, v)| (k.to_string(), v)).collect();
        Config::new("keras.initializers", class, settings).to_value()
    }

    fn from_value(json: &Json) -> Result<Self> {
        let config = match json {
            Json::String(name) => Config::new("", name, Object::new()),
            _ => Config::from_value(json)?,
        };
        let class = config.class_name();
        let known = KNOWN.iter().find(|(own, name, _)| *own == class || *name == class);
        let Some((_, _, mut initializer)) = known.copied() else {
            let classes: Vec<_> = KNOWN.iter().map(|(class, ..)| *class).collect();
            return Err(wrong(json, format!("one of {}", classes.join(", "))));
        };
        let settings = config.reader();
        initializer.read_settings(&settings)?;
        settings.end()?;
        Ok(initializer)
    }
}
