//! A parameter of the best trial, in the type that it has.

use super::Study;
use crate::error::{Error, Result};
use crate::tune::Choice;

/// A type in which a parameter can be read.
pub trait FromChoice: Sized {
    /// The type in words, for errors.
    const KIND: &'static str;

    /// The value; none if it has another type.
    fn from_choice(choice: &Choice) -> Option<Self>;
}

impl FromChoice for f64 {
    const KIND: &'static str = "a number";

    fn from_choice(choice: &Choice) -> Option<Self> {
        match choice {
            Choice::Float(v) => Some(*v),
            Choice::Int(v) => Some(*v as f64),
            _ => None,
        }
    }
}

impl FromChoice for f32 {
    const KIND: &'static str = "a number";

    fn from_choice(choice: &Choice) -> Option<Self> {
        f64::from_choice(choice).map(|v| v as f32)
    }
}

impl FromChoice for i64 {
    const KIND: &'static str = "a whole number";

    fn from_choice(choice: &Choice) -> Option<Self> {
        if let Choice::Int(v) = choice { Some(*v) } else { None }
    }
}

impl FromChoice for usize {
    const KIND: &'static str = "a whole number that is at least 0";

    fn from_choice(choice: &Choice) -> Option<Self> {
        i64::from_choice(choice).and_then(|v| usize::try_from(v).ok())
    }
}

impl FromChoice for bool {
    const KIND: &'static str = "true or false";

    fn from_choice(choice: &Choice) -> Option<Self> {
        if let Choice::Bool(v) = choice { Some(*v) } else { None }
    }
}

impl FromChoice for String {
    const KIND: &'static str = "a text";

    fn from_choice(choice: &Choice) -> Option<Self> {
        if let Choice::Text(v) = choice { Some(v.clone()) } else { None }
    }
}

impl Study {
    /// A parameter of the best trial, as in `study.best_param::<f64>("lr")?`. The type may be
    /// `f64`, `f32`, `i64`, `usize`, `bool` or `String`; a choice such as an activation is read as
    /// its label, a `String`.
    ///
    /// # Errors
    /// If it has another type, there is no parameter of this name, or as
    /// [`best_trial`](Self::best_trial).
    pub fn best_param<T: FromChoice>(&self, name: &str) -> Result<T> {
        let params = self.best_params()?;
        let found = params.iter().find(|(own, _)| own == name).map(|(_, value)| value);
        let Some(value) = found else {
            let names: Vec<&str> = params.iter().map(|(name, _)| name.as_str()).collect();
            let what = "Study::best_param: the parameter";
            let expected = format!("one of {}", names.join(", "));
            return Err(Error::argument(what, format!("'{name}'"), expected));
        };
        T::from_choice(value)
            .ok_or_else(|| Error::argument(format!("Study::best_param: '{name}'"), value, T::KIND))
    }

    /// The history of the best trial's fit, or the mean history of its folds.
    ///
    /// # Errors
    /// As [`best_trial`](Self::best_trial) and [`history`](Self::history).
    pub fn best_history(&self) -> Result<crate::train::History> {
        self.history(self.best_trial()?.number)
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn a_parameter_is_read_as_what_it_is() {
        let study = Study::open("memory", "net", [Direction::Maximize]).unwrap().seed(7).unwrap();
        let run = study.optimize(3, |trial| {
            let lr: f64 = trial.log_float("lr", 1e-4..=1e-1);
            let units: usize = trial.int("units", 4..=32);
            trial.choice("kind", ["relu", "tanh"]);
            Ok(lr * units as f64)
        });
        run.unwrap();
        let lr: f64 = study.best_param("lr").unwrap();
        let units = study.best_param::<usize>("units").unwrap();
        assert_eq!(study.best_value().unwrap(), lr * units as f64);
        assert!(["relu", "tanh"].contains(&study.best_param::<String>("kind").unwrap().as_str()));
        let says = |error: Error, part: &str| assert!(error.to_string().contains(part), "{error}");
        says(study.best_param::<i64>("lr").unwrap_err(), "a whole number");
        says(study.best_param::<f64>("rate").unwrap_err(), "one of lr, units, kind");
        assert!(study.best_history().is_err());
    }
}
