//! Each layer as operations of ONNX.
//!
//! ONNX has a picture's channels before its height and width, Keras after them. A value knows how
//! its axes stand, and is turned only where the next operation needs it otherwise.

use super::{directions, has_none};
use crate::config::Value;
use crate::error::Result;
use crate::io::onnx::{Attribute, Graph};
use crate::nn::{Activation, WeightSpec};
use serde_json::Value as Json;

/// What goes from one layer to the next.
#[derive(Clone)]
pub(super) struct Flow {
    value: String,
    /// The shape of a sample as the library has it, channels last.
    shape: Vec<usize>,
    channels_first: bool,
}

/// A layer and what a graph needs of it.
pub(super) struct Step<'a> {
    pub name: &'a str,
    pub class: &'a str,
    pub settings: &'a Json,
    pub activation: Activation,
    /// The shape of an output sample.
    pub output: &'a [usize],
    pub weights: Vec<(&'a WeightSpec, &'a [f32])>,
    /// Which steps of each input count, (samples, steps), if not all.
    pub masks: Vec<Option<String>>,
    /// Whether attention looks back only.
    pub causal: bool,
    /// Whether the layer does nothing but while training.
    pub only_trains: bool,
}

impl Flow {
    pub fn new(value: String, shape: &[usize]) -> Self {
        Flow { value, shape: shape.to_vec(), channels_first: false }
    }

    /// A value of a sample's shape, whose axes stand as said.
    pub fn of(value: String, shape: &[usize], channels_first: bool) -> Self {
        Flow { value, shape: shape.to_vec(), channels_first }
    }

    pub fn is_channels_first(&self) -> bool {
        self.channels_first
    }

    pub fn value(&self) -> &str {
        &self.value
    }

    /// The shape of a sample as the library has it, channels last.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Another value in its place, whose axes stand alike.
    pub fn become_value(self, value: String) -> Self {
        Flow { value, ..self }
    }

    /// With the axes as the library has them.
    pub fn channels_last(self, graph: &mut Graph) -> Self {
        let last = self.shape.len() as i64;
        let order: Vec<i64> = std::iter::once(0).chain(2..=last).chain([1]).collect();
        self.turned(graph, false, &order)
    }

    /// With the axes as ONNX' operations on pictures need them.
    pub fn channels_first(self, graph: &mut Graph) -> Self {
        let last = self.shape.len() as i64;
        let order: Vec<i64> = [0, last].into_iter().chain(1..last).collect();
        self.turned(graph, true, &order)
    }

    fn turned(self, graph: &mut Graph, first: bool, order: &[i64]) -> Self {
        if self.channels_first == first {
            return self;
        }
        let value = graph.node("Transpose", &[&self.value], &[Attribute::Ints("perm", order)]);
        Flow { value, channels_first: first, ..self }
    }

    /// The result of an operation on this value alone.
    pub fn node(self, graph: &mut Graph, op: &str, attributes: &[Attribute<'_>]) -> Self {
        let value = graph.node(op, &[&self.value], attributes);
        Flow { value, ..self }
    }

    /// A convolution of this value by weights, over channels in front.
    pub fn convolved(
        self,
        graph: &mut Graph,
        op: &str,
        weights: &[String],
        attributes: &[Attribute<'_>],
    ) -> Self {
        let flow = self.channels_first(graph);
        let inputs: Vec<&str> =
            std::iter::once(&flow.value).chain(weights).map(String::as_str).collect();
        let value = graph.node(op, &inputs, attributes);
        Flow { value, ..flow }
    }

    /// The result of an operation on this value and constants.
    pub fn with(self, graph: &mut Graph, op: &str, constants: &[String]) -> Self {
        let inputs: Vec<&str> =
            std::iter::once(&self.value).chain(constants).map(String::as_str).collect();
        let value = graph.node(op, &inputs, &[]);
        Flow { value, ..self }
    }
}

impl Step<'_> {
    /// Which steps of the first input count, if not all.
    pub fn mask(&self) -> Option<&str> {
        self.masks.first()?.as_deref()
    }

    /// Adds the layer's operations.
    pub fn write(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let flow = match self.class {
            "Dense" => {
                let flow = flow.channels_last(graph);
                let weights = self.constants(graph);
                match (flow.shape.len(), &weights[..]) {
                    (1, _) => flow.with(graph, "Gemm", &weights),
                    (_, [kernel, bias]) => flow
                        .with(graph, "MatMul", std::slice::from_ref(kernel))
                        .with(graph, "Add", std::slice::from_ref(bias)),
                    _ => flow.with(graph, "MatMul", &weights),
                }
            }
            "LSTM" | "GRU" | "SimpleRNN" => self.recurrent(graph, flow)?,
            "Bidirectional" => self.bidirectional(graph, flow)?,
            "Conv1D" | "Conv2D" => self.convolution(graph, flow)?,
            "MaxPooling1D" | "MaxPooling2D" => self.windows(graph, flow, "MaxPool")?,
            "AveragePooling1D" | "AveragePooling2D" => self.windows(graph, flow, "AveragePool")?,
            "GlobalAveragePooling1D" if self.mask().is_some() => self.masked_average(graph, flow),
            "Masking" => self.masking(graph, flow)?,
            "GlobalAveragePooling1D" | "GlobalAveragePooling2D" => {
                self.whole(graph, flow, "GlobalAveragePool")
            }
            "GlobalMaxPooling1D" | "GlobalMaxPooling2D" => self.whole(graph, flow, "GlobalMaxPool"),
            "BatchNormalization" => self.normalization(graph, flow)?,
            "Flatten" => {
                let flow = flow.channels_last(graph);
                flow.node(graph, "Flatten", &[Attribute::Int("axis", 1)])
            }
            "Reshape" => {
                let flow = flow.channels_last(graph);
                // 0 keeps the number of samples.
                let axes = self.output.iter().map(|n| *n as i64);
                let shape: Vec<i64> = std::iter::once(0).chain(axes).collect();
                let shape = graph.ints(&format!("{}/shape", self.name), &shape);
                flow.with(graph, "Reshape", &[shape])
            }
            "Rescaling" => {
                let listed = |key: &str| self.settings.get(key).is_some_and(Json::is_array);
                // A number for each channel is one for each place of the last axis.
                let flow = match listed("scale") || listed("offset") {
                    true => flow.channels_last(graph),
                    false => flow,
                };
                let scale = self.numbers(graph, "scale")?;
                let offset = self.numbers(graph, "offset")?;
                let flow = flow.with(graph, "Mul", &[scale]);
                flow.with(graph, "Add", &[offset])
            }
            "Activation" => flow,
            "DepthwiseConv2D" | "SeparableConv2D" => self.depthwise(graph, flow)?,
            "Conv2DTranspose" => self.transposed(graph, flow)?,
            "MultiHeadAttention" => self.attention(graph, &[flow])?,
            "Embedding" => self.embedding(graph, flow),
            "LayerNormalization" => self.layer_normalization(graph, flow)?,
            "RMSNormalization" => self.rms_normalization(graph, flow)?,
            "UnitNormalization" => {
                let flow = flow.channels_last(graph);
                let value = directions::directions(graph, flow.value(), -1, 1e-12);
                flow.become_value(value)
            }
            "PReLU" => {
                let flow = flow.channels_last(graph);
                let alpha = self.constants(graph);
                flow.with(graph, "PRelu", &alpha)
            }
            "Permute" | "RepeatVector" | "UpSampling1D" | "UpSampling2D" | "ZeroPadding1D"
            | "ZeroPadding2D" | "Cropping1D" | "Cropping2D" => self.rearranged(graph, flow)?,
            // Its layer ends with its activation already.
            "TimeDistributed" => return self.distributed(graph, flow),
            _ if self.only_trains => flow,
            other => return Err(has_none("its class", format!("'{other}'"))),
        };
        let flow = activated(graph, flow, self.activation);
        Ok(Flow { shape: self.output.to_vec(), ..flow })
    }

    pub fn setting<T: Value>(&self, key: &str) -> Result<T> {
        T::from_value(self.settings.get(key).unwrap_or(&Json::Null))
    }

    /// A setting that is a number or a list of them.
    fn numbers(&self, graph: &mut Graph, key: &str) -> Result<String> {
        let name = format!("{}/{key}", self.name);
        if self.settings.get(key).is_some_and(Json::is_array) {
            let values: Vec<f32> = self.setting(key)?;
            return Ok(graph.floats(&name, &[values.len()], &values));
        }
        Ok(graph.floats(&name, &[], &[self.setting(key)?]))
    }

    /// The weights as they are.
    pub fn constants(&self, graph: &mut Graph) -> Vec<String> {
        let add = |(spec, values): &(&WeightSpec, &[f32])| {
            graph.floats(&format!("{}/{}", self.name, spec.name), &spec.shape, values)
        };
        self.weights.iter().map(add).collect()
    }

    /// Adds a weight: of a kernel the axes [window …, in, out] become [out, in, window …].
    pub fn turned_weight(
        &self,
        graph: &mut Graph,
        name: &str,
        shape: &[usize],
        values: &[f32],
    ) -> String {
        let name = format!("{}/{name}", self.name);
        match shape {
            [window @ .., from, to] if !window.is_empty() => {
                let size: usize = window.iter().product();
                let turned = (0..values.len()).map(|at| {
                    let (filter, rest) = (at / (from * size), at % (from * size));
                    let (channel, point) = (rest / size, rest % size);
                    values[(point * from + channel) * to + filter]
                });
                let turned: Vec<f32> = turned.collect();
                graph.floats(&name, &[&[*to, *from][..], window].concat(), &turned)
            }
            shape => graph.floats(&name, shape, values),
        }
    }

    fn normalization(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let channels = flow.shape.last().copied().unwrap_or(1);
        let epsilon: f32 = self.setting("epsilon")?;
        let find = |name: &str| {
            let found = self.weights.iter().find(|(spec, _)| spec.name == name);
            found.map(|(_, values)| values.to_vec())
        };
        let or = |name: &str, value: f32| find(name).unwrap_or_else(|| vec![value; channels]);
        let (gamma, beta) = (or("gamma", 1.0), or("beta", 0.0));
        let (mean, variance) = (or("moving_mean", 0.0), or("moving_variance", 1.0));
        let add = |graph: &mut Graph, name: &str, values: &[f32]| {
            graph.floats(&format!("{}/{name}", self.name), &[channels], values)
        };
        // The operation has the channels in the second axis.
        if let 1 | 3 = flow.shape.len() {
            let flow = if flow.shape.len() == 3 { flow.channels_first(graph) } else { flow };
            let inputs = [
                flow.value.clone(),
                add(graph, "gamma", &gamma),
                add(graph, "beta", &beta),
                add(graph, "moving_mean", &mean),
                add(graph, "moving_variance", &variance),
            ];
            let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
            let epsilon = Attribute::Float("epsilon", epsilon);
            let value = graph.node("BatchNormalization", &inputs, &[epsilon]);
            return Ok(Flow { value, ..flow });
        }
        let scale = gamma.iter().zip(&variance);
        let scale: Vec<f32> = scale.map(|(g, v)| g / (v + epsilon).sqrt()).collect();
        let mean = add(graph, "moving_mean", &mean);
        let scale = add(graph, "scale", &scale);
        let beta = add(graph, "beta", &beta);
        let flow = flow.with(graph, "Sub", &[mean]).with(graph, "Mul", &[scale]);
        Ok(flow.with(graph, "Add", &[beta]))
    }
}

/// Adds an activation.
pub(super) fn activated(graph: &mut Graph, flow: Flow, activation: Activation) -> Flow {
    use Activation::*;
    let alpha = |value: f32| [Attribute::Float("alpha", value)];
    let softmax_axis = if flow.channels_first { 1 } else { -1 };
    match activation {
        Linear => flow,
        Relu => flow.node(graph, "Relu", &[]),
        LeakyRelu => flow.node(graph, "LeakyRelu", &alpha(0.2)),
        LeakyReluSlope(slope) => flow.node(graph, "LeakyRelu", &alpha(slope)),
        Elu => flow.node(graph, "Elu", &alpha(1.0)),
        Selu => {
            let settings =
                [Attribute::Float("alpha", 1.673_263_2), Attribute::Float("gamma", 1.050_701)];
            flow.node(graph, "Selu", &settings)
        }
        // x Φ(x) = x/2 (1 + erf(x/√2)): ONNX has an operation of this name from set 20 on only.
        Gelu => {
            let x = flow.value.clone();
            let root = graph.scalar(std::f32::consts::FRAC_1_SQRT_2);
            let (one, half) = (graph.scalar(1.0), graph.scalar(0.5));
            let share = flow.with(graph, "Mul", &[root]).node(graph, "Erf", &[]);
            share.with(graph, "Add", &[one]).with(graph, "Mul", &[half]).with(graph, "Mul", &[x])
        }
        Sigmoid => flow.node(graph, "Sigmoid", &[]),
        HardSigmoid => {
            let settings = [Attribute::Float("alpha", 1.0 / 6.0), Attribute::Float("beta", 0.5)];
            flow.node(graph, "HardSigmoid", &settings)
        }
        Tanh => flow.node(graph, "Tanh", &[]),
        Softmax => flow.node(graph, "Softmax", &[Attribute::Int("axis", softmax_axis)]),
        Softplus => flow.node(graph, "Softplus", &[]),
        Softsign => flow.node(graph, "Softsign", &[]),
        Silu => {
            let x = flow.value.clone();
            flow.node(graph, "Sigmoid", &[]).with(graph, "Mul", &[x])
        }
        Exponential => flow.node(graph, "Exp", &[]),
    }
}
