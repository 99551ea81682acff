//! A model's weights, as arrays and one after the other.

use super::model::Model;
use crate::array::Array;
use crate::error::{Error, Result};

impl Model {
    /// The number of weights, including those that are not trainable.
    pub fn count_params(&self) -> usize {
        self.weights.len()
    }

    /// The weights as arrays, in Keras' order: kernel and bias of each layer; gamma, beta, moving
    /// mean and variance of a batch normalization.
    pub fn weights(&self) -> Result<Vec<Array>> {
        self.network
            .weights()
            .map(|(_, spec, range)| Array::new(spec.shape.clone(), self.weights[range].to_vec()))
            .collect()
    }

    /// The weights' names, as in `dense_1/kernel`, in the order of [`weights`](Self::weights).
    pub fn weight_names(&self) -> Vec<String> {
        self.network.weights().map(|(layer, spec, _)| format!("{layer}/{}", spec.name)).collect()
    }

    /// Sets the weights, in the order and shapes of [`weights`](Self::weights). The optimiser's
    /// memory stays as it is.
    ///
    /// # Errors
    /// If the number of arrays or a shape differs; the error names the weight, and nothing is
    /// changed.
    pub fn set_weights(&mut self, weights: &[Array]) -> Result<()> {
        let count = self.network.weights().count();
        if weights.len() != count {
            return Err(Error::argument(
                "Model::set_weights: the number of arrays",
                weights.len(),
                count.to_string(),
            ));
        }
        for ((layer, spec, _), array) in self.network.weights().zip(weights) {
            if array.shape() != spec.shape {
                return Err(Error::shape(
                    format!("Model::set_weights: {layer}/{}", spec.name),
                    array.shape(),
                    format!("the layer has {:?}", spec.shape),
                ));
            }
        }
        for ((_, _, range), array) in self.network.weights().zip(weights) {
            self.weights[range].copy_from_slice(array.data());
        }
        Ok(())
    }

    /// The weights one after the other.
    pub fn flat_weights(&self) -> &[f32] {
        &self.weights
    }

    /// Sets all weights, one after the other as [`flat_weights`](Self::flat_weights) has them.
    ///
    /// # Errors
    /// If their number differs; nothing is changed then.
    pub fn set_flat_weights(&mut self, weights: &[f32]) -> Result<()> {
        if weights.len() != self.weights.len() {
            return Err(Error::argument(
                "Model::set_flat_weights: the number of weights",
                weights.len(),
                self.weights.len().to_string(),
            ));
        }
        self.weights.copy_from_slice(weights);
        Ok(())
    }
}
