//! The layers between the inputs and the outputs of a graph, in Keras' order: those with the most
//! layers between them and an output first, and among these in the order in which one meets them
//! on the way back from the outputs. It is the order of the weights, too.

use super::node::{Node, What};
use crate::error::{Error, Result};
use crate::nn::layer_names::layer_names;
use std::collections::{BTreeMap, BTreeSet};

/// A node with its place in the order.
pub(super) struct Step {
    pub node: Node,
    pub name: String,
    /// The steps whose outputs it takes, all before it.
    pub inputs: Vec<usize>,
}

/// All of a graph, in Keras' order.
pub(super) struct Order {
    pub steps: Vec<Step>,
    /// The steps of the model's inputs, in the order in which these were given.
    pub inputs: Vec<usize>,
    /// The steps of its outputs.
    pub outputs: Vec<usize>,
}

/// A node on the way back from the outputs.
struct Met {
    node: Node,
    name: Option<String>,
    inputs: Vec<usize>,
    /// Layers to the farthest output.
    depth: usize,
}

impl Order {
    pub fn new(inputs: &[Node], outputs: &[Node]) -> Result<Self> {
        let (mut met, finished) = walk(outputs)?;
        for &at in finished.iter().rev() {
            let depth = met[at].depth + 1;
            for from in met[at].inputs.clone() {
                met[from].depth = met[from].depth.max(depth);
            }
        }
        let mut order: Vec<usize> = (0..met.len()).collect();
        order.sort_by_key(|at| (std::cmp::Reverse(met[*at].depth), *at));
        let mut places = vec![0; met.len()];
        order.iter().enumerate().for_each(|(place, at)| places[*at] = place);
        let names = names(&met)?;
        let step = |at: &usize| Step {
            node: met[*at].node.clone(),
            name: names[*at].clone(),
            inputs: met[*at].inputs.iter().map(|from| places[*from]).collect(),
        };
        let steps: Vec<Step> = order.iter().map(step).collect();
        let place = |node: &Node| steps.iter().position(|step| step.node.id() == node.id());
        let outputs: Vec<usize> = outputs.iter().filter_map(place).collect();
        Ok(Order { inputs: input_steps(inputs, &steps)?, outputs, steps })
    }
}

/// All nodes from which the outputs are computed, in the order in which they are met; and their
/// numbers in an order in which each comes behind its inputs.
fn walk(outputs: &[Node]) -> Result<(Vec<Met>, Vec<usize>)> {
    let mut met: Vec<Met> = Vec::new();
    let mut known: BTreeMap<u64, usize> = BTreeMap::new();
    let mut finished = Vec::new();
    let mut ends = BTreeSet::new();
    for output in outputs {
        if !ends.insert(output.id()) {
            let got = format!("{output:?} twice");
            return Err(Error::argument("Functional: the outputs", got, "each there once"));
        }
        let mut meet = |node: &Node, met: &mut Vec<Met>| {
            let next = met.len();
            let at = *known.entry(node.id()).or_insert(next);
            if at == next {
                let (node, name) = (node.clone(), None);
                met.push(Met { node, name, inputs: Vec::new(), depth: 0 });
            }
            // A clone of a node may have got a name of its own.
            let name = node.given_name().map(str::to_string);
            met[at].name = met[at].name.take().or(name);
            (at, at == next)
        };
        // The nodes on the way, each with how many of its inputs have been followed.
        let mut way = Vec::new();
        if let (at, true) = meet(output, &mut met) {
            way.push(at);
        }
        while let Some(&at) = way.last() {
            let next = met[at].inputs.len();
            match met[at].node.inputs().get(next).cloned() {
                Some(input) => {
                    let (from, new) = meet(&input, &mut met);
                    met[at].inputs.push(from);
                    if new {
                        way.push(from);
                    }
                }
                None => {
                    if let (What::Merge(merge), []) = (met[at].node.what(), &met[at].inputs[..]) {
                        let what = format!("{}: the number of inputs", merge.class_name());
                        return Err(Error::argument(what, 0, "at least 1"));
                    }
                    finished.push(at);
                    way.pop();
                }
            }
        }
    }
    Ok((met, finished))
}

/// The names given, and Keras' for those without: counted in the order in which the nodes were made.
fn names(met: &[Met]) -> Result<Vec<String>> {
    let mut made: Vec<usize> = (0..met.len()).collect();
    made.sort_by_key(|at| met[*at].node.id());
    let of = |at: &usize| (met[*at].node.what().class_name(), met[*at].name.as_deref());
    let named = layer_names(&made.iter().map(of).collect::<Vec<_>>())?;
    let mut names = vec![String::new(); met.len()];
    made.into_iter().zip(named).for_each(|(at, name)| names[at] = name);
    Ok(names)
}

/// The steps of the model's inputs, which must be all that go in.
fn input_steps(inputs: &[Node], steps: &[Step]) -> Result<Vec<usize>> {
    const WHAT: &str = "Functional: the inputs";
    let mut found = Vec::new();
    for input in inputs {
        if !matches!(input.what(), What::Input(_)) {
            return Err(Error::argument(WHAT, format!("{input:?}"), "nodes of Input::new"));
        }
        let place = steps.iter().position(|step| step.node.id() == input.id());
        let place = place.ok_or_else(|| {
            Error::argument(WHAT, format!("{input:?}"), "such that lead to an output")
        })?;
        if found.contains(&place) {
            return Err(Error::argument(WHAT, format!("{input:?} twice"), "each there once"));
        }
        found.push(place);
    }
    let goes_in = |step: &&Step| matches!(step.node.what(), What::Input(_));
    let count = steps.iter().filter(goes_in).count();
    if count != found.len() {
        let more = (0..steps.len()).find(|i| goes_in(&&steps[*i]) && !found.contains(i));
        let more = more.map_or(String::new(), |i| format!("{:?}", steps[i].node));
        let expected = format!("all that the outputs are computed from: {more} is missing");
        return Err(Error::argument(WHAT, format!("{} of {count}", found.len()), expected));
    }
    Ok(found)
}
