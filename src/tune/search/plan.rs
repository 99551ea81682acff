//! The brackets of a search, worked out before it begins.

use super::Search;
use super::grid::{Cells, Odometer};
use super::hyperband::Brackets;
use crate::error::Result;
use std::time::Duration;

/// Time to count the combinations of a space.
const COUNTING: Duration = Duration::from_secs(2);

/// The brackets of a search as they will run.
pub(super) struct Plan {
    pub brackets: Brackets,
    /// Whatever can be drawn, if that is not much more than a round needs.
    pub combinations: Option<Cells>,
}

impl Search {
    /// # Errors
    /// If the search has no brackets, or a setting is out of its range.
    pub(super) fn plan(&self) -> Result<Plan> {
        let brackets = self.settings.brackets(&self.strategy)?;
        let largest = brackets.largest();
        // Of twice as many, 20 draws in a row that all repeat others are as good as impossible.
        let combinations = Odometer::combinations(self, 2 * largest, COUNTING);
        let few = combinations.as_ref().map(Vec::len).filter(|cells| *cells < largest);
        Ok(Plan { brackets: brackets.of_cells(few), combinations })
    }
}
