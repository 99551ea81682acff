//! What merges several inputs into one output: a recipe, and the operation it becomes once the
//! shapes of its inputs are known.

use super::node::Node;
use crate::config::Config;
use crate::error::Result;
use crate::nn::{Backward, Forward, MaskFlow, Op};
use std::fmt::Debug;

/// A merge as a notebook writes it: its settings alone.
pub trait Merge: Debug + Send + Sync {
    /// Keras' class name, as in `Concatenate`.
    fn class_name(&self) -> &str;

    /// The operation for inputs of these shapes (without the batch axis).
    ///
    /// # Errors
    /// If they cannot be merged: the error says which shapes can.
    fn build(&self, inputs: &[&[usize]]) -> Result<Box<dyn Op>>;

    /// The settings, as Keras' `get_config` has them.
    ///
    /// # Errors
    /// If the merge is code that no configuration can tell.
    fn config(&self) -> Result<Config>;

    /// Merges these nodes, as calling it in Keras: `Add()([a, b])` is `Add::new().apply([&a, &b])`.
    fn apply<'a>(self, nodes: impl IntoIterator<Item = &'a Node>) -> Node
    where
        Self: Sized + 'static,
    {
        Node::of_merge(std::sync::Arc::new(self), nodes.into_iter().cloned().collect())
    }
}

/// The inputs of a merge, by their number: each for all samples of a pass.
pub trait MergeInputs {
    /// The values of one of them.
    fn get(&self, input: usize) -> &[f32];

    /// Which steps of one of them count, where it has a mask: a value for each step of each sample.
    fn mask(&self, _input: usize) -> Option<&[f32]> {
        None
    }
}

/// The only input, whichever is asked for.
struct Only<'a>(&'a [f32]);

impl MergeInputs for Only<'_> {
    fn get(&self, _input: usize) -> &[f32] {
        self.0
    }
}

/// What an operation of several inputs computes.
pub trait Merging: Send + Sync {
    /// Computes the output.
    fn forward(&self, pass: MergeForward<'_>);

    /// Writes the gradient by one of the inputs. It is called for one after the other, the first
    /// before the others; where there are weights, those by them are added with the first.
    fn backward(&self, pass: MergeBackward<'_>);
}

/// What a merge gets to compute its output.
pub struct MergeForward<'a> {
    /// Samples in this pass.
    pub rows: usize,
    /// Whether this is a training step.
    pub training: bool,
    /// A seed that differs for every step, layer and part of a batch.
    pub seed: u64,
    /// The inputs.
    pub inputs: &'a dyn MergeInputs,
    /// The output to be written.
    pub y: &'a mut [f32],
    /// All weights of the operation, in the order of [`Op::weights`].
    pub weights: &'a [f32],
    /// Kept until the backward pass: [`Op::scratch_for`] floats.
    pub scratch: &'a mut [f32],
}

/// What a merge gets to compute the gradient by one of its inputs.
pub struct MergeBackward<'a> {
    /// Samples in this pass.
    pub rows: usize,
    /// The inputs of the forward pass.
    pub inputs: &'a dyn MergeInputs,
    /// The one to compute the gradient by.
    pub input: usize,
    /// The output of the forward pass.
    pub y: &'a [f32],
    /// The gradient with respect to the output.
    pub dy: &'a [f32],
    /// Where the gradient with respect to the input is written; empty where nobody needs it.
    pub dx: &'a mut [f32],
    /// All weights of the operation.
    pub weights: &'a [f32],
    /// Where their gradients are added; or written, if [`Op::writes_gradients`].
    pub gradients: &'a mut [f32],
    /// [`Op::scratch_for`] floats, as the forward pass left them.
    pub scratch: &'a mut [f32],
}

/// A merge as one of a network's operations.
pub(super) struct MergeOp<M> {
    pub merging: M,
    pub output: Vec<usize>,
    pub scratch: usize,
    /// What becomes of masks where all inputs have one.
    pub mask_flow: MaskFlow,
}

impl<M: Merging> Op for MergeOp<M> {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn merging(&self) -> Option<&dyn Merging> {
        Some(&self.merging)
    }

    fn mask_flow(&self) -> MaskFlow {
        self.mask_flow
    }

    fn scratch_for(&self, _rows: usize) -> usize {
        self.scratch
    }

    fn forward(&self, pass: Forward<'_>) {
        let Forward { rows, training, seed, x, y, weights, scratch, .. } = pass;
        let inputs = &Only(x);
        let pass = MergeForward { rows, training, seed, inputs, y, weights, scratch };
        self.merging.forward(pass);
    }

    fn backward(&self, pass: Backward<'_>) {
        let Backward { rows, x, y, dy, dx, weights, gradients, scratch, .. } = pass;
        let Some(dx) = dx else { return };
        let (inputs, input) = (&Only(x), 0);
        self.merging.backward(MergeBackward {
            inputs,
            input,
            rows,
            weights,
            gradients,
            scratch,
            y,
            dy,
            dx,
        });
    }
}
