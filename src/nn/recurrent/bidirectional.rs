//! A recurrent layer in both directions.

use super::{GRU, LSTM, SimpleRNN};
use crate::config::{Config, Configured, Object, Settings, Value, configured_layer, named, wrong};
use crate::error::{Error, Result};
use crate::kernels::vectorized;
use crate::nn::derive_seed;
use crate::nn::layer::{Backward, Forward, Layer, Op, WeightSpec, fresh_weights};
use crate::nn::masks::MaskFlow;
use serde_json::Value as Json;

/// Any recurrent layer: an [`LSTM`], a [`GRU`] or a [`SimpleRNN`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Recurrent {
    /// A long short-term memory.
    LSTM(LSTM),
    /// A gated recurrent unit.
    GRU(GRU),
    /// A plain recurrent layer.
    SimpleRNN(SimpleRNN),
}

macro_rules! kinds {
    ($($kind:ident),*) => {
        $(
            impl From<$kind> for Recurrent {
                fn from(layer: $kind) -> Self {
                    Recurrent::$kind(layer)
                }
            }
        )*

        impl Recurrent {
            fn layer(&self) -> &dyn Layer {
                match self {
                    $(Recurrent::$kind(layer) => layer,)*
                }
            }

            fn common(&mut self) -> &mut super::settings::Common {
                match self {
                    $(Recurrent::$kind(layer) => layer.common_mut(),)*
                }
            }
        }

        impl Value for Recurrent {
            fn to_value(&self) -> Json {
                self.layer().config().map_or(Json::Null, |config| config.to_value())
            }

            fn from_value(json: &Json) -> Result<Self> {
                let config = Config::from_value(json)?;
                match config.class_name() {
                    $(stringify!($kind) => Ok($kind::read(&config.reader())?.into()),)*
                    _ => {
                        let known = [$(stringify!($kind)),*].join(", ");
                        Err(wrong(&config.class_name().into(), format!("one of {known}")))
                    }
                }
            }
        }
    };
}
kinds!(LSTM, GRU, SimpleRNN);

/// How [`Bidirectional`] combines its two outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MergeMode {
    /// The features of both, one after the other; the default.
    #[default]
    Concat,
    /// The sum of both.
    Sum,
    /// The elementwise product of both.
    Mul,
    /// The average of both.
    Ave,
}

named!(MergeMode: Concat = "concat", Sum = "sum", Mul = "mul", Ave = "ave");

/// A recurrent layer over a sequence, and another of the same kind, with its own weights, over the
/// reversed sequence, as Keras' `Bidirectional` (Schuster and Paliwal, 1997).
///
/// The two outputs are concatenated, which doubles the features, or combined as
/// [`merge_mode`](Self::merge_mode) says. With `return_sequences` both outputs of a step belong to
/// that step of the input.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([28, 28])
///     .add(Bidirectional::new(LSTM::new(64).return_sequences(true)))
///     .add(Bidirectional::new(GRU::new(16)).merge_mode(MergeMode::Sum))
///     .add(Dense::new(10).activation(Softmax));
/// let shapes: Vec<Vec<usize>> =
///     net.build()?.layers().iter().map(|layer| layer.op.output().to_vec()).collect();
/// assert_eq!(shapes, [vec![28, 128], vec![16], vec![10]]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Bidirectional {
    layer: Recurrent,
    merge_mode: MergeMode,
}

impl Bidirectional {
    /// This layer in both directions, with concatenated outputs.
    pub fn new(layer: impl Into<Recurrent>) -> Self {
        let mut layer = layer.into();
        // As in Keras: the output at masked steps is 0 in both directions.
        let common = layer.common();
        common.zero_output_for_mask = common.return_sequences;
        Bidirectional { layer, merge_mode: MergeMode::Concat }
    }

    /// How the two outputs are combined; [`MergeMode::Concat`] by default.
    pub fn merge_mode(mut self, merge_mode: MergeMode) -> Self {
        self.merge_mode = merge_mode;
        self
    }

    /// The layer for the reversed direction.
    fn other_way(&self) -> Recurrent {
        let mut other = self.layer.clone();
        let common = other.common();
        common.go_backwards = !common.go_backwards;
        other
    }
}

impl Configured for Bidirectional {
    const MODULE: &'static str = "keras.layers";
    const CLASS: &'static str = "Bidirectional";

    fn write(&self, settings: &mut Object) {
        settings.insert("merge_mode".into(), self.merge_mode.to_value());
        settings.insert("layer".into(), self.layer.to_value());
    }

    fn read(from: &Settings<'_>) -> Result<Self> {
        let mut new = Bidirectional::new(from.get::<Recurrent>("layer")?);
        from.read("merge_mode", &mut new.merge_mode)?;
        let mut other = new.other_way();
        let expected = format!("{other:?}");
        from.read("backward_layer", &mut other)?;
        if format!("{other:?}") != expected {
            let got = "a layer with settings of its own";
            let only = "the settings of \"layer\" in the other direction: here there are no others";
            return Err(Error::argument("Bidirectional: backward_layer", got, only));
        }
        from.end()?;
        Ok(new)
    }
}

impl Layer for Bidirectional {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let mut layer = self.layer.clone();
        let common = layer.common();
        // The penalty applies to the merged output.
        let (sequences, activity) = (common.return_sequences, common.activity_regularizer);
        if common.go_backwards {
            let what = "Bidirectional: go_backwards of the layer";
            return Err(Error::argument(what, true, "false: it goes both ways"));
        }
        let ways = [self.layer.layer().build(input)?, self.other_way().layer().build(input)?];
        let mut output = ways[0].output().to_vec();
        let features = output.last().copied().unwrap_or(1);
        if let (MergeMode::Concat, Some(last)) = (self.merge_mode, output.last_mut()) {
            *last *= 2;
        }
        let mut weights = Vec::new();
        for (way, names) in ways.iter().zip([FORWARD, BACKWARD]) {
            for (spec, name) in way.weights().iter().zip(names) {
                weights.push(WeightSpec { name, ..spec.clone() });
            }
        }
        if !activity.is_none() {
            return Err(Error::argument(
                "Bidirectional: the layer's activity regularizer",
                format!("{activity:?}"),
                "none: put it on the layer behind",
            ));
        }
        Ok(Box::new(BidirectionalOp {
            steps: if sequences { input[0] } else { 1 },
            input: input.iter().product(),
            features,
            output,
            merge: self.merge_mode,
            ways,
            weights,
        }))
    }
}

const FORWARD: [&str; 3] = ["forward_kernel", "forward_recurrent_kernel", "forward_bias"];
const BACKWARD: [&str; 3] = ["backward_kernel", "backward_recurrent_kernel", "backward_bias"];

struct BidirectionalOp {
    ways: [Box<dyn Op>; 2],
    merge: MergeMode,
    /// The shape of the output.
    steps: usize,
    /// Values of an input sample.
    input: usize,
    /// Features of one of the two outputs.
    features: usize,
    output: Vec<usize>,
    weights: Vec<WeightSpec>,
}

impl BidirectionalOp {
    /// Values of a sample in one of the two outputs.
    fn one(&self) -> usize {
        self.steps * self.features
    }

    /// Both outputs or their gradients, room for an input gradient, and the scratch of both.
    fn lengths(&self, rows: usize) -> [usize; 5] {
        let [a, b] = [0, 1].map(|way| self.ways[way].scratch_for(rows));
        [rows * self.one(), rows * self.one(), rows * self.input, a, b]
    }

    fn kept<'a>(&self, scratch: &'a mut [f32], rows: usize) -> [&'a mut [f32]; 5] {
        let mut rest = scratch;
        self.lengths(rows).map(|length| {
            let (part, after) = std::mem::take(&mut rest).split_at_mut(length);
            rest = after;
            part
        })
    }

    /// Calls `merge(offset in the output, offset in the first, offset in the second)` for each step
    /// of each sample; the second layer has the steps in reversed order.
    fn places(&self, rows: usize, mut merge: impl FnMut(usize, usize, usize)) {
        let wide = if self.merge == MergeMode::Concat { 2 } else { 1 };
        for row in 0..rows {
            for step in 0..self.steps {
                let place = row * self.steps + step;
                let other = row * self.steps + (self.steps - 1 - step);
                let n = self.features;
                merge(place * wide * n, place * n, other * n);
            }
        }
    }

    fn halves(&self) -> usize {
        self.ways[0].weights().iter().map(WeightSpec::len).sum()
    }
}

impl Op for BidirectionalOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn weights(&self) -> &[WeightSpec] {
        &self.weights
    }

    fn mask_flow(&self) -> MaskFlow {
        self.ways[0].mask_flow()
    }

    fn heeds_mask(&self) -> bool {
        true
    }

    fn keras_groups(&self) -> Vec<(String, usize)> {
        let half = self.weights.len() / 2;
        ["forward_layer/cell", "backward_layer/cell"].map(|group| (group.into(), half)).into()
    }

    fn initialize(&self, seed: u64) -> Option<Vec<f32>> {
        let fresh = |way: usize| fresh_weights(&*self.ways[way], derive_seed(seed, way as u64));
        Some([fresh(0), fresh(1)].concat())
    }

    fn scratch(&self) -> usize {
        self.lengths(1).iter().sum()
    }

    fn scratch_for(&self, rows: usize) -> usize {
        self.lengths(rows).iter().sum()
    }

    fn writes_gradients(&self) -> bool {
        true
    }

    fn work(&self) -> usize {
        self.ways.iter().map(|way| way.work()).sum()
    }

    fn forward(&self, pass: Forward<'_>) {
        let [a, b, _, scratch_a, scratch_b] = self.kept(pass.scratch, pass.rows);
        let weights = pass.weights.split_at(self.halves());
        let parts = [(&mut *a, scratch_a, weights.0), (&mut *b, scratch_b, weights.1)];
        for (i, (way, (y, scratch, weights))) in self.ways.iter().zip(parts).enumerate() {
            way.forward(Forward {
                rows: pass.rows,
                training: pass.training,
                seed: derive_seed(pass.seed, i as u64),
                x: pass.x,
                y,
                weights,
                scratch,
                mask: pass.mask,
            });
        }
        let (n, y) = (self.features, pass.y);
        self.places(pass.rows, |to, from, other| {
            let (a, b) = (&a[from..from + n], &b[other..other + n]);
            if self.merge == MergeMode::Concat {
                y[to..to + n].copy_from_slice(a);
                y[to + n..to + 2 * n].copy_from_slice(b);
                return;
            }
            let pairs = y[to..to + n].iter_mut().zip(a.iter().zip(b));
            vectorized(|| match self.merge {
                MergeMode::Mul => pairs.for_each(|(y, (a, b))| *y = a * b),
                MergeMode::Ave => pairs.for_each(|(y, (a, b))| *y = (a + b) * 0.5),
                _ => pairs.for_each(|(y, (a, b))| *y = a + b),
            });
        });
    }

    fn backward(&self, pass: Backward<'_>) {
        let [a, b, room, scratch_a, scratch_b] = self.kept(pass.scratch, pass.rows);
        let (n, dy) = (self.features, &*pass.dy);
        self.places(pass.rows, |from, to, other| {
            let (a, b) = (&mut a[to..to + n], &mut b[other..other + n]);
            if self.merge == MergeMode::Concat {
                a.copy_from_slice(&dy[from..from + n]);
                b.copy_from_slice(&dy[from + n..from + 2 * n]);
                return;
            }
            for (d, (a, b)) in dy[from..from + n].iter().zip(a.iter_mut().zip(b)) {
                (*a, *b) = match self.merge {
                    MergeMode::Mul => (d * *b, d * *a),
                    MergeMode::Ave => (d * 0.5, d * 0.5),
                    _ => (*d, *d),
                };
            }
        });
        let half = self.halves();
        let (weights, gradients) = (pass.weights.split_at(half), pass.gradients.split_at_mut(half));
        let mut dx = pass.dx;
        let one = |way: usize, dy, weights, gradients, scratch, dx: Option<&mut [f32]>| {
            self.ways[way].backward(Backward {
                rows: pass.rows,
                x: pass.x,
                // A recurrent layer does not read its output: it keeps its states.
                y: &[],
                dy,
                before_activation: false,
                factors: false,
                dx,
                weights,
                gradients,
                scratch,
                mask: pass.mask,
            });
        };
        one(0, a, weights.0, gradients.0, scratch_a, dx.as_deref_mut());
        let second = dx.is_some().then_some(&mut *room);
        one(1, b, weights.1, gradients.1, scratch_b, second);
        if let Some(dx) = dx {
            vectorized(|| dx.iter_mut().zip(room.iter()).for_each(|(d, r)| *d += r));
        }
    }
}
