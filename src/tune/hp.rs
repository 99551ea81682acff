//! Hyper-parameters. The code that builds a model asks for their values, and running it defines the
//! search space.

use super::label::{Label, as_written};
use super::{Choice, Distribution, Param};
use crate::error::{Error, Result};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Gives the value of a parameter, in Optuna's internal form.
pub(crate) trait ValueSource: Send {
    /// # Errors
    /// If there is no value, or the parameter cannot take it.
    fn value(&mut self, name: &str, of: &Arc<Distribution>) -> Result<f64>;
}

/// Hyper-parameters, like KerasTuner's `HyperParameters`. The code that builds a model asks for
/// each value where it needs it, and gets a plain value back.
///
/// The search space is what the code asks for: a parameter behind an `if` exists only in the trials
/// that reach it. A mistake, such as an empty range or one name with two ranges, ends the search
/// with an error; the methods themselves always return a value.
///
/// ```
/// use dfdx_lab::prelude::*;
/// fn build(hp: &mut Hp) -> Result<Model> {
///     let mut net = Sequential::new([25]);
///     for layer in 0..hp.int("layers", 1..=3) {
///         let units = hp.log_int(&format!("units_{layer}"), 4..=64);
///         net = net.add(Dense::new(units).activation(hp.choice("activation", [Relu, Tanh])));
///     }
///     if hp.boolean("dropout") {
///         net = net.add(Dropout::new(hp.float("rate", 0.1..=0.5)));
///     }
///     let rate = hp.log_float("learning_rate", 1e-4..=1e-1);
///     net.add(Dense::new(3).activation(Softmax)).compile(
///         Adam::new(rate),
///         CategoricalCrossentropy::new(),
///         ["accuracy"],
///     )
/// }
/// let space = RandomSearch::new(build).search_space()?;
/// assert!(space.to_string().contains("units_0"));
/// # Ok::<(), Error>(())
/// ```
pub struct Hp {
    values: Box<dyn ValueSource>,
    params: Vec<Param>,
    scopes: Vec<String>,
    error: Option<Error>,
}

/// A whole number that [`Hp::int`] can give.
pub trait Whole: Copy + TryInto<i64> + TryFrom<i64> + std::fmt::Display {}
macro_rules! whole {
    ($($t:ty),*) => { $(impl Whole for $t {})* };
}
whole!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

/// A number that [`Hp::float`] can give.
pub trait Number: Copy {
    /// The `f64` with the same decimal digits.
    fn to_f64(self) -> f64;
    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
}

impl Number for f64 {
    fn to_f64(self) -> f64 {
        self
    }
    fn from_f64(value: f64) -> Self {
        value
    }
}

impl Number for f32 {
    fn to_f64(self) -> f64 {
        as_written(self)
    }
    fn from_f64(value: f64) -> Self {
        value as f32
    }
}

impl Hp {
    pub(crate) fn new(values: impl ValueSource + 'static) -> Self {
        Hp { values: Box::new(values), params: Vec::new(), scopes: Vec::new(), error: None }
    }

    /// One of these values. The first one is the default, with which a grid begins.
    pub fn choice<T: Label, const N: usize>(&mut self, name: &str, values: [T; N]) -> T {
        const { assert!(N > 0, "a choice needs at least one value") };
        let labels = values.iter().map(T::label).collect();
        let index = self.categorical(name, labels);
        // The trial may hold an index beyond this array; its first value always exists.
        let index = if index < N { index } else { 0 };
        values[index].clone()
    }

    /// Like [`choice`](Self::choice), from a list of any length. An empty list returns none and is
    /// a mistake.
    pub fn choice_of<T: Label>(&mut self, name: &str, values: &[T]) -> Option<T> {
        let index = self.categorical(name, values.iter().map(T::label).collect());
        values.get(index).cloned()
    }

    /// A whole number in this range, both bounds included.
    pub fn int<T: Whole>(&mut self, name: &str, range: RangeInclusive<T>) -> T {
        self.whole(name, range, 1, false)
    }

    /// A whole number in this range, in steps from the lower bound.
    pub fn int_step<T: Whole>(&mut self, name: &str, range: RangeInclusive<T>, step: T) -> T {
        let step = step.try_into().unwrap_or(0);
        self.whole(name, range, step, false)
    }

    /// A whole number of at least 1, uniform on a logarithmic scale.
    pub fn log_int<T: Whole>(&mut self, name: &str, range: RangeInclusive<T>) -> T {
        self.whole(name, range, 1, true)
    }

    /// A number in this range, both bounds included.
    pub fn float<T: Number>(&mut self, name: &str, range: RangeInclusive<T>) -> T {
        self.real(name, range, None, false)
    }

    /// A number in this range, in steps from the lower bound.
    pub fn float_step<T: Number>(&mut self, name: &str, range: RangeInclusive<T>, step: T) -> T {
        self.real(name, range, Some(step.to_f64()), false)
    }

    /// A number above 0, uniform on a logarithmic scale: right for learning rates.
    pub fn log_float<T: Number>(&mut self, name: &str, range: RangeInclusive<T>) -> T {
        self.real(name, range, None, true)
    }

    /// A truth value; false is the default.
    pub fn boolean(&mut self, name: &str) -> bool {
        self.categorical(name, vec![Choice::Bool(false), Choice::Bool(true)]) == 1
    }

    /// A value that is not searched, but is recorded with each trial.
    pub fn fixed<T: Label>(&mut self, name: &str, value: T) -> T {
        self.categorical(name, vec![value.label()]);
        value
    }

    /// Puts a scope before the names that `code` asks for, as in `block_1/units`.
    pub fn name_scope<R>(&mut self, name: &str, code: impl FnOnce(&mut Hp) -> R) -> R {
        self.scopes.push(name.to_string());
        let result = code(self);
        self.scopes.pop();
        result
    }

    /// A value of this distribution, in internal form.
    pub(crate) fn of(&mut self, name: &str, of: &Distribution) -> f64 {
        self.get(name, of.clone())
    }

    /// The parameters asked for so far, in order.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// Takes the first mistake, if there was one.
    pub(crate) fn take_error(&mut self) -> Option<Error> {
        self.error.take()
    }

    fn categorical(&mut self, name: &str, choices: Vec<Choice>) -> usize {
        self.get(name, Distribution::Categorical { choices }) as usize
    }

    fn whole<T: Whole>(&mut self, name: &str, range: RangeInclusive<T>, step: i64, log: bool) -> T {
        let (first, last) = range.into_inner();
        let (Ok(low), Ok(high)) = (first.try_into(), last.try_into()) else {
            let got = format!("{first} to {last}");
            self.mistake(name, Error::argument("the range", got, "within signed 64 bits"));
            return first;
        };
        let internal = self.get(name, Distribution::Int { low, high, step, log });
        T::try_from(internal as i64).unwrap_or(first)
    }

    fn real<T: Number>(
        &mut self,
        name: &str,
        range: RangeInclusive<T>,
        step: Option<f64>,
        log: bool,
    ) -> T {
        let (low, high) = (range.start().to_f64(), range.end().to_f64());
        T::from_f64(self.get(name, Distribution::Float { low, high, step, log }))
    }

    /// Asks for a value. It has no generics, so that a notebook's cell does not compile it again.
    fn get(&mut self, name: &str, of: Distribution) -> f64 {
        let mut full = self.scopes.join("/");
        if !full.is_empty() {
            full.push('/');
        }
        full += name;
        let fallback = first_value(&of);
        let of = match checked(of) {
            Ok(of) => of,
            Err(error) => {
                self.mistake(&full, error);
                return fallback;
            }
        };
        if let Some(param) = self.params.iter().find(|p| p.name == full) {
            if *param.distribution == of {
                return param.internal;
            }
            let (before, now) = (describe(&param.distribution), describe(&of));
            let error = Error::argument("its range", now, format!("what it was before, {before}"))
                .hint("give the second one another name, or a name_scope");
            self.mistake(&full, error);
            return fallback;
        }
        if is_own(&full) {
            self.mistake(&full, own("its name", &full));
            return fallback;
        }
        let distribution = Arc::new(of);
        let asked = self.values.value(&full, &distribution);
        match asked.and_then(|internal| accepted(&distribution, internal)) {
            Ok(internal) => {
                self.params.push(Param { name: full, distribution, internal });
                internal
            }
            Err(error) => {
                self.mistake(&full, error);
                fallback
            }
        }
    }

    fn mistake(&mut self, name: &str, error: Error) {
        self.error.get_or_insert(error.about(&format!("hyper-parameter '{name}'")));
    }
}

/// The value, rounded to the distribution's own (see `Distribution::accept`).
///
/// # Errors
/// If the distribution does not contain it.
pub(crate) fn accepted(of: &Distribution, internal: f64) -> Result<f64> {
    of.accept(internal).ok_or_else(|| {
        let error = Error::argument("the value that was proposed", internal, describe(of));
        error.hint("the sampler proposed a value outside the parameter's distribution")
    })
}

/// Whether a parameter's name is reserved for the search itself.
pub(crate) fn is_own(name: &str) -> bool {
    name.starts_with("tuner/")
}

/// The error for a reserved name that a user gave.
pub(crate) fn own(what: &str, name: &str) -> Error {
    let expected = "one that does not begin with tuner/, which is reserved for searches";
    Error::argument(what, format!("'{name}'"), expected)
}

/// A parameter's default: its first or smallest value.
pub(crate) fn first_value(of: &Distribution) -> f64 {
    match of {
        Distribution::Float { low, .. } => *low,
        Distribution::Int { low, .. } => *low as f64,
        Distribution::Categorical { .. } => 0.0,
    }
}

/// A value in internal form; none if the distribution does not contain it.
pub(crate) fn internal_of(of: &Distribution, value: &Choice) -> Option<f64> {
    let internal = match (of, value) {
        (Distribution::Categorical { choices }, value) => {
            let same = |c: &Choice| match (c, value) {
                (Choice::Int(a), Choice::Float(b)) | (Choice::Float(b), Choice::Int(a)) => {
                    *a as f64 == *b
                }
                (a, b) => a == b,
            };
            choices.iter().position(same)? as f64
        }
        (_, Choice::Int(v)) => *v as f64,
        (_, Choice::Float(v)) => *v,
        _ => return None,
    };
    of.accept(internal)
}

/// A distribution in words, as in `1e-4 to 0.1, logarithmic`.
pub(crate) fn describe(of: &Distribution) -> String {
    let log = |log: bool| if log { ", logarithmic" } else { "" };
    match of {
        Distribution::Float { low, high, step, log: l } => {
            let step = step.map_or(String::new(), |s| format!(", step {s}"));
            format!("{low} to {high}{step}{}", log(*l))
        }
        Distribution::Int { low, high, step, log: l } => {
            let step = if *step == 1 { String::new() } else { format!(", step {step}") };
            format!("{low} to {high}{step}{}", log(*l))
        }
        Distribution::Categorical { choices } => {
            choices.iter().map(Choice::to_string).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Checks a distribution by Optuna's rules, and that Optuna can store every value.
///
/// # Errors
/// If there is no value to choose, two choices are equal, a choice is NaN or infinite, or a whole
/// number is beyond 2^53.
pub(crate) fn checked(of: Distribution) -> Result<Distribution> {
    match &of {
        Distribution::Int { low, high, .. } => {
            // Optuna stores every value as an f64.
            if low.unsigned_abs().max(high.unsigned_abs()) > 1 << 53 {
                return Err(Error::argument("the range", describe(&of), "within 2^53"));
            }
        }
        Distribution::Categorical { choices } => {
            let twice = choices.iter().enumerate().find(|(i, c)| choices[..*i].contains(c));
            if let Some((_, choice)) = twice {
                return Err(Error::argument("a choice", choice, "given once"));
            }
            let number = |c: &&Choice| matches!(c, Choice::Float(v) if !v.is_finite());
            if let Some(choice) = choices.iter().find(number) {
                return Err(Error::argument("a choice", choice, "a finite number"));
            }
        }
        Distribution::Float { .. } => {}
    }
    of.checked()
}

#[cfg(test)]
#[path = "hp_tests.rs"]
mod tests;
