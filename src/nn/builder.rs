//! A network in the making: each layer is built for the shapes of what it takes, and what does not fit
//! is named.

use super::layer::{Op, WeightSpec};
use super::masks::{MaskFlow, Masks};
use super::network::{BuiltLayer, InputSpec, Network, Port};
use super::size::{MOST, volume};
use crate::error::{Error, Result};
use std::collections::BTreeSet;

/// A network in the making.
pub(super) struct Builder {
    inputs: Vec<InputSpec>,
    layers: Vec<BuiltLayer>,
    masks: Masks,
    weights: usize,
}

impl Builder {
    pub fn new(inputs: Vec<InputSpec>) -> Self {
        Builder { inputs, layers: Vec::new(), masks: Masks::default(), weights: 0 }
    }

    pub fn layers(&self) -> &[BuiltLayer] {
        &self.layers
    }

    fn shape(&self, port: Port) -> &[usize] {
        match port {
            Port::Input(i) => &self.inputs[i].shape,
            Port::Layer(i) => self.layers[i].op.output(),
        }
    }

    /// Adds the layer that `build` makes for the shapes of these inputs, which are there already;
    /// with the weights of another layer, if it shares them.
    ///
    /// # Errors
    /// If it cannot take them: names the layer, its input shape and what it needs.
    pub fn add(
        &mut self,
        name: String,
        class_name: &str,
        inputs: Vec<Port>,
        shares: Option<usize>,
        build: impl FnOnce(&[&[usize]]) -> Result<Box<dyn Op>>,
    ) -> Result<()> {
        let place = self.layers.len();
        let named = |e| name_layer(e, &name, place);
        let too_large = |what: &str, shape: &[usize]| {
            named(Error::shape(what, shape, format!("{MOST} values are the most there can be")))
        };
        let shapes: Vec<&[usize]> = inputs.iter().map(|port| self.shape(*port)).collect();
        let op = build(&shapes).map_err(named)?;
        for spec in op.weights() {
            spec.initializer.check(&spec.shape).map_err(named)?;
            if volume(&spec.shape).is_none() {
                return Err(too_large(spec.name, &spec.shape));
            }
            spec.constraint.check(&spec.shape).map_err(named)?;
            spec.regularizer.check().map_err(named)?;
        }
        op.activation().check().map_err(named)?;
        op.activity_regularizer().check().map_err(named)?;
        if volume(op.output()).is_none() {
            return Err(too_large("its output", op.output()));
        }
        if op.mask_flow() == MaskFlow::Refuses && self.masks.reach(&inputs) {
            let what = format!("{class_name}: its input");
            return Err(named(
                Error::argument(what, "masked", "without a mask")
                    .hint("put it before the layer that makes the mask"),
            ));
        }
        let count: usize = op.weights().iter().map(WeightSpec::len).sum();
        let weights = match shares.map(|first| &self.layers[first]) {
            None => self.weights..self.weights + count,
            Some(first) => {
                let same = |(a, b): (&WeightSpec, &WeightSpec)| a.shape == b.shape;
                let theirs = first.op.weights();
                if op.weights().len() != theirs.len() || !op.weights().iter().zip(theirs).all(same)
                {
                    let expected = format!(
                        "a shared layer has one set of weights, here those for {:?}",
                        self.shape(first.inputs[0])
                    );
                    return Err(named(Error::shape(class_name, shapes[0], expected)));
                }
                first.weights.clone()
            }
        };
        self.weights = self.weights.max(weights.end);
        self.masks.add(&inputs, &*op);
        let class_name = class_name.to_string();
        let trainable = true;
        let layer = BuiltLayer { name, class_name, weights, trainable, op, inputs, shares };
        self.layers.push(layer);
        Ok(())
    }

    /// The network whose outputs are those of these layers, and whose layers in the places of
    /// `frozen` are changed by no step.
    pub fn finish(mut self, outputs: Vec<usize>, frozen: &BTreeSet<usize>) -> Network {
        for place in frozen {
            if let Some(layer) = self.layers.get_mut(*place) {
                layer.trainable = false;
            }
        }
        for place in 0..self.layers.len() {
            if let Some(first) = self.layers[place].shares {
                self.layers[place].trainable = self.layers[first].trainable;
            }
        }
        Network::new(self.inputs, self.layers, outputs)
    }
}

/// Refuses an input's shape of which there can be no sample.
pub(super) fn check_input(what: &str, shape: &[usize]) -> Result<()> {
    if shape.is_empty() || shape.contains(&0) {
        let expected = "an input needs at least one axis and no axis of length 0";
        return Err(Error::shape(what, shape, expected));
    }
    if volume(shape).is_none() {
        let expected = format!("{MOST} values are the most there can be");
        return Err(Error::shape(what, shape, expected));
    }
    Ok(())
}

fn name_layer(error: Error, name: &str, index: usize) -> Error {
    let place = format!("layer {} '{name}'", index + 1);
    match error {
        Error::Shape { what, got, expected } => {
            Error::Shape { what: format!("{place} ({what}), its input"), got, expected }
        }
        Error::Argument { what, got, expected, hint } => {
            Error::Argument { what: format!("{place}, {what}"), got, expected, hint }
        }
        other => other,
    }
}
