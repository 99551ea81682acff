//! Cross-validation: one model for each fold, all from the same recipe.

use super::backup::delete_folds;
use super::fit::Fit;
use super::history::History;
use super::inputs::{TrainingData, check_finite_data};
use super::model::Model;
use super::parallel::in_order;
use super::preparing::{Prepared, Rows};
use crate::array::Array;
use crate::data::{
    Dataset, GroupKFold, KFold, LeaveOneOut, Pipeline, RepeatedKFold, ShuffleSplit, Split,
    StratifiedKFold, Targets, TimeSeriesSplit,
};
use crate::error::{Error, Result};
use crate::metric::{ConfusionMatrix, RegressionReport};
use crate::nn::derive_seed;
use std::borrow::Borrow;
use std::fmt;

/// The result of cross-validation: a fitted model, a history and predictions for each fold.
#[derive(Clone)]
pub struct Folds {
    models: Vec<Model>,
    histories: Vec<History>,
    confusion: ConfusionMatrix,
    regression: Option<RegressionReport>,
    outputs: Array,
}

impl KFold {
    /// Fits a fresh copy of `model` on the training rows of each fold, and validates it on the
    /// others; as many folds at a time as there are threads ([`Fit::threads`]), with the same bits as
    /// one after the other. The weights of fold `i` are drawn from the model's seed and `i`; the pipeline of
    /// [`Fit::prepare`] is fitted to each fold's training rows. The targets may be classes, one
    /// class against the rest, or numbers.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// # let path = std::env::temp_dir().join(format!("dfdx-lab-folds-{}.csv", std::process::id()));
    /// # let rows: String = (0..12).map(|i| format!("{i},{}\n", 3 * i + 1)).collect();
    /// # std::fs::write(&path, format!("size,price\n{rows}")).unwrap();
    /// let table = Table::read_csv(&path)?;
    /// let data = Dataset::regression(&table, ["price"], ["size"])?;
    /// let model = Sequential::new([1]).add(Dense::new(1)).compile(Adam::new(0.1), "mse", ["mae"])?;
    /// let folds = KFold::new(3).shuffle(1).fit(&model, &data, Fit::epochs(5).verbose(0))?;
    /// println!("{}", folds.regression_report()?);
    /// # std::fs::remove_file(&path).unwrap();
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the data have no targets, have fewer rows than folds, hold a value that is not finite, or
    /// were resampled, or as [`Model::fit`].
    pub fn fit(&self, model: &Model, data: &Dataset, fit: impl Borrow<Fit>) -> Result<Folds> {
        cross_validate("KFold::fit", model, data, fit.borrow(), self.split(data.len())?)
    }
}

impl StratifiedKFold {
    /// As [`KFold::fit`], with folds that hold each class in the same share.
    ///
    /// # Errors
    /// As [`KFold::fit`].
    pub fn fit(&self, model: &Model, data: &Dataset, fit: impl Borrow<Fit>) -> Result<Folds> {
        if data.classes().is_empty() {
            let what = "StratifiedKFold::fit: the data";
            return Err(Error::argument(what, data.targets(), "data with classes")
                .hint("KFold takes numbers as well"));
        }
        cross_validate(
            "StratifiedKFold::fit",
            model,
            data,
            fit.borrow(),
            self.split(data.labels())?,
        )
    }
}

impl RepeatedKFold {
    /// As [`KFold::fit`], with new folds for each repeat: every row is predicted once in each
    /// repeat.
    ///
    /// # Errors
    /// As [`KFold::fit`].
    pub fn fit(&self, model: &Model, data: &Dataset, fit: impl Borrow<Fit>) -> Result<Folds> {
        cross_validate("RepeatedKFold::fit", model, data, fit.borrow(), self.split(data.len())?)
    }
}

impl ShuffleSplit {
    /// As [`KFold::fit`], with test rows drawn anew for each split: a row may be predicted several
    /// times, or never.
    ///
    /// # Errors
    /// As [`KFold::fit`].
    pub fn fit(&self, model: &Model, data: &Dataset, fit: impl Borrow<Fit>) -> Result<Folds> {
        cross_validate("ShuffleSplit::fit", model, data, fit.borrow(), self.split(data.len())?)
    }
}

impl TimeSeriesSplit {
    /// As [`KFold::fit`]. Each block of rows is predicted by a model trained on the rows before it;
    /// the first rows are never predicted.
    ///
    /// # Errors
    /// As [`KFold::fit`].
    pub fn fit(&self, model: &Model, data: &Dataset, fit: impl Borrow<Fit>) -> Result<Folds> {
        cross_validate("TimeSeriesSplit::fit", model, data, fit.borrow(), self.split(data.len())?)
    }
}

impl LeaveOneOut {
    /// As [`KFold::fit`], with a fold for each row.
    ///
    /// # Errors
    /// As [`KFold::fit`].
    pub fn fit(&self, model: &Model, data: &Dataset, fit: impl Borrow<Fit>) -> Result<Folds> {
        cross_validate("LeaveOneOut::fit", model, data, fit.borrow(), self.split(data.len())?)
    }
}

impl GroupKFold {
    /// As [`KFold::fit`], with folds of whole [`groups`](Dataset::groups), such as recordings: each
    /// group is predicted by a model that was not trained on it.
    ///
    /// # Errors
    /// As [`KFold::fit`], and if there are fewer groups than folds.
    pub fn fit(&self, model: &Model, data: &Dataset, fit: impl Borrow<Fit>) -> Result<Folds> {
        cross_validate("GroupKFold::fit", model, data, fit.borrow(), self.split(&data.groups())?)
    }
}

fn cross_validate(
    who: &str,
    model: &Model,
    data: &Dataset,
    fit: &Fit,
    splits: Vec<Split>,
) -> Result<Folds> {
    check(who, data, fit)?;
    if !data.classes().is_empty() {
        model.check_one_output(who)?;
    }
    let count = splits.len();
    let threads = if fit.threads == 0 { rayon::current_num_threads() } else { fit.threads };
    let one = |i: usize, threads: usize| -> Result<Fold> {
        let split = &splits[i];
        let mut model = model.clone().seed(derive_seed(model.seed, 1 + i as u64));
        let fit = fit.of_rows(&split.train, data.len())?.fold(i + 1, count).threads(threads);
        let fit = fit.validation_data(&data.take(&split.test)?);
        let train = data.take(&split.train)?;
        let prepared = Prepared::new(&model, TrainingData::Dataset(&train), &fit)?;
        let history = model.fit_prepared(&prepared, &fit)?;
        let Some(Rows::Dataset(test)) = &prepared.validation else {
            return Ok(Fold { model, history, tested: None });
        };
        let predicted = model.predict(test)?;
        let confusion = match data.classes().is_empty() {
            true => None,
            false => {
                let found = model.decoded(test, &predicted)?;
                Some(ConfusionMatrix::new(data.classes().to_vec(), test.labels(), &found)?)
            }
        };
        Ok(Fold { model, history, tested: Some((predicted, confusion)) })
    };
    let mut confusion = ConfusionMatrix::new(data.classes().to_vec(), &[], &[])?;
    let (mut models, mut histories) = (Vec::new(), Vec::new());
    let mut tested = Tested::default();
    for (fold, split) in in_order(count, threads, &one)?.into_iter().zip(&splits) {
        histories.push(fold.history);
        let Some((predicted, matrix)) = fold.tested else { continue };
        if let Some(matrix) = matrix {
            confusion.pool(&matrix)?;
        }
        tested.add(&split.test, &predicted);
        models.push(fold.model);
    }
    delete_folds(fit, count)?;
    let regression = match data.targets() {
        Targets::Values(names) => {
            let truth = data.y().take(&tested.rows)?;
            Some(RegressionReport::new(names.clone(), &truth, &tested.predicted()?)?)
        }
        _ => None,
    };
    Ok(Folds { models, histories, confusion, regression, outputs: tested.outputs(data.len())? })
}

/// The result of one fold.
struct Fold {
    model: Model,
    history: History,
    /// The outputs for the fold's test rows and, for classes, their confusion matrix.
    tested: Option<(Array, Option<ConfusionMatrix>)>,
}

/// Predictions for rows that a fold's model has not seen.
#[derive(Default)]
struct Tested {
    rows: Vec<usize>,
    values: Vec<f32>,
}

impl Tested {
    fn add(&mut self, rows: &[usize], predicted: &Array) {
        self.rows.extend_from_slice(rows);
        self.values.extend_from_slice(predicted.data());
    }

    fn width(&self) -> usize {
        self.values.len() / self.rows.len().max(1)
    }

    /// All predictions, in the order of the tests.
    fn predicted(&self) -> Result<Array> {
        Array::new([self.rows.len(), self.width()], self.values.clone())
    }

    /// A row for each row of the data: the mean where it was tested several times, NaN where never.
    fn outputs(&self, rows: usize) -> Result<Array> {
        let width = self.width();
        let mut outputs = Array::zeros([rows, width])?;
        let (mut sums, mut counts) = (vec![0.0; rows * width], vec![0.0; rows]);
        for (&row, values) in self.rows.iter().zip(self.values.chunks_exact(width.max(1))) {
            counts[row] += 1.0;
            let sums: &mut [f64] = &mut sums[row * width..(row + 1) * width];
            sums.iter_mut().zip(values).for_each(|(s, v)| *s += f64::from(*v));
        }
        for (i, (to, sum)) in outputs.data_mut().iter_mut().zip(&sums).enumerate() {
            let count: f64 = counts[i / width];
            *to = if count > 0.0 { (sum / count) as f32 } else { f32::NAN };
        }
        Ok(outputs)
    }
}

/// Refuses before the first fold what would fail in one.
fn check(who: &str, data: &Dataset, fit: &Fit) -> Result<()> {
    fit.check()?;
    data.check_split(who)?;
    if fit.validates() {
        return Err(Error::argument(
            format!("{who}: the validation data"),
            "given",
            "left out: each fold is validated on the rows it is not trained on",
        ));
    }
    if *data.targets() == Targets::None {
        return Err(Error::argument(
            format!("{who}: the data"),
            data.targets(),
            "data with targets",
        )
        .hint("Dataset::from_table reads classes, Dataset::regression numbers"));
    }
    if !fit.pipeline.as_ref().is_some_and(Pipeline::takes_raw) {
        data.need_numbers(who)?;
    }
    check_finite_data(who, data)
}

impl Folds {
    /// The fitted model of each fold.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The history of each fit; the `val_` series are measured on the fold's test rows.
    pub fn histories(&self) -> &[History] {
        &self.histories
    }

    /// R², mean absolute error and root mean squared error over all rows, each predicted by the
    /// model that was not trained on it.
    ///
    /// # Errors
    /// If the targets are classes, see [`confusion_matrix`](Self::confusion_matrix).
    pub fn regression_report(&self) -> Result<RegressionReport> {
        self.regression.clone().ok_or_else(|| {
            let what = "Folds::regression_report: the targets of the data";
            Error::argument(what, "classes", "numbers")
                .hint("Folds::confusion_matrix compares classes")
        })
    }

    /// True against predicted classes of all rows, each predicted by the model that was not trained
    /// on it. For targets that are numbers it has no classes: see
    /// [`regression_report`](Self::regression_report). (A value, because a notebook cannot keep a
    /// reference in a variable.)
    pub fn confusion_matrix(&self) -> ConfusionMatrix {
        self.confusion.clone()
    }

    /// The outputs for every row, in the data's order, from the model that was not trained on it:
    /// the mean if there are several such models, NaN if there is none.
    pub fn outputs(&self) -> Array {
        self.outputs.clone()
    }

    /// Mean and standard deviation (of the sample, n - 1) over the folds of a series' last value.
    ///
    /// # Errors
    /// If there is no series of this name.
    pub fn last(&self, series: &str) -> Result<(f64, f64)> {
        let values = self.last_values("Folds::last", series)?;
        Ok(mean_and_deviation(&values))
    }

    /// The last value of a series in each fold, for a table, a plot or a test
    /// ([`paired_t_test`](crate::stats::paired_t_test)).
    ///
    /// # Errors
    /// If nothing of that name was logged.
    pub fn scores(&self, series: &str) -> Result<Vec<f64>> {
        self.last_values("Folds::scores", series)
    }

    fn last_values(&self, who: &str, series: &str) -> Result<Vec<f64>> {
        let last =
            |history: &History| Ok(history.need(who, series)?.last().copied().unwrap_or(f64::NAN));
        self.histories.iter().map(last).collect()
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

crate::html::debug_as_display!(Folds);

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
