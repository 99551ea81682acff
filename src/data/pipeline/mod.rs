//! Preparation steps that are fitted on training rows only.

mod fitted;
mod raw;
mod saved;
mod steps;

pub use fitted::FittedPipeline;
pub(crate) use fitted::by_name;
pub(crate) use saved::StepParts;
pub(crate) use steps::Fitted;

use super::columns::Columns;
use super::encoder::{Encoder, Encoding, Told};
use super::imputer::Imputer;
use super::power::PowerTransformer;
use super::{
    Dataset, Fill, Hog, MinMaxScaler, Pca, Resampler, RobustScaler, SelectKBest, Smote,
    StandardScaler, Targets,
};
use crate::error::{Error, Result};

/// Steps that a fit learns from its training rows and then applies to all data of the model, as
/// scikit-learn's `Pipeline`. Validation rows never leak into a scaler.
///
/// Steps that resample, such as [`smote`](Self::smote), change training rows only, as in
/// imbalanced-learn's `Pipeline`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let steps = Pipeline::new().select_k_best(50).standard_scaler();
/// let balanced = Pipeline::new().standard_scaler().smote();
/// let fewer = Pipeline::new().pca(20).resample(RandomUnderSampler::new().seed(3));
/// # let _ = (steps, balanced, fewer);
/// ```
/// A table with text and missing cells, as a passenger list, becomes numbers in it too; steps are for
/// all columns unless [`on`](Self::on) names some.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let steps = Pipeline::new().impute(Fill::Median).one_hot().standard_scaler().on(["age", "fare"]);
/// # let _ = steps;
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pipeline {
    steps: Vec<Step>,
    /// A setting that was said before any step.
    early: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq)]
struct Step {
    does: Does,
    on: Option<Columns>,
    /// More of a step that encodes.
    told: Told,
}

#[derive(Clone, Debug, PartialEq)]
enum Does {
    Impute(Fill),
    Encode(Encoding),
    Log1p,
    PowerTransformer,
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
    /// A pipeline without steps.
    pub fn new() -> Self {
        Self::default()
    }

    /// Scales each column to mean 0 and standard deviation 1 ([`StandardScaler`]).
    pub fn standard_scaler(self) -> Self {
        self.then(Does::StandardScaler)
    }

    /// Scales each column to the range 0 to 1 ([`MinMaxScaler`]).
    pub fn min_max_scaler(self) -> Self {
        self.then(Does::MinMaxScaler)
    }

    /// Subtracts each column's median and divides by its interquartile range ([`RobustScaler`]),
    /// for columns with outliers.
    pub fn robust_scaler(self) -> Self {
        self.then(Does::RobustScaler)
    }

    /// Scales each target of a regression to mean 0 and standard deviation 1 while a model is
    /// fitted, for targets that are large or of different sizes. Predictions, metrics and reports
    /// are in the targets' own units (scikit-learn's `TransformedTargetRegressor`); `loss` and
    /// `val_loss` are those of the scaled targets.
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
    pub fn scale_targets(self) -> Self {
        self.then(Does::ScaleTargets)
    }

    /// Selects the `k` columns with the largest ANOVA F ([`f_classif`](super::f_classif)).
    pub fn select_k_best(self, k: usize) -> Self {
        self.then(Does::SelectKBest(k))
    }

    /// Replaces the columns by their first principal components: `pca(50)`, or any [`Pca`].
    pub fn pca(self, pca: impl Into<Pca>) -> Self {
        self.then(Does::Pca(pca.into()))
    }

    /// Turns pictures into histograms of oriented gradients ([`Hog`]).
    pub fn hog(self, hog: Hog) -> Self {
        self.then(Does::Hog(hog))
    }

    /// Resamples training rows by [`Smote`] with its defaults, so that every class has as many rows
    /// as the largest. Put it after scalers, because it uses distances.
    pub fn smote(self) -> Self {
        self.resample(Smote::new())
    }

    /// Resamples training rows by [`Smote`] or another resampler.
    pub fn resample(self, resampler: impl Into<Resampler>) -> Self {
        self.then(Does::Resample(resampler.into()))
    }

    /// Whether a step adds or removes training rows.
    pub fn resamples(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.does, Does::Resample(_)))
    }

    /// Fits all steps to these rows, and returns the fitted pipeline with the transformed rows. If
    /// a step [resamples](Self::resamples), they are other rows than before.
    ///
    /// Rows that were prepared before are prepared further: the fitted pipeline then begins with
    /// the steps that they have gone through.
    ///
    /// # Errors
    /// If a step cannot be fitted to the rows, for example because they have fewer columns than are
    /// to be selected.
    pub fn fit_transform(&self, train: &Dataset) -> Result<(FittedPipeline, Dataset)> {
        if let Some(setting) = self.early {
            let what = format!("Pipeline::{setting}");
            return Err(Error::argument(
                what,
                "said before any step",
                "said after the step it is of",
            ));
        }
        let mut data = train.clone();
        for step in &self.steps {
            data = match &step.does {
                Does::Resample(resampler) if step.on.is_none() => resampler.fit_resample(&data)?,
                _ => step.fit(&data)?.apply(&data)?,
            };
        }
        Ok((data.prepared(), data))
    }

    fn then(mut self, does: Does) -> Self {
        self.steps.push(Step { does, on: None, told: Told::default() });
        self
    }
}

impl Step {
    fn fit(&self, data: &Dataset) -> Result<Fitted> {
        let on = self.on.as_ref();
        let encodes = matches!(self.does, Does::Encode(_));
        if self.told != Told::default() && !encodes {
            let what = "Pipeline::handle_unknown or categories";
            let expected = "said after .one_hot() or .ordinal()";
            return Err(Error::argument(what, "said after another step", expected));
        }
        match (&self.does, on) {
            (Does::Impute(fill), _) => Ok(Fitted::Impute(Imputer::fit(data, fill, on)?)),
            (Does::Encode(to), _) => Ok(Fitted::Encode(Encoder::fit(data, *to, on, &self.told)?)),
            (does, None) => does.fit(data),
            (Does::ScaleTargets | Does::Hog(_) | Does::Resample(_), Some(_)) => {
                let what = "Pipeline::on";
                let expected = "said after a step that works column by column";
                Err(Error::argument(what, "said after one of targets, rows or pictures", expected))
            }
            (does, Some(on)) => {
                let places = on.places("Pipeline::on", data)?;
                let names: Vec<String> =
                    places.iter().map(|at| data.columns()[*at].clone()).collect();
                if names.is_empty() {
                    let expected = "a choice with at least one of the data's columns";
                    return Err(Error::argument("Pipeline::on", format!("{on:?}"), expected));
                }
                let fitted = does.fit(&data.with_features(&places)?)?;
                Ok(Fitted::On(names, Box::new(fitted)))
            }
        }
    }
}

impl Does {
    /// Learns a step that works on all columns of the data.
    fn fit(&self, data: &Dataset) -> Result<Fitted> {
        Ok(match self {
            Does::Impute(fill) => Fitted::Impute(Imputer::fit(data, fill, None)?),
            Does::Encode(to) => Fitted::Encode(Encoder::fit(data, *to, None, &Told::default())?),
            Does::Log1p => Fitted::Log1p,
            Does::PowerTransformer => Fitted::Power(PowerTransformer::fit(data)?),
            Does::StandardScaler => Fitted::Standard(StandardScaler::fit(data)?),
            Does::MinMaxScaler => Fitted::MinMax(MinMaxScaler::fit(data)?),
            Does::RobustScaler => Fitted::Robust(RobustScaler::fit(data)?),
            Does::ScaleTargets => fit_targets(data)?,
            Does::SelectKBest(k) => Fitted::Select(SelectKBest::fit(data, *k)?),
            Does::Pca(pca) => Fitted::Pca(pca.fit(data)?),
            Does::Hog(hog) => Fitted::Hog(*hog, data.x().shape().get(1..).map(<[usize]>::to_vec)),
            Does::Resample(_) => {
                let expected = "no step that is learned and applied to other rows";
                return Err(Error::argument("Pipeline: a resampler", "a step", expected));
            }
        })
    }
}

/// The scaler of targets that are numbers.
fn fit_targets(data: &Dataset) -> Result<Fitted> {
    match data.targets() {
        Targets::Values(names) => {
            Ok(Fitted::Targets(StandardScaler::of_values(data.target_values())?, names.clone()))
        }
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
