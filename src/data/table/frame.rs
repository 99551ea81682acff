//! Between tables and polars, without a copy: columns are shared.

use polars::prelude::{DataFrame, IntoColumn, Series};

use super::Table;
use crate::data::origin::Origin;

impl Table {
    /// The polars frame, for everything polars can do with it; its columns are shared, not copied.
    pub fn frame(&self) -> DataFrame {
        self.frame.clone()
    }
}

impl From<DataFrame> for Table {
    fn from(frame: DataFrame) -> Self {
        let origin = Origin::in_memory(frame.height());
        Table { frame, origin }
    }
}

impl From<&DataFrame> for Table {
    fn from(frame: &DataFrame) -> Self {
        frame.clone().into()
    }
}

impl From<Series> for Table {
    /// A table of one column.
    fn from(series: Series) -> Self {
        let rows = series.len();
        // One column always fits its own length.
        DataFrame::new(rows, vec![series.into_column()]).unwrap_or_default().into()
    }
}

/// A polars frame as the HTML of a [`Table`], for a cell's output.
pub fn frame_html(frame: &DataFrame) -> String {
    Table::from(frame).to_html()
}

/// A polars series as the HTML of a [`Table`] of one column.
pub fn series_html(series: &Series) -> String {
    Table::from(series.clone()).to_html()
}
