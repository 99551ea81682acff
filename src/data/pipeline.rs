//! Preparation steps that are fitted on training rows only.

use super::{Dataset, MinMaxScaler, SelectKBest, StandardScaler};
use crate::error::Result;

/// Steps that a fit learns from its training rows and then applies to everything the model sees,
/// as scikit-learn's `Pipeline`: validation rows can never leak into a scaler.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let steps = Pipeline::new().select_k_best(50).standard_scaler();
/// # let _ = steps;
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pipeline {
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    StandardScaler,
    MinMaxScaler,
    SelectKBest(usize),
}

impl Pipeline {
    /// No step yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Each column to mean 0 and standard deviation 1 ([`StandardScaler`]).
    pub fn standard_scaler(mut self) -> Self {
        self.steps.push(Step::StandardScaler);
        self
    }

    /// Each column to the range 0 to 1 ([`MinMaxScaler`]).
    pub fn min_max_scaler(mut self) -> Self {
        self.steps.push(Step::MinMaxScaler);
        self
    }

    /// The `k` columns with the largest ANOVA F ([`f_classif`](super::f_classif)).
    pub fn select_k_best(mut self, k: usize) -> Self {
        self.steps.push(Step::SelectKBest(k));
        self
    }

    /// Learns all steps from these rows, and passes them through.
    ///
    /// # Errors
    /// If a step cannot be learned from the rows, as with fewer columns than are to be selected.
    pub fn fit_transform(&self, train: &Dataset) -> Result<(FittedPipeline, Dataset)> {
        let mut data = train.clone();
        let mut steps = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let fitted = match step {
                Step::StandardScaler => Fitted::Standard(StandardScaler::fit(data.x())?),
                Step::MinMaxScaler => Fitted::MinMax(MinMaxScaler::fit(data.x())?),
                Step::SelectKBest(k) => Fitted::Select(SelectKBest::fit(&data, *k)?),
            };
            data = fitted.transform(&data)?;
            steps.push(fitted);
        }
        Ok((FittedPipeline { steps }, data))
    }
}

/// A [`Pipeline`] that has seen its training rows.
#[derive(Clone, Debug)]
pub struct FittedPipeline {
    steps: Vec<Fitted>,
}

#[derive(Clone, Debug)]
enum Fitted {
    Standard(StandardScaler),
    MinMax(MinMaxScaler),
    Select(SelectKBest),
}

impl Fitted {
    fn transform(&self, data: &Dataset) -> Result<Dataset> {
        match self {
            Fitted::Standard(scaler) => scaler.transform_dataset(data),
            Fitted::MinMax(scaler) => scaler.transform_dataset(data),
            Fitted::Select(select) => select.transform(data),
        }
    }
}

impl FittedPipeline {
    /// Passes data through, with what was learned from the training rows.
    ///
    /// # Errors
    /// If the data have other columns than the training rows had.
    pub fn transform(&self, data: &Dataset) -> Result<Dataset> {
        let mut data = data.clone();
        for step in &self.steps {
            data = step.transform(&data)?;
        }
        Ok(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;

    #[test]
    fn learns_from_the_training_rows_only() {
        let x = Array::new([4, 2], vec![0.0, 7.0, 2.0, 7.5, 4.0, 7.0, 6.0, 7.5]).unwrap();
        let train = Dataset::new(x, vec![0, 0, 1, 1], ["a", "b"]).unwrap();
        let steps = Pipeline::new().select_k_best(1).min_max_scaler();
        let (fitted, prepared) = steps.fit_transform(&train).unwrap();
        let third = 1.0f32 / 3.0;
        for (got, want) in prepared.x().data().iter().zip([0.0, third, 2.0 * third, 1.0]) {
            assert!((got - want).abs() < 1e-6);
        }
        let test = Array::new([1, 2], vec![12.0, 0.0]).unwrap();
        let test = Dataset::new(test, vec![1], ["a", "b"]).unwrap();
        assert_eq!(fitted.transform(&test).unwrap().x().data(), [2.0]);
        assert_eq!(prepared.labels(), train.labels());
    }
}
