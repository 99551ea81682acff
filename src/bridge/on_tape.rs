//! Trained networks in plain dfdx code, and their gradients with respect to the input.

use super::tape::{Rows, Weights, forward};
use crate::array::Array;
use crate::error::{Error, Result};
use crate::nn::Network;
use crate::train::Model;
use dfdx::prelude::{Backward, Cpu, SumTo, Tape, TensorFromVec, Trace};
use std::sync::Arc;

/// A model's network as one operation on dfdx's tape; see [`Model::on_tape`].
#[derive(Clone, Debug)]
pub struct OnTape {
    network: Arc<Network>,
    weights: Weights,
}

impl OnTape {
    /// The outputs for `x`, rows of flat samples, as (rows, elements of an output). They are
    /// recorded on the tape of `x` if it has one; gradients flow to `x` and to
    /// [`weights`](Self::weights).
    ///
    /// Layers behave as in prediction: dropout does nothing.
    ///
    /// # Errors
    /// If a row does not have as many elements as a sample.
    pub fn forward<T: Tape<f32, Cpu>>(&self, x: Rows<T>) -> Result<Rows<T>> {
        use dfdx::prelude::HasShape;
        let (rows, elements) = *x.shape();
        let needed: usize = self.network.input().iter().product();
        if elements != needed || rows == 0 {
            let expected = format!("at least one row of {needed} elements, a flat sample");
            return Err(Error::shape("OnTape::forward", &[rows, elements], expected));
        }
        Ok(forward(&self.network, x, &self.weights))
    }

    /// All weights of the network, one after the other, in the order of [`Model::flat_weights`].
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Samples for [`forward`](Self::forward), without a tape.
    ///
    /// # Errors
    /// If the array does not hold samples of the network's input shape.
    pub fn rows(&self, x: &Array) -> Result<Rows> {
        if x.shape().get(1..) != Some(self.network.input()) || x.rows() == 0 {
            let expected = format!("samples of shape {:?}, a row each", self.network.input());
            return Err(Error::shape("OnTape::rows", x.shape(), expected));
        }
        let device = Cpu::default();
        Ok(device.tensor_from_vec(x.data().to_vec(), (x.rows(), x.row_len())))
    }
}

impl Model {
    /// The trained network as one operation on dfdx's tape, for gradients inside plain dfdx code.
    ///
    /// ```
    /// use dfdx_lab::bridge::tensors::*;
    /// use dfdx_lab::prelude::*;
    /// let model = Sequential::new([2])
    ///     .add(Dense::new(3).activation(Tanh))
    ///     .add(Dense::new(1))
    ///     .compile(Adam::new(0.01), "mse", ())?;
    /// let net = model.on_tape()?;
    /// let x = net.rows(&Array::new([1, 2], vec![0.5, -1.0])?)?;
    /// // How much does each input change the output?
    /// let steepness: Tensor<Rank0, f32, Cpu, _> = net.forward(x.leaky_trace())?.square().sum();
    /// let gradients = steepness.backward();
    /// assert_eq!(gradients.get(&x).as_vec().len(), 2);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If a layer is a dfdx module that behaves differently in training and prediction (dropout,
    /// batch normalization): dfdx has gradients for training only.
    pub fn on_tape(&self) -> Result<OnTape> {
        let layers = self.network().layers();
        if let Some(layer) = layers.iter().find(|l| l.op.differs_in_training()) {
            return Err(Error::argument(
                format!("Model::on_tape: layer '{}'", layer.name),
                "a dfdx module that behaves differently in training",
                "layers with gradients in prediction",
            )
            .hint("use this library's Dropout and BatchNormalization beside the module"));
        }
        let weights = self.flat_weights().to_vec();
        let len = weights.len();
        Ok(OnTape {
            network: self.network().clone(),
            weights: Cpu::default().tensor_from_vec(weights, (len,)),
        })
    }

    /// The gradient of the output of this index with respect to the inputs, at these samples, in
    /// the shape of `x`. Its absolute value is a saliency map (Simonyan et al., 2014).
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let model = Sequential::new([2]).add(Dense::new(1)).compile("sgd", "mse", ())?;
    /// let slopes = model.gradient_of_input(&Array::new([1, 2], vec![0.5, -1.0])?, 0)?;
    /// assert_eq!(slopes.data(), model.weights()?[0].data());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If `x` does not hold samples that the model takes, there is no such output, or as
    /// [`on_tape`](Self::on_tape).
    pub fn gradient_of_input(&self, x: &Array, output: usize) -> Result<Array> {
        let outputs: usize = self.network().output().iter().product();
        if output >= outputs {
            let expected = format!("below {outputs}, the number of outputs");
            return Err(Error::argument("Model::gradient_of_input: the output", output, expected));
        }
        let net = self.on_tape()?;
        let rows = net.rows(x)?;
        let chosen = (0..x.rows() * outputs).map(|i| f32::from(u8::from(i % outputs == output)));
        let chosen: Vec<f32> = chosen.collect();
        let chosen: Rows = Cpu::default().tensor_from_vec(chosen, (x.rows(), outputs));
        let y = net.forward(rows.leaky_trace())?;
        let gradients = (y * chosen).sum::<dfdx::prelude::Rank0, _>().backward();
        Array::new(x.shape(), gradients.get(&rows).as_vec())
    }
}
