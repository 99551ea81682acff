//! Recurrent layers as operations of ONNX, which have the steps in the first axis and the gates in
//! an order of their own.

use super::has_none;
use super::layers::{Flow, Step};
use crate::config::{Value, within};
use crate::error::Result;
use crate::io::onnx::{Attribute, Graph};
use crate::nn::{Activation, MergeMode, WeightSpec};
use serde_json::Value as Json;

/// A recurrent layer in one direction.
pub(super) struct Way<'a> {
    /// What its constants begin with.
    pub name: String,
    pub class: &'a str,
    pub settings: &'a Json,
    pub weights: &'a [(&'a WeightSpec, &'a [f32])],
    pub backwards: bool,
    /// Which steps of the input count, if not all.
    pub mask: Option<&'a str>,
}

impl Step<'_> {
    pub(super) fn recurrent(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let way = Way {
            name: self.name.into(),
            class: self.class,
            settings: self.settings,
            weights: &self.weights,
            backwards: self.setting("go_backwards")?,
            mask: self.mask(),
        };
        way.write(graph, flow)
    }

    pub(super) fn bidirectional(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let layer = &self.settings["layer"];
        let class = String::from_value(&layer["class_name"])?;
        let settings = &layer["config"];
        let backwards = bool::from_value(&settings["go_backwards"])?;
        let sequences = bool::from_value(&settings["return_sequences"])?;
        let merge: MergeMode = self.setting("merge_mode")?;
        let half = self.weights.len() / 2;
        let way = |name: &str, weights, backwards| Way {
            name: format!("{}/{name}", self.name),
            class: &class,
            settings,
            weights,
            backwards,
            mask: self.mask(),
        };
        let steps = flow.shape().first().copied().unwrap_or(1);
        let first = way("forward", &self.weights[..half], backwards);
        let first = first.write(graph, flow.clone())?;
        let second = way("backward", &self.weights[half..], !backwards);
        let mut second = second.write(graph, flow)?;
        if sequences {
            second = reversed(graph, second, &format!("{}/back", self.name), steps);
        }
        let both = [first.value(), second.value()];
        let value = match merge {
            MergeMode::Concat => graph.node("Concat", &both, &[Attribute::Int("axis", -1)]),
            MergeMode::Mul => graph.node("Mul", &both, &[]),
            MergeMode::Sum => graph.node("Add", &both, &[]),
            MergeMode::Ave => graph.node("Mean", &both, &[]),
        };
        Ok(first.become_value(value))
    }
}

impl Way<'_> {
    pub fn setting<T: Value>(&self, key: &str) -> Result<T> {
        T::from_value(self.settings.get(key).unwrap_or(&Json::Null)).map_err(|e| within(e, key))
    }

    fn write(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let [steps, features] = *flow.shape() else {
            return Err(has_none("its class", self.class));
        };
        let Some(activations) = self.activations()? else {
            return self.looped(graph, flow);
        };
        let units: usize = self.setting("units")?;
        let mut flow = flow.channels_last(graph);
        if self.backwards {
            flow = reversed(graph, flow, &self.name, steps);
        }
        // Keras' order of the gates, by ONNX' order.
        let (op, order): (&str, &[usize]) = match self.class {
            "LSTM" => ("LSTM", &[0, 3, 1, 2]),
            "GRU" => ("GRU", &[0, 1, 2]),
            _ => ("RNN", &[0]),
        };
        let columns = order.len() * units;
        let turned = |kernel: &[f32], inputs: usize| -> Vec<f32> {
            let unit = |gate: usize, unit: usize| {
                (0..inputs).map(move |input| kernel[input * columns + gate * units + unit])
            };
            order.iter().flat_map(|g| (0..units).flat_map(move |u| unit(*g, u))).collect()
        };
        let name = |what: &str| format!("{}/{what}", self.name);
        let kernel = turned(self.weights[0].1, features);
        let recurrent = turned(self.weights[1].1, units);
        let mut inputs = vec![
            flow.clone()
                .node(graph, "Transpose", &[Attribute::Ints("perm", &[1, 0, 2])])
                .value()
                .into(),
            graph.floats(&name("kernel"), &[1, columns, features], &kernel),
            graph.floats(&name("recurrent_kernel"), &[1, columns, units], &recurrent),
        ];
        if let Some((_, bias)) = self.weights.get(2) {
            let mut both = turned(&bias[..columns], 1);
            match bias.get(columns..).filter(|rest| !rest.is_empty()) {
                Some(rest) => both.extend(turned(rest, 1)),
                None => both.resize(2 * columns, 0.0),
            }
            inputs.push(graph.floats(&name("bias"), &[1, 2 * columns], &both));
        }
        let mut attributes = vec![
            Attribute::Int("hidden_size", units as i64),
            Attribute::Texts("activations", &activations),
        ];
        if op == "GRU" {
            attributes.push(Attribute::Int("linear_before_reset", 1));
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        // Of shape (steps, directions, samples, units).
        let all = graph.node(op, &inputs, &attributes);
        let flow = flow.become_value(all);
        if self.setting("return_sequences")? {
            let direction = graph.ints(&name("direction"), &[1]);
            let flow = flow.with(graph, "Squeeze", &[direction]);
            return Ok(flow.node(graph, "Transpose", &[Attribute::Ints("perm", &[1, 0, 2])]));
        }
        let last = graph.ints(&name("last"), &[steps as i64 - 1]);
        let axes = graph.ints(&name("direction"), &[0, 1]);
        let last = graph.node("Gather", &[flow.value(), &last], &[Attribute::Int("axis", 0)]);
        Ok(flow.become_value(last).with(graph, "Squeeze", &[axes]))
    }

    /// The activations for ONNX' own operation; none if it cannot do what the layer does.
    fn activations(&self) -> Result<Option<Vec<&'static str>>> {
        let keys: &[&str] = match self.class {
            "LSTM" => &["recurrent_activation", "activation", "activation"],
            "GRU" => &["recurrent_activation", "activation"],
            _ => &["activation"],
        };
        let names = keys.iter().map(|key| Ok(named(self.setting(key)?)));
        let names: Option<Vec<&str>> = names.collect::<Result<Vec<_>>>()?.into_iter().collect();
        Ok(names.filter(|_| self.mask.is_none()))
    }
}

/// A sequence from its end.
fn reversed(graph: &mut Graph, flow: Flow, name: &str, steps: usize) -> Flow {
    let ints = [("starts", -1), ("ends", -(steps as i64) - 1), ("axes", 1), ("steps", -1)];
    let ints = ints.map(|(what, value)| graph.ints(&format!("{name}/turn_{what}"), &[value]));
    flow.with(graph, "Slice", &ints)
}

/// The name of an activation within ONNX' recurrent operations, if they have it.
fn named(activation: Activation) -> Option<&'static str> {
    match activation {
        Activation::Relu => Some("Relu"),
        Activation::Tanh => Some("Tanh"),
        Activation::Sigmoid => Some("Sigmoid"),
        Activation::Softplus => Some("Softplus"),
        Activation::Softsign => Some("Softsign"),
        _ => None,
    }
}
