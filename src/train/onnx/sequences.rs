//! Layers for sequences, and those that only move values, as operations of ONNX.

use super::layers::{Flow, Step};
use crate::config::{Value, within};
use crate::error::Result;
use crate::io::onnx::{Attribute, Graph, Kind};
use crate::nn::{Edges, Size};

impl Step<'_> {
    pub(super) fn embedding(&self, graph: &mut Graph, flow: Flow) -> Flow {
        let flow = flow.channels_last(graph);
        let whole = [Attribute::Int("to", Kind::Int64 as i64)];
        let numbers = flow.clone().node(graph, "Cast", &whole);
        let vectors = self.constants(graph).concat();
        let value = graph.node("Gather", &[&vectors, numbers.value()], &[]);
        flow.become_value(value)
    }

    pub(super) fn layer_normalization(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let flow = flow.channels_last(graph);
        let width = flow.shape().last().copied().unwrap_or(1);
        let mut weight = |name: &str, value: f32| {
            let found = self.weights.iter().find(|(spec, _)| spec.name == name);
            let values = found.map_or_else(|| vec![value; width], |(_, values)| values.to_vec());
            graph.floats(&format!("{}/{name}", self.name), &[width], &values)
        };
        let (gamma, beta) = (weight("gamma", 1.0), weight("beta", 0.0));
        let settings =
            [Attribute::Int("axis", -1), Attribute::Float("epsilon", self.setting("epsilon")?)];
        let value = graph.node("LayerNormalization", &[flow.value(), &gamma, &beta], &settings);
        Ok(flow.become_value(value))
    }

    /// ONNX has an operation of this name from set 23 on only.
    pub(super) fn rms_normalization(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let flow = flow.channels_last(graph);
        let x = flow.value().to_string();
        let epsilon = graph.scalar(self.setting("epsilon")?);
        let square = graph.node("Mul", &[&x, &x], &[]);
        let along = [Attribute::Ints("axes", &[-1]), Attribute::Int("keepdims", 1)];
        let mean = graph.node("ReduceMean", &[&square], &along);
        let mean = graph.node("Add", &[&mean, &epsilon], &[]);
        let root = graph.node("Sqrt", &[&mean], &[]);
        let scale = self.constants(graph);
        Ok(flow.with(graph, "Div", &[root]).with(graph, "Mul", &scale))
    }

    pub(super) fn rearranged(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let mut flow = flow.channels_last(graph);
        let shape = flow.shape().to_vec();
        // The positions of the input, for each axis that gets others.
        let mut chosen: Vec<Vec<usize>> = Vec::new();
        let mut pads: Vec<(usize, usize)> = Vec::new();
        match self.class {
            "Permute" => {
                let dims: Vec<usize> = self.setting("dims")?;
                let order: Vec<i64> = std::iter::once(0).chain(dims).map(|d| d as i64).collect();
                flow = flow.node(graph, "Transpose", &[Attribute::Ints("perm", &order)]);
            }
            "RepeatVector" => {
                let axis = graph.ints(&format!("{}/axis", self.name), &[1]);
                flow = flow.with(graph, "Unsqueeze", &[axis]);
                chosen.push(vec![0; self.setting("n")?]);
            }
            "UpSampling1D" => chosen.push(repeated(shape[0], self.setting("size")?)),
            "UpSampling2D" => {
                let size: Size = self.setting("size")?;
                chosen.extend([repeated(shape[0], size.height), repeated(shape[1], size.width)]);
            }
            "Cropping1D" => {
                let (before, after): (usize, usize) = self.setting("cropping")?;
                chosen.push((before..shape[0] - after).collect());
            }
            "Cropping2D" => {
                let edges: Edges = self.setting("cropping")?;
                for (axis, (before, after)) in [edges.height, edges.width].into_iter().enumerate() {
                    chosen.push((before..shape[axis] - after).collect());
                }
            }
            "ZeroPadding1D" => pads.push(self.setting("padding")?),
            _ => {
                let edges: Edges = self.setting("padding")?;
                pads.extend([edges.height, edges.width]);
            }
        }
        for (axis, positions) in (1i64..).zip(chosen) {
            let positions: Vec<i64> = positions.into_iter().map(|i| i as i64).collect();
            let indices = graph.ints(&format!("{}/positions_{axis}", self.name), &positions);
            let along = [Attribute::Int("axis", axis)];
            let value = graph.node("Gather", &[flow.value(), &indices], &along);
            flow = flow.become_value(value);
        }
        if !pads.is_empty() {
            // Nothing along the samples and the channels.
            let side = |of: fn(&(usize, usize)) -> usize| {
                std::iter::once(0).chain(pads.iter().map(of)).chain([0]).map(|n| n as i64)
            };
            let all: Vec<i64> = side(|pad| pad.0).chain(side(|pad| pad.1)).collect();
            let pads = graph.ints(&format!("{}/pads", self.name), &all);
            flow = flow.with(graph, "Pad", &[pads]);
        }
        Ok(flow)
    }

    /// The steps as samples, their layer, and the steps again.
    pub(super) fn distributed(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let flow = flow.channels_last(graph);
        let layer = &self.settings["layer"];
        let class = String::from_value(&layer["class_name"]).map_err(|e| within(e, "layer"))?;
        let name = format!("{}/layer", self.name);
        let reshaped = |graph: &mut Graph, flow: Flow, what: &str, axes: &[usize]| {
            let axes = std::iter::once(-1).chain(axes.iter().map(|n| *n as i64));
            let shape = graph.ints(&format!("{}/{what}", self.name), &axes.collect::<Vec<_>>());
            flow.with(graph, "Reshape", &[shape])
        };
        let rest = flow.shape()[1..].to_vec();
        let flow = reshaped(graph, flow, "steps", &rest);
        let inner = Step {
            name: &name,
            class: &class,
            settings: &layer["config"],
            activation: self.activation,
            output: &self.output[1..],
            weights: self.weights.clone(),
            masks: Vec::new(),
            causal: layer["config"]["use_causal_mask"] == true,
            only_trains: self.only_trains,
        };
        let flow = inner.write(graph, Flow::new(flow.value().into(), &rest))?;
        let flow = flow.channels_last(graph);
        let flow = reshaped(graph, flow, "samples", self.output);
        Ok(Flow::new(flow.value().into(), self.output))
    }
}

/// Each of so many positions, so many times.
fn repeated(positions: usize, times: usize) -> Vec<usize> {
    (0..positions * times).map(|i| i / times).collect()
}
