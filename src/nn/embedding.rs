//! Vectors for words and other whole numbers.

use super::layer::{Backward, Forward, Layer, Op, WeightSpec};
use super::masks::MaskFlow;
use super::settings::{WeightSettings, weight_settings};
use super::{Initializer, IntoRegularizer, Regularizer};
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};

/// Replaces each whole number by a vector, as Keras' `Embedding`.
///
/// The input holds whole numbers from 0 to `input_dim` - 1, such as words numbered by frequency; the
/// output has one more axis, of length `output_dim`. The weight `embeddings` has shape (`input_dim`,
/// `output_dim`) and starts uniform between -0.05 and 0.05. If the layer is the first of its model,
/// any other number is an error that names its row and position.
///
/// ```
/// use dfdx_lab::prelude::*;
/// // Sentences of 20 words, of a vocabulary of 1000.
/// let model = Sequential::new([20])
///     .add(Embedding::new(1000, 8))
///     .add(LSTM::new(16))
///     .add(Dense::new(1).activation(Sigmoid))
///     .compile(Adam::default(), BinaryCrossentropy::new(), ["accuracy"])?;
/// assert_eq!(model.count_params(), 8000 + 1600 + 17);
/// let sentence = Array::new([1, 20], vec![1000.0; 20])?;
/// assert!(model.predict(&sentence).unwrap_err().to_string().contains("row 0, place 0"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Embedding {
    input_dim: usize,
    output_dim: usize,
    embeddings: WeightSettings,
    activity_regularizer: Regularizer,
    mask_zero: bool,
}

impl Embedding {
    /// Vectors of length `output_dim` for the whole numbers below `input_dim`.
    pub fn new(input_dim: usize, output_dim: usize) -> Self {
        Embedding {
            input_dim,
            output_dim,
            embeddings: WeightSettings::new(Initializer::RandomUniform(-0.05, 0.05)),
            activity_regularizer: Regularizer::default(),
            mask_zero: false,
        }
    }

    /// Whether the number 0 is padding; false by default. The following layers skip such steps, as
    /// after a [`Masking`](super::Masking). `input_dim` counts the vector of 0, too.
    pub fn mask_zero(mut self, mask_zero: bool) -> Self {
        self.mask_zero = mask_zero;
        self
    }

    /// The penalty on the output, averaged over the samples; none by default.
    pub fn activity_regularizer(mut self, regularizer: impl IntoRegularizer) -> Self {
        self.activity_regularizer = regularizer.into_regularizer();
        self
    }
}

weight_settings!(Embedding:
    "the matrix of vectors" starting "uniform between -0.05 and 0.05" at embeddings =
        embeddings_initializer, embeddings_regularizer, embeddings_constraint
);

configured!(Embedding as "keras.layers" "Embedding",
    |from| {
        // Keras 2 also writes the length of the rows.
        from.json("input_length");
        Embedding::new(from.get("input_dim")?, from.get("output_dim")?)
    },
    input_dim = input_dim,
    output_dim = output_dim,
    activity_regularizer = activity_regularizer,
    mask_zero = mask_zero;
    weights embeddings = embeddings
);

impl Layer for Embedding {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let sizes = [("input_dim", self.input_dim), ("output_dim", self.output_dim)];
        for (what, size) in sizes {
            // Up to here a single holds every whole number.
            if !(1..=1 << 24).contains(&size) {
                let expected = format!("from 1 to {}", 1 << 24);
                return Err(Error::argument(format!("Embedding: {what}"), size, expected));
            }
        }
        if self.mask_zero && input.len() != 1 {
            let expected = "mask_zero needs rows of numbers, one axis";
            return Err(Error::shape("Embedding", input, expected));
        }
        let mut output = input.to_vec();
        output.push(self.output_dim);
        Ok(Box::new(EmbeddingOp {
            count: self.input_dim,
            width: self.output_dim,
            output,
            activity_regularizer: self.activity_regularizer,
            mask_zero: self.mask_zero,
            weights: [self.embeddings.spec("embeddings", [self.input_dim, self.output_dim])],
        }))
    }
}

struct EmbeddingOp {
    count: usize,
    width: usize,
    output: Vec<usize>,
    activity_regularizer: Regularizer,
    mask_zero: bool,
    weights: [WeightSpec; 1],
}

impl EmbeddingOp {
    /// The index of a number's vector; none if it is not a whole number below the count.
    fn place(&self, value: f32) -> Option<usize> {
        let known = value >= 0.0 && value < self.count as f32 && value.fract() == 0.0;
        known.then_some(value as usize * self.width)
    }
}

impl Op for EmbeddingOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn weights(&self) -> &[WeightSpec] {
        &self.weights
    }

    fn activity_regularizer(&self) -> Regularizer {
        self.activity_regularizer
    }

    fn mask_flow(&self) -> MaskFlow {
        if self.mask_zero { MaskFlow::Makes } else { MaskFlow::Stops }
    }

    fn make_mask(&self, x: &[f32], mask: &mut [f32]) {
        mask.iter_mut().zip(x).for_each(|(m, v)| *m = f32::from(u8::from(*v != 0.0)));
    }

    fn check_inputs(&self, x: &[f32]) -> Option<usize> {
        x.iter().position(|v| self.place(*v).is_none())
    }

    fn forward(&self, pass: Forward<'_>) {
        for (value, to) in pass.x.iter().zip(pass.y.chunks_exact_mut(self.width)) {
            match self.place(*value) {
                Some(at) => to.copy_from_slice(&pass.weights[at..at + self.width]),
                // Only possible after another layer, because a user's inputs are checked. NaN shows it.
                None => to.fill(f32::NAN),
            }
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        for (value, from) in pass.x.iter().zip(pass.dy.chunks_exact(self.width)) {
            if let Some(at) = self.place(*value) {
                let to = pass.gradients[at..at + self.width].iter_mut();
                to.zip(from).for_each(|(t, d)| *t += d);
            }
        }
        if let Some(dx) = pass.dx {
            dx.fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn numbers_without_a_vector_are_named() {
        let net = Sequential::new([3]).add(Embedding::new(5, 2)).add(Flatten::new());
        let model = net.compile("sgd", "mse", ()).unwrap();
        for odd in [5.0f32, -1.0, 1.5] {
            let x = Array::new([2, 3], vec![0.0, 4.0, 1.0, 2.0, 3.0, odd]).unwrap();
            let text = model.predict(&x).unwrap_err().to_string();
            let parts = ["row 1, place 2".to_string(), odd.to_string(), "whole number".into()];
            assert!(parts.iter().all(|p| text.contains(p)), "{text}");
        }
        let text = Sequential::new([3]).add(Embedding::new(0, 2)).build().unwrap_err().to_string();
        assert!(["'embedding'", "input_dim", "from 1"].iter().all(|p| text.contains(p)), "{text}");
    }
}
