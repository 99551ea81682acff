//! Running the code of a search: the parameters it asks for, and the model it builds.

use super::Search;
use crate::error::{Error, Result};
use crate::train::{Fit, Model};
use crate::tune::hp::{Ask, Hp, describe, first_value};
use crate::tune::study::{Given, message_of};
use crate::tune::{Distribution, Param};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The parameters that the code asked for, and the model and fit it built, or why it could not.
pub(super) struct Drawn {
    pub params: Vec<Param>,
    pub model: Result<Model, String>,
    pub fit: Result<Fit, String>,
    /// A mistake in how the code asks for its parameters, or in the queued values, which no other
    /// trial would avoid.
    pub mistake: Option<Error>,
}

/// Gives each parameter its first value.
pub(crate) struct FirstValues;

impl Ask for FirstValues {
    fn ask(&mut self, _: &str, of: &Arc<Distribution>) -> Result<f64> {
        Ok(first_value(of))
    }
}

/// Gives the values of a trial, and no others.
pub(super) struct Exactly(pub Given);

impl Ask for Exactly {
    fn ask(&mut self, name: &str, of: &Arc<Distribution>) -> Result<f64> {
        self.0.get(name, of)?.ok_or_else(|| {
            let error = Error::argument("its value", "missing", format!("one of {}", describe(of)));
            error.hint("the search's code no longer asks for the same parameters")
        })
    }
}

/// Gives queued values, and first values for the rest.
struct GivenOrFirst(Given);

impl Ask for GivenOrFirst {
    fn ask(&mut self, name: &str, of: &Arc<Distribution>) -> Result<f64> {
        Ok(self.0.get(name, of)?.unwrap_or_else(|| first_value(of)))
    }
}

impl Drawn {
    /// Notes it as a mistake if a value was given for something that the code does not ask for.
    pub(super) fn check_used(&mut self, given: &Given) {
        // Code that has failed has not asked for everything.
        if self.mistake.is_none() && self.model.is_ok() && self.fit.is_ok() {
            self.mistake = given.check_used(&self.params).err();
        }
    }

    /// Why the trial cannot be fitted, as a text that its database keeps.
    pub(super) fn refuse(&mut self, mistake: Error) {
        self.model = Err(mistake.to_string());
        self.mistake = Some(mistake);
    }
}

impl Search {
    /// Runs the code that builds the model, and then the code for the fit.
    pub(super) fn draw(&self, ask: impl Ask + 'static) -> Drawn {
        let mut hp = Hp::new(ask);
        let mut model = caught(|| (self.build)(&mut hp).map_err(|e| e.to_string()));
        let fit = match &self.recipe {
            Some(recipe) => caught(|| Ok(recipe(&mut hp))),
            None => Ok(Fit::epochs(1)),
        };
        let mistake = hp.take_error();
        if let Some(error) = &mistake {
            model = Err(error.to_string());
        }
        Drawn { params: hp.params().to_vec(), model, fit, mistake }
    }

    /// As [`draw`](Self::draw) with these values, and first ones for the rest.
    pub(super) fn draw_given(&self, given: Given) -> Drawn {
        let mut drawn = self.draw(GivenOrFirst(given.clone()));
        drawn.check_used(&given);
        drawn
    }
}

fn caught<T>(code: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(code))
        .unwrap_or_else(|panic| Err(format!("panicked: {}", message_of(&*panic))))
}
