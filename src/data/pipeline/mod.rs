//! Preparation steps that are fitted on training rows only.

mod fitted;
mod saved;

pub use fitted::FittedPipeline;
pub(crate) use fitted::{Fitted, by_name};
pub(crate) use saved::StepParts;

use super::{
    Dataset, Hog, MinMaxScaler, Pca, Resampler, RobustScaler, SelectKBest, Smote, StandardScaler,
    Targets,
};
use crate::error::{Error, Result};

/// Steps that a fit learns from its training rows and then applies to everything the model sees,
/// as scikit-learn's `Pipeline`: validation rows can never leak into a scaler.
///
/// Steps that resample, as [`smote`](Self::smote), change training rows alone: validation and test
/// rows pass them as they are (imbalanced-learn's `Pipeline`).
///
/// ```
/// use dfdx_lab::prelude::*;
/// let steps = Pipeline::new().select_k_best(50).standard_scaler();
/// let balanced = Pipeline::new().standard_scaler().smote();
/// let fewer = Pipeline::new().pca(20).resample(RandomUnderSampler::new().seed(3));
/// # let _ = (steps, balanced, fewer);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pipeline {
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    StandardScaler,
    MinMaxScaler,
    RobustScaler,
    ScaleTargets,
    SelectKBest(usize),
    Pca(Pca),
    Hog(Hog),
    Resample(Resampler),
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

    /// Each column less its median, divided by the distance between its quartiles
    /// ([`RobustScaler`]): for columns with a few values far off.
    pub fn robust_scaler(mut self) -> Self {
        self.steps.push(Step::RobustScaler);
        self
    }

    /// Each target to mean 0 and standard deviation 1 while a model is fitted, for numbers to be
    /// predicted that are large or of different sizes. It is undone in predictions, metrics and
    /// reports, which are in the targets' own units (scikit-learn's `TransformedTargetRegressor`);
    /// `loss` and `val_loss` are of scaled targets.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// # let path = std::env::temp_dir().join(format!("dfdx-lab-scale-{}.csv", std::process::id()));
    /// # let rows: String = (0..20).map(|i| format!("{i},{}\n", 250_000 + 9_000 * i)).collect();
    /// # std::fs::write(&path, format!("size,price\n{rows}")).unwrap();
    /// let houses = Dataset::regression(&Table::read_csv(&path)?, ["price"], ["size"])?;
    /// let mut model = Sequential::new([1]).add(Dense::new(1)).compile(Adam::new(0.1), "mse", ["mae"])?;
    /// let steps = Pipeline::new().standard_scaler().scale_targets();
    /// model.fit(&houses, Fit::epochs(200).verbose(0).prepare(steps))?;
    /// assert!((model.predict(&houses)?.data()[0] - 250_000.0).abs() < 5_000.0);
    /// # std::fs::remove_file(&path).unwrap();
    /// # Ok::<(), Error>(())
    /// ```
    pub fn scale_targets(mut self) -> Self {
        self.steps.push(Step::ScaleTargets);
        self
    }

    /// The `k` columns with the largest ANOVA F ([`f_classif`](super::f_classif)).
    pub fn select_k_best(mut self, k: usize) -> Self {
        self.steps.push(Step::SelectKBest(k));
        self
    }

    /// The first principal components: `pca(50)`, or any [`Pca`].
    pub fn pca(mut self, pca: impl Into<Pca>) -> Self {
        self.steps.push(Step::Pca(pca.into()));
        self
    }

    /// Pictures to histograms of oriented gradients ([`Hog`]).
    pub fn hog(mut self, hog: Hog) -> Self {
        self.steps.push(Step::Hog(hog));
        self
    }

    /// [`Smote`] with its defaults, on training rows only: every class gets as many rows as the
    /// largest. Put it after scalers, since it goes by distances.
    pub fn smote(self) -> Self {
        self.resample(Smote::new())
    }

    /// Resamples training rows only, by [`Smote`] or any other of its kind.
    pub fn resample(mut self, resampler: impl Into<Resampler>) -> Self {
        self.steps.push(Step::Resample(resampler.into()));
        self
    }

    /// Whether a step adds training rows or leaves some out.
    pub fn resamples(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Resample(_)))
    }

    /// Learns all steps from these rows, and passes them through. Where a step
    /// [resamples](Self::resamples) there are other rows afterwards.
    ///
    /// Rows that were prepared before are prepared further: what is learned then begins with the
    /// steps that they have behind them.
    ///
    /// # Errors
    /// If a step cannot be learned from the rows, as with fewer columns than are to be selected.
    pub fn fit_transform(&self, train: &Dataset) -> Result<(FittedPipeline, Dataset)> {
        let mut data = train.clone();
        for step in &self.steps {
            let fitted = match step {
                Step::StandardScaler => Fitted::Standard(StandardScaler::fit(&data)?),
                Step::MinMaxScaler => Fitted::MinMax(MinMaxScaler::fit(&data)?),
                Step::RobustScaler => Fitted::Robust(RobustScaler::fit(&data)?),
                Step::ScaleTargets => Fitted::Targets(fit_targets(&data)?),
                Step::SelectKBest(k) => Fitted::Select(SelectKBest::fit(&data, *k)?),
                Step::Pca(pca) => Fitted::Pca(pca.fit(&data)?),
                Step::Hog(hog) => Fitted::Hog(*hog),
                Step::Resample(resampler) => {
                    data = resampler.fit_resample(&data)?;
                    continue;
                }
            };
            data = fitted.apply(&data)?;
        }
        Ok((data.prepared(), data))
    }
}

/// The scaler of targets that are numbers.
fn fit_targets(data: &Dataset) -> Result<StandardScaler> {
    match data.targets() {
        Targets::Values(_) => StandardScaler::fit(data.y()),
        other => {
            let what = "Pipeline::scale_targets: the data";
            Err(Error::argument(what, other, "such with numbers as targets")
                .hint("Dataset::regression takes them from columns"))
        }
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

    #[test]
    fn resamples_training_rows_only() {
        let x = Array::new([6, 1], vec![0.0, 1.0, 2.0, 3.0, 10.0, 12.0]).unwrap();
        let train = Dataset::new(x, vec![0, 0, 0, 0, 1, 1], ["a", "b"]).unwrap();
        let steps = Pipeline::new().resample(Smote::new().k_neighbors(1)).min_max_scaler();
        assert!(steps.resamples() && !Pipeline::new().pca(1).resamples());
        let (fitted, prepared) = steps.fit_transform(&train).unwrap();
        assert_eq!(prepared.class_counts(), [4, 4]);
        assert!(prepared.is_resampled() && !train.is_resampled());
        let same = fitted.transform(&train).unwrap();
        assert_eq!((same.len(), same.is_resampled()), (6, false));
        assert_eq!(same.x().data(), &prepared.x().data()[..6]);
    }
}
