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
    /// The first step of the same layer, if this is a later one.
    pub repeats: Option<usize>,
    /// Which use of its layer it is, in the order in which they were made: Keras' number of a node.
    pub index: usize,
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
        // A layer stands where its farthest use does. Uses that are as far are computed in Keras'
        // order, which a moving average depends on: as one comes upon them behind their outputs.
        let mut depths: BTreeMap<u64, usize> = BTreeMap::new();
        let mut found: BTreeMap<usize, usize> = BTreeMap::new();
        let mut find = |at: usize| {
            let next = found.len();
            found.entry(at).or_insert(next);
        };
        for &at in finished.iter().rev() {
            find(at);
            met[at].inputs.iter().for_each(|from| find(*from));
            let of_layer = depths.entry(met[at].node.layer()).or_default();
            *of_layer = met[at].depth.max(*of_layer);
            met[at].depth = *of_layer;
            let depth = *of_layer + 1;
            for from in met[at].inputs.clone() {
                met[from].depth = met[from].depth.max(depth);
            }
        }
        let mut first: BTreeMap<u64, usize> = BTreeMap::new();
        let mut uses: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for (at, Met { node, .. }) in met.iter().enumerate() {
            first.entry(node.layer()).or_insert(at);
            uses.entry(node.layer()).or_default().push(node.id());
        }
        uses.values_mut().for_each(|ids| ids.sort_unstable());
        let mut order: Vec<usize> = (0..met.len()).collect();
        order.sort_by_key(|at| {
            (std::cmp::Reverse(met[*at].depth), first[&met[*at].node.layer()], found[at])
        });
        let mut places = vec![0; met.len()];
        order.iter().enumerate().for_each(|(place, at)| places[*at] = place);
        let names = names(&met)?;
        let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
        let step = |(place, at): (usize, &usize)| {
            let node = &met[*at].node;
            let before = *seen.entry(node.layer()).or_insert(place);
            Step {
                name: names[&node.layer()].clone(),
                inputs: met[*at].inputs.iter().map(|from| places[*from]).collect(),
                repeats: (before != place).then_some(before),
                index: uses[&node.layer()].iter().position(|id| *id == node.id()).unwrap_or(0),
                node: node.clone(),
            }
        };
        let steps: Vec<Step> = order.iter().enumerate().map(step).collect();
        let place = |node: &Node| steps.iter().position(|step| step.node.id() == node.id());
        let outputs: Vec<usize> = outputs.iter().filter_map(place).collect();
        for (i, output) in outputs.iter().enumerate() {
            let name = &steps[*output].name;
            if outputs[..i].iter().any(|before| steps[*before].name == *name) {
                let got = format!("two of the layer '{name}'");
                let expected = "each of a layer of its own, which gives it its name";
                return Err(Error::argument("Functional: the outputs", got, expected)
                    .hint("put a layer behind each, as in output.then(Linear).name(\"left\")"));
            }
        }
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

/// The names given to the layers, and Keras' for those without: counted in the order in which the
/// layers were made.
fn names(met: &[Met]) -> Result<BTreeMap<u64, String>> {
    let mut made: BTreeMap<u64, (&str, Option<&str>)> = BTreeMap::new();
    for Met { node, name, .. } in met {
        let (_, given) = made.entry(node.layer()).or_insert((node.what().class_name(), None));
        *given = given.or(name.as_deref());
    }
    let named = layer_names(&made.values().copied().collect::<Vec<_>>())?;
    Ok(made.into_keys().zip(named).collect())
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
