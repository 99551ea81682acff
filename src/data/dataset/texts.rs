//! Text columns and missing cells, which a pipeline turns into numbers.

use std::sync::Arc;

use super::Dataset;
use crate::array::Array;
use crate::data::near::near;
use crate::error::{Error, Result};

/// The text columns of a data set by their indices, in ascending order. In `x` a text is its index
/// among the column's names, and a missing cell is NaN, in text columns as in columns of numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts(Arc<Vec<(usize, Arc<Vec<String>>)>>);

impl Texts {
    /// From columns given by their indices and names.
    pub fn of(columns: Vec<(usize, Vec<String>)>) -> Self {
        Texts(Arc::new(columns.into_iter().map(|(at, names)| (at, Arc::new(names))).collect()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the column at this index, if it is text.
    pub fn names(&self, place: usize) -> Option<&[String]> {
        self.0.iter().find(|(at, _)| *at == place).map(|(_, names)| names.as_slice())
    }

    fn shared(&self, place: usize) -> Option<Arc<Vec<String>>> {
        self.0.iter().find(|(at, _)| *at == place).map(|(_, names)| Arc::clone(names))
    }

    /// The meaning of the codes, as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let names = self.0.iter().flat_map(|(place, names)| {
            let names = names.iter().flat_map(|name| [name.as_bytes(), b"\0"].concat());
            (*place as u64).to_le_bytes().into_iter().chain(names).collect::<Vec<u8>>()
        });
        names.collect()
    }

    /// Whether the codes of both mean the same.
    pub fn same(&self, other: &Texts) -> bool {
        self.0 == other.0
    }

    /// The columns of these indices.
    pub fn select(&self, columns: &[usize]) -> Self {
        if self.is_empty() {
            return Texts::default();
        }
        let text = |(new, old): (usize, &usize)| Some((new, self.shared(*old)?));
        Texts(Arc::new(columns.iter().enumerate().filter_map(text).collect()))
    }

    /// The columns of windows of a row and `past` rows before it, for data of this width.
    pub fn windows(&self, width: usize, past: usize) -> Self {
        let at = |back| self.0.iter().map(move |(place, n)| (back * width + place, n.clone()));
        Texts(Arc::new((0..=past).flat_map(at).collect()))
    }

    /// These columns, followed by those of another set.
    fn beside(&self, width: usize, right: &Texts) -> Self {
        let moved = right.0.iter().map(|(at, names)| (width + at, names.clone()));
        Texts(Arc::new(self.0.iter().cloned().chain(moved).collect()))
    }

    fn with(&self, place: usize, names: Vec<String>) -> Self {
        let mut all = self.0.to_vec();
        all.retain(|(at, _)| *at != place);
        all.push((place, Arc::new(names)));
        all.sort_by_key(|(at, _)| *at);
        Texts(Arc::new(all))
    }
}

/// The shortest text that parses to the same number. Beyond 2^24 that of an `f32` is not the number
/// itself: 123456792 would be 123456790. -0 is 0.
fn text_of(value: f64) -> String {
    let value = value + 0.0;
    let single = value as f32;
    let short = f64::from(single) == value && single.abs() <= 16_777_216.0;
    if short { single.to_string() } else { value.to_string() }
}

impl Dataset {
    /// What the features hold besides their `f32` values, as bytes: texts, and columns in double
    /// precision. Empty for most data.
    pub(crate) fn beside_singles(&self) -> Vec<u8> {
        [self.texts.bytes(), self.exact.bytes()].concat()
    }

    /// The index of a column.
    pub(crate) fn place_of(&self, what: &str, name: &str) -> Result<usize> {
        self.columns.iter().position(|column| column == name).ok_or_else(|| {
            let expected = "one of the data's columns";
            Error::argument(what, format!("'{name}'"), expected).hint(near(name, &self.columns))
        })
    }

    /// Whether a column holds text.
    pub(crate) fn is_text(&self, column: usize) -> bool {
        self.texts.names(column).is_some()
    }

    /// The cells of a column as text, numbers in their shortest form; `None` where one is missing.
    pub(crate) fn cells(&self, column: usize) -> Vec<Option<String>> {
        let names = self.texts.names(column);
        let values = super::Values::from(self);
        let cell = |row| match values.at(row, column) {
            v if v.is_nan() => None,
            v => Some(names.map_or_else(|| text_of(v), |names| names[v as usize].clone())),
        };
        (0..self.len()).map(cell).collect()
    }

    /// The data with a column replaced by these numbers.
    pub(crate) fn with_values(&self, column: usize, values: &[f32]) -> Result<Dataset> {
        let rest: Vec<usize> = (0..self.features()?).filter(|at| *at != column).collect();
        let x = Array::new([self.len(), 1], values.to_vec())?;
        let new = self.with_x(x)?.with_columns(vec![self.columns[column].clone()]);
        let order = |at: usize| match at.cmp(&column) {
            std::cmp::Ordering::Less => at,
            std::cmp::Ordering::Equal => rest.len(),
            std::cmp::Ordering::Greater => at - 1,
        };
        let order: Vec<usize> = (0..=rest.len()).map(order).collect();
        self.with_features(&rest)?.beside(&new)?.with_features(&order)
    }

    /// The data with the missing cells of a column of numbers filled.
    pub(crate) fn filled_by_number(&self, column: usize, fill: f64) -> Dataset {
        let mut x = self.x.clone();
        let width = x.row_len().max(1);
        for row in x.data_mut().chunks_exact_mut(width).filter(|row| row[column].is_nan()) {
            row[column] = fill as f32;
        }
        Dataset { x, exact: self.exact.filled(column, fill), ..self.clone() }
    }

    /// The data with the missing cells of a text column filled.
    pub(crate) fn filled_by_text(&self, column: usize, fill: &str) -> Dataset {
        let mut names = self.texts.names(column).unwrap_or_default().to_vec();
        let code = names.iter().position(|name| name == fill).unwrap_or_else(|| {
            names.push(fill.to_string());
            names.len() - 1
        });
        let filled = self.filled_by_number(column, code as f64);
        Dataset { texts: self.texts.with(column, names), ..filled }
    }

    /// The data with a column's values taken from these rows.
    pub(crate) fn with_column_from(&self, column: usize, rows: &[usize]) -> Dataset {
        let mut x = self.x.clone();
        let width = x.row_len().max(1);
        for (row, from) in x.data_mut().chunks_exact_mut(width).zip(rows) {
            row[column] = self.x.row(*from)[column];
        }
        Dataset { x, exact: self.exact.with_column_from(column, rows), ..self.clone() }
    }

    /// The data with the columns of `right` appended, row by row.
    pub(crate) fn beside(&self, right: &Dataset) -> Result<Dataset> {
        let (a, b) = (self.x.row_len(), right.x.row_len());
        let mut data = Vec::with_capacity(self.len() * (a + b));
        for row in 0..self.len() {
            data.extend_from_slice(self.x.row(row));
            data.extend_from_slice(right.x.row(row));
        }
        let x = Array::new([self.len(), a + b], data)?;
        let columns = self.columns.iter().chain(&right.columns).cloned().collect();
        let exact = self.exact.beside(a, &right.exact);
        let texts = self.texts.beside(a, &right.texts);
        Ok(Dataset { x, columns, exact, texts, ..self.clone() })
    }

    /// Refuses text and missing values, which need a pipeline.
    pub(crate) fn need_numbers(&self, who: &str) -> Result<()> {
        self.need_no_text(who)?;
        let missing = match self.columns.is_empty() {
            true => None,
            false => self.x.first_not_finite().filter(|(row, at)| self.x.row(*row)[*at].is_nan()),
        };
        let Some((row, column)) = missing else { return Ok(()) };
        let name = &self.columns[column];
        let place = self.origin.line(row).map(|line| format!(" ({line})")).unwrap_or_default();
        let what = format!("{who}: the input in row {row}, column {column} ('{name}'){place}");
        Err(Error::argument(what, f32::NAN, "a finite number").hint(
            "put .impute(Fill::Median) into the pipeline of Fit::prepare, before steps that compute, \
             or leave such rows out by Table::drop_missing",
        ))
    }

    /// The same for some columns, by their names.
    pub(crate) fn need_numbers_in(&self, who: &str, columns: &[&str]) -> Result<()> {
        let place = |name: &&str| self.columns.iter().position(|column| column == name);
        let places: Vec<usize> = columns.iter().filter_map(place).collect();
        match self.columns.len() == self.x.row_len() && !places.is_empty() {
            true => self.with_features(&places)?.need_numbers(who),
            false => Ok(()),
        }
    }

    /// Refuses text.
    pub(crate) fn need_no_text(&self, who: &str) -> Result<()> {
        let Some((column, names)) = self.texts.0.first() else { return Ok(()) };
        let mut examples: Vec<String> = names.iter().take(2).map(|n| format!("'{n}'")).collect();
        examples.extend((names.len() > 2).then(|| "…".to_string()));
        let what = format!("{who}: the column '{}'", self.columns[*column]);
        let got = format!("text ({})", examples.join(", "));
        Err(Error::argument(what, got, "of numbers").hint(
            "put .one_hot() or .ordinal() into the pipeline of Fit::prepare, before steps that \
             compute, or leave the column out by Table::drop",
        ))
    }

    /// A note on text and missing cells, for the display of the data.
    pub(super) fn unprepared(&self) -> Vec<String> {
        let width = self.x.row_len();
        if self.columns.len() != width || width == 0 {
            return Vec::new();
        }
        let mut missing = vec![0usize; width];
        for row in self.x.data().chunks_exact(width) {
            row.iter().zip(&mut missing).for_each(|(v, n)| *n += usize::from(v.is_nan()));
        }
        let texts = (0..width).filter(|at| self.is_text(*at));
        let texts: Vec<&str> = texts.map(|at| self.columns[at].as_str()).collect();
        let gaps = self.columns.iter().zip(missing).filter(|(_, n)| *n > 0);
        let gaps: Vec<String> = gaps.map(|(name, n)| format!("{name} ({n})")).collect();
        let line =
            |what: &str, names: String| (!names.is_empty()).then(|| format!("{what} {names}"));
        [line("text in", texts.join(", ")), line("missing in", gaps.join(", "))]
            .into_iter()
            .flatten()
            .collect()
    }
}
