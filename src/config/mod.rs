//! Configurations of models, layers, optimisers, losses and metrics in Keras' form: a class name
//! and settings under Keras' names.
//!
//! A part implements `Configured`, usually by `configured!` from a list of its settings. Each
//! module has a list of the classes that can be read.

mod settings;
mod value;

pub(crate) use settings::{Settings, configured, configured_layer, setters};
pub(crate) use value::{Value, named, short, within, wrong};

use crate::error::{Error, Result};
use crate::io::json;
use serde_json::{Map, Value as Json};
use std::fmt;

/// Settings by name.
pub(crate) type Object = Map<String, Json>;

/// A class and its settings in Keras' form, as Keras 3 writes them by `get_config()` and
/// `to_json()` and reads them by `from_config()` and `model_from_json()`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([4]).add(Dense::new(3).activation(Softmax));
/// let config = net.to_config()?;
/// assert_eq!(config.class_name(), "Sequential");
/// let same = Sequential::from_config(&Config::from_json(&config.to_json())?)?;
/// assert_eq!(same.count_params()?, net.count_params()?);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    module: String,
    class_name: String,
    settings: Object,
    /// Entries beside the settings, such as `build_config` and `compile_config`.
    pub(crate) beside: Object,
}

/// A type that a configuration describes completely.
pub(crate) trait Configured: Sized {
    /// Keras' module, such as `keras.layers`.
    const MODULE: &'static str;
    /// Keras' class name.
    const CLASS: &'static str;

    /// Adds the settings.
    fn write(&self, settings: &mut Object);

    /// Makes the object from its settings.
    fn read(settings: &Settings<'_>) -> Result<Self>;
}

impl Config {
    /// The configuration of an object.
    pub(crate) fn of<T: Configured>(thing: &T) -> Self {
        let mut settings = Object::new();
        thing.write(&mut settings);
        Config::new(T::MODULE, T::CLASS, settings)
    }

    pub(crate) fn new(module: &str, class_name: &str, settings: Object) -> Self {
        let (module, class_name) = (module.to_string(), class_name.to_string());
        Config { module, class_name, settings, beside: Object::new() }
    }

    /// Keras' class name, such as `Dense`.
    pub fn class_name(&self) -> &str {
        &self.class_name
    }

    /// Keras' module, such as `keras.layers`; empty if there is none.
    pub(crate) fn module(&self) -> &str {
        &self.module
    }

    /// The settings, by Keras' names.
    pub fn settings(&self) -> &serde_json::Map<String, serde_json::Value> {
        &self.settings
    }

    pub(crate) fn settings_mut(&mut self) -> &mut Object {
        &mut self.settings
    }

    /// A reader of the settings.
    pub(crate) fn reader(&self) -> Settings<'_> {
        Settings::new(&self.class_name, &self.settings)
    }

    /// The error of an unknown class.
    pub(crate) fn unknown(&self, what: &str, known: &[&str]) -> Error {
        let named = format!("'{}'", self.class_name);
        Error::argument(
            format!("the class of {what}"),
            named,
            format!("one of {}", known.join(", ")),
        )
    }

    /// As text, in the form of Keras' `to_json()`.
    pub fn to_json(&self) -> String {
        format!("{:#}", self.to_value())
    }

    /// From text, as Keras' `to_json()` or [`to_json`](Self::to_json) made it.
    ///
    /// # Errors
    /// If it is not JSON, or not an object with a class name and settings.
    pub fn from_json(text: &str) -> Result<Self> {
        let what = "the configuration";
        let json = json::parse(text, value::mark).ok_or_else(|| {
            let start: String = text.chars().take(40).collect();
            Error::argument(what, format!("'{start}'"), "JSON, as to_json() writes it")
        })?;
        Config::from_value(&json).map_err(|e| within(e, what))
    }

    pub(crate) fn to_value(&self) -> Json {
        let mut object = self.beside.clone();
        object.insert("module".into(), self.module.as_str().into());
        object.insert("class_name".into(), self.class_name.as_str().into());
        object.insert("config".into(), Json::Object(self.settings.clone()));
        object.insert("registered_name".into(), Json::Null);
        Json::Object(object)
    }

    pub(crate) fn from_value(json: &Json) -> Result<Self> {
        let expected = "an object with \"class_name\" and \"config\"";
        let Json::Object(object) = json else { return Err(wrong(json, expected)) };
        let text = |key: &str| object.get(key).and_then(Json::as_str).map(str::to_string);
        let class_name = text("class_name").ok_or_else(|| match object.get("value") {
            // Keras writes a lambda's code so.
            Some(Json::Array(_)) => {
                let complete = "a part that a configuration describes completely";
                Error::argument("", "a Python lambda", complete)
            }
            _ => wrong(json, expected),
        })?;
        let module = text("module").unwrap_or_default();
        let settings = match object.get("config") {
            Some(Json::Object(settings)) => settings.clone(),
            Some(Json::Null) | None => Object::new(),
            // A Python function, of which only the name is written.
            Some(Json::String(name)) if class_name == "function" => {
                return Err(Error::argument(
                    "",
                    format!("the Python function '{name}'"),
                    "a part that a configuration describes completely",
                ));
            }
            Some(_) => return Err(wrong(json, expected)),
        };
        let mut beside = object.clone();
        for key in ["module", "class_name", "config", "registered_name"] {
            beside.remove(key);
        }
        Ok(Config { module, class_name, settings, beside })
    }
}

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

/// The error of custom code, which a configuration cannot describe.
pub(crate) fn is_code(kind: &str, name: &str) -> Error {
    Error::argument(
        format!("the {kind} '{name}'"),
        "custom code, which cannot be saved",
        format!("a {kind} of the library, to be written as a configuration"),
    )
    .hint("save the weights by save_weights, and load them into a model that the same code makes")
}

/// Keras' default name of an object of a class, such as `max_pooling2d`.
pub(crate) fn snake_case(class: &str) -> String {
    let c: Vec<char> = class.chars().collect();
    let mut name = String::new();
    for (i, letter) in c.iter().enumerate() {
        let after_lower = i > 0 && c[i - 1].is_ascii_lowercase();
        let before_lower = i > 0 && c.get(i + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (after_lower || before_lower) && !name.ends_with('_') {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_keras_ones() {
        let cases = [
            ("Dense", "dense"),
            ("Conv2D", "conv2d"),
            ("MaxPooling2D", "max_pooling2d"),
            ("GlobalAveragePooling2D", "global_average_pooling2d"),
            ("LeakyReLU", "leaky_re_lu"),
            ("RMSprop", "rm_sprop"),
            ("AdamW", "adam_w"),
            ("SGD", "sgd"),
        ];
        for (class, name) in cases {
            assert_eq!(snake_case(class), name);
        }
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        let says = |text: &str, part: &str| {
            let error = Config::from_json(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        says("{\"class_name\": ", "JSON");
        says("[1, 2]", "class_name");
        says("{\"config\": {}}", "class_name");
        says("{\"class_name\": \"Dense\", \"config\": 3}", "config");
        let lambda = r#"{"class_name": "function", "config": "my_code", "module": "builtins"}"#;
        says(lambda, "Python function 'my_code'");
    }
}
