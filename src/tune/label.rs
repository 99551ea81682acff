//! The labels by which a study's database stores choices.

use super::Choice;
use crate::config::{Config, Value as _};
use crate::data::Pipeline;
use crate::loss::Loss;
use crate::metric::Metric;
use crate::nn::{
    Activation, AveragePooling1D, AveragePooling2D, BatchNormalization, Bidirectional, Conv1D,
    Conv2D, Conv2DTranspose, Dense, DepthwiseConv2D, Dropout, Embedding, GRU, GaussianNoise,
    Initializer, LSTM, Layer, LayerNormalization, MaxPooling1D, MaxPooling2D, MultiHeadAttention,
    RandomBrightness, RandomContrast, RandomFlip, RandomRotation, RandomTranslation, RandomZoom,
    Regularizer, Rescaling, SeparableConv2D, SimpleRNN, SpatialDropout1D, SpatialDropout2D,
};
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

/// Labels of layers. Each class has a layer to compare with: a label lists only the settings that
/// differ from it.
macro_rules! layer_labels {
    ($($t:ty => $plain:expr;)*) => {$(
        impl Label for $t {
            fn label(&self) -> Choice {
                let name = self.class_name().to_string();
                let Ok(config) = self.config() else { return Choice::Text(name) };
                let plain: $t = $plain;
                labelled(name, &config, plain.config().ok(), &["name"])
            }
        }
    )*};
}

layer_labels! {
    AveragePooling1D => AveragePooling1D::new(0);
    AveragePooling2D => AveragePooling2D::new(0);
    BatchNormalization => BatchNormalization::new();
    Bidirectional => Bidirectional::new(SimpleRNN::new(0));
    Conv1D => Conv1D::new(0, 0);
    Conv2D => Conv2D::new(0, 0);
    Conv2DTranspose => Conv2DTranspose::new(0, 0);
    Dense => Dense::new(0);
    DepthwiseConv2D => DepthwiseConv2D::new(0);
    Dropout => Dropout::new(-1.0);
    Embedding => Embedding::new(0, 0);
    GRU => GRU::new(0);
    GaussianNoise => GaussianNoise::new(-1.0);
    LSTM => LSTM::new(0);
    LayerNormalization => LayerNormalization::new();
    MaxPooling1D => MaxPooling1D::new(0);
    MaxPooling2D => MaxPooling2D::new(0);
    MultiHeadAttention => MultiHeadAttention::new(0, 0);
    RandomBrightness => RandomBrightness::new(-1.0);
    RandomContrast => RandomContrast::new(-1.0);
    RandomFlip => RandomFlip::new();
    RandomRotation => RandomRotation::new(-1.0);
    RandomTranslation => RandomTranslation::new(-1.0, -1.0);
    RandomZoom => RandomZoom::new(-1.0);
    Rescaling => Rescaling::new(-1.0);
    SeparableConv2D => SeparableConv2D::new(0, 0);
    SimpleRNN => SimpleRNN::new(0);
    SpatialDropout1D => SpatialDropout1D::new(-1.0);
    SpatialDropout2D => SpatialDropout2D::new(-1.0);
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
