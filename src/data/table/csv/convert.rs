//! Columns of text into what they hold.

use polars::prelude::{
    BooleanChunked, Column, DataFrame, Float64Chunked, Int64Chunked, IntoSeries, PolarsResult,
    StringChunked,
};

use super::kinds::{Cells, boolean};
use super::options::ColumnType;

/// The frame with nothing in place of empty texts, as a field of two quotes is one.
pub(super) fn without_empty_texts(mut frame: DataFrame) -> PolarsResult<DataFrame> {
    let empty = |c: &Column| c.str().is_ok_and(|text| text.iter().any(|cell| cell == Some("")));
    let places: Vec<usize> = (0..frame.width()).filter(|&i| empty(&frame.columns()[i])).collect();
    for i in places {
        let column = &frame.columns()[i];
        let text = column.str()?.iter().map(|cell| cell.filter(|c| !c.is_empty()));
        let text = text.collect::<StringChunked>().into_series().with_name(column.name().clone());
        frame.replace_column(i, text.into())?;
    }
    Ok(frame)
}

/// The frame with its columns of text as these types; `None` if a cell is not of its column's.
pub(super) fn converted(
    frame: &DataFrame,
    kinds: &[ColumnType],
    cells: &Cells<'_>,
) -> Option<DataFrame> {
    let columns: Option<Vec<Column>> = frame
        .columns()
        .iter()
        .zip(kinds)
        .map(|(column, kind)| {
            let text = column.str().ok()?;
            let filled = || text.iter().map(|c| c.filter(|c| !cells.is_null(c)));
            let numbers = || filled().map(|c| c.filter(|c| !cells.is_null_number(c)));
            // A cell that is there and is no number is `None` in the outer option.
            let series = match kind {
                ColumnType::Text => filled().collect::<StringChunked>().into_series(),
                ColumnType::Integer => numbers()
                    .map(|c| c.map_or(Some(None), |c| cells.numbers.integer(c).map(Some)))
                    .collect::<Option<Int64Chunked>>()?
                    .into_series(),
                ColumnType::Float => numbers()
                    .map(|c| c.map_or(Some(None), |c| cells.numbers.float(c).map(Some)))
                    .collect::<Option<Float64Chunked>>()?
                    .into_series(),
                ColumnType::Boolean => filled()
                    .map(|c| c.map_or(Some(None), |c| boolean(c).map(Some)))
                    .collect::<Option<BooleanChunked>>()?
                    .into_series(),
            };
            Some(series.with_name(column.name().clone()).into())
        })
        .collect();
    DataFrame::new(frame.height(), columns?).ok()
}
