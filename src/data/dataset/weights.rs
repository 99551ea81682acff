//! Balanced class weights.

use super::Dataset;
use crate::error::Result;

impl Dataset {
    /// Class weights inversely proportional to the class frequencies: n / (k · its rows) for k
    /// non-empty classes in n rows, scikit-learn's `compute_class_weight("balanced")`. 1 for a
    /// class without rows. `Fit::class_weight_balanced` computes them from the training rows.
    ///
    /// ```
    /// use dfdx_lab::{Array, data::Dataset};
    /// let data = Dataset::new(Array::zeros([4, 1])?, vec![0, 0, 0, 1], ["often", "rare"])?;
    /// assert_eq!(data.balanced_class_weights()?, [4.0 / 6.0, 2.0]);
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the data have no labels.
    pub fn balanced_class_weights(&self) -> Result<Vec<f64>> {
        self.need_labels("balanced_class_weights")?;
        let counts = self.class_counts();
        let present = counts.iter().filter(|c| **c > 0).count();
        let weight = |count: usize| match count {
            0 => 1.0,
            count => self.len() as f64 / (present * count) as f64,
        };
        Ok(counts.into_iter().map(weight).collect())
    }
}
