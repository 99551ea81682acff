//! A column as a data set holds it until a pipeline makes numbers of it.

use super::Table;
use crate::data::classes::sorted_labels;
use crate::error::Result;

/// A column of features.
pub(crate) enum Feature {
    /// Numbers, NaN where one is missing.
    Numbers(Vec<f64>),
    /// Each cell's index among the names, NaN where one is missing.
    Text(Vec<f64>, Vec<String>),
}

impl Table {
    /// A column of numbers, or of text. Text of which at least half are numbers is taken for a
    /// column of numbers with mistakes.
    ///
    /// # Errors
    /// A missing column, a number that is infinite or beyond the range of `f32`, and text among
    /// numbers: the error names the line.
    pub(crate) fn feature(&self, name: &str) -> Result<Feature> {
        let column = self.column(name)?;
        if column.str().is_ok() {
            let cells = self.optional_strings(name)?;
            let given = cells.iter().flatten().count();
            let number = |cell: &&String| cell.trim().parse::<f64>().is_ok();
            let numbers = cells.iter().flatten().filter(number).count();
            if 2 * numbers < given {
                return Ok(text(&cells));
            }
        }
        let values = self.optional_f64(name)?;
        for (i, value) in values.iter().enumerate() {
            let Some(value) = value else { continue };
            if value.is_infinite() {
                let problem = "the value is infinite; filter the row out or correct it";
                return Err(self.origin.error(i, name, problem.to_string()));
            }
            if value.abs() > f64::from(f32::MAX) {
                let problem = format!("{value:e} is beyond the range of f32, 3.4e38");
                return Err(self.origin.error(i, name, problem));
            }
        }
        Ok(Feature::Numbers(values.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect()))
    }
}

fn text(cells: &[Option<String>]) -> Feature {
    let given: Vec<String> = cells.iter().flatten().cloned().collect();
    let names = sorted_labels(&given);
    let at: std::collections::HashMap<&str, usize> =
        names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let code = |cell: &Option<String>| cell.as_ref().map_or(f64::NAN, |c| at[c.as_str()] as f64);
    Feature::Text(cells.iter().map(code).collect(), names)
}
