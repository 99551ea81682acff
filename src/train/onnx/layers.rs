//! Each layer as operations of ONNX.
//!
//! ONNX has a picture's channels before its height and width, Keras after them. A value knows how
//! its axes stand, and is turned only where the next operation needs it otherwise.

use super::has_none;
use crate::config::Value;
use crate::error::Result;
use crate::io::onnx::{Attribute, Graph};
use crate::nn::{Activation, Padding, Size, WeightSpec};
use serde_json::Value as Json;

/// What goes from one layer to the next.
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
}

impl Flow {
    pub fn new(value: String, shape: &[usize]) -> Self {
        Flow { value, shape: shape.to_vec(), channels_first: false }
    }

    pub fn value(&self) -> &str {
        &self.value
    }

    /// With the axes as the library has them.
    pub fn channels_last(self, graph: &mut Graph) -> Self {
        self.turned(graph, false, &[0, 2, 3, 1])
    }

    /// With the axes as ONNX' operations on pictures need them.
    fn channels_first(self, graph: &mut Graph) -> Self {
        self.turned(graph, true, &[0, 3, 1, 2])
    }

    fn turned(self, graph: &mut Graph, first: bool, order: &[i64]) -> Self {
        if self.channels_first == first {
            return self;
        }
        let value = graph.node("Transpose", &[&self.value], &[Attribute::Ints("perm", order)]);
        Flow { value, channels_first: first, ..self }
    }

    /// The result of an operation on this value alone.
    fn node(self, graph: &mut Graph, op: &str, attributes: &[Attribute<'_>]) -> Self {
        let value = graph.node(op, &[&self.value], attributes);
        Flow { value, ..self }
    }

    /// The result of an operation on this value and constants.
    fn with(self, graph: &mut Graph, op: &str, constants: &[String]) -> Self {
        let inputs: Vec<&str> =
            std::iter::once(&self.value).chain(constants).map(String::as_str).collect();
        let value = graph.node(op, &inputs, &[]);
        Flow { value, ..self }
    }
}

impl Step<'_> {
    /// Adds the layer's operations.
    pub fn write(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let flow = match self.class {
            "Dense" => {
                let flow = flow.channels_last(graph);
                let weights = self.constants(graph);
                flow.with(graph, "Gemm", &weights)
            }
            "Conv2D" => self.convolution(graph, flow)?,
            "MaxPooling2D" => self.windows(graph, flow, "MaxPool")?,
            "AveragePooling2D" => self.windows(graph, flow, "AveragePool")?,
            "GlobalAveragePooling2D" => self.whole(graph, flow, "GlobalAveragePool"),
            "GlobalMaxPooling2D" => self.whole(graph, flow, "GlobalMaxPool"),
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
            // These act while training only.
            "Dropout" | "GaussianNoise" | "RandomFlip" | "RandomRotation" | "RandomTranslation"
            | "RandomZoom" | "RandomContrast" | "RandomBrightness" => flow,
            other => return Err(has_none("its class", format!("'{other}'"))),
        };
        let flow = activated(graph, flow, self.activation);
        Ok(Flow { shape: self.output.to_vec(), ..flow })
    }

    fn setting<T: Value>(&self, key: &str) -> Result<T> {
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
    fn constants(&self, graph: &mut Graph) -> Vec<String> {
        let add = |(spec, values): &(&WeightSpec, &[f32])| {
            graph.floats(&format!("{}/{}", self.name, spec.name), &spec.shape, values)
        };
        self.weights.iter().map(add).collect()
    }

    fn convolution(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let flow = flow.channels_first(graph);
        let mut inputs = vec![flow.value.clone()];
        for (spec, values) in &self.weights {
            let name = format!("{}/{}", self.name, spec.name);
            inputs.push(match spec.shape[..] {
                // [height, width, in, out] becomes [out, in, height, width].
                [height, width, from, to] => {
                    let window = height * width;
                    let turned = (0..values.len()).map(|at| {
                        let (filter, rest) = (at / (from * window), at % (from * window));
                        let (channel, point) = (rest / window, rest % window);
                        values[(point * from + channel) * to + filter]
                    });
                    let turned: Vec<f32> = turned.collect();
                    graph.floats(&name, &[to, from, height, width], &turned)
                }
                _ => graph.floats(&name, &spec.shape, values),
            });
        }
        let dilation = axes(self.setting("dilation_rate")?);
        let window = Window {
            size: axes(self.setting("kernel_size")?),
            strides: axes(self.setting("strides")?),
            dilation,
            same: self.setting::<Padding>("padding")? == Padding::Same,
        };
        let pads = window.pads(&flow.shape);
        let attributes = [
            Attribute::Ints("kernel_shape", &window.size),
            Attribute::Ints("strides", &window.strides),
            Attribute::Ints("dilations", &dilation),
            Attribute::Ints("pads", &pads),
        ];
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let value = graph.node("Conv", &inputs, &attributes);
        Ok(Flow { value, ..flow })
    }

    fn windows(&self, graph: &mut Graph, flow: Flow, op: &str) -> Result<Flow> {
        let flow = flow.channels_first(graph);
        let size: Size = self.setting("pool_size")?;
        let window = Window {
            size: axes(size),
            strides: axes(self.setting::<Option<Size>>("strides")?.unwrap_or(size)),
            dilation: [1, 1],
            same: self.setting::<Padding>("padding")? == Padding::Same,
        };
        let pads = window.pads(&flow.shape);
        let mut attributes = vec![
            Attribute::Ints("kernel_shape", &window.size),
            Attribute::Ints("strides", &window.strides),
            Attribute::Ints("pads", &pads),
        ];
        if op == "AveragePool" {
            attributes.push(Attribute::Int("count_include_pad", 0));
        }
        Ok(flow.node(graph, op, &attributes))
    }

    fn whole(&self, graph: &mut Graph, flow: Flow, op: &str) -> Flow {
        let flow = flow.channels_first(graph).node(graph, op, &[]);
        if self.output.len() == 3 {
            return flow;
        }
        let flat = flow.node(graph, "Flatten", &[Attribute::Int("axis", 1)]);
        Flow { channels_first: false, ..flat }
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

/// Windows over a picture.
struct Window {
    size: [i64; 2],
    strides: [i64; 2],
    dilation: [i64; 2],
    same: bool,
}

impl Window {
    /// Pixels to be added at the top, left, bottom and right of pictures of this shape: as Keras
    /// does, the odd one comes last.
    fn pads(&self, picture: &[usize]) -> [i64; 4] {
        let mut pads = [0; 4];
        for axis in 0..2 {
            let pixels = picture.get(axis).map_or(1, |n| *n as i64);
            let outputs = (pixels + self.strides[axis] - 1) / self.strides[axis];
            let reach = (self.size[axis] - 1) * self.dilation[axis] + 1;
            let added = ((outputs - 1) * self.strides[axis] + reach - pixels).max(0);
            if self.same {
                pads[axis] = added / 2;
                pads[axis + 2] = added - added / 2;
            }
        }
        pads
    }
}

fn axes(size: Size) -> [i64; 2] {
    [size.height as i64, size.width as i64]
}

/// Adds an activation.
fn activated(graph: &mut Graph, flow: Flow, activation: Activation) -> Flow {
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
