//! Every row tested alone.

use crate::data::Split;
use crate::error::{Error, Result};

/// As many folds as rows: each row is tested by a model trained on all the others, as
/// scikit-learn's `LeaveOneOut`. For small data only, because as many models are trained.
///
/// ```
/// use dfdx_lab::data::LeaveOneOut;
/// let splits = LeaveOneOut::new().split(3)?;
/// assert_eq!((splits[1].train.as_slice(), splits[1].test.as_slice()), (&[0, 2][..], &[1][..]));
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaveOneOut {}

/// The most rows: the folds' lists of rows grow with the square.
const MOST: usize = 10_000;

impl LeaveOneOut {
    /// No setting.
    pub fn new() -> Self {
        LeaveOneOut {}
    }

    /// The folds of `n` rows.
    ///
    /// # Errors
    /// With fewer than 2 rows, or more than 10000.
    pub fn split(&self, n: usize) -> Result<Vec<Split>> {
        if !(2..=MOST).contains(&n) {
            let expected = format!("2 to {MOST}, since each is a fold");
            return Err(Error::argument("LeaveOneOut: the number of rows", n, expected)
                .hint("KFold takes any number"));
        }
        let split = |i: usize| Split { train: (0..n).filter(|&r| r != i).collect(), test: vec![i] };
        Ok((0..n).map(split).collect())
    }
}
