//! Layers that are used several times with the same weights.

use super::node::{Node, What};
use crate::nn::Layer;
use std::fmt;
use std::sync::Arc;

/// A layer, or a stack of them, that several places of a graph share: each [`apply`](Self::apply)
/// uses the same weights, as calling one layer object twice does in Keras. Its gradient is the sum
/// of those of all uses. [`Layer::shared`] and [`Sequential::shared`](crate::nn::Sequential::shared)
/// make one.
///
/// ```
/// use dfdx_lab::prelude::*;
/// // A siamese network: two pictures seen by the same layers.
/// let eye = Sequential::new([8, 8, 1])
///     .add(Conv2D::new(4, 3).activation(Relu))
///     .add(Flatten::new())
///     .add(Dense::new(6))
///     .shared();
/// let (left, right) = (Input::new([8, 8, 1]), Input::new([8, 8, 1]));
/// let alike = Dot::new(1).normalize(true).apply([&eye.apply(&left), &eye.apply(&right)]);
/// let net = Functional::new([&left, &right], &alike.then(Dense::new(1).activation(Sigmoid)));
/// assert_eq!(net.count_params()?, (9 + 1) * 4 + (144 + 1) * 6 + 2);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Shared {
    /// Each layer with the number by which its uses are known as the same.
    layers: Vec<(u64, Arc<dyn Layer>)>,
}

impl Shared {
    pub(in crate::nn) fn new(layers: impl IntoIterator<Item = Arc<dyn Layer>>) -> Self {
        let numbered = layers.into_iter().map(|layer| (Node::number(), layer));
        Shared { layers: numbered.collect() }
    }

    /// What it gives for this node, with the weights of all its uses.
    pub fn apply(&self, node: &Node) -> Node {
        self.layers.iter().fold(node.clone(), |node, (number, layer)| {
            Node::of_shared(*number, What::Layer(Arc::clone(layer)), vec![node])
        })
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shared")?;
        f.debug_list().entries(self.layers.iter().map(|(_, layer)| layer)).finish()
    }
}
