//! Reading of settings. Each one must be read or ignored on purpose, so that nothing is dropped
//! silently.

use super::{Object, Value, short, within};
use crate::error::{Error, Result};
use serde_json::Value as Json;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Settings without effect here: objects are named by class, all random numbers follow from the
/// model's seed, and the model itself reads whether a layer is frozen.
const WITHOUT_EFFECT: [&str; 5] = ["name", "seed", "renorm_momentum", "optional", "trainable"];

/// The settings of an object; each must be read or be without effect.
pub(crate) struct Settings<'a> {
    class: &'a str,
    object: &'a Object,
    read: RefCell<BTreeSet<String>>,
}

impl<'a> Settings<'a> {
    pub fn new(class: &'a str, object: &'a Object) -> Self {
        let read = WITHOUT_EFFECT.iter().map(|key| key.to_string()).collect();
        Settings { class, object, read: RefCell::new(read) }
    }

    /// The JSON of a setting.
    pub fn json(&self, key: &str) -> Option<&'a Json> {
        self.read.borrow_mut().insert(key.to_string());
        self.object.get(key)
    }

    /// A required setting.
    ///
    /// # Errors
    /// If it is missing or has another type.
    pub fn get<T: Value>(&self, key: &str) -> Result<T> {
        let json = self.json(key).unwrap_or(&Json::Null);
        T::from_value(json).map_err(|e| within(e, &self.place(key)))
    }

    /// An optional setting; `value` stays as it is if the setting is missing.
    ///
    /// # Errors
    /// If it has another type.
    pub fn read<T: Value>(&self, key: &str, value: &mut T) -> Result<()> {
        if self.json(key).is_some() {
            *value = self.get(key)?;
        }
        Ok(())
    }

    /// A setting of which only one value is supported.
    ///
    /// # Errors
    /// If it has another value.
    pub fn fixed(&self, key: &str, only: &Json) -> Result<()> {
        match self.json(key) {
            Some(json) if !json.is_null() && !same(json, only) => {
                let expected = format!("{only}, the only supported value");
                Err(Error::argument(self.place(key), short(json), expected))
            }
            _ => Ok(()),
        }
    }

    /// Checks that every setting was read.
    ///
    /// # Errors
    /// The error names the first unknown setting with a value.
    pub fn end(&self) -> Result<()> {
        let kind = self.json("dtype").map(|json| json.pointer("/config/name").unwrap_or(json));
        if let Some(kind) = kind.filter(|kind| !kind.is_null() && *kind != "float32") {
            return Err(Error::argument(self.place("dtype"), short(kind), "\"float32\""));
        }
        let read = self.read.borrow();
        let unread = self.object.iter().find(|(key, json)| !json.is_null() && !read.contains(*key));
        match unread {
            Some((key, json)) => Err(Error::argument(
                self.place(key),
                short(json),
                "left out: this setting is not supported",
            )),
            None => Ok(()),
        }
    }

    fn place(&self, key: &str) -> String {
        format!("{}: {key}", self.class)
    }
}

/// Whether two values are the same, whole numbers and fractions compared by value.
fn same(a: &Json, b: &Json) -> bool {
    a == b || matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a == b)
}

/// Makes a type [`Configured`](super::Configured). Takes its module and class in Keras, an
/// expression that makes a default object, and Keras' name and the field of each setting. After
/// `parts` follow fields that write and read several settings themselves; after `weights` the
/// `WeightSettings` of each weight, whose settings begin with its name; after `fixed` Keras'
/// settings of which only one value is supported.
macro_rules! configured {
    (
        $type:ty as $module:literal $class:literal, |$from:ident| $new:expr
        $(, $key:ident = $($field:ident).+)*
        $(; parts $($part:ident),+)?
        $(; weights $($weight:ident = $($of:ident).+),+)?
        $(; fixed $($fixed:ident = $value:tt),*)?
    ) => {
        impl $crate::config::Configured for $type {
            const MODULE: &'static str = $module;
            const CLASS: &'static str = $class;

            #[allow(unused_variables)]
            fn write(&self, settings: &mut $crate::config::Object) {
                $(
                    let value = $crate::config::Value::to_value(&self.$($field).+);
                    settings.insert(stringify!($key).into(), value);
                )*
                $($(self.$part.write(settings);)+)?
                $($(self.$($of).+.write(stringify!($weight), settings);)+)?
                $($(settings.insert(stringify!($fixed).into(), serde_json::json!($value));)*)?
            }

            #[allow(unused_mut)]
            fn read($from: &$crate::config::Settings<'_>) -> $crate::error::Result<Self> {
                let mut new: Self = $new;
                $($from.read(stringify!($key), &mut new.$($field).+)?;)*
                $($(new.$part.read($from)?;)+)?
                $($(new.$($of).+.read(stringify!($weight), $from)?;)+)?
                $($($from.fixed(stringify!($fixed), &serde_json::json!($value))?;)*)?
                $from.end()?;
                Ok(new)
            }
        }
    };
}
pub(crate) use configured;

/// Implements the methods of a layer or merge that need only [`Configured`](super::Configured).
macro_rules! configured_layer {
    () => {
        fn class_name(&self) -> &str {
            <Self as $crate::config::Configured>::CLASS
        }

        fn config(&self) -> $crate::error::Result<$crate::config::Config> {
            Ok($crate::config::Config::of(self))
        }
    };
}
pub(crate) use configured_layer;

/// Methods that set a field of the same name, each with its documentation:
/// `setters!(MyRule { /** … */ beta_1: f32; });`.
macro_rules! setters {
    ($type:ident { $($(#[$doc:meta])+ $name:ident: $kind:ty;)+ }) => {
        impl $type {
            $(
                $(#[$doc])+
                pub fn $name(mut self, $name: $kind) -> Self {
                    self.$name = $name;
                    self
                }
            )+
        }
    };
}

pub(crate) use setters;
