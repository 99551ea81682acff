//! Permutation importance: how much each column matters to a model.

use crate::error::Result;
use crate::plot::{Figure, bars_of};
use crate::train::Importances;

/// Largest number of bars.
const MOST: usize = 20;

impl Importances {
    /// A bar for each of the most important columns, at most 20, the most important first.
    ///
    /// # Errors
    /// If the figure cannot be drawn.
    pub fn plot(&self) -> Result<Figure> {
        let names: Vec<String> = self.ranking().into_iter().take(MOST).map(|row| row.0).collect();
        let of = |name: &String| self.repeats(name).unwrap_or_default().to_vec();
        let values = names.iter().map(of).collect();
        bars_of(&names, &[(format!("importance by {}", self.metric()), values)])
    }
}
