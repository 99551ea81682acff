//! Each merge as operations of ONNX.

use super::layers::{Flow, Step};
use crate::config::Value;
use crate::error::Result;
use crate::io::onnx::{Attribute, Graph};
use serde_json::Value as Json;

/// Adds a merge's operations; none if the layer is no merge.
pub(super) fn write(graph: &mut Graph, step: &Step<'_>, inputs: &[Flow]) -> Option<Result<Flow>> {
    let op = match step.class {
        "Dot" => return Some(dot(graph, step, inputs)),
        "MultiHeadAttention" if inputs.len() > 1 => return Some(step.attention(graph, inputs)),
        "Add" => "Sum",
        "Average" => "Mean",
        "Maximum" => "Max",
        "Minimum" => "Min",
        "Subtract" => "Sub",
        "Multiply" => "Mul",
        "Concatenate" => "Concat",
        _ => return None,
    };
    Some(merge(graph, step, op, inputs))
}

fn merge(graph: &mut Graph, step: &Step<'_>, op: &str, inputs: &[Flow]) -> Result<Flow> {
    // Turned pictures stay so where all are.
    let turned = op != "Concat" && inputs.iter().all(Flow::is_channels_first);
    let values = inputs.iter().map(|flow| match turned {
        true => flow.value().to_string(),
        false => flow.clone().channels_last(graph).value().to_string(),
    });
    let values: Vec<String> = values.collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let value = match (op, values.as_slice()) {
        ("Concat", values) => {
            let axis = isize::from_value(step.settings.get("axis").unwrap_or(&Json::Null))?;
            graph.node(op, values, &[Attribute::Int("axis", axis as i64)])
        }
        // The only one that takes two and no more.
        ("Mul", [first, others @ ..]) => others
            .iter()
            .fold(first.to_string(), |product, value| graph.node(op, &[&product, value], &[])),
        _ => graph.node(op, &values, &[]),
    };
    Ok(Flow::of(value, step.output, turned))
}

/// The dot product along an axis of each of two inputs.
fn dot(graph: &mut Graph, step: &Step<'_>, inputs: &[Flow]) -> Result<Flow> {
    let [a, b] = inputs else {
        return Err(super::has_none("the number of its inputs", inputs.len()));
    };
    let axes = &step.settings["axes"];
    let axes: Vec<i64> = match axes.as_i64() {
        Some(axis) => vec![axis; 2],
        None => axes.as_array().into_iter().flatten().filter_map(Json::as_i64).collect(),
    };
    let normalize = step.settings["normalize"] == true;
    // The samples, the axis of the products, and the others in the order of the output.
    let mut others = "cd".chars();
    let mut words = Vec::new();
    let mut values = Vec::new();
    let mut rest = String::new();
    for (flow, axis) in [a, b].into_iter().zip(axes) {
        let flow = flow.clone().channels_last(graph);
        let count = flow.shape().len() as i64 + 1;
        let axis = if axis < 0 { axis + count } else { axis };
        let mut value = flow.value().to_string();
        if normalize {
            let along = [Attribute::Ints("axes", &[axis]), Attribute::Int("keepdims", 1)];
            let length = graph.node("ReduceL2", &[&value], &along);
            let shortest = graph.scalar(1e-7);
            let length = graph.node("Max", &[&length, &shortest], &[]);
            value = graph.node("Div", &[&value, &length], &[]);
        }
        let mut word = String::from("b");
        for place in 1..count {
            let letter = if place == axis { 'x' } else { others.next().unwrap_or('e') };
            word.push(letter);
            if place != axis {
                rest.push(letter);
            }
        }
        words.push(word);
        values.push(value);
    }
    let equation = format!("{}->b{rest}", words.join(","));
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let mut value = graph.node("Einsum", &values, &[Attribute::Text("equation", &equation)]);
    if rest.is_empty() {
        let axis = graph.ints(&format!("{}/axis", step.name), &[1]);
        value = graph.node("Unsqueeze", &[&value, &axis], &[]);
    }
    Ok(Flow::new(value, step.output))
}
