//! A graph of layers.

use super::node::{IntoNodes, Node, What};
use super::order::{Order, Step};
use crate::error::{Error, Result};
use crate::nn::Layer;
use crate::nn::builder::{Builder, check_input};
use crate::nn::network::{InputSpec, Network, Port};
use std::collections::BTreeSet;
use std::fmt;

/// A graph of layers, as Keras' functional model: a recipe without weights. Layers branch where a
/// node is used twice, and merge in [`Add`](crate::nn::Add), [`Concatenate`](crate::nn::Concatenate) and
/// so on.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let input = Input::new([28, 28, 1]);
/// let a = Conv2D::new(16, 3).activation(Relu).apply(&input);
/// let b = Conv2D::new(16, 3).padding(Padding::Same).apply(&a);
/// let merged = Add::new().apply([&a, &b]);
/// let output = merged.then(Flatten::new()).then(Dense::new(10).activation(Softmax));
/// let model = Functional::new(&input, &output)
///     .compile("adam", "categorical_crossentropy", ["accuracy"])?;
/// assert_eq!(model.count_params(), 160 + 2320 + (26 * 26 * 16 + 1) * 10);
/// # Ok::<(), Error>(())
/// ```
///
/// Each `apply` makes a layer with weights of its own; a [`Shared`](super::Shared) one has the same
/// weights wherever it is applied.
#[derive(Clone)]
pub struct Functional {
    inputs: Vec<Node>,
    outputs: Vec<Node>,
    /// The places of the layers that no step changes, among the network's.
    frozen: BTreeSet<usize>,
}

impl Functional {
    /// The model from these inputs to these outputs, each one node or several: `(&input, &output)`,
    /// `([&pictures, &ages], &output)`.
    pub fn new(inputs: impl IntoNodes, outputs: impl IntoNodes) -> Self {
        let (inputs, outputs) = (inputs.into_nodes(), outputs.into_nodes());
        Functional { inputs, outputs, frozen: BTreeSet::new() }
    }

    /// The model from whatever goes in to this node.
    pub(super) fn up_to(output: &Node) -> Self {
        let mut inputs: Vec<Node> = Vec::new();
        let mut known = BTreeSet::from([output.id()]);
        let mut open = vec![output.clone()];
        while let Some(node) = open.pop() {
            if let What::Input(_) = node.what() {
                inputs.push(node.clone());
            }
            open.extend(node.inputs().iter().filter(|n| known.insert(n.id())).cloned());
        }
        Functional::new(inputs, output)
    }

    /// The same with a layer behind the only output.
    pub(in crate::nn) fn add(mut self, layer: impl Layer + 'static) -> Self {
        if let [output] = self.outputs.as_slice() {
            self.outputs = vec![output.then(layer)];
        }
        self
    }

    /// Says whether steps change the weights of the layer in this place.
    pub(crate) fn set_trainable(&mut self, place: usize, trainable: bool) {
        match trainable {
            true => self.frozen.remove(&place),
            false => self.frozen.insert(place),
        };
    }

    /// The number of weights, those that no optimiser changes counted too.
    ///
    /// # Errors
    /// If the layers do not fit together.
    pub fn count_params(&self) -> Result<usize> {
        Ok(self.build()?.weight_count())
    }

    pub(super) fn order(&self) -> Result<Order> {
        for (what, nodes) in [("inputs", &self.inputs), ("outputs", &self.outputs)] {
            if nodes.is_empty() {
                let what = format!("Functional: the number of {what}");
                return Err(Error::argument(what, 0, "at least 1"));
            }
        }
        if let Some(node) = self.outputs.iter().find(|n| matches!(n.what(), What::Input(_))) {
            let expected = "what a layer gives: there is none between input and output";
            return Err(Error::argument("Functional: the output", format!("{node:?}"), expected));
        }
        Order::new(&self.inputs, &self.outputs)
    }

    /// The operations, with every shape worked out.
    ///
    /// # Errors
    /// If a layer cannot take the shapes of its inputs: names the layer, its input shape and what
    /// it needs; if an input is missing, or leads nowhere; if two layers have one name.
    pub fn build(&self) -> Result<Network> {
        let order = self.order()?;
        let mut inputs = Vec::new();
        for &step in &order.inputs {
            let step = &order.steps[step];
            if let What::Input(shape) = step.node.what() {
                check_input("Input::new", shape)?;
                inputs.push(InputSpec::new(step.name.as_str(), shape));
            }
        }
        let values: Vec<usize> = inputs.iter().map(InputSpec::len).collect();
        check_volume("Functional: the inputs together", &values)?;
        let mut network = Builder::new(inputs);
        let ports: Vec<Port> = self.places()?.iter().map(|place| place.port).collect();
        let layer = |step: usize| match ports[step] {
            Port::Layer(layer) => Some(layer),
            Port::Input(_) => None,
        };
        for step in &order.steps {
            let shares = step.repeats.and_then(layer);
            let from: Vec<Port> = step.inputs.iter().map(|from| ports[*from]).collect();
            let (name, class) = (step.name.clone(), step.node.what().class_name());
            match step.node.what() {
                What::Input(_) => {}
                What::Layer(layer) => {
                    network.add(name, class, from, shares, |shapes| layer.build(shapes[0]))?;
                }
                What::Merge(merge) => {
                    network.add(name, class, from, shares, |shapes| merge.build(shapes))?;
                }
            }
        }
        let outputs: Vec<usize> = order.outputs.iter().filter_map(|at| layer(*at)).collect();
        let values: Vec<usize> = outputs.iter().map(|at| network.layers()[*at].len()).collect();
        check_volume("Functional: the outputs together", &values)?;
        Ok(network.finish(outputs, &self.frozen))
    }
}

/// An input or a layer of a graph, in Keras' order.
pub(crate) struct Place {
    pub name: String,
    pub class_name: String,
    /// Which input or layer of the network it is.
    pub port: Port,
    /// The places whose outputs it takes, all before it.
    pub inputs: Vec<usize>,
    /// The place of the same layer's first use, if this is a later one.
    pub repeats: Option<usize>,
    /// Which use of its layer it is: Keras' number of a node.
    pub index: usize,
}

impl Functional {
    /// The names of the layers that the outputs come from.
    pub(in crate::nn) fn output_names(&self) -> Result<Vec<String>> {
        let order = self.order()?;
        Ok(order.outputs.iter().map(|at| order.steps[*at].name.clone()).collect())
    }

    /// All inputs and layers.
    ///
    /// # Errors
    /// If an input is missing or leads nowhere, or two layers have one name.
    pub(crate) fn places(&self) -> Result<Vec<Place>> {
        let order = self.order()?;
        let mut layers = 0;
        let place = |(i, step): (usize, &Step)| {
            let port = match step.node.what() {
                What::Input(_) => {
                    let place = order.inputs.iter().position(|input| *input == i);
                    Port::Input(place.unwrap_or_default())
                }
                _ => {
                    layers += 1;
                    Port::Layer(layers - 1)
                }
            };
            Place {
                name: step.name.clone(),
                class_name: step.node.what().class_name().to_string(),
                port,
                inputs: step.inputs.clone(),
                repeats: step.repeats,
                index: step.index,
            }
        };
        Ok(order.steps.iter().enumerate().map(place).collect())
    }
}

/// Checks that the values of several nodes together can be had.
fn check_volume(what: &str, values: &[usize]) -> Result<()> {
    let all = values.iter().fold(0usize, |sum, n| sum.saturating_add(*n));
    if all == 0 { Ok(()) } else { check_input(what, &[all]) }
}

impl fmt::Debug for Functional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match self.order() {
            Ok(order) => order,
            Err(error) => return write!(f, "Functional({error})"),
        };
        let names = |places: &[usize]| -> String {
            let names = places.iter().map(|at| order.steps[*at].name.as_str());
            names.collect::<Vec<_>>().join(", ")
        };
        write!(f, "Functional(")?;
        for step in &order.steps {
            write!(f, "{} = ", step.name)?;
            match step.node.what() {
                What::Input(shape) => write!(f, "Input({shape:?})")?,
                What::Layer(layer) => write!(f, "{layer:?}({})", names(&step.inputs))?,
                What::Merge(merge) => write!(f, "{merge:?}({})", names(&step.inputs))?,
            }
            write!(f, "; ")?;
        }
        write!(f, "{} -> {})", names(&order.inputs), names(&order.outputs))
    }
}
