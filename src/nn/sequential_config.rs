//! Stacks of layers in Keras' form, and how a layer is read by its class.

use super::activation_config::{layer_classes, read_layer};
use super::layer::Layer;
use super::layer_names::layer_names;
use super::*;
use crate::config::{Config, Configured, Object, Settings, Value, snake_case, within, wrong};
use crate::error::{Error, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A class of layers, and how one is read.
pub(super) type Class = (&'static str, fn(&Settings<'_>) -> Result<Arc<dyn Layer>>);

/// A class of layers that can be read.
pub(super) const fn class<L: Configured + Layer + 'static>() -> Class {
    (L::CLASS, |from| Ok(Arc::new(L::read(from)?)))
}

/// A layer from its configuration; `known` are the classes that an error names.
pub(super) fn read(config: &Config, known: &[&str]) -> Result<Arc<dyn Layer>> {
    let name = config.class_name();
    let settings = config.reader();
    // In files of Keras 2 the first layer holds the input shape.
    settings.json("batch_input_shape");
    if let Some(activation) = read_layer(name, &settings) {
        return activation;
    }
    match CLASSES.iter().find(|(class, _)| *class == name) {
        Some((_, read)) => read(&settings),
        None => Err(config.unknown("the layer", known)),
    }
}

/// The classes of layers that can be read.
pub(super) fn known_classes() -> Vec<&'static str> {
    CLASSES.iter().map(|(class, _)| *class).chain(layer_classes()).collect()
}

/// The precision of all layers, as Keras writes it.
pub(super) fn precision() -> Json {
    json!({
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": "float32"},
        "registered_name": null,
    })
}

/// Whether Keras reads `trainable` for layers of this class: of those that drop whole channels it
/// refuses to.
pub(super) fn takes_trainable(class_name: &str) -> bool {
    !class_name.starts_with("SpatialDropout")
}

pub(super) fn with_batch(shape: &[usize]) -> Json {
    let mut axes = vec![Json::Null];
    axes.extend(shape.iter().map(|n| Json::from(*n)));
    axes.into()
}

/// The class of the layer that holds the input shape.
pub(super) fn input_layer(shape: &[usize], name: &str) -> Json {
    json!({
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {
            "batch_shape": with_batch(shape),
            "dtype": "float32",
            "sparse": false,
            "ragged": false,
            "name": name,
            "optional": false,
        },
        "registered_name": null,
    })
}

/// The shape of a sample, from a shape whose first axis is that of the samples.
pub(super) fn without_batch(json: &Json) -> Result<Vec<usize>> {
    let expected = "a list of lengths, of which only the first may be null";
    match json.as_array().map(Vec::as_slice) {
        Some([_, axes @ ..]) if !axes.is_empty() => {
            axes.iter().map(|n| usize::from_value(n).map_err(|_| wrong(json, expected))).collect()
        }
        _ => Err(wrong(json, expected)),
    }
}

impl Sequential {
    /// The layers in Keras' form, as its `to_json()` has them: class names and settings, no
    /// weights. Keras' `model_from_json` takes [`Config::to_json`] of it.
    ///
    /// # Errors
    /// If the layers do not fit together, or one is custom code, such as a
    /// [`CustomLayer`](crate::bridge::CustomLayer); the error names it.
    pub fn to_config(&self) -> Result<Config> {
        let network = self.build()?;
        let mut layers = vec![input_layer(self.input_shape(), "input_layer")];
        let mut shape = self.input_shape();
        for (recipe, built) in self.layers().iter().zip(network.layers()) {
            let place = format!("layer {} '{}'", layers.len(), built.name);
            let mut config = recipe.config().map_err(|e| within(e, &place))?;
            let settings = config.settings_mut();
            settings.insert("name".into(), built.name.as_str().into());
            if takes_trainable(&built.class_name) {
                settings.insert("trainable".into(), built.trainable.into());
            }
            settings.insert("dtype".into(), precision());
            let built_from = json!({"input_shape": with_batch(shape)});
            config.beside.insert("build_config".into(), built_from);
            layers.push(config.to_value());
            shape = built.op.output();
        }
        let mut settings = Object::new();
        settings.insert("name".into(), "sequential".into());
        settings.insert("trainable".into(), true.into());
        settings.insert("dtype".into(), precision());
        settings.insert("layers".into(), layers.into());
        settings.insert("build_input_shape".into(), with_batch(self.input_shape()));
        let mut config = Config::new("keras", "Sequential", settings);
        let built_from = json!({"input_shape": with_batch(self.input_shape())});
        config.beside.insert("build_config".into(), built_from);
        Ok(config)
    }

    /// The [configuration](Self::to_config) as text, as Keras' `to_json()`.
    ///
    /// # Errors
    /// As [`to_config`](Self::to_config).
    pub fn to_json(&self) -> Result<String> {
        Ok(self.to_config()?.to_json())
    }

    /// The stack of a text, as [`to_json`](Self::to_json) or Keras made it.
    ///
    /// # Errors
    /// If the text is not such JSON, or as [`from_config`](Self::from_config).
    pub fn from_json(text: &str) -> Result<Self> {
        Sequential::from_config(&Config::from_json(text)?)
    }

    /// The stack of a configuration, as [`to_config`](Self::to_config) or Keras made it.
    ///
    /// # Errors
    /// If it is not a `Sequential`, a layer or a setting does not exist here, or the input shape is
    /// not fixed; the error names the layer, the setting and its value.
    pub fn from_config(config: &Config) -> Result<Self> {
        if config.class_name() != "Sequential" {
            return Err(config.unknown("the model", &["Sequential"]));
        }
        let layers = config.settings().get("layers").and_then(Json::as_array);
        let none = || Error::argument("Sequential: layers", "missing", "a list of layers");
        let mut input = None;
        let (mut stack, mut names) = (Vec::new(), Vec::new());
        let mut frozen = BTreeSet::new();
        for (i, json) in layers.ok_or_else(none)?.iter().enumerate() {
            let place = format!("layer {}", i + 1);
            let layer = Config::from_value(json).map_err(|e| within(e, &place))?;
            let shape = ["batch_shape", "batch_input_shape"]
                .into_iter()
                .find_map(|key| layer.settings().get(key).map(|json| (key, json)));
            if let (None, Some((key, json))) = (&input, shape) {
                let place = format!("{place}, {}: {key}", layer.class_name());
                input = Some(without_batch(json).map_err(|e| within(e, &place))?);
            }
            if layer.class_name() != "InputLayer" {
                let named = layer.settings().get("name").and_then(Json::as_str);
                let own = snake_case(layer.class_name());
                let place = format!("{place} '{}'", named.unwrap_or(&own));
                let mut trainable = true;
                layer.reader().read("trainable", &mut trainable).map_err(|e| within(e, &place))?;
                if !trainable {
                    frozen.insert(stack.len());
                }
                names.push(named.map(str::to_string));
                stack.push(read(&layer, &known_classes()).map_err(|e| within(e, &place))?);
            }
        }
        let input = match (input, config.settings().get("build_input_shape")) {
            (Some(input), _) => input,
            (None, Some(json)) => {
                without_batch(json).map_err(|e| within(e, "Sequential: build_input_shape"))?
            }
            (None, None) => {
                let expected = "given by an InputLayer with \"batch_shape\"";
                return Err(Error::argument("Sequential: the input's shape", "missing", expected));
            }
        };
        Ok(Sequential::from_layers(input, with_names(stack, &names), frozen))
    }
}

/// The layers, with their names where these differ from the default.
fn with_names(layers: Vec<Arc<dyn Layer>>, names: &[Option<String>]) -> Vec<Arc<dyn Layer>> {
    let own: Vec<_> = layers.iter().map(|layer| (layer.class_name(), None)).collect();
    let own = layer_names(&own).unwrap_or_default();
    if names.iter().zip(&own).all(|(name, own)| name.as_ref().is_none_or(|name| name == own)) {
        return layers;
    }
    let named = |(layer, name): (Arc<dyn Layer>, &Option<String>)| match name {
        Some(name) => Arc::new(Named::new(layer, name.clone())) as Arc<dyn Layer>,
        None => layer,
    };
    layers.into_iter().zip(names).map(named).collect()
}

#[cfg(test)]
#[path = "sequential_config_tests.rs"]
mod tests;
