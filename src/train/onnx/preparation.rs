//! A fitted pipeline as the first operations of a graph.

use super::has_none;
use crate::data::{Fitted, FittedPipeline};
use crate::error::Result;
use crate::io::onnx::{Attribute, Graph, Kind};

/// Adds the input and the steps; gives back the value that the network takes, rows of this shape.
pub(super) fn write(
    graph: &mut Graph,
    input: &str,
    pipeline: &FittedPipeline,
    shape: &[usize],
) -> Result<String> {
    graph.input(input, &raw(pipeline, shape));
    if pipeline.is_empty() {
        return Ok(input.to_string());
    }
    // In double precision, as the library has it: of a large column with small differences single
    // precision would leave nothing.
    let cast = |graph: &mut Graph, value: &str, to: Kind| {
        graph.node("Cast", &[value], &[Attribute::Int("to", to as i64)])
    };
    let mut value = cast(graph, input, Kind::Double);
    for (i, (step, _)) in pipeline.parts().enumerate() {
        let name = |what: &str| format!("step_{}_{what}", i + 1);
        let line = |graph: &mut Graph, value: &str, offset: &[f64], scale: &[f64]| {
            // A scaler sees a picture as a row of as many columns.
            let picture = offset.len() == shape.iter().product::<usize>();
            let axes = if picture { shape.to_vec() } else { vec![offset.len()] };
            let offset = graph.doubles(&name("offset"), &axes, offset);
            let scale = graph.doubles(&name("scale"), &axes, scale);
            let centred = graph.node("Sub", &[value, &offset], &[]);
            graph.node("Div", &[&centred, &scale], &[])
        };
        value = match step {
            Fitted::Standard(scaler) => line(graph, &value, scaler.mean(), scaler.scale()),
            Fitted::MinMax(scaler) => line(graph, &value, scaler.min(), scaler.range()),
            Fitted::Robust(scaler) => line(graph, &value, scaler.center(), scaler.scale()),
            // At the other end of the network.
            Fitted::Targets(_) => value,
            Fitted::Select(select) => {
                let chosen: Vec<i64> = select.indices().iter().map(|i| *i as i64).collect();
                let chosen = graph.ints(&name("columns"), &chosen);
                graph.node("Gather", &[&value, &chosen], &[Attribute::Int("axis", 1)])
            }
            Fitted::Pca(pca) => {
                let [mean, components, _] = pca.parts();
                let (columns, kept) = (mean.len(), pca.n_components());
                let scales = pca.scales();
                let turned = (0..columns * kept).map(|at| {
                    let (column, component) = (at / kept, at % kept);
                    components[component * columns + column] / scales[component]
                });
                let turned: Vec<f64> = turned.collect();
                let mean = graph.doubles(&name("mean"), &[columns], mean);
                let turned = graph.doubles(&name("components"), &[columns, kept], &turned);
                let centred = graph.node("Sub", &[&value, &mean], &[]);
                graph.node("MatMul", &[&centred, &turned], &[])
            }
            other => {
                let what = "Model::save_onnx: a step of the pipeline";
                return Err(has_none(what, other).hint(
                    "Model::save_onnx_of_prepared writes the network alone, for rows that are \
                     prepared by Model::prepare",
                ));
            }
        };
    }
    Ok(cast(graph, &value, Kind::Float))
}

/// Adds what takes the network's outputs to the targets' own units, in double precision likewise.
pub(super) fn unscale(graph: &mut Graph, value: String, pipeline: &FittedPipeline) -> String {
    let Some((scale, offset)) = pipeline.target_units() else { return value };
    let axes = [scale.len()];
    let scale = graph.doubles("targets_scale", &axes, &scale);
    let offset = graph.doubles("targets_offset", &axes, &offset);
    let value = graph.node("Cast", &[&value], &[Attribute::Int("to", Kind::Double as i64)]);
    let value = graph.node("Mul", &[&value, &scale], &[]);
    let value = graph.node("Add", &[&value, &offset], &[]);
    graph.node("Cast", &[&value], &[Attribute::Int("to", Kind::Float as i64)])
}

/// The shape of a row before the steps, from that after them.
fn raw(pipeline: &FittedPipeline, after: &[usize]) -> Vec<usize> {
    let steps: Vec<_> = pipeline.parts().map(|(step, _)| step).collect();
    steps.into_iter().rev().fold(after.to_vec(), |shape, step| match step {
        Fitted::Select(select) => vec![select.names().len()],
        Fitted::Pca(pca) => vec![pca.mean().len()],
        _ => shape,
    })
}
