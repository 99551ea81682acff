//! Vectors of length 1.

use crate::io::onnx::{Attribute, Graph};

/// The vectors along an axis divided by their lengths, or by this one where they are shorter.
pub(super) fn directions(graph: &mut Graph, value: &str, axis: i64, shortest: f32) -> String {
    let along = [Attribute::Ints("axes", &[axis]), Attribute::Int("keepdims", 1)];
    let length = graph.node("ReduceL2", &[value], &along);
    let shortest = graph.scalar(shortest);
    let length = graph.node("Max", &[&length, &shortest], &[]);
    graph.node("Div", &[value, &length], &[])
}
