//! A model whose shapes are worked out: its layers in the order in which they are computed, each
//! with where its inputs come from.

use super::gradient_plan::GradientPlan;
use super::layer::{Op, WeightSpec};
use super::masks::{MaskFlow, Masks};
use super::size::{MOST, volume};
use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::ops::Range;

/// Where an input of a layer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// An input of the network, counted from 0.
    Input(usize),
    /// The output of a layer before, counted from 0.
    Layer(usize),
}

/// An input of a [`Network`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputSpec {
    /// Keras' name, as in `input_layer`.
    pub name: String,
    /// The shape of one sample.
    pub shape: Vec<usize>,
}

impl InputSpec {
    pub(super) fn new(name: impl Into<String>, shape: &[usize]) -> Self {
        InputSpec { name: name.into(), shape: shape.to_vec() }
    }

    /// Values in one sample.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A layer of a [`Network`].
pub struct BuiltLayer {
    /// Keras' name, as in `dense_1`.
    pub name: String,
    /// Keras' class name, as in `Dense`.
    pub class_name: String,
    /// Where its weights stand among those of the network.
    pub weights: Range<usize>,
    /// Whether a training step changes its weights: not if it is frozen.
    pub trainable: bool,
    /// What it computes.
    pub op: Box<dyn Op>,
    /// Where its inputs come from: one, but for what merges several.
    pub inputs: Vec<Port>,
}

impl BuiltLayer {
    /// Whether a training step changes weights of it.
    pub fn learns(&self) -> bool {
        self.trainable && !self.op.weights().is_empty()
    }

    /// Whether it takes statistics of the batch in a training step. A frozen layer has those that
    /// it has, as Keras' frozen batch normalization.
    pub fn whole_batch(&self) -> bool {
        self.trainable && self.op.whole_batch()
    }

    /// Whether a training step is one for this layer: a frozen one that would take statistics of
    /// the batch predicts.
    pub fn trains(&self) -> bool {
        self.trainable || !self.op.whole_batch()
    }

    /// Values in one output sample.
    pub fn len(&self) -> usize {
        self.op.output().iter().product()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Elements of an array from which on several threads update it, each a piece.
pub const LARGE: usize = 10_000;

/// A model with every shape worked out. Weights are kept apart, in one flat slice.
pub struct Network {
    inputs: Vec<InputSpec>,
    outputs: Vec<usize>,
    input: Vec<usize>,
    output: Vec<usize>,
    layers: Vec<BuiltLayer>,
    trainable: Vec<Range<usize>>,
    moving: Vec<Range<usize>>,
    plan: GradientPlan,
    masks: Masks,
}

impl Network {
    fn new(inputs: Vec<InputSpec>, layers: Vec<BuiltLayer>, outputs: Vec<usize>) -> Self {
        let input = match inputs.as_slice() {
            [one] => one.shape.clone(),
            several => vec![several.iter().map(InputSpec::len).sum()],
        };
        let output = match outputs.as_slice() {
            [one] => layers[*one].op.output().to_vec(),
            several => vec![several.iter().map(|i| layers[*i].len()).sum()],
        };
        let plan = GradientPlan::new(&layers, &outputs);
        let masks = Masks::of(&layers);
        let (trainable, moving) = (Vec::new(), Vec::new());
        let mut network =
            Network { inputs, outputs, input, output, layers, trainable, moving, plan, masks };
        let ranges = |by_optimizer: bool| -> Vec<Range<usize>> {
            let all = network.changing().filter(|(spec, _)| spec.trainable == by_optimizer);
            all.fold(Vec::new(), |mut joined: Vec<Range<usize>>, (_, range)| {
                match joined.last_mut() {
                    Some(last)
                        if last.end == range.start && last.len().max(range.len()) < LARGE =>
                    {
                        last.end = range.end;
                    }
                    _ => joined.push(range),
                }
                joined
            })
        };
        (network.trainable, network.moving) = (ranges(true), ranges(false));
        network
    }

    /// The weights that the optimiser changes: large arrays, and smaller neighbours joined.
    pub fn trainable(&self) -> &[Range<usize>] {
        &self.trainable
    }

    /// The weights that their layers change themselves, as moving averages.
    pub fn moving(&self) -> &[Range<usize>] {
        &self.moving
    }

    /// Every weight of the layers that are not frozen, with its place.
    fn changing(&self) -> impl Iterator<Item = (&WeightSpec, Range<usize>)> {
        self.layers.iter().filter(|layer| layer.trainable).flat_map(weights_of)
    }

    /// Every weight that the optimiser changes, with its place.
    pub fn trained(&self) -> impl Iterator<Item = (&WeightSpec, Range<usize>)> {
        self.changing().filter(|(spec, _)| spec.trainable)
    }

    /// The shape of one input sample; where there are several inputs, one axis with the values of
    /// all, one input after the other.
    pub fn input(&self) -> &[usize] {
        &self.input
    }

    /// The shape of one output sample; where there are several outputs, one axis with the values
    /// of all, one output after the other.
    pub fn output(&self) -> &[usize] {
        &self.output
    }

    /// The inputs, each by itself.
    pub fn inputs(&self) -> &[InputSpec] {
        &self.inputs
    }

    /// Where the values of an input stand in a sample.
    pub fn input_range(&self, input: usize) -> Range<usize> {
        let start: usize = self.inputs[..input].iter().map(InputSpec::len).sum();
        start..start + self.inputs[input].len()
    }

    /// The layers whose outputs are the network's.
    pub fn outputs(&self) -> &[usize] {
        &self.outputs
    }

    /// The layer that the only output comes from.
    pub fn last(&self) -> Option<&BuiltLayer> {
        match self.outputs.as_slice() {
            [one] => self.layers.get(*one),
            _ => None,
        }
    }

    /// Whether the layers stand one after the other.
    pub fn is_chain(&self) -> bool {
        let follows = |i: usize, layer: &BuiltLayer| {
            layer.inputs == [i.checked_sub(1).map_or(Port::Input(0), Port::Layer)]
        };
        self.inputs.len() == 1
            && self.outputs == [self.layers.len() - 1]
            && self.layers.iter().enumerate().all(|(i, layer)| follows(i, layer))
    }

    /// The layers, in the order in which they are computed.
    pub fn layers(&self) -> &[BuiltLayer] {
        &self.layers
    }

    /// The part of it up to a layer, whose output is the part's only one.
    pub(crate) fn up_to(self, layer: usize) -> Self {
        let mut layers = self.layers;
        layers.truncate(layer + 1);
        Network::new(self.inputs, layers, vec![layer])
    }

    /// Which buffers a backward pass needs.
    pub(crate) fn plan(&self) -> &GradientPlan {
        &self.plan
    }

    /// Which steps count where.
    pub(crate) fn masks(&self) -> &Masks {
        &self.masks
    }

    /// Whether a mask says which steps of the only output count.
    pub(crate) fn masked_output(&self) -> bool {
        matches!(self.outputs.as_slice(), [one] if self.masks.at_output(*one))
    }

    /// The number of weights in all.
    pub fn weight_count(&self) -> usize {
        self.layers.last().map_or(0, |l| l.weights.end)
    }

    /// Every weight with its layer's name and its place in the flat slice.
    pub fn weights(&self) -> impl Iterator<Item = (&str, &WeightSpec, Range<usize>)> {
        self.layers.iter().flat_map(|layer| {
            weights_of(layer).map(|(spec, range)| (layer.name.as_str(), spec, range))
        })
    }

    /// Fresh weights; the same `seed` gives the same ones.
    pub fn initialize(&self, seed: u64) -> Vec<f32> {
        let mut all = vec![0.0; self.weight_count()];
        for (i, (_, spec, range)) in self.weights().enumerate() {
            spec.initializer.fill(&mut all[range], &spec.shape, derive_seed(seed, i as u64));
        }
        for (i, layer) in self.layers.iter().enumerate() {
            if let Some(own) = layer.op.initialize(derive_seed(seed, i as u64)) {
                all[layer.weights.clone()].copy_from_slice(&own);
            }
        }
        all
    }

    /// Multiplications that one sample takes in a forward pass.
    pub fn work(&self) -> usize {
        self.layers.iter().map(|l| l.op.work()).sum()
    }
}

/// A layer's weights, with their places among those of the network.
fn weights_of(layer: &BuiltLayer) -> impl Iterator<Item = (&WeightSpec, Range<usize>)> {
    let mut at = layer.weights.start;
    layer.op.weights().iter().map(move |spec| {
        let range = at..at + spec.len();
        at = range.end;
        (spec, range)
    })
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.layers.iter().map(|l| &l.name)).finish()
    }
}

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

    /// Adds the layer that `build` makes for the shapes of these inputs, which are there already.
    ///
    /// # Errors
    /// If it cannot take them: names the layer, its input shape and what it needs.
    pub fn add(
        &mut self,
        name: String,
        class_name: &str,
        inputs: Vec<Port>,
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
        self.masks.add(&inputs, &*op);
        let count: usize = op.weights().iter().map(WeightSpec::len).sum();
        let weights = self.weights..self.weights + count;
        self.weights = weights.end;
        let class_name = class_name.to_string();
        let trainable = true;
        self.layers.push(BuiltLayer { name, class_name, weights, trainable, op, inputs });
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

/// A seed for the `index`-th thing under `seed` (the output function of SplitMix64, Steele et
/// al., 2014).
pub fn derive_seed(seed: u64, index: u64) -> u64 {
    let mut z = seed ^ index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
