//! Convolutions of channels by themselves and transposed ones, as operations of ONNX.

use super::layers::{Flow, Step};
use crate::error::Result;
use crate::io::onnx::{Attribute, Graph};
use crate::nn::Padding;

impl Step<'_> {
    /// A convolution of each channel by itself, and the product of the channels behind it, if there
    /// is one.
    pub(super) fn depthwise(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let channels = flow.shape().last().copied().unwrap_or(1);
        let window = self.window()?;
        let pads = window.pads(flow.shape());
        let (kernel, values) = &self.weights[0];
        // The outputs of a channel stand side by side, and each sees one channel.
        let shape = [kernel.shape[0], kernel.shape[1], 1, kernel.shape[2] * kernel.shape[3]];
        let mut first = vec![self.turned_weight(graph, kernel.name, &shape, values)];
        let mut others = Vec::new();
        for (spec, values) in &self.weights[1..] {
            others.push(self.turned_weight(graph, spec.name, &spec.shape, values));
        }
        let separable = self.class == "SeparableConv2D";
        if !separable {
            first.append(&mut others);
        }
        let mut attributes = window.attributes(&pads);
        attributes.push(Attribute::Int("group", channels as i64));
        let flow = flow.convolved(graph, "Conv", &first, &attributes);
        Ok(if separable { flow.convolved(graph, "Conv", &others, &[]) } else { flow })
    }

    pub(super) fn transposed(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let window = self.window()?;
        let mut weights = Vec::new();
        for (spec, values) in &self.weights {
            // [height, width, filters, channels] becomes [channels, filters, height, width].
            weights.push(self.turned_weight(graph, spec.name, &spec.shape, values));
        }
        let over = |axis: usize| window.size[axis] - window.strides[axis];
        let cut = |axis: usize| match window.padding {
            Padding::Same => over(axis).max(0),
            _ => 0,
        };
        let pads = [cut(0) / 2, cut(1) / 2, cut(0) - cut(0) / 2, cut(1) - cut(1) / 2];
        let more = [(-over(0)).max(0), (-over(1)).max(0)];
        let mut attributes = window.attributes(&pads);
        attributes.push(Attribute::Ints("output_padding", &more));
        Ok(flow.convolved(graph, "ConvTranspose", &weights, &attributes))
    }

    /// Attention of a query to a value by a key: each is the one before where it is not given.
    pub(super) fn attention(&self, graph: &mut Graph, inputs: &[Flow]) -> Result<Flow> {
        let inputs: Vec<Flow> =
            inputs.iter().map(|flow| flow.clone().channels_last(graph)).collect();
        let (Some(query), Some(last)) = (inputs.first(), inputs.last()) else {
            return Err(super::has_none("its inputs", "0"));
        };
        let value = inputs.get(1).unwrap_or(query);
        let [looking, looked_at] = [query, value].map(|flow| flow.shape()[0]);
        let features = query.shape()[1];
        let heads: usize = self.setting("num_heads")?;
        let keys: usize = self.setting("key_dim")?;
        let bias: bool = self.setting("use_bias")?;
        let each = if bias { 2 } else { 1 };
        let constants = |graph: &mut Graph, part: usize| -> Vec<String> {
            let weights = &self.weights[part * each..][..each];
            let add = |(i, (spec, values)): (usize, &(&crate::nn::WeightSpec, &[f32]))| {
                let name = format!("{}/{}", self.name, spec.name);
                let from = match part {
                    0 => features,
                    1 => last.shape()[1],
                    2 => value.shape()[1],
                    _ => values.len() / features,
                };
                let shape =
                    if i == 0 { vec![from, values.len() / from] } else { vec![values.len()] };
                graph.floats(&name, &shape, values)
            };
            weights.iter().enumerate().map(add).collect()
        };
        let product = |graph: &mut Graph, flow: Flow, part: usize| {
            let weights = constants(graph, part);
            let flow = flow.with(graph, "MatMul", &weights[..1]);
            if bias { flow.with(graph, "Add", &weights[1..]) } else { flow }
        };
        // 0 keeps the numbers of samples and steps.
        let parted = graph.ints(&format!("{}/heads", self.name), &[0, 0, heads as i64, -1]);
        let head = |graph: &mut Graph, flow: &Flow, part: usize, order: [i64; 4]| {
            let flow = product(graph, flow.clone(), part);
            let flow = flow.with(graph, "Reshape", std::slice::from_ref(&parted));
            flow.node(graph, "Transpose", &[Attribute::Ints("perm", &order)])
        };
        let flow = query.clone();
        let key = head(graph, last, 1, [0, 2, 3, 1]);
        let value = head(graph, value, 2, [0, 2, 1, 3]);
        let query = head(graph, query, 0, [0, 2, 1, 3]);
        let scale = graph.scalar(1.0 / (keys as f32).sqrt());
        let query = query.with(graph, "Mul", &[scale]);
        let scores = graph.node("MatMul", &[query.value(), key.value()], &[]);
        let scores = self.only_seen(graph, scores, [looking, looked_at]);
        let shares = graph.node("Softmax", &[&scores], &[Attribute::Int("axis", -1)]);
        let found = graph.node("MatMul", &[&shares, value.value()], &[]);
        let found = flow.become_value(found);
        let found = found.node(graph, "Transpose", &[Attribute::Ints("perm", &[0, 2, 1, 3])]);
        let joined = graph.ints(&format!("{}/joined", self.name), &[0, 0, -1]);
        let found = found.with(graph, "Reshape", &[joined]);
        Ok(product(graph, found, 3))
    }
}
