//! Several models that decide together.

use super::cross_validation::Folds;
use super::model::Model;
use crate::array::Array;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::metric::{ConfusionMatrix, class_of};

/// Models whose outputs are averaged.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([4]).add(Dense::new(3).activation(Softmax));
/// let model = net.compile(Adam::new(0.01), CategoricalCrossentropy::new(), ())?;
/// let ensemble = Ensemble::new([model.clone().seed(1), model.clone().seed(2)])?;
/// assert_eq!(ensemble.predict(&Array::zeros([5, 4]))?.shape(), [5, 3]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ensemble {
    models: Vec<Model>,
}

/// What an ensemble is asked about: a [`Dataset`], which each model prepares as it was fitted, or
/// plain inputs.
#[derive(Clone, Copy, Debug)]
pub enum Inputs<'a> {
    /// Rows as they were before any preparation.
    Dataset(&'a Dataset),
    /// Inputs as the models take them.
    Array(&'a Array),
}

impl<'a> From<&'a Dataset> for Inputs<'a> {
    fn from(data: &'a Dataset) -> Self {
        Inputs::Dataset(data)
    }
}

impl<'a> From<&'a Array> for Inputs<'a> {
    fn from(x: &'a Array) -> Self {
        Inputs::Array(x)
    }
}

impl Ensemble {
    /// An ensemble of these models.
    ///
    /// # Errors
    /// If there is none, or their outputs differ in shape or in range.
    pub fn new(models: impl IntoIterator<Item = Model>) -> Result<Self> {
        let models: Vec<Model> = models.into_iter().collect();
        let Some(first) = models.first() else {
            return Err(Error::argument("Ensemble: the number of models", 0, "at least 1"));
        };
        for (i, model) in models.iter().enumerate() {
            let (one, other) = (first.network.output(), model.network.output());
            if one != other || first.middle() != model.middle() {
                return Err(Error::shape(
                    format!("Ensemble: the output of model {}", i + 1),
                    other,
                    format!("the first model has {one:?}, and all must decide alike"),
                ));
            }
        }
        Ok(Ensemble { models })
    }

    /// The models.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The mean of the models' outputs, a row a sample. A [`Dataset`] goes through each model's own
    /// preparation first.
    ///
    /// # Errors
    /// If the inputs do not fit a model, or are a plain array and a model was fitted with a
    /// pipeline.
    pub fn predict<'a>(&self, data: impl Into<Inputs<'a>>) -> Result<Array> {
        self.mean(data.into())
    }

    fn mean(&self, inputs: Inputs<'_>) -> Result<Array> {
        let mut sum: Vec<f64> = Vec::new();
        let mut shape = Vec::new();
        for model in &self.models {
            let outputs = match inputs {
                Inputs::Dataset(data) => model.predict(model.prepare(data)?.x())?,
                Inputs::Array(_) if model.pipeline.is_some() => {
                    return Err(Error::argument(
                        "Ensemble::predict: the inputs",
                        "an array",
                        "a Dataset, because each model prepares its inputs in its own way",
                    ));
                }
                Inputs::Array(x) => model.predict(x)?,
            };
            shape = outputs.shape().to_vec();
            sum.resize(outputs.data().len(), 0.0);
            sum.iter_mut().zip(outputs.data()).for_each(|(s, v)| *s += f64::from(*v));
        }
        let count = self.models.len() as f64;
        Array::new(shape, sum.into_iter().map(|s| (s / count) as f32).collect())
    }

    /// The class of each row by the mean output: the largest one's index; of a single output 1
    /// above the middle of its range and 0 else.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn predict_classes<'a>(&self, data: impl Into<Inputs<'a>>) -> Result<Vec<usize>> {
        let outputs = self.mean(data.into())?;
        let middle = self.models[0].middle();
        let rows = outputs.data().chunks_exact(outputs.row_len().max(1));
        Ok(rows.map(|row| class_of(row, middle)).collect())
    }

    /// True against predicted classes of labelled data.
    ///
    /// # Errors
    /// If the data have no labels, or as [`predict`](Self::predict).
    pub fn confusion_matrix(&self, data: &Dataset) -> Result<ConfusionMatrix> {
        let predicted = data.decode(&self.mean(Inputs::Dataset(data))?)?;
        ConfusionMatrix::new(data.classes().to_vec(), data.labels(), &predicted)
    }
}

impl Folds {
    /// The models of all folds as one. It has seen every row of the data: measure it on others.
    ///
    /// # Errors
    /// None for folds that are there.
    pub fn ensemble(&self) -> Result<Ensemble> {
        Ensemble::new(self.models().iter().cloned())
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;
    use crate::train::parity_tests::wave;

    #[test]
    fn averages_what_each_model_says_of_its_own_preparation() {
        let labels: Vec<usize> = (0..60).map(|i| (7 * i + i / 3) % 3).collect();
        let data = Dataset::new(wave(&[60, 4], 0.37, 3.0), labels, ["a", "b", "c"]).unwrap();
        let model = Sequential::new([4])
            .add(Dense::new(3).activation(Softmax))
            .compile(Adam::new(0.05), CategoricalCrossentropy::new(), ())
            .unwrap();
        let fit = Fit::epochs(3).verbose(0).prepare(Pipeline::new().standard_scaler());
        let folds = KFold::new(3).shuffle(1).fit(&model, &data, fit).unwrap();
        let ensemble = folds.ensemble().unwrap();
        let mean = ensemble.predict(&data).unwrap();
        let each: Vec<Array> = folds
            .models()
            .iter()
            .map(|m| m.predict(m.prepare(&data).unwrap().x()).unwrap())
            .collect();
        for i in 0..mean.data().len() {
            let by_hand = each.iter().map(|a| a.data()[i]).sum::<f32>() / 3.0;
            assert!((mean.data()[i] - by_hand).abs() < 1e-6);
        }
        assert_ne!(each[0], each[1]);
        assert_eq!(ensemble.predict_classes(&data).unwrap(), mean.argmax());
        assert_eq!(ensemble.confusion_matrix(&data).unwrap().total(), 60);
        // An array would miss the preparation, and other outputs cannot be averaged.
        assert!(ensemble.predict(data.x()).unwrap_err().to_string().contains("Dataset"));
        let two = Sequential::new([4]).add(Dense::new(2).activation(Softmax));
        let two = two.compile(Adam::new(0.1), CategoricalCrossentropy::new(), ()).unwrap();
        let error = Ensemble::new([model, two]).unwrap_err().to_string();
        assert!(error.contains("model 2") && error.contains("[2]"), "{error}");
        assert!(Ensemble::new([]).is_err());
    }
}
