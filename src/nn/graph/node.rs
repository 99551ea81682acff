//! The places of a graph: what a layer, a merge or an input gives.

use super::functional::Functional;
use super::merge::Merge;
use crate::error::Result;
use crate::nn::Layer;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a layer of a graph gives, or what goes in: Keras' `KerasTensor`. It is a recipe without
/// values, and cheap to clone.
#[derive(Clone)]
pub struct Node(Arc<Inner>);

struct Inner {
    /// Counts the nodes in the order in which they were made; a named node keeps it.
    id: u64,
    /// The number of the layer object, the same for all its uses; else the node's own.
    layer: u64,
    name: Option<String>,
    what: What,
    inputs: Vec<Node>,
}

/// What gives a node.
#[derive(Clone)]
pub(super) enum What {
    /// Nothing: it goes in, in this shape.
    Input(Vec<usize>),
    Layer(Arc<dyn Layer>),
    Merge(Arc<dyn Merge>),
}

impl What {
    pub fn class_name(&self) -> &str {
        match self {
            What::Input(_) => "InputLayer",
            What::Layer(layer) => layer.class_name(),
            What::Merge(merge) => merge.class_name(),
        }
    }
}

impl Node {
    fn new(what: What, inputs: Vec<Node>) -> Self {
        let id = Node::number();
        Node(Arc::new(Inner { id, layer: id, name: None, what, inputs }))
    }

    /// A number that no node and no layer has.
    pub(super) fn number() -> u64 {
        static MADE: AtomicU64 = AtomicU64::new(0);
        MADE.fetch_add(1, Ordering::Relaxed)
    }

    /// A use of the layer or merge of this number.
    pub(super) fn of_shared(number: u64, what: What, inputs: Vec<Node>) -> Self {
        Node(Arc::new(Inner { id: Node::number(), layer: number, name: None, what, inputs }))
    }

    pub(in crate::nn) fn of_layer(layer: Arc<dyn Layer>, input: Node) -> Self {
        Node::new(What::Layer(layer), vec![input])
    }

    pub(in crate::nn) fn of_merge(merge: Arc<dyn Merge>, inputs: Vec<Node>) -> Self {
        Node::new(What::Merge(merge), inputs)
    }

    /// Puts a layer behind it: `input.then(Dense::new(8))` is `Dense::new(8).apply(&input)`, from
    /// left to right.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let input = Input::new([28, 28, 1]);
    /// let output = input.then(Flatten::new()).then(Dense::new(10).activation(Softmax));
    /// assert_eq!(output.shape()?, [10]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn then(&self, layer: impl Layer + 'static) -> Node {
        Node::of_layer(Arc::new(layer), self.clone())
    }

    /// Gives the layer (or the input) that the node comes from a name, as Keras' argument `name`:
    /// `Dense::new(1).apply(&x).name("price")`. Without one it is called by its class, as
    /// `dense_1`.
    pub fn name(self, name: impl Into<String>) -> Node {
        let Inner { id, layer, what, inputs, .. } = &*self.0;
        let (what, inputs) = (what.clone(), inputs.clone());
        Node(Arc::new(Inner { id: *id, layer: *layer, name: Some(name.into()), what, inputs }))
    }

    /// The shape of one sample.
    ///
    /// # Errors
    /// If the layers up to here do not fit together.
    pub fn shape(&self) -> Result<Vec<usize>> {
        if let What::Input(shape) = &self.0.what {
            return Ok(shape.clone());
        }
        Ok(Functional::up_to(self).build()?.output().to_vec())
    }

    /// Whether the other is this node.
    pub(in crate::nn) fn is(&self, other: &Node) -> bool {
        self.id() == other.id()
    }

    pub(super) fn id(&self) -> u64 {
        self.0.id
    }

    pub(super) fn layer(&self) -> u64 {
        self.0.layer
    }

    pub(super) fn given_name(&self) -> Option<&str> {
        let own = match self.what() {
            What::Layer(layer) => layer.given_name(),
            What::Input(_) | What::Merge(_) => None,
        };
        self.0.name.as_deref().or(own)
    }

    pub(super) fn what(&self) -> &What {
        &self.0.what
    }

    pub(super) fn inputs(&self) -> &[Node] {
        &self.0.inputs
    }
}

/// One after the other, since a long chain of nodes would else need as deep a stack.
impl Drop for Inner {
    fn drop(&mut self) {
        let mut last = std::mem::take(&mut self.inputs);
        while let Some(node) = last.pop() {
            if let Some(mut inner) = Arc::into_inner(node.0) {
                last.append(&mut inner.inputs);
            }
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({}", self.0.what.class_name())?;
        if let Some(name) = self.given_name() {
            write!(f, " '{name}'")?;
        }
        match self.shape() {
            Ok(shape) => write!(f, ", shape {shape:?})"),
            Err(error) => write!(f, ", {error})"),
        }
    }
}

/// Where a graph begins, as Keras' `Input`.
#[derive(Clone, Copy, Debug)]
pub struct Input;

impl Input {
    /// An input of this shape, without the batch axis: `[25]`, or `[28, 28, 1]` for pictures
    /// (height, width, channels).
    #[allow(clippy::new_ret_no_self)]
    pub fn new(shape: impl crate::nn::IntoShape) -> Node {
        Node::new(What::Input(shape.into_shape()), Vec::new())
    }
}

/// One node or several: the inputs or the outputs of a model.
pub trait IntoNodes {
    /// The nodes in their order.
    fn into_nodes(self) -> Vec<Node>;
}

impl IntoNodes for &Node {
    fn into_nodes(self) -> Vec<Node> {
        vec![self.clone()]
    }
}

impl IntoNodes for Node {
    fn into_nodes(self) -> Vec<Node> {
        vec![self]
    }
}

impl<const N: usize> IntoNodes for [&Node; N] {
    fn into_nodes(self) -> Vec<Node> {
        self.map(Clone::clone).to_vec()
    }
}

impl<const N: usize> IntoNodes for [Node; N] {
    fn into_nodes(self) -> Vec<Node> {
        self.to_vec()
    }
}

impl IntoNodes for Vec<Node> {
    fn into_nodes(self) -> Vec<Node> {
        self
    }
}

impl IntoNodes for &[Node] {
    fn into_nodes(self) -> Vec<Node> {
        self.to_vec()
    }
}
