//! Splits in the order of time.

use crate::data::Split;
use crate::error::{Error, Result};

/// Blocks of rows in the order of time, each tested by a model trained on the rows before it, as
/// scikit-learn's `TimeSeriesSplit`.
///
/// ```
/// use dfdx_lab::data::TimeSeriesSplit;
/// let splits = TimeSeriesSplit::new(3).split(8)?;
/// assert_eq!((splits[0].train.as_slice(), splits[0].test.as_slice()), (&[0, 1][..], &[2, 3][..]));
/// assert_eq!(splits[2].train, [0, 1, 2, 3, 4, 5]);
/// let near = TimeSeriesSplit::new(3).gap(1).max_train_size(2).split(8)?;
/// assert_eq!(near[2].train, [3, 4]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSeriesSplit {
    /// The number of blocks that are tested, at least 2.
    pub n_splits: usize,
    /// The number of rows left out before a block, for example because windows overlap; 0 by
    /// default.
    pub gap: usize,
    /// The most rows to train on, the latest; all by default.
    pub max_train_size: Option<usize>,
    /// The rows of a block; by default as many as there are in one of `n_splits + 1` equal parts.
    pub test_size: Option<usize>,
}

impl TimeSeriesSplit {
    /// A split with this many test blocks.
    pub fn new(n_splits: usize) -> Self {
        TimeSeriesSplit { n_splits, gap: 0, max_train_size: None, test_size: None }
    }

    /// Leaves this many rows out between training and test rows.
    pub fn gap(mut self, rows: usize) -> Self {
        self.gap = rows;
        self
    }

    /// Trains on at most this many of the latest rows.
    pub fn max_train_size(mut self, rows: usize) -> Self {
        self.max_train_size = Some(rows);
        self
    }

    /// Tests blocks of this many rows.
    pub fn test_size(mut self, rows: usize) -> Self {
        self.test_size = Some(rows);
        self
    }

    /// The blocks of `n` rows in order of time.
    ///
    /// # Errors
    /// With fewer than 2 blocks, blocks or training rows of no row, or too few rows for the first
    /// block to have a row to train on.
    pub fn split(&self, n: usize) -> Result<Vec<Split>> {
        let what = |name: &str| format!("TimeSeriesSplit: {name}");
        if self.n_splits < 2 {
            return Err(Error::argument(what("n_splits"), self.n_splits, "at least 2"));
        }
        if self.max_train_size == Some(0) {
            return Err(Error::argument(what("max_train_size"), 0, "at least 1"));
        }
        let size = self.test_size.unwrap_or(n / self.n_splits.saturating_add(1));
        let first = self.n_splits.checked_mul(size).and_then(|tested| n.checked_sub(tested));
        let first = first.filter(|first| size > 0 && *first > self.gap);
        let Some(first) = first else {
            let expected = format!(
                "enough for {} blocks of {} rows, a gap of {} and a row to train on",
                self.n_splits,
                size.max(1),
                self.gap
            );
            return Err(Error::argument(what("the number of rows"), n, expected));
        };
        let split = |i: usize| {
            let start = first + i * size;
            let end = start - self.gap;
            let begin = self.max_train_size.map_or(0, |most| end.saturating_sub(most));
            Split { train: (begin..end).collect(), test: (start..start + size).collect() }
        };
        Ok((0..self.n_splits).map(split).collect())
    }
}
