//! Running the code of a search: what it asks for, and what it builds.

use super::Search;
use crate::error::Result;
use crate::train::{Fit, Model};
use crate::tune::hp::{Ask, Hp, first_value};
use crate::tune::study::message_of;
use crate::tune::{Distribution, Param};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What the code asked for and built; in place of what it could not build, why.
pub(super) struct Drawn {
    pub params: Vec<Param>,
    pub model: Result<Model, String>,
    pub fit: Result<Fit, String>,
}

/// Gives each parameter its first value.
pub(crate) struct FirstValues;

impl Ask for FirstValues {
    fn ask(&mut self, _: &str, of: &Arc<Distribution>) -> Result<f64> {
        Ok(first_value(of))
    }
}

impl Search {
    /// Runs the code that builds the model, and then the one that says how to fit it.
    pub(super) fn draw(&self, ask: impl Ask + 'static) -> Drawn {
        let mut hp = Hp::new(ask);
        let mut model = caught(|| (self.build)(&mut hp).map_err(|e| e.to_string()));
        let fit = match &self.recipe {
            Some(recipe) => caught(|| Ok(recipe(&mut hp))),
            None => Ok(Fit::epochs(1)),
        };
        if let Some(error) = hp.take_error() {
            model = Err(error.to_string());
        }
        Drawn { params: hp.params().to_vec(), model, fit }
    }
}

fn caught<T>(code: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(code))
        .unwrap_or_else(|panic| Err(format!("panicked: {}", message_of(&*panic))))
}
