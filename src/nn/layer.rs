//! Layers: the settings that a notebook writes, and the operation built from them once the shape of
//! the input is known.

use super::graph::{Merging, Node};
use super::masks::MaskFlow;
use super::network::derive_seed;
use super::{Activation, Constraint, Initializer, Named, Regularizer};
use crate::config::{Config, is_code};
use crate::error::Result;
use std::fmt::Debug;

/// A layer as a notebook writes it: settings, without weights.
pub trait Layer: Debug + Send + Sync {
    /// Keras' class name, as in `Dense`.
    fn class_name(&self) -> &str;

    /// The operation for inputs of this shape (without the batch axis).
    ///
    /// # Errors
    /// If the layer cannot take inputs of this shape; the error says which shape it needs.
    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>>;

    /// The settings, as Keras' `get_config` has them, from which the layer can be made again.
    ///
    /// # Errors
    /// If the layer is custom code, which no configuration can describe, such as a
    /// [`CustomLayer`](crate::bridge::CustomLayer).
    fn config(&self) -> Result<Config> {
        Err(is_code("layer", self.class_name()))
    }

    /// Puts the layer behind a node of a graph, as calling it in Keras: `Dense(8)(x)` is
    /// `Dense::new(8).apply(&x)`; see [`Functional`](super::Functional).
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let x = Input::new([4]);
    /// let hidden = Relu.apply(&Dense::new(8).apply(&x));
    /// assert_eq!(hidden.shape()?, [8]);
    /// # Ok::<(), Error>(())
    /// ```
    fn apply(self, node: &Node) -> Node
    where
        Self: Sized + 'static,
    {
        Node::of_layer(std::sync::Arc::new(self), node.clone())
    }

    /// The layer as one that several places of a graph share, with the same weights; see
    /// [`Shared`](super::Shared).
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let (a, b) = (Input::new([4]), Input::new([4]));
    /// let same = Dense::new(8).shared();
    /// let both = Subtract::new().apply([&same.apply(&a), &same.apply(&b)]);
    /// assert_eq!(Functional::new([&a, &b], &both).count_params()?, 40);
    /// # Ok::<(), Error>(())
    /// ```
    fn shared(self) -> super::Shared
    where
        Self: Sized + 'static,
    {
        super::Shared::new([std::sync::Arc::new(self) as std::sync::Arc<dyn Layer>])
    }

    /// Gives the layer a name, as Keras' argument `name`; without one it is called by its class, as
    /// `dense_1`. It comes last, after the layer's settings.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([4])
    ///     .add(Dense::new(8).activation(Relu).name("hidden"))
    ///     .add(Dense::new(3).activation(Softmax).name("output"));
    /// let mut model = net.compile("adam", "categorical_crossentropy", ["accuracy"])?;
    /// assert_eq!(model.output_of("hidden", &Array::zeros([2, 4])?)?.shape(), [2, 8]);
    /// # Ok::<(), Error>(())
    /// ```
    fn name(self, name: impl Into<String>) -> Named
    where
        Self: Sized + 'static,
    {
        Named::new(std::sync::Arc::new(self), name.into())
    }

    /// The name that was given to the layer.
    fn given_name(&self) -> Option<&str> {
        None
    }
}

/// One weight of an operation.
#[derive(Clone, Debug)]
pub struct WeightSpec {
    /// Keras' name, as in `kernel`.
    pub name: &'static str,
    /// The lengths of its axes.
    pub shape: Vec<usize>,
    /// Its initializer.
    pub initializer: Initializer,
    /// Its regularizer.
    pub regularizer: Regularizer,
    /// Its constraint, applied after each step.
    pub constraint: Constraint,
    /// Whether the optimiser changes it. A weight that is not trainable, such as a moving average,
    /// is changed by the operation itself: what [`Op::backward`] adds to its gradient is subtracted
    /// from it after the step.
    pub trainable: bool,
}

impl WeightSpec {
    /// The number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The arguments of a forward pass.
pub struct Forward<'a> {
    /// Samples in this pass.
    pub rows: usize,
    /// Whether this is a training step (dropout drops, batch statistics are taken).
    pub training: bool,
    /// A seed that differs for every step, layer and part of a batch.
    pub seed: u64,
    /// The input: `rows` samples.
    pub x: &'a [f32],
    /// The output to be written: `rows` samples.
    pub y: &'a mut [f32],
    /// All weights of the operation, in the order of [`Op::weights`].
    pub weights: &'a [f32],
    /// Kept until [`Op::backward`]: [`Op::scratch_for`] elements for as many rows.
    pub scratch: &'a mut [f32],
    /// Which steps of the input count, where it has a mask: a value for each step of each sample, 0
    /// for those that do not.
    pub mask: Option<&'a [f32]>,
}

/// The arguments of a backward pass.
pub struct Backward<'a> {
    /// Samples in this pass.
    pub rows: usize,
    /// The input of the forward pass.
    pub x: &'a [f32],
    /// Its output.
    pub y: &'a [f32],
    /// The gradient with respect to the output; may be overwritten.
    pub dy: &'a mut [f32],
    /// Whether `dy` already is the gradient before the operation's activation.
    pub before_activation: bool,
    /// The gradient with respect to the input, to be written; none for the first layer.
    pub dx: Option<&'a mut [f32]>,
    /// All weights of the operation.
    pub weights: &'a [f32],
    /// Where their gradients are added; or written, if [`Op::writes_gradients`].
    pub gradients: &'a mut [f32],
    /// Whether the first weight's gradient is left as its factors: the gradient by the sums, and then
    /// the input. Only where [`Op::outer_product`] gives a shape, and for a single row.
    pub factors: bool,
    /// What the forward pass kept.
    pub scratch: &'a mut [f32],
    /// The mask of the forward pass.
    pub mask: Option<&'a [f32]>,
}

/// A layer with a known input shape, which computes outputs and gradients.
pub trait Op: Send + Sync {
    /// The shape of one output sample.
    fn output(&self) -> &[usize];

    /// The weights, in Keras' order.
    fn weights(&self) -> &[WeightSpec] {
        &[]
    }

    /// Fresh weights from this seed, if they are not left to the weights' initializers.
    fn initialize(&self, _seed: u64) -> Option<Vec<f32>> {
        None
    }

    /// The numbers beside its weights that decide what it computes, under Keras' names, where another
    /// library has the operation too.
    fn numbers(&self) -> Vec<(&'static str, f32)> {
        Vec::new()
    }

    /// How it takes several inputs, where it does; [`forward`](Self::forward) and
    /// [`backward`](Self::backward) are then for a single one.
    fn merging(&self) -> Option<&dyn Merging> {
        None
    }

    /// What becomes of a mask of the input's steps.
    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Stops
    }

    /// Writes the mask that the operation makes of its input, a value for each step of each sample.
    fn make_mask(&self, _x: &[f32], mask: &mut [f32]) {
        mask.fill(1.0);
    }

    /// Whether a mask of its input changes what it computes.
    fn heeds_mask(&self) -> bool {
        false
    }

    /// Whether predicting returns the input unchanged, as for dropout. The backward pass is then
    /// for training only.
    fn only_trains(&self) -> bool {
        false
    }

    /// Whether training and prediction differ, and gradients exist for training only.
    fn differs_in_training(&self) -> bool {
        false
    }

    /// The index of the first input that the operation cannot take, if it does not take every
    /// finite number: an embedding takes whole numbers below a limit.
    fn check_inputs(&self, _x: &[f32]) -> Option<usize> {
        None
    }

    /// The number of floats per sample that the forward pass keeps for the backward pass.
    fn scratch(&self) -> usize {
        0
    }

    /// Floats of scratch that a pass over at most this many rows needs in all.
    fn scratch_for(&self, rows: usize) -> usize {
        rows * self.scratch()
    }

    /// Whether a training step must see the whole batch at once, as batch statistics do.
    fn whole_batch(&self) -> bool {
        false
    }

    /// Whether its kernels share their work out to a team by themselves, so that a batch need not be cut
    /// into lanes for it.
    fn shares_work(&self) -> bool {
        false
    }

    /// The penalty on each sample's output, which is added to its loss.
    fn activity_regularizer(&self) -> Regularizer {
        Regularizer::default()
    }

    /// Whether the backward pass writes every gradient instead of adding to it, so that they need
    /// not be set to 0 before.
    fn writes_gradients(&self) -> bool {
        false
    }

    /// The first weight's rows and columns, if its gradient for one sample is the outer product of the
    /// input and the gradient by the sums.
    fn outer_product(&self) -> Option<[usize; 2]> {
        None
    }

    /// The activation that ends the operation, for losses that are computed together with it.
    fn activation(&self) -> Activation {
        Activation::Linear
    }

    /// The number of multiplications per sample in the forward pass, to decide whether threads pay.
    fn work(&self) -> usize {
        self.output().iter().product()
    }

    /// Where Keras' files keep the weights: paths below the layer's own group, each with the number
    /// of weights that lie there, one after the other; the layer's own group where this is empty.
    fn keras_groups(&self) -> Vec<(String, usize)> {
        Vec::new()
    }

    /// Computes the output.
    fn forward(&self, pass: Forward<'_>);

    /// Computes gradients.
    fn backward(&self, pass: Backward<'_>);
}

/// Fresh weights of an operation within another one.
pub(super) fn fresh_weights(op: &dyn Op, seed: u64) -> Vec<f32> {
    op.initialize(seed).unwrap_or_else(|| {
        let mut all = Vec::new();
        for (i, spec) in op.weights().iter().enumerate() {
            let start = all.len();
            all.resize(start + spec.len(), 0.0);
            let own = derive_seed(seed, i as u64);
            spec.initializer.fill(&mut all[start..], &spec.shape, own);
        }
        all
    })
}
