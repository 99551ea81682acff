//! Quartiles of columns by class, for spectra and box plots.

use crate::array::Array;
use crate::data::quantile::{between, place, quantile};
use crate::error::{Error, Result};

use super::checks::check_labels;

/// The finite values of one class in one column, sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sorted(pub Vec<f64>);

impl Sorted {
    pub fn new(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        Sorted(values)
    }

    /// A quantile by linear interpolation, NumPy's default; NaN without values.
    pub fn quantile(&self, q: f64) -> f64 {
        quantile(&self.0, q)
    }
}

/// The three quartiles, equal to [`Sorted::quantile`]'s. Nothing is sorted fully, because sorting
/// took most of the time of a plot of a hundred columns.
pub fn quartiles(values: &mut [f64]) -> [f64; 3] {
    [0.25, 0.5, 0.75].map(|q| {
        let Some((below, share)) = place(values.len(), q) else { return f64::NAN };
        let (_, &mut low, higher) = values.select_nth_unstable_by(below, f64::total_cmp);
        let high = higher.iter().copied().fold(f64::INFINITY, f64::min);
        between(low, high, share)
    })
}

/// Checks that `features` is a matrix with a label for each row and a place for each column.
pub fn check(
    plot: &str,
    classes: &[String],
    labels: &[usize],
    features: &Array,
    columns: usize,
) -> Result<()> {
    check_labels(plot, classes, labels)?;
    if features.shape().len() != 2 || features.shape()[1] != columns {
        return Err(Error::shape(
            format!("{plot}: features"),
            features.shape(),
            format!("it must be [samples, {columns}], with a column for each place on the x axis"),
        ));
    }
    if features.rows() != labels.len() {
        return Err(Error::argument(
            format!("{plot}: the number of labels"),
            labels.len(),
            format!("{}, the number of rows", features.rows()),
        ));
    }
    Ok(())
}

/// The finite values of one column, class by class.
pub fn by_class(
    classes: usize,
    labels: &[usize],
    features: &Array,
    column: usize,
) -> Vec<Vec<f64>> {
    let mut found = vec![Vec::new(); classes];
    let step = features.row_len().max(1);
    let values = features.data().iter().skip(column).step_by(step);
    for (&label, &value) in labels.iter().zip(values) {
        if value.is_finite() {
            found[label].push(f64::from(value));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        // numpy.quantile([1, 2, 4, 8], [0, .25, .5, .75, 1])
        let sorted = Sorted(vec![1.0, 2.0, 4.0, 8.0]);
        let quantiles = [0.0, 0.25, 0.5, 0.75, 1.0].map(|q| sorted.quantile(q));
        assert_eq!(quantiles, [1.0, 1.75, 3.0, 5.0, 8.0]);
        assert!(Sorted::default().quantile(0.5).is_nan());
        assert!(super::quartiles(&mut [])[1].is_nan());
        for n in 1..40u64 {
            let mut values: Vec<f64> = (0..n).map(|i| (i * 7919 % 31) as f64).collect();
            let sorted = Sorted::new(values.clone());
            let expected = [0.25, 0.5, 0.75].map(|q| sorted.quantile(q));
            assert_eq!(super::quartiles(&mut values), expected, "{n} values");
        }
    }

    #[test]
    fn values_go_to_their_class_and_column() {
        let features = Array::new([3, 2], vec![1.0, 9.0, f32::NAN, 5.0, 3.0, 7.0]).unwrap();
        let found = by_class(2, &[0, 0, 1], &features, 0);
        assert_eq!(found, [vec![1.0], vec![3.0]]);
        let found = by_class(2, &[0, 0, 1], &features, 1);
        assert_eq!(found, [vec![9.0, 5.0], vec![7.0]]);
    }
}
