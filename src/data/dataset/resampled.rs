//! Resampled data, and what they refuse.

use super::Dataset;
use super::exact::Exact;
use crate::array::Array;
use crate::error::{Error, Result};

impl Dataset {
    /// Whether a resampler, such as [`Smote`](crate::data::Smote), added or removed rows. Such data
    /// refuse to be split.
    pub fn is_resampled(&self) -> bool {
        self.origin.resampled
    }

    /// Allows resampled data to be split. The training rows may then hold copies of test rows, or
    /// points between them and training rows, so scores are too good.
    pub fn split_anyway(&self) -> Dataset {
        let mut data = self.clone();
        data.origin.resampled = false;
        data
    }

    /// Refuses to split resampled data.
    pub(crate) fn check_split(&self, what: &str) -> Result<()> {
        if !self.is_resampled() {
            return Ok(());
        }
        let expected = "as they were before resampling: copies of test rows, or points between them \
                        and training rows, would be trained on";
        Err(Error::argument(format!("{what}: the data"), "resampled", expected).hint(
            "put the resampler into Pipeline::resample, which resamples training rows alone, or \
             say Dataset::split_anyway",
        ))
    }

    /// The rows of these indices, drawn by a resampler. A row drawn twice keeps its position in the
    /// recording, so that both have the right past window.
    pub(crate) fn with_rows_drawn(&self, rows: &[usize]) -> Result<Dataset> {
        let mut data = self.take(rows)?;
        data.origin.resampled = true;
        Ok(data)
    }

    /// The data followed by synthetic rows of a resampler, which are in the form of
    /// [`local_x`](Self::local_x); targets follow from the labels.
    pub(crate) fn with_synthetic_rows(&self, x: Array, labels: Vec<usize>) -> Result<Dataset> {
        let origin = super::Origin::synthetic(labels.len())?;
        let none = Array::empty_rows(labels.len());
        let (x, exact) = self.counted_from_zero(x);
        let new = Dataset { x, y: none, labels, origin, exact, ..self.without_rows() };
        self.above(&new.with_targets(&self.targets)?)
    }

    /// These rows followed by those of `below`, which has the same features and classes.
    pub(crate) fn above(&self, below: &Dataset) -> Result<Dataset> {
        if !self.texts.same(&below.texts) {
            let expected = "of the same texts as the columns above them";
            return Err(Error::argument(
                "the columns of rows put under others",
                "others",
                expected,
            ));
        }
        let origin = super::Origin::concat([&self.origin, &below.origin]);
        let labels = self.labels.iter().chain(&below.labels).copied().collect();
        let (x, y) = (stack(&self.x, &below.x)?, stack(&self.y, &below.y)?);
        let exact = Exact::above(self.into(), below.into());
        let exact_y = Exact::above(self.target_values(), below.target_values());
        Ok(Dataset { x, y, labels, origin, exact, exact_y, ..self.without_rows() })
    }
}

fn stack(above: &Array, below: &Array) -> Result<Array> {
    if above.shape().get(1..) != below.shape().get(1..) {
        let expected = format!("the rows above them have the shape {:?}", above.shape());
        return Err(Error::shape("rows to be put under others", below.shape(), expected));
    }
    let mut shape = above.shape().to_vec();
    if let Some(rows) = shape.first_mut() {
        *rows += below.rows();
    }
    Array::new(shape, [above.data(), below.data()].concat())
}
