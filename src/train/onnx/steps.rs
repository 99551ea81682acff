//! Recurrent layers as a loop over the steps, for what ONNX' own recurrent operations cannot do: to
//! skip masked steps, and any activation.

use super::has_none;
use super::layers::{Flow, activated};
use super::recurrent::Way;
use crate::error::Result;
use crate::io::onnx::{Attribute, Graph, Kind};
use crate::nn::Activation;

/// What the loop runs at each step.
struct Loop<'a> {
    class: &'a str,
    units: usize,
    state: Activation,
    gate: Activation,
    /// The recurrent kernel, and the bias of its product.
    kernel: String,
    bias: Option<String>,
}

impl Way<'_> {
    /// Adds the loop, over the features of all steps (samples, steps, features).
    pub fn looped(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let [_, features] = *flow.shape() else {
            return Err(has_none("its class", self.class));
        };
        let units: usize = self.setting("units")?;
        let (sequences, zero): (bool, bool) =
            (self.setting("return_sequences")?, self.setting("zero_output_for_mask")?);
        let flow = flow.channels_last(graph);
        let name = |what: &str| format!("{}/{what}", self.name);
        let columns = self.weights[0].1.len() / features;
        let kernel = graph.floats(&name("kernel"), &[features, columns], self.weights[0].1);
        let turn = Loop {
            class: self.class,
            units,
            state: self.setting("activation")?,
            gate: match self.class {
                "SimpleRNN" => Activation::Linear,
                _ => self.setting("recurrent_activation")?,
            },
            kernel: graph.floats(&name("recurrent_kernel"), &[units, columns], self.weights[1].1),
            bias: match self.weights.get(2) {
                Some((_, both)) if both.len() > columns => {
                    Some(graph.floats(&name("recurrent_bias"), &[columns], &both[columns..]))
                }
                _ => None,
            },
        };
        // Nothing in it hangs on the steps before.
        let mut sums = flow.with(graph, "MatMul", &[kernel]);
        if let Some((_, bias)) = self.weights.get(2) {
            let bias = graph.floats(&name("bias"), &[columns], &bias[..columns]);
            sums = sums.with(graph, "Add", &[bias]);
        }
        let states = if self.class == "LSTM" { 2 } else { 1 };
        let mut inputs = vec![zeros(graph, sums.value(), &self.name, units); states];
        let mut given = vec![("state", Kind::Float), ("carried", Kind::Float)];
        given.truncate(states);
        given.push(("sums", Kind::Float));
        inputs.push(sums.value().to_string());
        if let Some(mask) = self.mask {
            given.push(("counts", Kind::Bool));
            inputs.push(beside_features(graph, mask, &self.name));
        }
        let body = graph.body(&name("step"), &given, |graph, names| {
            let before = &names[..states];
            let mut after = turn.step(graph, before, &names[states]);
            let counts = names.get(states + 1);
            if let Some(counts) = counts {
                // A masked step changes nothing.
                after = after
                    .iter()
                    .zip(before)
                    .map(|(after, before)| graph.node("Where", &[counts, after, before], &[]))
                    .collect();
            }
            if sequences {
                let output = match counts {
                    Some(counts) if zero => {
                        let none = graph.scalar(0.0);
                        graph.node("Where", &[counts, &after[0], &none], &[])
                    }
                    _ => graph.node("Identity", &[&after[0]], &[]),
                };
                after.push(output);
            }
            after
        });
        let scanned = inputs.len() - states;
        let backwards = i64::from(self.backwards);
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let (axes, directions) = ([1, 1], [backwards, backwards]);
        let mut settings = vec![
            Attribute::Graph("body", &body),
            Attribute::Int("num_scan_inputs", scanned as i64),
            Attribute::Ints("scan_input_axes", &axes[..scanned]),
            Attribute::Ints("scan_input_directions", &directions[..scanned]),
        ];
        if sequences {
            settings.push(Attribute::Ints("scan_output_axes", &[1]));
        }
        let outputs = graph.nodes("Scan", &inputs, &settings, states + usize::from(sequences));
        let chosen = if sequences { states } else { 0 };
        Ok(sums.become_value(outputs[chosen].clone()))
    }
}

impl Loop<'_> {
    /// The states after a step, from those before and the input's part of the sums.
    fn step(&self, graph: &mut Graph, before: &[String], sums: &str) -> Vec<String> {
        let mut product = graph.node("MatMul", &[&before[0], &self.kernel], &[]);
        if let Some(bias) = &self.bias {
            product = graph.node("Add", &[&product, bias], &[]);
        }
        let apply = |graph: &mut Graph, value: &str, activation: Activation| {
            let flow = Flow::new(value.into(), &[self.units]);
            activated(graph, flow, activation).value().to_string()
        };
        let parts = |graph: &mut Graph, value: &str, count: usize| {
            graph.nodes("Split", &[value], &[Attribute::Int("axis", -1)], count)
        };
        match self.class {
            "LSTM" => {
                let sums = graph.node("Add", &[sums, &product], &[]);
                let z = parts(graph, &sums, 4);
                let [i, f, o] = [0, 1, 3].map(|gate| apply(graph, &z[gate], self.gate));
                let new = apply(graph, &z[2], self.state);
                let old = graph.node("Mul", &[&f, &before[1]], &[]);
                let new = graph.node("Mul", &[&i, &new], &[]);
                let carried = graph.node("Add", &[&old, &new], &[]);
                let shown = apply(graph, &carried, self.state);
                vec![graph.node("Mul", &[&o, &shown], &[]), carried]
            }
            "GRU" => {
                let (sums, product) = (parts(graph, sums, 3), parts(graph, &product, 3));
                let [z, reset] = [0, 1].map(|gate| {
                    let sum = graph.node("Add", &[&sums[gate], &product[gate]], &[]);
                    apply(graph, &sum, self.gate)
                });
                let product = graph.node("Mul", &[&reset, &product[2]], &[]);
                let new = graph.node("Add", &[&sums[2], &product], &[]);
                let new = apply(graph, &new, self.state);
                let old = graph.node("Mul", &[&z, &before[0]], &[]);
                let one = graph.scalar(1.0);
                let rest = graph.node("Sub", &[&one, &z], &[]);
                let new = graph.node("Mul", &[&rest, &new], &[]);
                vec![graph.node("Add", &[&old, &new], &[])]
            }
            _ => {
                let sums = graph.node("Add", &[sums, &product], &[]);
                vec![apply(graph, &sums, self.state)]
            }
        }
    }
}

/// States of 0 for as many samples as there are.
fn zeros(graph: &mut Graph, samples: &str, name: &str, units: usize) -> String {
    let first = [Attribute::Int("start", 0), Attribute::Int("end", 1)];
    let count = graph.node("Shape", &[samples], &first);
    let units = graph.ints(&format!("{name}/units"), &[units as i64]);
    let shape = graph.node("Concat", &[&count, &units], &[Attribute::Int("axis", 0)]);
    graph.node("ConstantOfShape", &[&shape], &[])
}

/// A mask (samples, steps) with an axis of length 1 behind, so that it stands beside any features.
pub(super) fn beside_features(graph: &mut Graph, mask: &str, name: &str) -> String {
    let axis = graph.ints(&format!("{name}/mask_axis"), &[2]);
    graph.node("Unsqueeze", &[mask, &axis], &[])
}
