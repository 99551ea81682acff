//! The columns that a pipeline step applies to.

use super::table::ColumnNames;
use super::{Dataset, near};
use crate::error::{Error, Result};

/// Columns by name, as `"age"` or `["age", "fare"]`, or by kind (scikit-learn: the columns of a
/// `ColumnTransformer`, `make_column_selector`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Columns {
    /// Every column of numbers.
    Numbers,
    /// Every column of text.
    Texts,
    /// The columns of these names.
    Named(Vec<String>),
    /// Every column except those of these names.
    Except(Vec<String>),
}

impl Columns {
    /// Every column except these.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let steps = Pipeline::new().standard_scaler().on(Columns::except("id"));
    /// # let _ = steps;
    /// ```
    pub fn except(columns: impl ColumnNames) -> Self {
        Columns::Except(columns.into_names())
    }

    /// The indices of the columns in these data, in the data's order; `who` is for the error.
    ///
    /// # Errors
    /// If there is no column of a name, or several have the name of one that is chosen.
    pub(crate) fn places(&self, who: &str, data: &Dataset) -> Result<Vec<usize>> {
        let all = data.columns();
        if let Columns::Named(names) | Columns::Except(names) = self
            && let Some(name) = names.iter().find(|name| !all.contains(name))
        {
            let what = format!("{who}: the column");
            return Err(Error::argument(what, format!("'{name}'"), "one of the data's columns")
                .hint(near(name, all)));
        }
        let chosen = |at: &usize| match self {
            Columns::Numbers => !data.is_text(*at),
            Columns::Texts => data.is_text(*at),
            Columns::Named(names) => names.contains(&all[*at]),
            Columns::Except(names) => !names.contains(&all[*at]),
        };
        let places: Vec<usize> = (0..all.len()).filter(chosen).collect();
        let twice = |at: &&usize| all.iter().filter(|name| **name == all[**at]).count() > 1;
        match places.iter().find(twice) {
            None => Ok(places),
            Some(at) => {
                let got = format!("'{}', which several have", all[*at]);
                Err(Error::argument(
                    format!("{who}: the name of a column"),
                    got,
                    "that of one alone",
                )
                .hint("Table::rename gives a column another name"))
            }
        }
    }
}

impl<T: ColumnNames> From<T> for Columns {
    fn from(names: T) -> Self {
        Columns::Named(names.into_names())
    }
}
