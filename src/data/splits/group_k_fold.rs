//! Folds that keep groups together.

use crate::data::Split;
use crate::error::{Error, Result};

/// K folds of about equal size, with all rows of a group in one fold, so that no patient or mouse
/// is in both training and test rows: scikit-learn's `GroupKFold`. Groups are assigned from the
/// largest down, each to the fold with the fewest rows.
///
/// ```
/// use dfdx_lab::data::GroupKFold;
/// let mice = ["a", "a", "b", "c", "c", "c"];
/// let splits = GroupKFold::new(2).split(&mice)?;
/// assert_eq!(splits[0].test, [3, 4, 5]);
/// assert_eq!(splits[1].test, [0, 1, 2]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupKFold {
    /// The number of folds, at least 2.
    pub n_splits: usize,
}

impl GroupKFold {
    /// A split into this many folds.
    pub fn new(n_splits: usize) -> Self {
        GroupKFold { n_splits }
    }

    /// The folds of rows of these groups, which are numbers, names or anything else in order.
    ///
    /// # Errors
    /// With fewer than 2 folds, or fewer groups than folds.
    pub fn split<T: Ord>(&self, groups: &[T]) -> Result<Vec<Split>> {
        let mut names: Vec<&T> = groups.iter().collect();
        names.sort_unstable();
        names.dedup();
        let index: Vec<usize> =
            groups.iter().map(|g| names.partition_point(|known| *known < g)).collect();
        self.of(&index, names.len())
    }

    /// The folds of rows by the index of their group.
    fn of(&self, group_of: &[usize], groups: usize) -> Result<Vec<Split>> {
        if self.n_splits < 2 || self.n_splits > groups {
            let expected = format!("2 to {groups}, the number of groups");
            return Err(Error::argument("GroupKFold: n_splits", self.n_splits, expected));
        }
        let mut sizes = vec![0; groups];
        group_of.iter().for_each(|&g| sizes[g] += 1);
        // Of equal groups the last, which is what NumPy's sort from the back gives.
        let mut order: Vec<usize> = (0..groups).collect();
        order.sort_by_key(|&g| sizes[g]);
        let mut rows_in = vec![0; self.n_splits];
        let mut fold_of = vec![0; groups];
        for group in order.into_iter().rev() {
            let lightest = (0..self.n_splits).min_by_key(|&f| rows_in[f]).unwrap_or(0);
            rows_in[lightest] += sizes[group];
            fold_of[group] = lightest;
        }
        let rows = |fold: usize, inside: bool| {
            let is = |row: &usize| (fold_of[group_of[*row]] == fold) == inside;
            (0..group_of.len()).filter(is).collect()
        };
        let split = |fold| Split { train: rows(fold, false), test: rows(fold, true) };
        Ok((0..self.n_splits).map(split).collect())
    }
}
