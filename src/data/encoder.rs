//! Categories as numbers: one-hot columns, or their index in order.

use std::collections::{HashMap, HashSet};

use super::classes::sorted_labels;
use super::columns::Columns;
use super::{Dataset, Values, near};
use crate::array::Array;
use crate::error::{Error, Result};
use crate::memory;

/// The largest number of categories of a column: more are names or measurements.
const MOST: usize = 1000;

/// 2^53: from here on whole numbers in double precision are not told apart.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// The encoding of a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// A column of zeros and ones for each (scikit-learn's `OneHotEncoder`).
    OneHot,
    /// Its index, counted from 0 (scikit-learn's `OrdinalEncoder`).
    Ordinal,
}

/// The categories of the training rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Encoder {
    pub encoding: Encoding,
    /// Whether unknown categories are accepted, as all zeros or as -1.
    pub ignores: bool,
    /// Each column with its categories in order; `None` is a missing value.
    pub columns: Vec<(String, Vec<Option<String>>)>,
    /// The names of those of them that were text, not numbers.
    pub texts: Vec<String>,
}

/// The settings of an encoding step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// `error` or `ignore`.
    pub unknown: Option<String>,
    /// The categories of columns, in order.
    pub categories: Vec<(String, Vec<String>)>,
}

impl Encoding {
    fn who(self) -> &'static str {
        match self {
            Encoding::OneHot => "Pipeline::one_hot",
            Encoding::Ordinal => "Pipeline::ordinal",
        }
    }

    /// The cells of a column as text.
    ///
    /// # Errors
    /// If they are numbers too large to be told apart.
    fn cells(self, data: &Dataset, at: usize) -> Result<Vec<Option<String>>> {
        let values = Values::from(data);
        let large = |row: &usize| values.at(*row, at).abs() >= WHOLE;
        if let Some(row) = (0..data.len()).find(large).filter(|_| !data.is_text(at)) {
            let what = format!("{}: a value of column '{}'", self.who(), data.columns()[at]);
            let got = values.at(row, at);
            return Err(Error::argument(
                what,
                got,
                "below 2^53, from where on numbers are rounded",
            )
            .hint("as text they stay apart: Table::with_strings, or .types of Table::read_with"));
        }
        Ok(data.cells(at))
    }
}

impl Encoder {
    /// Learns the categories of the chosen columns, by default all text columns.
    ///
    /// # Errors
    /// If a column has more than 1000, or one that is not among those given.
    pub fn fit(
        data: &Dataset,
        encoding: Encoding,
        on: Option<&Columns>,
        told: &Told,
    ) -> Result<Self> {
        let who = encoding.who();
        let ignores = match told.unknown.as_deref() {
            None | Some("error") => false,
            Some("ignore") => true,
            Some(other) => {
                let what = "Pipeline::handle_unknown";
                return Err(Error::argument(what, format!("'{other}'"), "'error' or 'ignore'"));
            }
        };
        let places = on.unwrap_or(&Columns::Texts).places(who, data)?;
        let names = |at: &usize| data.columns()[*at].clone();
        let chosen: Vec<String> = places.iter().map(names).collect();
        if let Some((name, _)) = told.categories.iter().find(|(name, _)| !chosen.contains(name)) {
            let what = "Pipeline::categories: the column";
            return Err(Error::argument(what, format!("'{name}'"), "one that is encoded")
                .hint(near(name, &chosen)));
        }
        let (mut columns, mut texts) = (Vec::new(), Vec::new());
        for (at, name) in places.into_iter().zip(chosen) {
            let cells = encoding.cells(data, at)?;
            let own = told.categories.iter().find(|(column, _)| *column == name);
            let mut categories: Vec<Option<String>> = match own {
                Some((_, own)) => own.iter().cloned().map(Some).collect(),
                None => {
                    let given: Vec<String> = cells.iter().flatten().cloned().collect();
                    sorted_labels(&given).into_iter().map(Some).collect()
                }
            };
            // As a category of its own, the last; in order it has no place.
            if encoding == Encoding::OneHot && cells.iter().any(Option::is_none) {
                categories.push(None);
            }
            if categories.len() > MOST {
                let what = format!("{who}: the number of categories of column '{name}'");
                return Err(Error::argument(what, categories.len(), format!("at most {MOST}"))
                    .hint(
                        "names and numbers of tickets tell nothing: leave them out by Table::drop",
                    ));
            }
            if data.is_text(at) {
                texts.push(name.clone());
            }
            columns.push((name, categories));
        }
        let encoder = Encoder { encoding, ignores, columns, texts };
        let after = encoder.features(data.columns());
        let mut known = HashSet::new();
        match after.iter().find(|name| !known.insert(name.as_str())) {
            None => Ok(encoder),
            Some(name) => {
                let what = format!("{who}: a column that comes out");
                Err(Error::argument(what, format!("'{name}'"), "of a name that no other has")
                    .hint("Table::rename gives a column another name"))
            }
        }
    }

    /// The data with its categories encoded.
    ///
    /// # Errors
    /// If a category is unknown, unless unknown ones are ignored.
    pub fn transform(&self, data: &Dataset) -> Result<Dataset> {
        let mut data = data.clone();
        for (name, categories) in &self.columns {
            let at = data.place_of(&format!("{}: the column", self.encoding.who()), name)?;
            let codes = self.codes(&data, at, categories)?;
            data = match self.encoding {
                Encoding::Ordinal => {
                    let code = |code: Option<usize>| code.map_or(-1.0, |code| code as f32);
                    let missing = data.x().data().iter().skip(at).step_by(data.x().row_len());
                    let values = codes.into_iter().zip(missing);
                    let value = |(c, v): (_, &f32)| if v.is_nan() { f32::NAN } else { code(c) };
                    data.with_values(at, &values.map(value).collect::<Vec<_>>())?
                }
                Encoding::OneHot => hot(&data, at, categories, &codes)?,
            };
        }
        Ok(data)
    }

    /// The index of each row's category among those learned.
    fn codes(
        &self,
        data: &Dataset,
        at: usize,
        categories: &[Option<String>],
    ) -> Result<Vec<Option<usize>>> {
        let places: HashMap<Option<&str>, usize> =
            categories.iter().enumerate().map(|(i, c)| (c.as_deref(), i)).collect();
        let code = |cell: Option<String>| {
            let code = places.get(&cell.as_deref()).copied();
            let stays = cell.is_none() && self.encoding == Encoding::Ordinal;
            if code.is_some() || self.ignores || stays {
                return Ok(code);
            }
            let what =
                format!("{}: a value of column '{}'", self.encoding.who(), data.columns()[at]);
            let known: Vec<String> = categories.iter().flatten().cloned().collect();
            Err(match cell {
                Some(cell) => {
                    Error::argument(what, format!("'{cell}'"), "one that the training rows have")
                        .hint(format!(
                            "{}; .handle_unknown(\"ignore\") after the step takes others",
                            near(&cell, &known)
                        ))
                }
                None => Error::argument(what, "missing", "there, as in the training rows")
                    .hint("put .impute(Fill::MostFrequent) before the step"),
            })
        };
        self.encoding.cells(data, at)?.into_iter().map(code).collect()
    }

    /// The names of the columns that come out of these.
    pub fn features(&self, before: &[String]) -> Vec<String> {
        let names = |name: &String| match self.columns.iter().find(|(column, _)| column == name) {
            Some((_, categories)) if self.encoding == Encoding::OneHot => names(name, categories),
            _ => vec![name.clone()],
        };
        before.iter().flat_map(names).collect()
    }
}

/// scikit-learn's names, such as `port_S`, and `port_nan` for missing values.
fn names(column: &str, categories: &[Option<String>]) -> Vec<String> {
    let name = |c: &Option<String>| format!("{column}_{}", c.as_deref().unwrap_or("nan"));
    categories.iter().map(name).collect()
}

/// The data with one column replaced by a column for each category.
fn hot(
    data: &Dataset,
    at: usize,
    categories: &[Option<String>],
    codes: &[Option<usize>],
) -> Result<Dataset> {
    let width = data.x().row_len();
    let what = "Pipeline::one_hot: the columns";
    memory::check(what, &[data.len(), width - 1 + categories.len()], size_of::<f32>())?;
    let mut x = Array::zeros([data.len(), categories.len()])?;
    let rows = x.data_mut().chunks_exact_mut(categories.len().max(1));
    for (row, code) in rows.zip(codes) {
        if let Some(code) = code {
            row[*code] = 1.0;
        }
    }
    let new = data.with_x(x)?.with_columns(names(&data.columns()[at], categories));
    let rest: Vec<usize> = (0..width).filter(|column| *column != at).collect();
    let new_places = rest.len()..rest.len() + categories.len();
    let order: Vec<usize> = (0..at).chain(new_places).chain(at..rest.len()).collect();
    data.with_features(&rest)?.beside(&new)?.with_features(&order)
}
