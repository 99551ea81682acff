//! Models as ONNX graphs, which other programs run: onnxruntime, browsers, phones, databases.

mod convolutions;
mod directions;
mod layers;
mod masks;
mod merges;
mod preparation;
mod recurrent;
mod sequences;
mod steps;
mod windows;

use super::file_end::{Written, check_end};
use super::model::Model;
use crate::config::within;
use crate::data::{FittedPipeline, Targets};
use crate::error::{Error, Result};
use crate::io::onnx::{Graph, Kind};
use crate::nn::inbound::{CAUSAL, is_causal};
use crate::nn::{InputSpec, Network, Port};
use layers::{Flow, Step};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;

const INPUT: &str = "input";
const OUTPUT: &str = "output";

impl Model {
    /// Writes what [`predict`](Self::predict) does as an ONNX graph (operation set 17), for
    /// onnxruntime (1.12 or newer) and everything else that runs such graphs. The file is there
    /// whole or not at all.
    ///
    /// The graph has one input `input` of shape (batch, …) and one output `output`, single
    /// precision, the number of rows open. Pictures go in as (batch, height, width, channels), as
    /// here. It takes rows **as they were before the pipeline** of the last fit: the steps are its
    /// first operations, computed in double precision; where the targets were scaled, its last ones
    /// give outputs in the targets' own units. Where the pipeline takes text, there is an input for
    /// each column, by its name, of shape (batch, 1): strings for text, with `""` for what is missing.
    /// A category that the training rows lack is all zeros, or -1. Among its metadata
    /// are `columns`, the names of the input's columns, and `classes` or `targets`, those of the
    /// output's, as JSON. Outputs agree within 1e-5 (onnxruntime 1.32; `tests/interchange.rs`).
    ///
    /// A functional model of several inputs or outputs has each of them by its own name.
    ///
    /// Layers that only act while training (dropout, noise, augmentation) are left out. Masks of
    /// [`Masking`](crate::nn::Masking) and `mask_zero` are values of the graph; a recurrent layer
    /// under one is a loop over its steps (`Scan`), as is one of an activation that ONNX' own
    /// recurrent operations lack.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([4]).add(Dense::new(3).activation(Softmax));
    /// let model = net.compile("adam", "categorical_crossentropy", ())?;
    /// # let folder = std::env::temp_dir().join(format!("dfdx-lab-onnx-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("iris.onnx");
    /// model.save_onnx(&path)?;
    /// // onnxruntime.InferenceSession("iris.onnx").run(None, {"input": rows})
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If a layer is custom code, which the error names; if prepared data were changed by hand before the fit: then
    /// [`save_onnx_of_prepared`](Self::save_onnx_of_prepared) writes the network
    /// alone; if the weights take more than the format's 2 GB, or the file cannot be
    /// written.
    pub fn save_onnx(&self, path: impl AsRef<Path>) -> Result<()> {
        self.export(path.as_ref(), &self.pipeline())
    }

    /// The same for rows that are prepared already, as [`prepare`](Self::prepare) gives them: the
    /// network alone.
    ///
    /// # Errors
    /// As [`save_onnx`](Self::save_onnx), whatever the pipeline.
    pub fn save_onnx_of_prepared(&self, path: impl AsRef<Path>) -> Result<()> {
        self.export(path.as_ref(), &FittedPipeline::default())
    }

    fn export(&self, path: &Path, pipeline: &FittedPipeline) -> Result<()> {
        check_end("Model::save_onnx", path, Written::Onnx)?;
        let mut graph = Graph::default();
        let network = &self.network;
        self.check_units_of_one_output("Model::save_onnx")?;
        let inputs = inputs(&mut graph, network, pipeline)?;
        let names = network.outputs().iter().map(|output| match network.outputs() {
            [_] => OUTPUT,
            _ => network.layers()[*output].name.as_str(),
        });
        let names: Vec<String> = names.map(|name| graph.reserve(name)).collect();
        let mut flows: Vec<Flow> = Vec::with_capacity(network.layers().len());
        let config = self.recipe.to_config()?;
        let listed = config.settings().get("layers").and_then(Json::as_array);
        let configs =
            listed.into_iter().flatten().filter(|layer| layer["class_name"] != "InputLayer");
        let configs: BTreeMap<usize, &Json> =
            network.own_layers().map(|(place, _)| place).zip(configs).collect();
        let masks = network.masks();
        let mut made: Vec<String> = Vec::new();
        for (i, layer) in network.layers().iter().enumerate() {
            let Some(config) = configs.get(&layer.shares.unwrap_or(i)) else { continue };
            let mut at = layer.weights.start;
            let weights = layer.op.weights().iter().map(|spec| {
                at += spec.len();
                (spec, &self.weights[at - spec.len()..at])
            });
            let step = Step {
                name: &layer.name,
                class: &layer.class_name,
                settings: &config["config"],
                activation: layer.op.activation(),
                output: layer.op.output(),
                weights: weights.collect(),
                masks: masks
                    .of_inputs(i)
                    .iter()
                    .map(|mask| mask.map(|at| made[at].clone()))
                    .collect(),
                causal: is_causal(config) || config["config"][CAUSAL] == true,
                only_trains: layer.op.only_trains(),
            };
            let place = format!("layer '{}'", layer.name);
            let taken = layer.inputs.iter().map(|port| match *port {
                Port::Input(input) => inputs[input].clone(),
                Port::Layer(before) => flows[before].clone(),
            });
            let taken: Vec<Flow> = taken.collect();
            let flow = match (merges::write(&mut graph, &step, &taken), taken.first()) {
                (Some(merged), _) => merged,
                (None, Some(flow)) => step.write(&mut graph, flow.clone()),
                (None, None) => Err(has_none("its inputs", "0")),
            };
            let flow = flow.map_err(|e| within(e, &place))?;
            for any in masks.beginning_at(i) {
                let joined = any.iter().map(|mask| made[*mask].clone());
                let joined = joined.reduce(|a, b| graph.node("Or", &[&a, &b], &[]));
                made.push(match (joined, taken.first()) {
                    (Some(joined), _) => joined,
                    (None, Some(taken)) => step.made_mask(&mut graph, taken.clone())?,
                    (None, None) => return Err(has_none("its inputs", "0")),
                });
            }
            flows.push(flow);
        }
        for (&output, name) in network.outputs().iter().zip(&names) {
            let layer = &network.layers()[output];
            let last = flows[output].clone().channels_last(&mut graph).value().to_string();
            let last = match network.outputs() {
                [_] => preparation::unscale(&mut graph, last, &self.pipeline()),
                _ => last,
            };
            graph.node_as("Identity", &[&last], &[], name);
            graph.output(name, layer.op.output());
        }
        let names = |names: &[String]| Json::from(names).to_string();
        if let Some(schema) = &self.schema {
            let columns = pipeline.parts().next().map_or(&schema.columns[..], |step| step.1);
            graph.property("columns", &names(columns));
            graph.property("classes", &names(&schema.classes));
            if let Targets::Values(targets) = &schema.targets {
                graph.property("targets", &names(targets));
            }
        }
        graph.write(path, "dfdx_lab")
    }
}

/// What the network's inputs are in the graph: prepared by the pipeline, or each by its own name
/// where there are several.
fn inputs(graph: &mut Graph, network: &Network, pipeline: &FittedPipeline) -> Result<Vec<Flow>> {
    if let [one] = network.inputs() {
        let value = preparation::write(graph, INPUT, pipeline, &one.shape)?;
        return Ok(vec![Flow::new(value, &one.shape)]);
    }
    if !pipeline.is_empty() {
        return Err(has_none("the pipeline before several inputs", pipeline)
            .hint("save_onnx_of_prepared writes the network alone"));
    }
    let flow = |input: &InputSpec| {
        graph.input(&input.name, &input.shape, Kind::Float);
        Flow::new(input.name.clone(), &input.shape)
    };
    Ok(network.inputs().iter().map(flow).collect())
}

/// The error of what a graph cannot do.
fn has_none(what: &str, got: impl std::fmt::Display) -> Error {
    Error::argument(what, got, "one that ONNX has operations for")
}

#[cfg(test)]
mod tests;
