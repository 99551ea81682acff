//! A stack of layers.

use super::layer::{Layer, Op, WeightSpec};
use super::size::{MOST, volume};
use crate::config::snake_case;
use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::ops::Range;
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
    /// A model of inputs of this shape, without the batch axis: `[25]`, or `[28, 28, 1]` for
    /// pictures (height, width, channels).
    pub fn new(input: impl Into<Vec<usize>>) -> Self {
        Sequential { input: input.into(), layers: Vec::new(), frozen: BTreeSet::new() }
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
        if self.input.is_empty() || self.input.contains(&0) {
            return Err(Error::shape(
                "Sequential::new",
                &self.input,
                "an input needs at least one axis and no axis of length 0",
            ));
        }
        if volume(&self.input).is_none() {
            let expected = format!("{MOST} values are the most there can be");
            return Err(Error::shape("Sequential::new", &self.input, expected));
        }
        let mut layers: Vec<BuiltLayer> = Vec::with_capacity(self.layers.len());
        let mut shape = self.input.clone();
        let mut offset = 0;
        for (place, layer) in self.layers.iter().enumerate() {
            let name = unique_name(layer.class_name(), &layers);
            let named = |e| name_layer(e, &name, layers.len());
            let op = layer.build(&shape).map_err(named)?;
            let too_large = |what: &str, shape: &[usize]| {
                named(Error::shape(what, shape, format!("{MOST} values are the most there can be")))
            };
            for spec in op.weights() {
                spec.initializer.check(&spec.shape).map_err(named)?;
                if volume(&spec.shape).is_none() {
                    return Err(too_large(spec.name, &spec.shape));
                }
                spec.constraint.check(&spec.shape).map_err(named)?;
            }
            if volume(op.output()).is_none() {
                return Err(too_large("its output", op.output()));
            }
            let count: usize = op.weights().iter().map(WeightSpec::len).sum();
            shape = op.output().to_vec();
            layers.push(BuiltLayer {
                name,
                class_name: layer.class_name().to_string(),
                weights: offset..offset + count,
                trainable: !self.frozen.contains(&place),
                op,
            });
            offset += count;
        }
        if layers.is_empty() {
            return Err(Error::argument("Sequential: the number of layers", 0, "at least 1")
                .hint("add one, as in .add(Dense::new(3).activation(Softmax))"));
        }
        Ok(Network::new(self.input.clone(), shape, layers))
    }
}

/// Keras' names: `dense`, `dense_1`, `dense_2`, … counted by class within the model.
fn unique_name(class_name: &str, before: &[BuiltLayer]) -> String {
    let snake = snake_case(class_name);
    // Two classes of one's own may differ in their capital letters alone.
    let free = |name: &String| before.iter().all(|l| l.name != *name);
    let count = before.iter().filter(|l| l.class_name == class_name).count();
    let numbered = (count.max(1)..).map(|n| format!("{snake}_{n}"));
    let first = (count == 0).then(|| snake.clone());
    first.into_iter().chain(numbered).find(free).unwrap_or(snake)
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
}

/// A [`Sequential`] with every shape worked out. Weights are kept apart, in one flat slice.
pub struct Network {
    input: Vec<usize>,
    output: Vec<usize>,
    layers: Vec<BuiltLayer>,
    trainable: Vec<Range<usize>>,
    moving: Vec<Range<usize>>,
}

impl Network {
    fn new(input: Vec<usize>, output: Vec<usize>, layers: Vec<BuiltLayer>) -> Self {
        let mut network =
            Network { input, output, layers, trainable: Vec::new(), moving: Vec::new() };
        let ranges = |by_optimizer: bool| -> Vec<Range<usize>> {
            let all = network.changing().filter(|(spec, _)| spec.trainable == by_optimizer);
            all.fold(Vec::new(), |mut joined: Vec<Range<usize>>, (_, range)| {
                match joined.last_mut() {
                    Some(last) if last.end == range.start => last.end = range.end,
                    _ => joined.push(range),
                }
                joined
            })
        };
        (network.trainable, network.moving) = (ranges(true), ranges(false));
        network
    }

    /// The weights that the optimiser changes, neighbours joined.
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

    /// The shape of one input sample.
    pub fn input(&self) -> &[usize] {
        &self.input
    }

    /// The shape of one output sample.
    pub fn output(&self) -> &[usize] {
        &self.output
    }

    /// The layers, first to last.
    pub fn layers(&self) -> &[BuiltLayer] {
        &self.layers
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

/// A seed for the `index`-th thing under `seed` (the output function of SplitMix64, Steele et
/// al., 2014).
pub fn derive_seed(seed: u64, index: u64) -> u64 {
    let mut z = seed ^ index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
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
        let net = Sequential::new([28, 28, 1]).add(Relu).add(Dense::new(3));
        let error = net.build().unwrap_err().to_string();
        for part in ["layer 2", "'dense'", "[28, 28, 1]", "Flatten"] {
            assert!(error.contains(part), "{error}");
        }
        assert!(Sequential::new([4]).build().unwrap_err().to_string().contains("at least 1"));
        assert!(Sequential::new([0]).add(Relu).build().is_err());
    }
}
