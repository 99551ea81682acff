//! Columns whose values `f32` cannot tell apart well enough, as `f64`.

use std::sync::Arc;

use super::{Dataset, Targets};
use crate::array::Array;
use crate::error::Result;

/// A column is kept as `f64` if rounding it to `f32` changes a value by more than this share of the
/// column's spread: 2^-20, about a millionth. Smaller errors are no larger than those of rounding the
/// scaled values.
const LOSS: f64 = 1.0 / (1 << 20) as f64;

/// The columns of a data set that are also kept as `f64`, in ascending order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exact(Arc<Vec<(usize, Vec<f64>)>>);

/// The rows of a data set, with `f64` values where they are kept.
#[derive(Clone, Copy)]
pub(crate) struct Values<'a> {
    x: &'a Array,
    exact: &'a [(usize, Vec<f64>)],
    data: Option<&'a Dataset>,
}

impl<'a> From<&'a Dataset> for Values<'a> {
    fn from(data: &'a Dataset) -> Self {
        Values { x: &data.x, exact: &data.exact.0, data: Some(data) }
    }
}

impl<'a> From<&'a Array> for Values<'a> {
    fn from(x: &'a Array) -> Self {
        Values { x, exact: &[], data: None }
    }
}

impl<'a> Values<'a> {
    /// The rows as `f32`.
    pub fn x(&self) -> &'a Array {
        self.x
    }

    /// Refuses text and missing values of a data set, by the names of their columns.
    pub fn need_numbers(&self, who: &str) -> Result<()> {
        self.data.map_or(Ok(()), |data| data.need_numbers(who))
    }

    /// One value.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        match self.exact.iter().find(|(place, _)| *place == column) {
            Some((_, values)) => values[row],
            None => f64::from(self.x.data()[row * self.x.row_len() + column]),
        }
    }

    /// Writes a row.
    pub fn row(&self, row: usize, to: &mut [f64]) {
        to.iter_mut().zip(self.x.row(row)).for_each(|(to, v)| *to = f64::from(*v));
        for (column, values) in self.exact {
            to[*column] = values[row];
        }
    }
}

impl Exact {
    /// Those of these columns that lose precision as `f32`.
    pub fn of(columns: &[Vec<f64>]) -> Self {
        let kept = columns.iter().enumerate().filter(|(_, values)| suffers(values));
        Exact(Arc::new(kept.map(|(place, values)| (place, values.clone())).collect()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The column that loses most, and how much as a share of its spread.
    pub fn worst(&self) -> Option<(usize, f64)> {
        let losses = self.0.iter().filter_map(|(place, values)| Some((*place, loss(values)?)));
        losses.max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The columns in double precision, as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let column = |(place, values): &(usize, Vec<f64>)| {
            let values = values.iter().flat_map(|v| v.to_le_bytes());
            (*place as u64).to_le_bytes().into_iter().chain(values).collect::<Vec<u8>>()
        };
        self.0.iter().flat_map(column).collect()
    }

    /// The rows of these indices, which the caller has checked.
    pub fn take(&self, rows: &[usize]) -> Self {
        self.each(|values| rows.iter().map(|&row| values[row]).collect())
    }

    /// The columns of these indices.
    pub fn select(&self, columns: &[usize]) -> Self {
        if self.is_empty() {
            return Exact::default();
        }
        let find = |column: &usize| self.0.iter().find(|(place, _)| place == column);
        let kept = columns
            .iter()
            .enumerate()
            .filter_map(|(new, old)| find(old).map(|(_, values)| (new, values.clone())));
        Exact(Arc::new(kept.collect()))
    }

    /// The columns of windows over a row and its past, for data of this width.
    pub fn windows(&self, width: usize, windows: &[(usize, Vec<usize>)]) -> Self {
        let past = windows.first().map_or(0, |(_, rows)| rows.len());
        let mut columns = Vec::new();
        for back in 0..past {
            for (place, values) in self.0.iter() {
                let values = windows.iter().map(|(_, rows)| values[rows[back]]).collect();
                columns.push((back * width + place, values));
            }
        }
        Exact(Arc::new(columns))
    }

    /// With this number in place of a column's missing values.
    pub fn filled(&self, column: usize, fill: f64) -> Self {
        let mut all = self.0.to_vec();
        for (_, values) in all.iter_mut().filter(|(place, _)| *place == column) {
            values.iter_mut().filter(|v| v.is_nan()).for_each(|v| *v = fill);
        }
        Exact(Arc::new(all))
    }

    /// With a column's values taken from these rows.
    pub fn with_column_from(&self, column: usize, rows: &[usize]) -> Self {
        let mut all = self.0.to_vec();
        for (_, values) in all.iter_mut().filter(|(place, _)| *place == column) {
            *values = rows.iter().map(|row| values[*row]).collect();
        }
        Exact(Arc::new(all))
    }

    /// These columns, and from this index on those of another set.
    pub fn beside(&self, width: usize, right: &Exact) -> Self {
        let moved = right.0.iter().map(|(place, values)| (width + place, values.clone()));
        Exact(Arc::new(self.0.iter().cloned().chain(moved).collect()))
    }

    /// With a function applied to every value.
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        self.each(|values| values.iter().map(|v| f(*v)).collect())
    }

    /// The columns in double precision of rows put above others.
    pub fn above(top: Values<'_>, bottom: Values<'_>) -> Self {
        let all = top.exact.iter().chain(bottom.exact);
        let mut places: Vec<usize> = all.map(|(place, _)| *place).collect();
        places.sort_unstable();
        places.dedup();
        let column = |place: usize| {
            let above = (0..top.x.rows()).map(|row| top.at(row, place));
            (place, above.chain((0..bottom.x.rows()).map(|row| bottom.at(row, place))).collect())
        };
        Exact(Arc::new(places.into_iter().map(column).collect()))
    }

    fn each(&self, f: impl Fn(&[f64]) -> Vec<f64>) -> Self {
        if self.is_empty() {
            return Exact::default();
        }
        Exact(Arc::new(self.0.iter().map(|(place, values)| (*place, f(values))).collect()))
    }

    /// Writes the values as `f32` into a whole set's features.
    pub fn round_into(&self, x: &mut Array) {
        let width = x.row_len().max(1);
        for (place, values) in self.0.iter() {
            for (row, v) in x.data_mut().chunks_exact_mut(width).zip(values) {
                row[*place] = *v as f32;
            }
        }
    }
}

/// A value as a step takes it whose unit is so long: as `f32` if that changes too little to matter. So
/// a row alone, which is kept as `f64` whatever it is measured by, becomes the same as among others.
pub(crate) fn rounded(value: f64, unit: f64) -> f64 {
    let single = f64::from(value as f32);
    if (value - single).abs() <= LOSS * unit { single } else { value }
}

/// Whether rounding to `f32` would matter. What the rows are scaled by may be far less than their own
/// spread: they are few, or one of them is a 0 that stands for a missing value.
fn suffers(values: &[f64]) -> bool {
    let error = |v: &f64| (v - f64::from(*v as f32)).abs();
    let mut there: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    let error = there.iter().map(error).fold(0.0, f64::max);
    if error == 0.0 {
        return false;
    }
    let median = |values: &mut [f64]| {
        let middle = values.len() / 2;
        *values.select_nth_unstable_by(middle, f64::total_cmp).1
    };
    let center = median(&mut there);
    there.iter_mut().for_each(|v| *v = (*v - center).abs());
    let spread = median(&mut there);
    // Half of the rows, or all of them, have one value.
    if spread == 0.0 { loss(values).is_none_or(|loss| loss > LOSS) } else { error > LOSS * spread }
}

/// The largest error of rounding to `f32`, as a share of the mean absolute deviation; none of a
/// constant column.
fn loss(values: &[f64]) -> Option<f64> {
    // Missing values cannot lose precision.
    let values = || values.iter().filter(|v| !v.is_nan());
    let error = values().map(|v| (v - f64::from(*v as f32)).abs()).fold(0.0, f64::max);
    let first = values().next()?;
    if values().all(|v| v == first) {
        return None;
    }
    let n = values().count() as f64;
    // Relative to the first value, so that the mean does not lose the differences.
    let mean = first + values().map(|v| v - first).sum::<f64>() / n;
    let spread = values().map(|v| (v - mean).abs()).sum::<f64>() / n;
    Some(error / spread)
}

impl Dataset {
    /// The name of the column that loses most by rounding to `f32`, if the error is large enough to
    /// affect a network: above a hundredth of its spread.
    pub(crate) fn blurred_column(&self) -> Option<String> {
        let (place, _) = self.exact.worst().filter(|(_, loss)| *loss > 0.01)?;
        self.columns.get(place).cloned()
    }

    /// The targets, with `f64` values where they are kept.
    pub(crate) fn target_values(&self) -> Values<'_> {
        Values { x: &self.y, exact: &self.exact_y.0, data: None }
    }

    /// The name of a target with such a loss.
    pub(crate) fn blurred_target(&self) -> Option<String> {
        let (place, _) = self.exact_y.worst().filter(|(_, loss)| *loss > 0.01)?;
        match &self.targets {
            Targets::Values(names) => names.get(place).cloned(),
            _ => None,
        }
    }

    /// The features, with columns in double precision relative to the first row, for computations with
    /// differences between rows.
    pub(crate) fn local_x(&self) -> Array {
        let mut x = self.x.clone();
        if !self.exact.is_empty() {
            self.exact
                .each(|values| values.iter().map(|v| v - values[0]).collect())
                .round_into(&mut x);
        }
        x
    }

    /// Rows in the form of [`local_x`](Self::local_x), back in their own units.
    pub(super) fn counted_from_zero(&self, mut local: Array) -> (Array, Exact) {
        if self.exact.is_empty() {
            return (local, Exact::default());
        }
        let width = local.row_len().max(1);
        let back = |(place, values): &(usize, Vec<f64>)| {
            let rows = local.data().chunks_exact(width);
            (*place, rows.map(|row| values[0] + f64::from(row[*place])).collect())
        };
        let exact = Exact(Arc::new(self.exact.0.iter().map(back).collect()));
        exact.round_into(&mut local);
        (local, exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_suffers_is_kept() {
        let column =
            |f: &dyn Fn(f64) -> f64| (0..1000).map(|i| f(f64::from(i))).collect::<Vec<_>>();
        let columns = [
            column(&|i| 1_700_000_000.0 + i),
            column(&|i| 0.1 * i),
            column(&|i| 1_013_250.0 + 0.001 * i),
            column(&|_| 0.1),
            column(&|i| 16_000_000.0 + i),
            column(&|i| 1e-9 * (0.3 * i).sin()),
        ];
        let exact = Exact::of(&columns);
        assert_eq!(exact.0.iter().map(|c| c.0).collect::<Vec<_>>(), [0, 2, 3]);
        assert_eq!(exact.select(&[2, 1]).0[0], (0, columns[2].clone()));
        assert_eq!(exact.take(&[999, 0]).0[0].1, [1_700_000_999.0, 1_700_000_000.0]);
    }
}
