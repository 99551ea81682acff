//! Cross-validation: one model a fold, all from the same recipe.

use super::backup::delete_folds;
use super::fit::Fit;
use super::fitting::TrainingData;
use super::history::History;
use super::model::Model;
use super::preparing::{Prepared, Rows};
use crate::array::Array;
use crate::data::{Dataset, KFold, Split, StratifiedKFold};
use crate::error::{Error, Result};
use crate::metric::ConfusionMatrix;
use crate::nn::derive_seed;
use std::borrow::Borrow;
use std::fmt;

/// What cross-validation gives: a fitted model, a history and predictions for each fold.
#[derive(Clone, Debug)]
pub struct Folds {
    models: Vec<Model>,
    histories: Vec<History>,
    confusion: ConfusionMatrix,
    outputs: Array,
}

impl KFold {
    /// Fits a fresh copy of `model` on the training rows of each fold, and validates it on the
    /// others. The weights of fold `i` come from the model's seed and `i`; steps of
    /// [`Fit::prepare`] are learned from each fold's training rows.
    ///
    /// # Errors
    /// If the data have no labels or fewer rows than folds, or were resampled before, or as
    /// [`Model::fit`].
    pub fn fit(&self, model: &Model, data: &Dataset, fit: impl Borrow<Fit>) -> Result<Folds> {
        cross_validate(model, data, fit.borrow(), self.split(data.len())?)
    }
}

impl StratifiedKFold {
    /// As [`KFold::fit`], with folds that hold each class in the same share.
    ///
    /// # Errors
    /// As [`KFold::fit`].
    pub fn fit(&self, model: &Model, data: &Dataset, fit: impl Borrow<Fit>) -> Result<Folds> {
        cross_validate(model, data, fit.borrow(), self.split(data.labels())?)
    }
}

fn cross_validate(model: &Model, data: &Dataset, fit: &Fit, splits: Vec<Split>) -> Result<Folds> {
    fit.check()?;
    data.check_split("KFold::fit")?;
    if fit.validation_split > 0.0 || fit.validation.is_some() {
        return Err(Error::argument(
            "KFold::fit: the validation data",
            "given",
            "left out: each fold is validated on the rows it is not trained on",
        ));
    }
    let mut confusion = ConfusionMatrix::new(data.classes().to_vec(), &[], &[])?;
    let (mut models, mut histories) = (Vec::new(), Vec::new());
    let mut outputs: Option<Array> = None;
    let count = splits.len();
    for (i, split) in splits.iter().enumerate() {
        let mut model = model.clone().seed(derive_seed(model.seed, 1 + i as u64));
        let weighting = fit.weighting.take(&split.train, data.len())?;
        let fit = Fit { weighting, ..fit.clone().fold(i + 1, count) };
        let fit = fit.validation_data(&data.take(&split.test)?);
        let train = data.take(&split.train)?;
        let prepared = Prepared::new(&model, TrainingData::Dataset(&train), &fit)?;
        histories.push(model.fit_prepared(&prepared, &fit)?);
        let Some(Rows::Dataset(test)) = &prepared.validation else { continue };
        let predicted = model.predict(test)?;
        confusion.pool(&ConfusionMatrix::new(
            data.classes().to_vec(),
            test.labels(),
            &test.decode(&predicted)?,
        )?)?;
        let width = predicted.row_len();
        let all = outputs.get_or_insert_with(|| Array::zeros([data.len(), width]));
        for (&row, values) in split.test.iter().zip(predicted.data().chunks_exact(width)) {
            all.data_mut()[row * width..(row + 1) * width].copy_from_slice(values);
        }
        models.push(model);
    }
    delete_folds(fit, count)?;
    Ok(Folds { models, histories, confusion, outputs: outputs.unwrap_or_default() })
}

impl Folds {
    /// The fitted model of each fold.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// What each fit logged; `val_` series are those of the fold's own test rows.
    pub fn histories(&self) -> &[History] {
        &self.histories
    }

    /// True against predicted classes of all rows, each predicted by the model that has not seen
    /// it. (A value, because a notebook cannot keep a reference in a variable.)
    pub fn confusion_matrix(&self) -> ConfusionMatrix {
        self.confusion.clone()
    }

    /// The outputs for every row, in the data's order, each from the model that has not seen it.
    pub fn outputs(&self) -> Array {
        self.outputs.clone()
    }

    /// Mean and standard deviation (of the sample, n - 1) over the folds of a series' last value.
    ///
    /// # Errors
    /// If nothing of that name was logged.
    pub fn last(&self, series: &str) -> Result<(f64, f64)> {
        let values: Option<Vec<f64>> = self.histories.iter().map(|h| h.last(series)).collect();
        let values = values.ok_or_else(|| {
            let names: Vec<&str> = self.histories.iter().flat_map(|h| h.names()).collect();
            let mut names: Vec<&str> = names.into_iter().collect();
            names.sort_unstable();
            names.dedup();
            Error::argument(
                "Folds::last: the series",
                format!("'{series}'"),
                format!("one of {}", names.join(", ")),
            )
        })?;
        Ok(mean_and_deviation(&values))
    }

    /// The mean history over the folds.
    pub fn mean_history(&self) -> History {
        let mut mean = History::default();
        let Some(first) = self.histories.first() else { return mean };
        for (i, &epoch) in first.epochs().iter().enumerate() {
            let logs: Vec<(String, f64)> = first
                .names()
                .map(|name| {
                    let at: Vec<f64> = self
                        .histories
                        .iter()
                        .filter_map(|h| h.get(name).and_then(|v| v.get(i)).copied())
                        .collect();
                    (name.to_string(), mean_and_deviation(&at).0)
                })
                .collect();
            mean.push(epoch, &logs);
        }
        mean
    }

    /// Series, and the mean and deviation of their last values, as an HTML table.
    pub fn to_html(&self) -> String {
        let mut html = format!(
            "<table><thead><tr><th>{} folds</th><th>mean</th><th>deviation</th></tr></thead><tbody>",
            self.histories.len()
        );
        for (name, mean, deviation) in self.rows() {
            html += &format!(
                "<tr><th style=\"text-align:left\">{}</th><td>{mean:.4}</td><td>{deviation:.4}</td></tr>",
                crate::html::escape(&name)
            );
        }
        html + "</tbody></table>"
    }

    fn rows(&self) -> Vec<(String, f64, f64)> {
        let Some(first) = self.histories.first() else { return Vec::new() };
        first
            .names()
            .filter_map(|n| self.last(n).ok().map(|(m, d)| (n.to_string(), m, d)))
            .collect()
    }
}

impl fmt::Display for Folds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} folds", self.histories.len())?;
        for (name, mean, deviation) in self.rows() {
            write!(f, "\n{name}: {mean:.4} ± {deviation:.4}")?;
        }
        Ok(())
    }
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, if values.len() < 2 { 0.0 } else { (square / (n - 1.0)).sqrt() })
}
