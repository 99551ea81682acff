//! What each column is worth to a model.

use crate::error::Result;
use crate::plot::{Figure, bars_of};
use crate::train::Importances;

/// The most columns that have a bar.
const MOST: usize = 20;

impl Importances {
    /// A bar for each column, the most important first, at most 20.
    ///
    /// # Errors
    /// If the picture cannot be drawn.
    pub fn plot(&self) -> Result<Figure> {
        let names: Vec<String> = self.ranking().into_iter().take(MOST).map(|row| row.0).collect();
        let of = |name: &String| self.repeats(name).unwrap_or_default().to_vec();
        let values = names.iter().map(of).collect();
        bars_of(&names, &[(format!("importance by {}", self.metric()), values)])
    }
}
