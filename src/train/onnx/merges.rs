//! Each merge as operations of ONNX.

use super::layers::{Flow, Step};
use crate::config::Value;
use crate::error::Result;
use crate::io::onnx::{Attribute, Graph};
use serde_json::Value as Json;

/// Adds a merge's operations; none if the layer is no merge.
pub(super) fn write(graph: &mut Graph, step: &Step<'_>, inputs: &[Flow]) -> Option<Result<Flow>> {
    let op = match step.class {
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
