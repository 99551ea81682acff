//! The labels by which a study's database stores choices.

use super::Choice;
use crate::config::{Config, Configured, Object, Settings, Value as _};
use crate::data::Pipeline;
use crate::loss::Loss;
use crate::metric::Metric;
use crate::nn::{Activation, Initializer, Layer, Regularizer};
use crate::optim::{LearningRate, Optimizer};
use serde_json::Value as Json;

/// A value that [`Hp::choice`](super::Hp::choice) can choose: the code gets the value, the database
/// stores its label.
///
/// Numbers, texts and truth values are their own labels. Activations, initializers, optimisers,
/// losses, metrics and layers are labelled by their name and the settings that are not the default,
/// as in `leaky_relu(0.1)`, `SGD(0.01, momentum=0.9)` or `Dense(activation=relu, units=8)`. An
/// `Option`'s `None` is stored as Python's `None`. Custom layers and losses are labelled by their
/// name alone, so give each its own name.
pub trait Label: Clone {
    /// The label. It must be different for each value of one parameter.
    fn label(&self) -> Choice;
}

macro_rules! whole_labels {
    ($($t:ty),*) => {$(
        impl Label for $t {
            fn label(&self) -> Choice {
                i64::try_from(*self).map_or_else(|_| Choice::Text(self.to_string()), Choice::Int)
            }
        }
    )*};
}
whole_labels!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl Label for f64 {
    fn label(&self) -> Choice {
        Choice::Float(*self)
    }
}

impl Label for f32 {
    fn label(&self) -> Choice {
        Choice::Float(as_written(*self))
    }
}

/// The `f64` with the same decimal digits as the `f32`: 0.1 for 0.1, not 0.10000000149.
pub(super) fn as_written(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

impl Label for bool {
    fn label(&self) -> Choice {
        Choice::Bool(*self)
    }
}

macro_rules! named_labels {
    ($($t:ty),*) => {$(
        impl Label for $t {
            fn label(&self) -> Choice {
                Choice::Text(self.to_string())
            }
        }
    )*};
}
named_labels!(&str, String, Activation, Initializer);

/// Types whose `Debug` text shows every setting.
macro_rules! debug_labels {
    ($($t:ty),*) => {$(
        impl Label for $t {
            fn label(&self) -> Choice {
                Choice::Text(format!("{self:?}"))
            }
        }
    )*};
}
debug_labels!(Regularizer, Pipeline);

impl Label for Optimizer {
    fn label(&self) -> Choice {
        let config = self.to_config();
        let plain = Optimizer::named(config.class_name()).map(|plain| plain.to_config()).ok();
        let scheduled = config.settings().get("learning_rate").is_some_and(Json::is_object);
        let said = if scheduled { &["name"][..] } else { &["name", "learning_rate"] };
        labelled(self.to_string(), &config, plain, said)
    }
}

/// A custom loss has no settings, so its name is its label.
impl Label for Loss {
    fn label(&self) -> Choice {
        let Ok(config) = self.to_config() else { return Choice::Text(self.to_string()) };
        let plain = Loss::named(self.0.name()).and_then(|plain| plain.to_config()).ok();
        labelled(self.to_string(), &config, plain, &["name"])
    }
}

impl Label for Metric {
    fn label(&self) -> Choice {
        let Ok(config) = self.to_config() else { return Choice::Text(self.to_string()) };
        let plain = Metric::named(config.class_name()).and_then(|plain| plain.to_config()).ok();
        labelled(self.to_string(), &config, plain, &["name"])
    }
}

impl Label for LearningRate {
    fn label(&self) -> Choice {
        match self.to_value() {
            Json::Number(rate) => Choice::Float(rate.as_f64().unwrap_or(f64::NAN)),
            schedule => Choice::Text(short(&schedule)),
        }
    }
}

impl<L: Layer + Configured + Clone> Label for L {
    fn label(&self) -> Choice {
        let name = self.class_name().to_string();
        let Ok(config) = self.config() else { return Choice::Text(name) };
        labelled(name, &config, usual::<L>(&config), &["name"])
    }
}

/// The default settings of a layer's class. A setting without a default is not among them, so that
/// a label always lists it.
fn usual<L: Layer + Configured>(config: &Config) -> Option<Config> {
    let read = |settings: &Object| L::read(&Settings::new(L::CLASS, settings)).ok();
    let mut needed = config.settings().clone();
    needed.retain(|key, _| {
        let mut others = config.settings().clone();
        others.remove(key);
        read(&others).is_none()
    });
    let mut usual = read(&needed)?.config().ok()?;
    needed.keys().for_each(|key| drop(usual.settings_mut().remove(key)));
    Some(usual)
}

/// A name with the settings that differ from those of `plain`, as in `SGD(0.01, momentum=0.9)`;
/// `said` are the settings that the name already shows.
fn labelled(name: String, config: &Config, plain: Option<Config>, said: &[&str]) -> Choice {
    let usual = |key: &String| plain.as_ref().and_then(|plain| plain.settings().get(key));
    let told = config.settings().iter().filter(|(key, value)| {
        !said.contains(&key.as_str()) && *value != usual(key).unwrap_or(&Json::Null)
    });
    let told: Vec<String> = told.map(|(key, value)| format!("{key}={}", short(value))).collect();
    let told = told.join(", ");
    Choice::Text(match name.strip_suffix(')') {
        _ if told.is_empty() => name,
        Some(open) => format!("{open}, {told})"),
        None => format!("{name}({told})"),
    })
}

/// A setting in short form, as in `ExponentialDecay(decay_rate=0.9, decay_steps=100)`.
fn short(value: &Json) -> String {
    let all = |settings: &serde_json::Map<String, Json>| {
        let told = settings.iter().filter(|(key, value)| *key != "name" && !value.is_null());
        let told: Vec<String> = told.map(|(k, v)| format!("{k}={}", short(v))).collect();
        told.join(", ")
    };
    match value {
        Json::Null => "none".to_string(),
        Json::String(text) => text.clone(),
        Json::Array(values) => {
            format!("[{}]", values.iter().map(short).collect::<Vec<_>>().join(", "))
        }
        Json::Object(object) => match (object.get("class_name"), object.get("config")) {
            (Some(Json::String(class)), Some(Json::Object(settings))) => {
                format!("{class}({})", all(settings))
            }
            _ => format!("({})", all(object)),
        },
        other => other.to_string(),
    }
}

impl<T: Label> Label for Option<T> {
    fn label(&self) -> Choice {
        self.as_ref().map_or(Choice::None, T::label)
    }
}

#[cfg(test)]
#[path = "label_tests.rs"]
mod tests;
