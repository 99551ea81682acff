//! Quartiles of columns by class, for spectra and box plots.

use crate::array::Array;
use crate::error::{Error, Result};

use super::class_distribution::check_labels;

/// The finite values of one class in one column, sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sorted(pub Vec<f64>);

impl Sorted {
    /// A quantile by linear interpolation, as NumPy's default; NaN of no values.
    pub fn quantile(&self, q: f64) -> f64 {
        let Some(last) = self.0.len().checked_sub(1) else { return f64::NAN };
        let at = q * last as f64;
        let (below, share) = (at.floor() as usize, at.fract());
        let above = (below + 1).min(last);
        self.0[below] + share * (self.0[above] - self.0[below])
    }
}

/// Checks that `features` is a matrix with a label for each row and a place for each column.
pub(super) fn check(
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

/// The values of one column, class by class.
pub(super) fn by_class(
    classes: usize,
    labels: &[usize],
    features: &Array,
    column: usize,
) -> Vec<Sorted> {
    let mut sorted = vec![Sorted::default(); classes];
    let step = features.row_len().max(1);
    let values = features.data().iter().skip(column).step_by(step);
    for (&label, &value) in labels.iter().zip(values) {
        if value.is_finite() {
            sorted[label].0.push(f64::from(value));
        }
    }
    sorted.iter_mut().for_each(|s| s.0.sort_unstable_by(f64::total_cmp));
    sorted
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
    }

    #[test]
    fn values_go_to_their_class_and_column() {
        let features = Array::new([3, 2], vec![1.0, 9.0, f32::NAN, 5.0, 3.0, 7.0]).unwrap();
        let sorted = by_class(2, &[0, 0, 1], &features, 0);
        assert_eq!(sorted, [Sorted(vec![1.0]), Sorted(vec![3.0])]);
        let sorted = by_class(2, &[0, 0, 1], &features, 1);
        assert_eq!(sorted, [Sorted(vec![5.0, 9.0]), Sorted(vec![7.0])]);
    }
}
