//! Each merge as operations of ONNX.

use super::directions::directions;
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
    if ["Max", "Min", "Mul"].contains(&op) && step.masks.iter().any(Option::is_some) {
        let value = masked(graph, step, op, &values, inputs);
        return Ok(Flow::of(value, step.output, false));
    }
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

/// Of inputs with masks: what a mask hides is left out. Sequences are never turned.
fn masked(graph: &mut Graph, step: &Step<'_>, op: &str, values: &[String], of: &[Flow]) -> String {
    let one = graph.scalar(if op == "Mul" { 1.0 } else { 0.0 });
    let masks = step.masks.iter().zip(of).enumerate().map(|(i, (mask, flow))| {
        let mask = mask.as_ref()?;
        // Beside all that a step has.
        let axes: Vec<i64> = (2..=flow.shape().len() as i64).collect();
        let axes = graph.ints(&format!("{}/mask_axes_{i}", step.name), &axes);
        Some(graph.node("Unsqueeze", &[mask, &axes], &[]))
    });
    let masks: Vec<Option<String>> = masks.collect();
    // What came together so far, and where it is hidden: nowhere, once something was not masked.
    let mut all = values[0].clone();
    let mut seen = masks[0].clone();
    if let ("Mul", Some(mask)) = (op, &seen) {
        all = graph.node("Where", &[mask, &all, &one], &[]);
    }
    for (value, mask) in values.iter().zip(&masks).skip(1) {
        let mut value = value.clone();
        if let Some(mask) = mask {
            let instead = if op == "Mul" { &one } else { &all };
            value = graph.node("Where", &[mask, &value, instead], &[]);
        }
        if let ("Max" | "Min", Some(seen)) = (op, &seen) {
            all = graph.node("Where", &[seen, &all, &value], &[]);
        }
        all = graph.node(op, &[&all, &value], &[]);
        seen = match (seen, mask) {
            (Some(seen), Some(mask)) => Some(graph.node("Or", &[&seen, mask], &[])),
            _ => None,
        };
    }
    match (op, seen) {
        ("Mul", Some(seen)) => {
            let zero = graph.scalar(0.0);
            graph.node("Where", &[&seen, &all, &zero], &[])
        }
        _ => all,
    }
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
            value = directions(graph, &value, axis, 1e-7);
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
