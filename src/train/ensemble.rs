//! Several models whose outputs are averaged.

use super::cross_validation::Folds;
use super::model::Model;
use super::schema::Schema;
use crate::array::Array;
use crate::data::{Dataset, Inputs};
use crate::error::{Error, Result};
use crate::metric::ConfusionMatrix;

/// Models whose outputs are averaged.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([4]).add(Dense::new(3).activation(Softmax));
/// let model = net.compile(Adam::new(0.01), CategoricalCrossentropy::new(), ())?;
/// let ensemble = Ensemble::new([model.clone().seed(1), model.clone().seed(2)])?;
/// assert_eq!(ensemble.predict(&Array::zeros([5, 4])?)?.shape(), [5, 3]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ensemble {
    models: Vec<Model>,
}

impl Ensemble {
    /// An ensemble of these models.
    ///
    /// # Errors
    /// If there is no model, or the models' outputs differ in shape or range, or their classes
    /// differ or are in another order.
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
                    format!("the first model has {one:?}, and all must have the same"),
                ));
            }
            if let (Some(one), Some(other)) = (&first.schema, &model.schema)
                && (&one.classes, &one.targets) != (&other.classes, &other.targets)
            {
                let words = |schema: &Schema| {
                    let targets = schema.targets.to_string();
                    format!("{targets} of the classes {}", schema.classes.join(", "))
                };
                return Err(Error::argument(
                    format!("Ensemble: what model {} has learned", i + 1),
                    words(other),
                    format!("what the first one has, {}", words(one)),
                ));
            }
        }
        Ok(Ensemble { models })
    }

    /// The models.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The mean of the models' outputs, with a row for each sample. A [`Dataset`] is prepared by
    /// each model's own pipeline; an [`Array`] is taken as it is.
    ///
    /// # Errors
    /// If the inputs do not fit a model, or are an array although the models have different
    /// pipelines.
    pub fn predict<'a>(&self, data: impl Into<Inputs<'a>>) -> Result<Array> {
        self.mean("Ensemble::predict", data.into())
    }

    fn mean(&self, who: &str, inputs: Inputs<'_>) -> Result<Array> {
        let first = self.models[0].pipeline();
        if matches!(inputs, Inputs::Array(_))
            && self.models.iter().any(|model| !model.pipeline().same(&first))
        {
            return Err(Error::argument(
                format!("{who}: the inputs"),
                "an array",
                "a Dataset, because each model prepares its inputs in its own way",
            ));
        }
        let mut sum: Vec<f64> = Vec::new();
        let mut shape = Vec::new();
        for model in &self.models {
            let outputs = model.outputs(who, inputs)?;
            shape = outputs.shape().to_vec();
            sum.resize(outputs.data().len(), 0.0);
            sum.iter_mut().zip(outputs.data()).for_each(|(s, v)| *s += f64::from(*v));
        }
        let count = self.models.len() as f64;
        Array::new(shape, sum.into_iter().map(|s| (s / count) as f32).collect())
    }

    /// The class of each row by the mean output, as [`Model::predict_classes`].
    ///
    /// # Errors
    /// As [`predict`](Self::predict) and [`Model::predict_classes`].
    pub fn predict_classes<'a>(&self, data: impl Into<Inputs<'a>>) -> Result<Vec<usize>> {
        self.classes_for(data.into())
    }

    fn classes_for(&self, inputs: Inputs<'_>) -> Result<Vec<usize>> {
        const WHO: &str = "Ensemble::predict_classes";
        let model = self.knowing();
        model.check_one_output(WHO)?;
        model.check_order(WHO, inputs)?;
        Ok(model.classes_of(&self.mean(WHO, inputs)?))
    }

    /// The first model that knows its classes, or the first.
    fn knowing(&self) -> &Model {
        self.models.iter().find(|m| m.schema.is_some()).unwrap_or(&self.models[0])
    }

    /// True against predicted classes of labelled data.
    ///
    /// # Errors
    /// If the data have no labels, or as [`predict`](Self::predict).
    pub fn confusion_matrix(&self, data: &Dataset) -> Result<ConfusionMatrix> {
        const WHO: &str = "Ensemble::confusion_matrix";
        self.knowing().check_one_output(WHO)?;
        let data = self.knowing().in_own_order(WHO, data)?;
        let outputs = self.mean(WHO, Inputs::Dataset(&data))?;
        let predicted = self.knowing().decoded(&data, &outputs)?;
        ConfusionMatrix::new(data.classes().to_vec(), data.labels(), &predicted)
    }
}

impl Folds {
    /// The models of all folds as one. Every row of the data was used to train one of them:
    /// evaluate it on other data.
    ///
    /// # Errors
    /// None in practice: there is always a fold.
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
