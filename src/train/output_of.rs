//! The output of a layer inside a model.

use super::freeze::Layers;
use super::model::Model;
use crate::array::Array;
use crate::data::Inputs;
use crate::error::Result;

impl Model {
    /// The output of a layer, by Keras' name or by its place (counted from 0; -1 is the last), for
    /// these inputs: what `keras.Model(model.inputs, model.get_layer("conv2d").output)` predicts. For
    /// a convolution these are its feature maps.
    ///
    /// A [`Dataset`](crate::data::Dataset) is [prepared](Self::prepare) first.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let model = Sequential::new([8, 8, 1])
    ///     .add(Conv2D::new(4, 3).activation(Relu))
    ///     .add(Flatten::new())
    ///     .add(Dense::new(2).activation(Softmax))
    ///     .compile("adam", "categorical_crossentropy", ())?;
    /// let x = Array::zeros([5, 8, 8, 1])?;
    /// assert_eq!(model.output_of("conv2d", &x)?.shape(), [5, 6, 6, 4]);
    /// assert_eq!(model.output_of(-1, &x)?, model.predict(&x)?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such layer or it is a range of several, or as [`predict`](Self::predict).
    pub fn output_of<'a>(
        &self,
        layer: impl Into<Layers>,
        inputs: impl Into<Inputs<'a>>,
    ) -> Result<Array> {
        self.output_of_layer(&layer.into(), inputs.into())
    }

    fn output_of_layer(&self, layer: &Layers, inputs: Inputs<'_>) -> Result<Array> {
        const WHO: &str = "Model::output_of";
        let place = self.one_place(WHO, layer)?;
        let x = self.inputs(WHO, inputs)?;
        let network = self.recipe.build()?.up_to(place);
        let mut part = Model { metrics: Vec::new(), ..self.clone() };
        part.weights.truncate(network.weight_count());
        part.take_network(network);
        part.raw_outputs(WHO, &x)
    }
}
