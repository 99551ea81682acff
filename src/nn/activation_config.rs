//! Activations in Keras' form: a name in another layer, an `Activation` layer, or a layer such as
//! `ReLU` that is one function.

use super::activation::{ALL, Activation};
use super::layer::Layer;
use crate::config::{Config, Object, Settings, Value, wrong};
use crate::error::{Error, Result};
use serde_json::Value as Json;
use std::sync::Arc;

/// The slope of Keras' `LeakyReLU` layer; its function `leaky_relu` has 0.2.
const LAYER_SLOPE: f32 = 0.3;

impl Activation {
    /// The activation of a Keras name.
    fn of_name(name: &str) -> Option<Self> {
        match name {
            "swish" => Some(Activation::Silu),
            _ => ALL.into_iter().find(|a| a.name() == name),
        }
    }

    /// The configuration of the activation as a layer.
    pub(super) fn to_config(self) -> Config {
        let mut settings = Object::new();
        let class = match self {
            Activation::LeakyReluSlope(slope) => {
                settings.insert("negative_slope".into(), slope.to_value());
                "LeakyReLU"
            }
            other => {
                settings.insert("activation".into(), other.name().into());
                "Activation"
            }
        };
        Config::new("keras.layers", class, settings)
    }
}

impl Value for Activation {
    fn to_value(&self) -> Json {
        match self {
            // Keras has no name for an activation with a slope; it takes a layer instead.
            Activation::LeakyReluSlope(_) => self.to_config().to_value(),
            other => other.name().into(),
        }
    }

    fn from_value(json: &Json) -> Result<Self> {
        let names = || {
            let names: Vec<_> = ALL.iter().map(|a| a.name()).collect();
            format!("one of {}", names.join(", "))
        };
        match json {
            Json::Null => Ok(Activation::Linear),
            Json::String(name) => Activation::of_name(name).ok_or_else(|| wrong(json, names())),
            _ => {
                let config = Config::from_value(json)?;
                let known = LAYERS.iter().find(|(class, _)| *class == config.class_name());
                let (_, read) = known.ok_or_else(|| wrong(json, names()))?;
                read(&config.reader())
            }
        }
    }
}

type Read = fn(&Settings<'_>) -> Result<Activation>;

/// The classes of layers that only apply an activation.
const LAYERS: [(&str, Read); 5] = [
    ("Activation", |from| from.get("activation")),
    ("ReLU", relu),
    ("LeakyReLU", |from| {
        let mut slope = LAYER_SLOPE;
        // Keras 2 called it alpha.
        from.read("alpha", &mut slope)?;
        from.read("negative_slope", &mut slope)?;
        Ok(Activation::LeakyReluSlope(slope))
    }),
    ("Softmax", |from| {
        from.fixed("axis", &Json::from(-1))?;
        Ok(Activation::Softmax)
    }),
    ("ELU", |from| {
        from.fixed("alpha", &Json::from(1.0))?;
        Ok(Activation::Elu)
    }),
];

fn relu(from: &Settings<'_>) -> Result<Activation> {
    from.fixed("threshold", &Json::from(0.0))?;
    let mut slope = 0.0;
    from.read("negative_slope", &mut slope)?;
    if let Some(most) = from.json("max_value").filter(|most| !most.is_null()) {
        return Err(Error::argument("ReLU: max_value", most, "null, the only one there is here"));
    }
    match slope {
        0.0 => Ok(Activation::Relu),
        slope => Ok(Activation::LeakyReluSlope(slope)),
    }
}

/// Reads a layer that only applies an activation.
pub(super) fn read_layer(class: &str, from: &Settings<'_>) -> Option<Result<Arc<dyn Layer>>> {
    let (_, read) = LAYERS.iter().find(|(known, _)| *known == class)?;
    let made = read(from).and_then(|activation| from.end().map(|()| activation));
    Some(made.map(|activation| Arc::new(activation) as Arc<dyn Layer>))
}

/// The names of these classes.
pub(super) fn layer_classes() -> impl Iterator<Item = &'static str> {
    LAYERS.iter().map(|(class, _)| *class)
}
