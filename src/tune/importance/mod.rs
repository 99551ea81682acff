//! How important each parameter is for the objective.

mod grid;
mod ped_anova;

pub use ped_anova::PedAnova;

use crate::html;
use std::fmt;

/// Parameters with their importances, the most important first.
///
/// ```
/// use dfdx_lab::tune::importance::PedAnova;
/// use dfdx_lab::tune::Direction;
/// let importance = PedAnova::new().evaluate(&[], &[Direction::Minimize]).unwrap();
/// assert!(importance.names().is_empty());
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Importance {
    names: Vec<String>,
    values: Vec<f64>,
}

impl Importance {
    /// The parameters, the most important first.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Their importances, which sum to 1.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The importance of this parameter; none if no trial has it.
    pub fn of(&self, name: &str) -> Option<f64> {
        let at = self.names.iter().position(|n| n == name)?;
        self.values.get(at).copied()
    }

    /// Sorts the importances and scales them to a sum of 1; all are equal if their sum is 0.
    fn new(mut raw: Vec<(String, f64)>) -> Importance {
        let sum: f64 = raw.iter().map(|(_, value)| value).sum();
        let n = raw.len().max(1) as f64;
        let normal = |value: f64| if sum > 0.0 { value / sum } else { 1.0 / n };
        raw.iter_mut().for_each(|(_, value)| *value = normal(*value));
        raw.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let (names, values) = raw.into_iter().unzip();
        Importance { names, values }
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |(name, value): (&String, &f64)| vec![name.clone(), format!("{value:.3}")];
        self.names.iter().zip(&self.values).map(row).collect()
    }

    /// An HTML table for a notebook.
    pub fn to_html(&self) -> String {
        html::table("Parameter importances", &["parameter", "importance"], &self.rows())
    }
}

crate::html::debug_as_display!(Importance);

impl fmt::Display for Importance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["parameter", "importance"];
        f.write_str(&html::text_table("Parameter importances", &head, &self.rows()))
    }
}
