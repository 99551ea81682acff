//! Scores by the number of training rows, or by a parameter.

use super::fit::Fit;
use super::model::Model;
use crate::data::{Dataset, KFold, shuffled};
use crate::error::{Error, Result};
use crate::html;
use crate::nn::derive_seed;
use std::borrow::Borrow;
use std::fmt;

/// Scores by the number of training rows, as scikit-learn's `learning_curve`: each share of each
/// fold's training rows trains a fresh model, which is measured on those rows and on the fold's
/// test rows.
///
/// ```
/// use dfdx_lab::prelude::*;
/// # let x = Array::new([40, 1], (0..40).map(|i| i as f32 / 40.0).collect())?;
/// # let data = Dataset::new(x, (0..40).map(|i| i / 20).collect(), ["low", "high"])?;
/// # let net = Sequential::new([1]).add(Dense::new(2).activation(Softmax));
/// # let model = net.compile(Adam::new(0.1), "categorical_crossentropy", ["accuracy"])?;
/// let curve = LearningCurve::new("accuracy").sizes([0.25, 0.5, 1.0]).folds(KFold::new(4).shuffle(1));
/// let curve = curve.fit(&model, &data, Fit::epochs(5))?;
/// assert_eq!(curve.x(), [7.0, 15.0, 30.0]);
/// curve.plot()?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LearningCurve {
    metric: String,
    sizes: Vec<f64>,
    folds: KFold,
}

/// Scores by the values of a parameter, as scikit-learn's `validation_curve`: a fresh model for each
/// value and fold, measured on the fold's training rows and on its test rows.
///
/// ```
/// use dfdx_lab::prelude::*;
/// # let x = Array::new([40, 1], (0..40).map(|i| i as f32 / 40.0).collect())?;
/// # let data = Dataset::new(x, (0..40).map(|i| i / 20).collect(), ["low", "high"])?;
/// let model = |units: usize| {
///     let net = Sequential::new([1]).add(Dense::new(units).activation(Relu));
///     net.add(Dense::new(2).activation(Softmax)).compile("adam", "categorical_crossentropy", ["accuracy"])
/// };
/// let curve = ValidationCurve::new("accuracy").folds(KFold::new(4).shuffle(1));
/// let curve = curve.fit("units", [2, 8], model, &data, Fit::epochs(5))?;
/// curve.plot()?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ValidationCurve {
    metric: String,
    folds: KFold,
}

/// Scores on training rows and on others, over a number.
#[derive(Clone, PartialEq)]
pub struct ScoreCurves {
    pub(crate) name: String,
    pub(crate) metric: String,
    pub(crate) x: Vec<f64>,
    /// For each x one score a fold.
    pub(crate) train: Vec<Vec<f64>>,
    pub(crate) test: Vec<Vec<f64>>,
}

impl LearningCurve {
    /// Of this score, `loss` or a metric of the model: a tenth, a third and so on up to all of the
    /// training rows, in 5 shuffled folds.
    pub fn new(metric: &str) -> Self {
        let sizes = vec![0.1, 0.325, 0.55, 0.775, 1.0];
        LearningCurve { metric: metric.to_string(), sizes, folds: KFold::new(5).shuffle(0) }
    }

    /// The shares of the training rows, each above 0 and at most 1.
    pub fn sizes(mut self, shares: impl Into<Vec<f64>>) -> Self {
        self.sizes = shares.into();
        self
    }

    /// The folds.
    pub fn folds(mut self, folds: KFold) -> Self {
        self.folds = folds;
        self
    }

    /// Fits and measures. The rows of a smaller share are among those of a larger one.
    ///
    /// # Errors
    /// If a share is out of its range, nothing of the score's name is measured, or as
    /// [`KFold::fit`].
    pub fn fit(&self, model: &Model, data: &Dataset, fit: impl Borrow<Fit>) -> Result<ScoreCurves> {
        const WHO: &str = "LearningCurve";
        if let Some(bad) = self.sizes.iter().find(|share| !(**share > 0.0 && **share <= 1.0)) {
            return Err(Error::argument(format!("{WHO}: a share"), bad, "above 0 and at most 1"));
        }
        let fit = quiet(WHO, data, fit.borrow())?;
        measured(WHO, &self.metric, model)?;
        let splits = self.folds.split(data.len())?;
        let smallest = splits.iter().map(|split| split.train.len()).min().unwrap_or(0);
        let counts: Vec<usize> =
            self.sizes.iter().map(|share| ((share * smallest as f64) as usize).max(1)).collect();
        let mut curves = ScoreCurves::new("training rows", &self.metric, &counts);
        for (fold, split) in splits.iter().enumerate() {
            // Rows in order may be rows by class.
            let order = shuffled(split.train.len(), derive_seed(model.seed_now(), fold as u64));
            let rows: Vec<usize> = order.iter().map(|at| split.train[*at]).collect();
            let test = data.take(&split.test)?;
            for (at, count) in counts.iter().enumerate() {
                let rows = &rows[..*count];
                let train = data.take(rows)?;
                let fit = fit.of_rows(rows, data.len())?;
                curves.add(WHO, at, fold, model, [&train, &test], fit)?;
            }
        }
        Ok(curves)
    }
}

impl ValidationCurve {
    /// Of this score, `loss` or a metric of the models, in 5 shuffled folds.
    pub fn new(metric: &str) -> Self {
        ValidationCurve { metric: metric.to_string(), folds: KFold::new(5).shuffle(0) }
    }

    /// The folds.
    pub fn folds(mut self, folds: KFold) -> Self {
        self.folds = folds;
        self
    }

    /// Makes a model for each value, fits and measures it.
    ///
    /// # Errors
    /// If a model cannot be made, nothing of the score's name is measured, or as [`KFold::fit`].
    pub fn fit<T: Copy + Into<Number>>(
        &self,
        name: &str,
        values: impl IntoIterator<Item = T>,
        model: impl Fn(T) -> Result<Model>,
        data: &Dataset,
        fit: impl Borrow<Fit>,
    ) -> Result<ScoreCurves> {
        let mut models = Vec::new();
        for value in values {
            models.push((value.into().0, model(value)?));
        }
        self.measure(name, models, data, fit.borrow())
    }

    fn measure(
        &self,
        name: &str,
        models: Vec<(f64, Model)>,
        data: &Dataset,
        fit: &Fit,
    ) -> Result<ScoreCurves> {
        const WHO: &str = "ValidationCurve";
        let fit = quiet(WHO, data, fit)?;
        models.iter().try_for_each(|(_, model)| measured(WHO, &self.metric, model))?;
        let x: Vec<f64> = models.iter().map(|(value, _)| *value).collect();
        let empty = vec![Vec::new(); x.len()];
        let (name, metric) = (name.to_string(), self.metric.clone());
        let mut curves = ScoreCurves { name, metric, x, train: empty.clone(), test: empty };
        for (fold, split) in self.folds.split(data.len())?.iter().enumerate() {
            let parts = [data.take(&split.train)?, data.take(&split.test)?];
            let fit = fit.of_rows(&split.train, data.len())?;
            for (at, (_, model)) in models.iter().enumerate() {
                curves.add(WHO, at, fold, model, [&parts[0], &parts[1]], fit.clone())?;
            }
        }
        Ok(curves)
    }
}

/// A number that a curve goes over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(f64);

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl From<$type> for Number {
            fn from(value: $type) -> Self {
                Number(value as f64)
            }
        }
    )*};
}

numbers!(f32, f64, i32, i64, u32, u64, usize);

/// Checks before the first fit that the score is measured.
fn measured(who: &str, metric: &str, model: &Model) -> Result<()> {
    let mut names = vec!["loss".to_string()];
    names.extend(model.metric_names());
    if names.iter().any(|name| name == metric) {
        return Ok(());
    }
    let expected = format!("one of {}", names.join(", "));
    Err(Error::argument(format!("{who}: the metric"), format!("'{metric}'"), expected)
        .hint(crate::data::near(metric, &names)))
}

fn quiet(who: &str, data: &Dataset, fit: &Fit) -> Result<Fit> {
    data.check_split(who)?;
    if fit.validates() {
        let what = format!("{who}: the validation data");
        let expected = "left out: each model is measured on the rows it is not trained on";
        return Err(Error::argument(what, "given", expected));
    }
    Ok(fit.clone().verbose(0))
}

impl ScoreCurves {
    fn new(name: &str, metric: &str, counts: &[usize]) -> Self {
        let empty = vec![Vec::new(); counts.len()];
        let x = counts.iter().map(|count| *count as f64).collect();
        let (name, metric) = (name.to_string(), metric.to_string());
        ScoreCurves { name, metric, x, train: empty.clone(), test: empty }
    }

    /// Fits a fresh model, and notes its scores.
    fn add(
        &mut self,
        who: &str,
        at: usize,
        fold: usize,
        model: &Model,
        [train, test]: [&Dataset; 2],
        fit: Fit,
    ) -> Result<()> {
        let mut model = model.clone().seed(derive_seed(model.seed_now(), fold as u64));
        // What callbacks write is a file of each fit.
        let place = format!("{}-{}", self.name.replace(['/', '\\', ' '], "-"), self.x[at]);
        model.fit(train, fit.below(place).below(format!("fold-{}", fold + 1)))?;
        for (data, to) in [(train, &mut self.train), (test, &mut self.test)] {
            let score = model.evaluate(data)?.get(&self.metric);
            to[at].push(score.ok_or_else(|| {
                Error::argument(format!("{who}: the metric"), &self.metric, "one that is measured")
            })?);
        }
        Ok(())
    }

    /// The numbers of training rows, or the values of the parameter.
    pub fn x(&self) -> Vec<f64> {
        self.x.clone()
    }

    /// For each x the scores of the folds on the rows trained on.
    pub fn train_scores(&self) -> Vec<Vec<f64>> {
        self.train.clone()
    }

    /// For each x the scores of the folds on rows not trained on.
    pub fn test_scores(&self) -> Vec<Vec<f64>> {
        self.test.clone()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let cell = |values: &Vec<f64>| {
            let (mean, deviation) = mean_and_deviation(values);
            format!("{} ± {}", html::number(mean, 4), html::number(deviation, 4))
        };
        let row = |at: usize| {
            let x = html::number(self.x[at], 4);
            vec![x, cell(&self.train[at]), cell(&self.test[at])]
        };
        (0..self.x.len()).map(row).collect()
    }

    fn caption(&self) -> String {
        let folds = self.test.first().map_or(0, Vec::len);
        format!("{} by {}, mean ± deviation of {folds} folds", self.metric, self.name)
    }

    /// The scores as an HTML table.
    pub fn to_html(&self) -> String {
        html::table(&self.caption(), &[&self.name, "training", "test"], &self.rows())
    }
}

crate::html::debug_as_display!(ScoreCurves);

impl fmt::Display for ScoreCurves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [self.name.as_str(), "training", "test"];
        f.write_str(&html::text_table(&self.caption(), &head, &self.rows()))
    }
}

/// Mean and standard deviation of the whole (ddof = 0).
pub(crate) fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    fn data() -> Dataset {
        let x = (0..60).map(|i| (i as f32 * 7.3).sin() + (i / 30) as f32);
        let x = Array::new([60, 1], x.collect()).unwrap();
        Dataset::new(x, (0..60).map(|i| i / 30).collect(), ["low", "high"]).unwrap()
    }

    fn model(units: usize) -> Result<Model> {
        let net = Sequential::new([1]).add(Dense::new(units).activation(Relu));
        let net = net.add(Dense::new(2).activation(Softmax));
        net.compile(Adam::new(0.05), "categorical_crossentropy", ["accuracy"])
    }

    #[test]
    fn curves_are_of_each_size_and_fold() {
        let (data, fit) = (data(), Fit::epochs(3));
        let curve = LearningCurve::new("accuracy").folds(KFold::new(3).shuffle(4));
        let curve = curve.sizes([0.1, 0.5, 1.0]).fit(&model(4).unwrap(), &data, &fit).unwrap();
        assert_eq!(curve.x(), [4.0, 20.0, 40.0]);
        assert!(curve.test_scores().iter().chain(&curve.train_scores()).all(|s| s.len() == 3));
        // All rows are those of cross-validation, which draws its weights by the same seeds.
        let folds = KFold::new(3).shuffle(4).fit(&model(4).unwrap(), &data, fit.clone().verbose(0));
        assert_eq!(folds.unwrap().models().len(), 3);
        assert_eq!(curve.to_string().lines().count(), 5);
        assert!(curve.plot().unwrap().alt().contains("training rows"));
        let curve = ValidationCurve::new("loss").folds(KFold::new(3).shuffle(4));
        let curve = curve.fit("units", [1, 8], model, &data, &fit).unwrap();
        assert_eq!((curve.x(), curve.test_scores().len()), (vec![1.0, 8.0], 2));
        let says = |error: Error, part: &str| assert!(error.to_string().contains(part), "{error}");
        let wrong = LearningCurve::new("f1").fit(&model(1).unwrap(), &data, &fit);
        says(wrong.unwrap_err(), "one of loss, accuracy");
        let wrong = LearningCurve::new("loss").sizes([0.0]).fit(&model(1).unwrap(), &data, &fit);
        says(wrong.unwrap_err(), "above 0");
        let validated = fit.validation_split(0.2);
        let wrong = LearningCurve::new("loss").fit(&model(1).unwrap(), &data, validated);
        says(wrong.unwrap_err(), "left out");
    }
}
