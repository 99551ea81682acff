//! The results of a search's code: the parameters it asks for, and the model and fit it builds.

use super::Search;
use crate::error::{Error, Result};
use crate::train::{Fit, Model};
use crate::tune::hp::{Hp, ValueSource, describe, first_value};
use crate::tune::study::{FixedValues, message_of};
use crate::tune::{Distribution, Param};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The parameters that the code asked for, and the model and fit it built, or why it could not.
pub(super) struct Candidate {
    pub params: Vec<Param>,
    pub model: Result<Model, String>,
    pub fit: Result<Fit, String>,
    /// A mistake in how the code asks for its parameters, or in the queued values. Other trials
    /// would make it, too.
    pub mistake: Option<Error>,
}

/// Gives fixed values.
struct KnownValues {
    fixed: FixedValues,
    /// Whether other parameters get their first values; if not, they are an error.
    or_first: bool,
}

impl ValueSource for KnownValues {
    fn value(&mut self, name: &str, of: &Arc<Distribution>) -> Result<f64> {
        match self.fixed.get(name, of)? {
            Some(value) => Ok(value),
            None if self.or_first => Ok(first_value(of)),
            None => {
                let expected = format!("one of {}", describe(of));
                let error = Error::argument("its value", "missing", expected);
                Err(error.hint("the search's code no longer asks for the same parameters"))
            }
        }
    }
}

impl Candidate {
    /// Records a mistake if a value was given for a parameter that the code does not ask for.
    pub(super) fn check_used(&mut self, fixed: &FixedValues) {
        // Code that failed may not have asked for everything.
        if self.mistake.is_none() && self.model.is_ok() && self.fit.is_ok() {
            self.mistake = fixed.check_used(&self.params).err();
        }
    }

    /// Records a mistake, so that the trial fails with its text.
    pub(super) fn refuse(&mut self, mistake: Error) {
        self.model = Err(mistake.to_string());
        self.mistake = Some(mistake);
    }
}

impl Search {
    /// Runs the code that builds the model, and then the code for the fit.
    pub(super) fn candidate(&self, values: impl ValueSource + 'static) -> Candidate {
        let mut hp = Hp::new(values);
        let mut model = caught(|| (self.build)(&mut hp).map_err(|e| e.to_string()));
        let fit = match &self.recipe {
            Some(recipe) => caught(|| Ok(recipe(&mut hp))),
            None => Ok(Fit::epochs(1)),
        };
        let mistake = hp.take_error();
        if let Some(error) = &mistake {
            model = Err(error.to_string());
        }
        Candidate { params: hp.params().to_vec(), model, fit, mistake }
    }

    /// Runs the code with these values, and with first values for other parameters.
    pub(super) fn candidate_of(&self, fixed: FixedValues) -> Candidate {
        let mut candidate = self.candidate(KnownValues { fixed: fixed.clone(), or_first: true });
        candidate.check_used(&fixed);
        candidate
    }

    /// Runs the code with these values only; another parameter is an error.
    pub(super) fn candidate_exactly(&self, fixed: FixedValues) -> Candidate {
        self.candidate(KnownValues { fixed, or_first: false })
    }
}

fn caught<T>(code: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(code))
        .unwrap_or_else(|panic| Err(format!("panicked: {}", message_of(&*panic))))
}
