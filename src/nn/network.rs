//! A model whose shapes are worked out: its layers in the order in which they are computed, each
//! with where its inputs come from.

use super::gradient_plan::GradientPlan;
use super::layer::{Op, WeightSpec};
use super::masks::Masks;
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
    /// The layer before it whose weights it uses, if this is a further use of a shared layer.
    pub shares: Option<usize>,
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
    /// How often each layer's weights are used behind it.
    later_uses: Vec<usize>,
}

impl Network {
    pub(super) fn new(
        inputs: Vec<InputSpec>,
        layers: Vec<BuiltLayer>,
        outputs: Vec<usize>,
    ) -> Self {
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
        let object = |layer: usize| layers[layer].shares.unwrap_or(layer);
        let later = |i| (i + 1..layers.len()).filter(|later| object(*later) == object(i)).count();
        let shared = layers.iter().any(|layer| layer.shares.is_some());
        let later_uses = (0..layers.len()).map(|i| if shared { later(i) } else { 0 }).collect();
        let mut network = Network {
            inputs,
            outputs,
            input,
            output,
            layers,
            trainable,
            moving,
            plan,
            masks,
            later_uses,
        };
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
        let own = self.own_layers().map(|(_, layer)| layer);
        own.filter(|layer| layer.trainable).flat_map(weights_of)
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
            layer.shares.is_none()
                && layer.inputs == [i.checked_sub(1).map_or(Port::Input(0), Port::Layer)]
        };
        self.inputs.len() == 1
            && self.outputs == [self.layers.len() - 1]
            && self.layers.iter().enumerate().all(|(i, layer)| follows(i, layer))
    }

    /// The layers, in the order in which they are computed; a shared one is there for each of its
    /// uses.
    pub fn layers(&self) -> &[BuiltLayer] {
        &self.layers
    }

    /// The layers, each once, with their places among all uses.
    pub fn own_layers(&self) -> impl Iterator<Item = (usize, &BuiltLayer)> {
        self.layers.iter().enumerate().filter(|(_, layer)| layer.shares.is_none())
    }

    /// Whether a layer's weights are used in this place alone.
    pub(crate) fn used_once(&self, layer: usize) -> bool {
        self.layers[layer].shares.is_none() && self.later_uses[layer] == 0
    }

    /// Lets `work` add the gradients of a layer's weights to those of all weights, in the order of a
    /// backward pass. Where the layer is used again behind it, they are made in `room` and added to
    /// what the later uses brought.
    pub(crate) fn add_gradients(
        &self,
        layer: usize,
        gradients: &mut [f32],
        room: &mut [f32],
        work: impl FnOnce(&mut [f32]),
    ) {
        let built = &self.layers[layer];
        let later = self.later_uses[layer];
        if later == 0 {
            return work(&mut gradients[built.weights.clone()]);
        }
        let room = &mut room[..built.weights.len()];
        room.fill(0.0);
        work(room);
        let numbers = built.op.numbers();
        let momentum = numbers.iter().find(|(name, _)| *name == "momentum");
        for (spec, range) in weights_of(built) {
            // A moving average takes one use after the other in: the later ones leave less of it.
            let factor = match momentum {
                Some((_, momentum)) if !spec.trainable => momentum.powi(later as i32),
                _ => 1.0,
            };
            let from = range.start - built.weights.start;
            let more = &room[from..from + range.len()];
            gradients[range].iter_mut().zip(more).for_each(|(g, more)| *g += factor * more);
        }
    }

    /// Floats of the room that [`add_gradients`](Self::add_gradients) needs.
    pub(crate) fn gradient_room(&self) -> usize {
        let shared = self.layers.iter().zip(&self.later_uses).filter(|(_, later)| **later > 0);
        shared.map(|(layer, _)| layer.weights.len()).max().unwrap_or(0)
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
        self.layers.iter().map(|l| l.weights.end).max().unwrap_or(0)
    }

    /// Every weight with its layer's name and its place in the flat slice.
    pub fn weights(&self) -> impl Iterator<Item = (&str, &WeightSpec, Range<usize>)> {
        self.own_layers().flat_map(|(_, layer)| {
            weights_of(layer).map(|(spec, range)| (layer.name.as_str(), spec, range))
        })
    }

    /// Fresh weights; the same `seed` gives the same ones.
    pub fn initialize(&self, seed: u64) -> Vec<f32> {
        let mut all = vec![0.0; self.weight_count()];
        for (i, (_, spec, range)) in self.weights().enumerate() {
            spec.initializer.fill(&mut all[range], &spec.shape, derive_seed(seed, i as u64));
        }
        for (i, layer) in self.own_layers() {
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

/// A seed for the `index`-th thing under `seed` (the output function of SplitMix64, Steele et
/// al., 2014).
pub fn derive_seed(seed: u64, index: u64) -> u64 {
    let mut z = seed ^ index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
