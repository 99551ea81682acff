//! The objectives of a search, and their directions.

use super::Search;
use super::candidate::Candidate;
use crate::error::{Error, Result};
use crate::tune::study::FixedValues;
use crate::tune::trial::Direction;

/// An objective: a name in the history, and its direction if that was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Objective {
    name: String,
    direction: Option<Direction>,
}

/// An objective whose direction is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Goal {
    pub name: String,
    pub direction: Direction,
}

impl Objective {
    pub fn new(name: &str, direction: Option<Direction>) -> Self {
        Objective { name: name.to_string(), direction }
    }
}

impl Search {
    /// The first model of the space.
    ///
    /// # Errors
    /// If the code makes a mistake when it asks for its parameters.
    pub(super) fn first(&self) -> Result<Candidate> {
        let mut first = self.candidate_of(FixedValues::default());
        first.mistake.take().map_or(Ok(first), Err)
    }

    /// The objectives with their directions, and warnings about them. The first model of the space
    /// shows which names are logged.
    pub(super) fn goals(&self, first: &Candidate) -> Result<(Vec<Goal>, Vec<String>)> {
        let default = [Objective::new("val_loss", None)];
        let objectives = match self.objectives.is_empty() {
            true => &default[..],
            false => &self.objectives,
        };
        let mut warnings = Vec::new();
        let goals = objectives.iter().map(|objective| {
            let name = &objective.name;
            let known = self.look_up(first, name)?;
            let direction = objective.direction.or(known).ok_or_else(|| {
                let what = format!("Search::objective('{name}'): the direction");
                let expected = "set by .maximize or .minimize, because it is not known";
                let reason = first.model.as_ref().err().cloned().unwrap_or_default();
                Error::argument(what, "not given", expected).hint(reason)
            })?;
            if !name.starts_with("val_") {
                warnings.push(format!(
                    "the objective '{name}' is measured on the training rows: the best trial \
                     will be the one that fits them best, not the one that generalises best; \
                     use 'val_{name}'"
                ));
            }
            Ok(Goal { name: name.clone(), direction })
        });
        let goals: Vec<Goal> = goals.collect::<Result<_>>()?;
        for (i, goal) in goals.iter().enumerate() {
            if goals[..i].iter().any(|g| g.name == goal.name) {
                let got = format!("'{}' twice", goal.name);
                return Err(Error::argument("Search: the objectives", got, "all different"));
            }
        }
        Ok((goals, warnings))
    }

    /// The direction that the loss or the metric defines.
    fn look_up(&self, drawn: &Candidate, name: &str) -> Result<Option<Direction>> {
        let plain = name.strip_prefix("val_").unwrap_or(name);
        let Ok(model) = &drawn.model else {
            // A first model that cannot be built is a failed trial, not the end of the search.
            return Ok((plain == "loss").then_some(Direction::Minimize));
        };
        let logged = model.logged_names();
        if !logged.iter().any(|n| n == plain) {
            let names: Vec<String> = logged.iter().map(|n| format!("val_{n}")).collect();
            let expected = format!("one of {}, {}", names.join(", "), logged.join(", "));
            return Err(Error::argument("Search: the objective", format!("'{name}'"), expected)
                .hint("the names of metrics are those given to compile"));
        }
        let validates = match &drawn.fit {
            Ok(fit) => self.folds.is_some() || fit.validates(),
            Err(_) => true,
        };
        if plain != name && !validates {
            let expected = "one that is logged without validation";
            return Err(Error::argument("Search: the objective", format!("'{name}'"), expected)
                .hint(
                    "add .cross_validate(KFold::new(3)) to the search, or validation_split or \
                     validation_data to the Fit",
                ));
        }
        Ok(model.direction_of(plain))
    }
}
