//! Permutation importance: how much worse a model does with a column shuffled.

use super::model::Model;
use crate::data::{Dataset, shuffled};
use crate::error::{Error, Result};
use crate::html;
use crate::metric::Direction;
use crate::nn::derive_seed;
use std::fmt;

/// Permutation importance, as scikit-learn's `permutation_importance`: each column of the data, as
/// they were before any preparation, is shuffled between the rows, several times, and a score
/// measured again. Take rows that the model was not trained on.
///
/// ```
/// use dfdx_lab::prelude::*;
/// # let x = Array::new([40, 2], (0..80).map(|i| if i % 2 == 0 { (i / 2) as f32 / 40.0 } else { (i % 7) as f32 }).collect())?;
/// # let data = Dataset::new(x, (0..40).map(|i| i / 20).collect(), ["low", "high"])?;
/// # let net = Sequential::new([2]).add(Dense::new(2).activation(Softmax));
/// # let mut model = net.compile(Adam::new(0.1), "categorical_crossentropy", ["accuracy"])?;
/// model.fit(&data, Fit::epochs(60).verbose(0).prepare(Pipeline::new().standard_scaler()))?;
/// let importance = PermutationImportance::new("accuracy").n_repeats(10).of(&model, &data)?;
/// assert!(importance.mean("x0")? > importance.mean("x1")?);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PermutationImportance {
    metric: String,
    n_repeats: usize,
    seed: u64,
}

/// The result of [`PermutationImportance::of`]: for each column how much the score falls, or the error
/// grows.
#[derive(Clone, PartialEq)]
pub struct Importances {
    metric: String,
    /// Each column with a value for each repeat.
    columns: Vec<(String, Vec<f64>)>,
}

impl PermutationImportance {
    /// Importance by this score, `loss` or a metric of the model, with 5 repeats and seed 0.
    pub fn new(metric: &str) -> Self {
        PermutationImportance { metric: metric.to_string(), n_repeats: 5, seed: 0 }
    }

    /// How often each column is shuffled.
    pub fn n_repeats(mut self, repeats: usize) -> Self {
        self.n_repeats = repeats;
        self
    }

    /// The seed of the shuffling.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Measures the columns of these data.
    ///
    /// # Errors
    /// If nothing of that name is measured, there is no repeat, the data have no columns, or as
    /// [`Model::evaluate`].
    pub fn of(&self, model: &Model, data: &Dataset) -> Result<Importances> {
        const WHO: &str = "PermutationImportance";
        if self.n_repeats == 0 {
            return Err(Error::argument(format!("{WHO}: n_repeats"), 0, "at least 1"));
        }
        if data.columns().is_empty() {
            let expected = "of rows with columns; pictures have none";
            return Err(Error::shape(WHO, data.x().shape(), expected));
        }
        let score = |data: &Dataset| -> Result<f64> {
            let scores = model.evaluate(data)?;
            scores.get(&self.metric).ok_or_else(|| {
                let names: Vec<&str> = scores.iter().map(|(name, _)| name).collect();
                let expected = format!("one of {}", names.join(", "));
                Error::argument(
                    format!("{WHO}: the metric"),
                    format!("'{}'", self.metric),
                    expected,
                )
            })
        };
        let sign = match model.direction_of(&self.metric) {
            Some(Direction::Minimize) => -1.0,
            _ => 1.0,
        };
        let whole = score(data)?;
        let mut columns = Vec::new();
        for (place, name) in data.columns().iter().enumerate() {
            let mut falls = Vec::new();
            for repeat in 0..self.n_repeats {
                let at = (place * self.n_repeats + repeat) as u64;
                let order = shuffled(data.len(), derive_seed(self.seed, at));
                falls.push(sign * (whole - score(&data.with_column_from(place, &order))?));
            }
            columns.push((name.clone(), falls));
        }
        Ok(Importances { metric: self.metric.clone(), columns })
    }
}

impl Importances {
    /// The mean over the repeats for a column.
    ///
    /// # Errors
    /// If there is no such column.
    pub fn mean(&self, column: &str) -> Result<f64> {
        let found = self.columns.iter().find(|(name, _)| name == column);
        let names = || -> Vec<String> { self.columns.iter().map(|c| c.0.clone()).collect() };
        found.map(|(_, values)| moments(values).0).ok_or_else(|| {
            let expected = "one of the data's columns";
            Error::argument("Importances::mean: the column", format!("'{column}'"), expected)
                .hint(crate::data::near(column, &names()))
        })
    }

    /// The columns' names with mean and standard deviation over the repeats (ddof = 0), the most
    /// important first.
    pub fn ranking(&self) -> Vec<(String, f64, f64)> {
        let row = |(name, values): &(String, Vec<f64>)| {
            let (mean, deviation) = moments(values);
            (name.clone(), mean, deviation)
        };
        let mut rows: Vec<_> = self.columns.iter().map(row).collect();
        rows.sort_by(|a, b| b.1.total_cmp(&a.1));
        rows
    }

    /// The score that importance is measured by.
    pub(crate) fn metric(&self) -> &str {
        &self.metric
    }

    /// A column's fall of the metric at each repeat.
    pub(crate) fn repeats(&self, column: &str) -> Option<&[f64]> {
        let found = self.columns.iter().find(|(name, _)| name == column);
        found.map(|(_, values)| &**values)
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let number = |v: f64| html::number(v, 4);
        let row = |(name, mean, deviation): (String, f64, f64)| {
            vec![name, number(mean), number(deviation)]
        };
        self.ranking().into_iter().map(row).collect()
    }

    fn caption(&self) -> String {
        format!("Permutation importance by {}", self.metric)
    }

    /// The columns as an HTML table, the most important first.
    pub fn to_html(&self) -> String {
        html::table(&self.caption(), &HEAD, &self.rows())
    }
}

const HEAD: [&str; 3] = ["column", "mean", "deviation"];

crate::html::debug_as_display!(Importances);

impl fmt::Display for Importances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&html::text_table(&self.caption(), &HEAD, &self.rows()))
    }
}

/// Mean and standard deviation (ddof = 0).
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    /// A model whose output is its first column: shuffling the second changes nothing, and the first
    /// as much as the shuffled rows are wrong.
    #[test]
    fn a_column_is_worth_what_it_decides() {
        let x: Vec<f32> = (0..60).flat_map(|i| [(i % 2) as f32, (i % 5) as f32]).collect();
        let x = Array::new([60, 2], x).unwrap();
        let data = Dataset::new(x, (0..60).map(|i| i % 2).collect(), ["no", "yes"]).unwrap();
        let data = data.with_binary("yes").unwrap();
        let net = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
        let mut model = net.compile("sgd", "binary_crossentropy", ["accuracy"]).unwrap();
        model.set_flat_weights(&[10.0, 0.0, -5.0]).unwrap();
        let found = PermutationImportance::new("accuracy").n_repeats(20).of(&model, &data).unwrap();
        assert_eq!(found.mean("x1").unwrap(), 0.0);
        // Half of the rows get the other value.
        let (name, mean, deviation) = found.ranking().remove(0);
        assert!(name == "x0" && (mean - 0.5).abs() < 0.08 && deviation < 0.15, "{found}");
        let by_loss = PermutationImportance::new("loss").of(&model, &data).unwrap();
        assert!(by_loss.mean("x0").unwrap() > 1.0);
        assert!(by_loss.plot().unwrap().alt().contains("x0"));
        let says = |error: Error, part: &str| assert!(error.to_string().contains(part), "{error}");
        let wrong = PermutationImportance::new("f1").of(&model, &data);
        says(wrong.unwrap_err(), "one of loss, accuracy");
        says(found.mean("x2").unwrap_err(), "'x2'");
        let none = PermutationImportance::new("loss").n_repeats(0).of(&model, &data);
        says(none.unwrap_err(), "at least 1");
    }
}
