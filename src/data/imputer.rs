//! Missing values, filled by values learned from training rows.

use super::classes::sorted_labels;
use super::columns::Columns;
use super::{Dataset, Fill, Values, quantile};
use crate::error::{Error, Result};

/// The value that fills each column (scikit-learn: a fitted `SimpleImputer`).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Imputer {
    pub columns: Vec<(String, Filling)>,
}

/// The value for missing cells of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filling {
    Number(f64),
    Text(String),
}

const WHO: &str = "Pipeline::impute";

impl Imputer {
    /// Learns the values for the chosen columns, by default all that the filling applies to.
    ///
    /// # Errors
    /// If a column has no value to learn from, or the filling is not of its type.
    pub fn fit(data: &Dataset, fill: &Fill, on: Option<&Columns>) -> Result<Self> {
        let kind = match fill {
            Fill::Mean | Fill::Median | Fill::Number(_) => Columns::Numbers,
            Fill::Text(_) => Columns::Texts,
            _ => Columns::Except(Vec::new()),
        };
        let places = on.unwrap_or(&kind).places(WHO, data)?;
        let filling = |at: usize| Ok((data.columns()[at].clone(), learn(data, at, fill)?));
        Ok(Imputer { columns: places.into_iter().map(filling).collect::<Result<_>>()? })
    }

    /// The data with these columns filled.
    pub fn transform(&self, data: &Dataset) -> Result<Dataset> {
        let mut data = data.clone();
        for (name, filling) in &self.columns {
            let at = data.place_of("Pipeline::impute: the column", name)?;
            let whole = data.x().data().iter().skip(at).step_by(data.x().row_len().max(1));
            if !whole.into_iter().any(|v| v.is_nan()) {
                continue;
            }
            data = match (filling, data.is_text(at)) {
                (Filling::Number(fill), false) => data.filled_by_number(at, *fill),
                (Filling::Text(fill), true) => data.filled_by_text(at, fill),
                // A text column that is entirely missing in these rows.
                (Filling::Text(fill), false) if data.cells(at).iter().all(Option::is_none) => {
                    data.filled_by_text(at, fill)
                }
                (filling, text) => {
                    let kind = if text { "text" } else { "numbers" };
                    let what = format!("{WHO}: the column '{name}'");
                    let expected = match filling {
                        Filling::Number(_) => "of numbers, as the rows were that were learned from",
                        Filling::Text(_) => "of text, as the rows were that were learned from",
                    };
                    return Err(Error::argument(what, format!("of {kind}"), expected));
                }
            };
        }
        Ok(data)
    }
}

fn learn(data: &Dataset, at: usize, fill: &Fill) -> Result<Filling> {
    let name = &data.columns()[at];
    let wrong = |expected: &str| {
        let what = format!("{WHO}: what to fill column '{name}' with");
        Err(Error::argument(what, format!("{fill:?}"), expected))
    };
    let empty = || {
        let what = format!("{WHO}: the column '{name}'");
        let expected = "with a value in the training rows to fill others by";
        Err(Error::argument(what, "empty", expected)
            .hint("leave it out by Table::drop, or fill it with a value of your own"))
    };
    if data.is_text(at) {
        return match fill {
            Fill::Text(text) => Ok(Filling::Text(text.clone())),
            Fill::MostFrequent => {
                let given: Vec<String> = data.cells(at).into_iter().flatten().collect();
                let count = |name: &String| given.iter().filter(|cell| *cell == name).count();
                // The first in order of equally frequent ones.
                let names = sorted_labels(&given);
                match names.into_iter().rev().max_by_key(count) {
                    Some(text) => Ok(Filling::Text(text)),
                    None => empty(),
                }
            }
            _ => wrong("a text or Fill::MostFrequent: the column is text"),
        };
    }
    let values = Values::from(data);
    let given = (0..data.len()).map(|row| values.at(row, at)).filter(|v| !v.is_nan());
    let mut given: Vec<f64> = given.collect();
    given.sort_unstable_by(f64::total_cmp);
    let value = match fill {
        Fill::Number(value) => *value,
        Fill::Text(_) => return wrong("a number: the column is one of numbers"),
        Fill::Previous => {
            return wrong("Fill::Median, Fill::Mean, Fill::MostFrequent, a number or a text")
                .map_err(|e: Error| e.hint("Table::fill_missing fills by the row above"));
        }
        _ if given.is_empty() => return empty(),
        Fill::Mean => quantile::mean(&given),
        Fill::Median => quantile::quantile(&given, 0.5),
        Fill::MostFrequent => {
            // The first of the longest runs of the sorted values.
            let runs = given.chunk_by(|a, b| a == b);
            let longest = runs.rev().max_by_key(|run| run.len());
            longest.map_or(f64::NAN, |run| run[0])
        }
    };
    match value.is_finite() {
        true => Ok(Filling::Number(value)),
        false => wrong("finite"),
    }
}
