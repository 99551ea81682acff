//! Fewer rows.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::strategy::SamplingStrategy;
use super::synthetic::{draw, members};
use crate::data::Dataset;
use crate::error::Result;

const WHO: &str = "RandomUnderSampler";

/// Rows drawn, without replacement unless asked for, until each class has as many as the minority.
/// What stays is sorted by class, as in imbalanced-learn.
///
/// ```
/// use dfdx_lab::{Array, data::{Dataset, RandomUnderSampler}};
/// let data = Dataset::new(Array::zeros([4, 2])?, vec![0, 0, 0, 1], ["often", "rare"])?;
/// assert_eq!(RandomUnderSampler::new().fit_resample(&data)?.class_counts(), [1, 1]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RandomUnderSampler {
    replacement: bool,
    pub(super) strategy: SamplingStrategy,
    pub(super) seed: u64,
}

impl RandomUnderSampler {
    /// Without replacement.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a row may be drawn more than once; false by default.
    pub fn replacement(mut self, replacement: bool) -> Self {
        self.replacement = replacement;
        self
    }

    /// The rows that stay.
    ///
    /// # Errors
    /// If the sampling strategy does not fit the data, or the data have no labels.
    pub fn fit_resample(&self, data: &Dataset) -> Result<Dataset> {
        data.with_rows_drawn(&self.sample_indices(data)?)
    }

    /// The indices of the rows that stay (imbalanced-learn's `sample_indices_`).
    ///
    /// # Errors
    /// As [`fit_resample`](Self::fit_resample).
    pub fn sample_indices(&self, data: &Dataset) -> Result<Vec<usize>> {
        let goals = self.strategy.kept(WHO, data)?;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut kept = Vec::new();
        for class in 0..data.classes().len() {
            let mut rows = members(data, class);
            if let Some(&(_, count)) = goals.iter().find(|g| g.0 == class) {
                if self.replacement {
                    rows = draw(&mut rng, rows.len(), count).into_iter().map(|i| rows[i]).collect();
                } else {
                    rows.shuffle(&mut rng);
                    rows.truncate(count);
                }
            }
            kept.extend(rows);
        }
        Ok(kept)
    }
}
