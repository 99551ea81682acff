//! A stack of layers.

use super::builder::{Builder, check_input};
use super::layer::Layer;
use super::layer_names::layer_names;
use super::network::{InputSpec, Network, Port};
use super::{Functional, Input, IntoShape, Node, Shared};
use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A plain stack of layers, as Keras' `Sequential`: a recipe without weights.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([25])
///     .add(Dense::new(8).activation(Relu))
///     .add(Dense::new(3).activation(Softmax));
/// assert_eq!(net.count_params()?, 25 * 8 + 8 + 8 * 3 + 3);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sequential {
    input: Vec<usize>,
    layers: Vec<Arc<dyn Layer>>,
    /// The places of the layers that no step changes.
    frozen: BTreeSet<usize>,
}

impl Sequential {
    /// A model of inputs of this shape, without the batch axis: `[25]` or `25`, or `[28, 28, 1]` for
    /// pictures (height, width, channels).
    pub fn new(input: impl IntoShape) -> Self {
        Sequential { input: input.into_shape(), layers: Vec::new(), frozen: BTreeSet::new() }
    }

    /// Puts a layer on top.
    #[allow(clippy::should_implement_trait)]
    pub fn add(mut self, layer: impl Layer + 'static) -> Self {
        self.layers.push(Arc::new(layer));
        self
    }

    pub(super) fn from_layers(
        input: Vec<usize>,
        layers: Vec<Arc<dyn Layer>>,
        frozen: BTreeSet<usize>,
    ) -> Self {
        Sequential { input, layers, frozen }
    }

    /// Says whether steps change the weights of the layer in this place.
    pub(crate) fn set_trainable(&mut self, place: usize, trainable: bool) {
        match trainable {
            true => self.frozen.remove(&place),
            false => self.frozen.insert(place),
        };
    }

    /// The same layers as a graph.
    pub(super) fn into_graph(self) -> Functional {
        let input = Input::new(self.input);
        let layers = self.layers.into_iter();
        let output = layers.fold(input.clone(), |node, layer| Node::of_layer(layer, node));
        let mut graph = Functional::new(&input, &output);
        self.frozen.into_iter().for_each(|place| graph.set_trainable(place, false));
        graph
    }

    /// The layers as a part of a graph that is used in several places with the same weights; see
    /// [`Shared`]. The shape of its inputs is that of the nodes it is applied to.
    pub fn shared(&self) -> Shared {
        Shared::new(self.layers.iter().cloned())
    }

    pub(super) fn layers(&self) -> &[Arc<dyn Layer>] {
        &self.layers
    }

    /// The shape of one input sample.
    pub fn input_shape(&self) -> &[usize] {
        &self.input
    }

    /// The number of weights, those that no optimiser changes counted too.
    ///
    /// # Errors
    /// If the layers do not fit together.
    pub fn count_params(&self) -> Result<usize> {
        Ok(self.build()?.weight_count())
    }

    /// The operations, with every shape worked out.
    ///
    /// # Errors
    /// If a layer cannot take the output of the one before: names the layer, its input shape and
    /// what it needs.
    pub fn build(&self) -> Result<Network> {
        check_input("Sequential::new", &self.input)?;
        if self.layers.is_empty() {
            return Err(Error::argument("Sequential: the number of layers", 0, "at least 1")
                .hint("add one, as in .add(Dense::new(3).activation(Softmax))"));
        }
        let mut network = Builder::new(vec![InputSpec::new("input_layer", &self.input)]);
        for (i, (layer, name)) in self.layers.iter().zip(self.names()?).enumerate() {
            let from = i.checked_sub(1).map_or(Port::Input(0), Port::Layer);
            let class = layer.class_name();
            network.add(name, class, vec![from], None, |shapes| layer.build(shapes[0]))?;
        }
        Ok(network.finish(vec![self.layers.len() - 1], &self.frozen))
    }

    fn names(&self) -> Result<Vec<String>> {
        let given = self.layers.iter().map(|l| (l.class_name(), l.given_name()));
        layer_names(&given.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use crate::nn::prelude::*;

    #[test]
    fn names_are_counted_by_class() {
        let net = Sequential::new([4]).add(Dense::new(3)).add(Relu).add(Dense::new(2));
        let names: Vec<_> = net.build().unwrap().layers().iter().map(|l| l.name.clone()).collect();
        assert_eq!(names, ["dense", "activation", "dense_1"]);
    }

    #[test]
    fn sizes_beyond_all_memory_are_an_error() {
        const HUGE: usize = usize::MAX;
        let picture = || Sequential::new([8, 8, 3]);
        let deep = |mut net: Sequential| {
            for _ in 0..16 {
                net = net.add(Dense::new(1 << 15));
            }
            net
        };
        for (net, part) in [
            (Sequential::new([HUGE, 2]).add(Relu), "Sequential::new"),
            (Sequential::new([4]).add(Dense::new(HUGE)), "most there can be"),
            (picture().add(Conv2D::new(HUGE, 3)), "most there can be"),
            (picture().add(Conv2D::new(4, HUGE).padding(Padding::Same)), "kernel size"),
            (picture().add(Conv2D::new(4, 3).strides(HUGE)), "strides"),
            (picture().add(Conv2D::new(4, 3).dilation_rate(HUGE)), "dilation rate"),
            (picture().add(MaxPooling2D::new(HUGE).padding(Padding::Same)), "pool size"),
            (picture().add(AveragePooling2D::new(2).strides(HUGE)), "strides"),
            (picture().add(Reshape::new([isize::MAX, isize::MAX])), "do not fit"),
            // What can be counted, but not be had.
            (deep(Sequential::new([1 << 15])), "memory can hold"),
        ] {
            let error = net.compile("adam", "mse", ()).err().unwrap().to_string();
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn an_impossible_layer_is_named() {
        let net = Sequential::new([28, 28, 1]).add(Relu).add(LSTM::new(3));
        let error = net.build().unwrap_err().to_string();
        for part in ["layer 2", "'lstm'", "[28, 28, 1]", "steps, features"] {
            assert!(error.contains(part), "{error}");
        }
        assert!(Sequential::new([4]).build().unwrap_err().to_string().contains("at least 1"));
        assert!(Sequential::new([0]).add(Relu).build().is_err());
    }
}
