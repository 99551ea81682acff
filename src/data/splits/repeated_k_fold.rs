//! K folds several times.

use crate::data::{KFold, Split};
use crate::error::{Error, Result};

/// K folds of shuffled rows, repeated with different orders, as scikit-learn's `RepeatedKFold`: the
/// mean over more folds varies less.
///
/// ```
/// use dfdx_lab::data::RepeatedKFold;
/// let splits = RepeatedKFold::new(3, 2, 42).split(9)?;
/// assert_eq!(splits.len(), 6);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepeatedKFold {
    /// The number of folds, at least 2.
    pub n_splits: usize,
    /// How many times, at least 1.
    pub n_repeats: usize,
    /// The seed of all orders.
    pub seed: u64,
}

impl RepeatedKFold {
    /// This many folds, repeated this many times.
    pub fn new(n_splits: usize, n_repeats: usize, seed: u64) -> Self {
        RepeatedKFold { n_splits, n_repeats, seed }
    }

    /// The folds of `n` rows, those of the first time first.
    ///
    /// # Errors
    /// With no repeat or more than 1000, and as [`KFold::split`].
    pub fn split(&self, n: usize) -> Result<Vec<Split>> {
        if !(1..=1000).contains(&self.n_repeats) {
            let got = self.n_repeats;
            return Err(Error::argument("RepeatedKFold: n_repeats", got, "1 to 1000"));
        }
        let mut all = Vec::new();
        for repeat in 0..self.n_repeats {
            let seed = super::another_seed(self.seed, repeat as u64);
            all.extend(KFold::new(self.n_splits).shuffle(seed).split(n)?);
        }
        Ok(all)
    }
}
