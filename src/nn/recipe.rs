//! What a model is made from: a stack or a graph of layers.

use super::{Functional, Layer, Network, Sequential};
use crate::config::Config;
use crate::error::Result;
use std::fmt;

/// The recipe of a model, without weights.
#[derive(Clone)]
pub enum Recipe {
    /// A plain stack of layers.
    Sequential(Sequential),
    /// A graph of layers.
    Functional(Functional),
}

impl Recipe {
    /// The operations, with every shape worked out.
    ///
    /// # Errors
    /// If the layers do not fit together.
    pub fn build(&self) -> Result<Network> {
        match self {
            Recipe::Sequential(net) => net.build(),
            Recipe::Functional(net) => net.build(),
        }
    }

    /// The layers in Keras' form.
    ///
    /// # Errors
    /// If the layers do not fit together, or one is code that cannot be written down.
    pub fn to_config(&self) -> Result<Config> {
        match self {
            Recipe::Sequential(net) => net.to_config(),
            Recipe::Functional(net) => net.to_config(),
        }
    }

    /// The layers of a configuration, as [`to_config`](Self::to_config) or Keras made it.
    ///
    /// # Errors
    /// If it is neither a `Sequential` nor a functional model, or a part of it does not exist here.
    pub fn from_config(config: &Config) -> Result<Self> {
        match config.class_name() {
            "Functional" | "Model" => Functional::from_config(config).map(Recipe::Functional),
            "Sequential" => Sequential::from_config(config).map(Recipe::Sequential),
            _ => Err(config.unknown("the model", &["Sequential", "Functional"])),
        }
    }

    /// The names of the layers that the outputs come from, where there may be several.
    pub(crate) fn output_names(&self) -> Result<Vec<String>> {
        match self {
            Recipe::Sequential(_) => Ok(vec!["output".into()]),
            Recipe::Functional(net) => net.output_names(),
        }
    }

    /// Says whether steps change the weights of the layer in this place.
    pub(crate) fn set_trainable(&mut self, place: usize, trainable: bool) {
        match self {
            Recipe::Sequential(net) => net.set_trainable(place, trainable),
            Recipe::Functional(net) => net.set_trainable(place, trainable),
        }
    }

    /// The same with a layer behind the last, or behind the only output.
    pub(crate) fn add(self, layer: impl Layer + 'static) -> Self {
        match self {
            Recipe::Sequential(net) => net.add(layer).into(),
            Recipe::Functional(net) => net.add(layer).into(),
        }
    }

    /// The same as a graph.
    pub(crate) fn into_graph(self) -> Self {
        match self {
            Recipe::Sequential(net) => net.into_graph().into(),
            graph => graph,
        }
    }

    /// What Keras calls such a model, as in `sequential`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Recipe::Sequential(_) => "sequential",
            Recipe::Functional(_) => "functional",
        }
    }
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Recipe::Sequential(net) => net.fmt(f),
            Recipe::Functional(net) => net.fmt(f),
        }
    }
}

impl From<Sequential> for Recipe {
    fn from(net: Sequential) -> Self {
        Recipe::Sequential(net)
    }
}

impl From<Functional> for Recipe {
    fn from(net: Functional) -> Self {
        Recipe::Functional(net)
    }
}
