//! The search space of a function to minimise.

use super::hp::checked;
use super::label::Label;
use super::{Choice, Distribution};
use crate::error::{Error, Result};
use crate::tune::study::Listing;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// A search space of named dimensions, as scikit-optimize's `Real`, `Integer` and `Categorical`;
/// `log_` is its `prior="log-uniform"`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let space = Space::new()
///     .log_real("learning_rate", 1e-4..=1e-1)
///     .integer("num_layers", 3..=10)
///     .categorical("activation", ["sigmoid", "tanh", "relu"]);
/// assert_eq!(space.names(), ["learning_rate", "num_layers", "activation"]);
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Space {
    dimensions: Vec<(String, Distribution)>,
}

impl Space {
    /// A space without dimensions.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, name: &str, of: Distribution) -> Self {
        self.dimensions.push((name.to_string(), of));
        self
    }

    /// Adds a number in this range, both bounds included.
    pub fn real(self, name: &str, range: RangeInclusive<f64>) -> Self {
        let (low, high) = range.into_inner();
        self.with(name, Distribution::Float { low, high, step: None, log: false })
    }

    /// Adds a number above 0, uniform on a logarithmic scale.
    pub fn log_real(self, name: &str, range: RangeInclusive<f64>) -> Self {
        let (low, high) = range.into_inner();
        self.with(name, Distribution::Float { low, high, step: None, log: true })
    }

    /// Adds a whole number in this range, both bounds included.
    pub fn integer(self, name: &str, range: RangeInclusive<i64>) -> Self {
        let (low, high) = range.into_inner();
        self.with(name, Distribution::Int { low, high, step: 1, log: false })
    }

    /// Adds a whole number of at least 1, uniform on a logarithmic scale.
    pub fn log_integer(self, name: &str, range: RangeInclusive<i64>) -> Self {
        let (low, high) = range.into_inner();
        self.with(name, Distribution::Int { low, high, step: 1, log: true })
    }

    /// Adds a choice of one of these values.
    pub fn categorical<T: Label>(self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        let choices = values.into_iter().map(|v| v.label()).collect();
        self.with(name, Distribution::Categorical { choices })
    }

    /// The dimensions' names, in order.
    pub fn names(&self) -> Vec<String> {
        self.dimensions.iter().map(|d| d.0.clone()).collect()
    }

    /// The dimensions, checked.
    ///
    /// # Errors
    /// If there is no dimension, two have the same name, or a range is invalid.
    pub(crate) fn checked(&self) -> Result<Vec<(String, Arc<Distribution>)>> {
        if self.dimensions.is_empty() {
            return Err(Error::argument("Space: the number of dimensions", 0, "at least 1"));
        }
        let mut out: Vec<(String, Arc<Distribution>)> = Vec::new();
        for (name, of) in &self.dimensions {
            if out.iter().any(|(other, _)| other == name) {
                return Err(Error::argument(
                    "Space: the dimension",
                    format!("'{name}'"),
                    "given once",
                ));
            }
            let of =
                checked(of.clone()).map_err(|e| e.about(&format!("Space: dimension '{name}'")))?;
            out.push((name.clone(), Arc::new(of)));
        }
        Ok(out)
    }

    fn listing(&self) -> Listing {
        let row = |d: &(String, Distribution)| crate::tune::study::space_row(&d.0, &d.1, None);
        let rows = self.dimensions.iter().map(row).collect();
        Listing::new("", &["dimension", "kind", "values"], rows)
    }

    /// An HTML table of the dimensions.
    pub fn to_html(&self) -> String {
        self.listing().to_html()
    }
}

crate::html::debug_as_display!(Space);

impl std::fmt::Display for Space {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.listing().fmt(f)
    }
}

/// A point of a [`Space`]: a value for each dimension.
#[derive(Clone, PartialEq)]
pub struct Point(pub(crate) Vec<(String, Choice)>);

impl Point {
    /// The value of a dimension.
    ///
    /// # Errors
    /// If there is no dimension of this name; the other methods return this error, too.
    pub fn value(&self, name: &str) -> Result<Choice> {
        let found = self.0.iter().find(|v| v.0 == name).map(|v| v.1.clone());
        found.ok_or_else(|| {
            let names: Vec<&str> = self.0.iter().map(|v| v.0.as_str()).collect();
            let expected = format!("one of {}", names.join(", "));
            Error::argument("Point: the dimension", format!("'{name}'"), expected)
        })
    }

    /// The value of a real dimension.
    ///
    /// # Errors
    /// If its values are not numbers.
    pub fn real(&self, name: &str) -> Result<f64> {
        match self.value(name)? {
            Choice::Float(v) => Ok(v),
            Choice::Int(v) => Ok(v as f64),
            other => Err(wrong(name, &other, "a number")),
        }
    }

    /// The value of a dimension of whole numbers.
    ///
    /// # Errors
    /// If its values are not whole numbers.
    pub fn integer(&self, name: &str) -> Result<i64> {
        match self.value(name)? {
            Choice::Int(v) => Ok(v),
            other => Err(wrong(name, &other, "a whole number")),
        }
    }

    /// The value of a dimension of texts.
    ///
    /// # Errors
    /// If its values are not texts.
    pub fn text(&self, name: &str) -> Result<String> {
        match self.value(name)? {
            Choice::Text(v) => Ok(v),
            other => Err(wrong(name, &other, "a text")),
        }
    }
}

fn wrong(name: &str, got: &Choice, expected: &str) -> Error {
    Error::argument(format!("Point: the value of '{name}'"), got, expected)
}

crate::html::debug_as_display!(Point);

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, (name, value)) in self.0.iter().enumerate() {
            write!(f, "{}{name}={value}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
