//! Single values of a configuration.

use crate::error::{Error, Result};
use serde_json::{Number, Value as Json};

/// A setting's value, to and from JSON.
pub(crate) trait Value: Sized {
    fn to_value(&self) -> Json;

    /// # Errors
    /// If the JSON has another type.
    fn from_value(json: &Json) -> Result<Self>;
}

/// The beginning of a value, for error texts.
pub(crate) fn short(json: &Json) -> String {
    let text = json.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The error of an invalid value; [`within`] adds the setting's name.
pub(crate) fn wrong(json: &Json, expected: impl Into<String>) -> Error {
    let got = if json.is_null() { "missing".into() } else { short(json) };
    Error::argument("", got, expected)
}

/// Puts a place in front of an error's subject.
pub(crate) fn within(error: Error, place: &str) -> Error {
    match error {
        Error::Argument { what, got, expected, hint } => {
            let what = if what.is_empty() { place.into() } else { format!("{place}, {what}") };
            Error::Argument { what, got, expected, hint }
        }
        Error::Shape { what, got, expected } => {
            Error::Shape { what: format!("{place}, {what}"), got, expected }
        }
        other => other,
    }
}

/// NaN and infinities as text, because JSON has no numbers for them (Keras writes them as Python
/// does).
pub(super) fn mark(value: f64) -> Json {
    let text = match value {
        v if v.is_nan() => "NaN",
        v if v > 0.0 => "Infinity",
        _ => "-Infinity",
    };
    text.into()
}

impl Value for f64 {
    fn to_value(&self) -> Json {
        Number::from_f64(*self).map_or_else(|| mark(*self), Json::Number)
    }

    fn from_value(json: &Json) -> Result<Self> {
        let marked = match json.as_str() {
            Some("NaN") => Some(f64::NAN),
            Some("Infinity") => Some(f64::INFINITY),
            Some("-Infinity") => Some(f64::NEG_INFINITY),
            _ => None,
        };
        json.as_f64().or(marked).ok_or_else(|| wrong(json, "a number"))
    }
}

impl Value for f32 {
    /// The shortest decimal of the same number: 0.1, not 0.10000000149011612.
    fn to_value(&self) -> Json {
        let short: f64 = self.to_string().parse().unwrap_or(f64::NAN);
        let exact = if short as f32 == *self { short } else { f64::from(*self) };
        exact.to_value()
    }

    fn from_value(json: &Json) -> Result<Self> {
        f64::from_value(json).map(|v| v as f32)
    }
}

/// A whole number, which some versions of Keras write as 3.0.
fn whole(json: &Json) -> Option<i64> {
    let fraction = json.as_f64().filter(|v| v.fract() == 0.0 && v.abs() < 9e15);
    json.as_i64().or(fraction.map(|v| v as i64))
}

macro_rules! whole_numbers {
    ($($type:ty: $expected:literal),*) => {
        $(
            impl Value for $type {
                fn to_value(&self) -> Json {
                    Json::from(*self)
                }

                fn from_value(json: &Json) -> Result<Self> {
                    let exact = json.as_u64().and_then(|v| v.try_into().ok());
                    let other = || whole(json).and_then(|v| v.try_into().ok());
                    exact.or_else(other).ok_or_else(|| wrong(json, $expected))
                }
            }
        )*
    };
}
whole_numbers!(
    usize: "a whole number from 0 up",
    u64: "a whole number from 0 up",
    isize: "a whole number"
);

impl Value for bool {
    fn to_value(&self) -> Json {
        Json::Bool(*self)
    }

    fn from_value(json: &Json) -> Result<Self> {
        json.as_bool().ok_or_else(|| wrong(json, "true or false"))
    }
}

impl Value for String {
    fn to_value(&self) -> Json {
        self.as_str().into()
    }

    fn from_value(json: &Json) -> Result<Self> {
        json.as_str().map(str::to_string).ok_or_else(|| wrong(json, "a text"))
    }
}

impl<T: Value> Value for Option<T> {
    fn to_value(&self) -> Json {
        self.as_ref().map_or(Json::Null, T::to_value)
    }

    fn from_value(json: &Json) -> Result<Self> {
        if json.is_null() { Ok(None) } else { T::from_value(json).map(Some) }
    }
}

impl<T: Value> Value for Vec<T> {
    fn to_value(&self) -> Json {
        self.iter().map(T::to_value).collect()
    }

    fn from_value(json: &Json) -> Result<Self> {
        let list = json.as_array().ok_or_else(|| wrong(json, "a list"))?;
        list.iter().map(T::from_value).collect()
    }
}

impl<T: Value> Value for (T, T) {
    fn to_value(&self) -> Json {
        vec![self.0.to_value(), self.1.to_value()].into()
    }

    fn from_value(json: &Json) -> Result<Self> {
        match json.as_array().map(Vec::as_slice) {
            Some([a, b]) => Ok((T::from_value(a)?, T::from_value(b)?)),
            _ => Err(wrong(json, "a list of two")),
        }
    }
}

/// Implements [`Value`](crate::config::Value) for an enum without data by Keras' names of its
/// variants.
macro_rules! named {
    ($type:ident: $($variant:ident = $name:literal),*) => {
        impl $crate::config::Value for $type {
            fn to_value(&self) -> serde_json::Value {
                match self {
                    $($type::$variant => $name.into(),)*
                }
            }

            fn from_value(json: &serde_json::Value) -> $crate::error::Result<Self> {
                match json.as_str() {
                    $(Some($name) => Ok($type::$variant),)*
                    _ => {
                        let names = [$(concat!("\"", $name, "\"")),*];
                        let expected = format!("one of {}", names.join(", "));
                        Err($crate::config::wrong(json, expected))
                    }
                }
            }
        }
    };
}
pub(crate) use named;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::json::parse;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn floats_come_back_to_the_last_bit(bits: u32, more: u64) {
            let (single, double) = (f32::from_bits(bits), f64::from_bits(more));
            let back = |json: Json| parse(&json.to_string(), mark).unwrap();
            let same = f32::from_value(&back(single.to_value())).unwrap();
            prop_assert!(same.to_bits() == bits || same.is_nan() && single.is_nan());
            let same = f64::from_value(&back(double.to_value())).unwrap();
            prop_assert!(same.to_bits() == more || same.is_nan() && double.is_nan());
        }
    }

    #[test]
    fn values_read_as_one_would_write_them() {
        assert_eq!(0.1f32.to_value().to_string(), "0.1");
        assert_eq!(usize::from_value(&Json::from(3.0)).unwrap(), 3);
        assert!(usize::from_value(&Json::from(-1)).is_err());
        assert!(usize::from_value(&Json::from(3.5)).is_err());
        assert_eq!(u64::from_value(&Json::from(u64::MAX)).unwrap(), u64::MAX);
        assert_eq!(isize::from_value(&Json::from(-1)).unwrap(), -1);
        let error = within(f32::from_value(&Json::from("much")).unwrap_err(), "Dropout: rate");
        assert_eq!(error.to_string(), "Dropout: rate is \"much\", but must be a number");
    }
}
