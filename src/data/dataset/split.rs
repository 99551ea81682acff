//! Data in two parts.

use super::Dataset;
use crate::data::{Split, train_test_split, train_test_split_stratified};
use crate::error::Result;

/// Data in two parts, by [`Dataset::train_test_split`].
#[derive(Clone, Debug)]
pub struct TrainTest {
    /// The rows to train on, shuffled.
    pub train: Dataset,
    /// The rows kept apart, shuffled.
    pub test: Dataset,
}

impl Dataset {
    /// Shuffled rows for training and for testing: `ceil(rows * test_size)` to test
    /// ([`train_test_split`]).
    ///
    /// ```
    /// use dfdx_lab::{Array, data::Dataset};
    /// let data = Dataset::new(Array::zeros([10, 2])?, vec![0; 10], ["a"])?;
    /// let parts = data.train_test_split(0.25, 42)?;
    /// assert_eq!((parts.train.len(), parts.test.len()), (7, 3));
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `test_size` is not between 0 and 1 or leaves no row on one side, or the data were
    /// resampled before.
    pub fn train_test_split(&self, test_size: f64, seed: u64) -> Result<TrainTest> {
        self.check_split("train_test_split")?;
        self.parts(train_test_split(self.len(), test_size, seed)?)
    }

    /// As [`train_test_split`](Self::train_test_split), with every class in both parts in about its
    /// share of the whole ([`train_test_split_stratified`]).
    ///
    /// # Errors
    /// As `train_test_split`, and if a class has only one row or the data have no labels.
    pub fn train_test_split_stratified(&self, test_size: f64, seed: u64) -> Result<TrainTest> {
        self.check_split("train_test_split_stratified")?;
        self.need_labels("train_test_split_stratified")?;
        self.parts(train_test_split_stratified(&self.labels, test_size, seed)?)
    }

    fn parts(&self, split: Split) -> Result<TrainTest> {
        Ok(TrainTest { train: self.take(&split.train)?, test: self.take(&split.test)? })
    }
}
