//! Random parts again and again.

use crate::data::{Split, train_test_split};
use crate::error::{Error, Result};

/// Several independent random splits into training and test rows, as scikit-learn's `ShuffleSplit`:
/// a row may be tested several times or never.
///
/// ```
/// use dfdx_lab::data::ShuffleSplit;
/// let splits = ShuffleSplit::new(4, 0.25, 42).split(10)?;
/// assert_eq!(splits.len(), 4);
/// assert_eq!((splits[0].train.len(), splits[0].test.len()), (7, 3));
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ShuffleSplit {
    /// How many times, at least 1.
    pub n_splits: usize,
    /// The share of the rows to test, rounded up to whole rows.
    pub test_size: f64,
    /// The seed of all orders.
    pub seed: u64,
}

impl ShuffleSplit {
    /// This many splits, each with this share of the rows for testing.
    pub fn new(n_splits: usize, test_size: f64, seed: u64) -> Self {
        ShuffleSplit { n_splits, test_size, seed }
    }

    /// The parts of `n` rows.
    ///
    /// # Errors
    /// With no part or more than 10000, and as [`train_test_split`].
    pub fn split(&self, n: usize) -> Result<Vec<Split>> {
        if !(1..=10_000).contains(&self.n_splits) {
            return Err(Error::argument("ShuffleSplit: n_splits", self.n_splits, "1 to 10000"));
        }
        let part =
            |i| train_test_split(n, self.test_size, super::another_seed(self.seed, i as u64));
        (0..self.n_splits).map(part).collect()
    }
}
