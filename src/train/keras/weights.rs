//! Where the weights of a network lie in Keras' files, of version 3 and of those before.

use super::part::Part;
use crate::error::{Error, Result};
use crate::io::hdf5::{Hdf5, Tree};
use crate::nn::{BuiltLayer, Network, Op};
use crate::train::model::Model;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The group that holds the weights in a model's file of Keras 2 (.h5).
const WEIGHTS: &str = "model_weights";

/// The most groups between a layer's group and its weights: groups in a file may form a cycle.
const DEPTH: usize = 4;

/// Writes every weight, and what the optimiser remembers.
pub(super) fn write(model: &Model) -> Tree<'_> {
    let mut root = Tree::default();
    for ((_, layer), group) in model.network.own_layers().zip(groups(&model.network)) {
        let own = format!("layers/{group}");
        root.group(&format!("{own}/vars")).attribute("name", layer.name.as_str());
        let mut at = layer.weights.start;
        for (spec, path) in layer.op.weights().iter().zip(paths(&*layer.op, &own)) {
            let values = &model.weights[at..at + spec.len()];
            let (group, number) = path.rsplit_once('/').unwrap_or(("", &path));
            root.group(group).array(number, &spec.shape, values);
            at += spec.len();
        }
    }
    let vars = root.group("optimizer/vars");
    vars.attribute("name", crate::config::snake_case(model.optimizer.rule().name()));
    super::variables::write(model, vars);
    root
}

/// The groups that hold a layer's weights, and how many each holds: its own one, or others below it.
fn groups_of(op: &dyn Op) -> Vec<(String, usize)> {
    let below = op.keras_groups();
    if below.is_empty() {
        return vec![("vars".into(), op.weights().len())];
    }
    below.into_iter().map(|(group, count)| (format!("{group}/vars"), count)).collect()
}

/// Where each weight of a layer lies, whose group is `own`.
fn paths(op: &dyn Op, own: &str) -> Vec<String> {
    let numbered = |(group, count): (String, usize)| {
        (0..count).map(move |i| format!("{own}/{group}/{i}")).collect::<Vec<_>>()
    };
    groups_of(op).into_iter().flat_map(numbered).collect()
}

/// Whether there is an array in a group or in one not too far below it.
fn holds_arrays(file: &Hdf5, group: &str, depth: usize) -> bool {
    let holds = |inner: String| holds_arrays(file, &format!("{group}/{inner}"), depth - 1);
    !file.arrays_in(group).is_empty() || depth > 0 && file.groups_in(group).into_iter().any(holds)
}

/// The groups of the layers, numbered by class and not by name.
fn groups(network: &Network) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let group = |(_, layer): (usize, &BuiltLayer)| {
        let class = crate::config::snake_case(&layer.class_name);
        let count = counts.entry(class.clone()).or_default();
        *count += 1;
        if *count == 1 { class } else { format!("{class}_{}", *count - 1) }
    };
    network.own_layers().map(group).collect()
}

/// Whether the file is in the form of Keras 2.
pub(super) fn is_legacy(file: &Hdf5) -> bool {
    file.has_group(WEIGHTS) || matches!(file.texts("", "layer_names"), Ok(Some(_)))
}

/// The names of all weights of these layers, where the file's own configuration says where they
/// lie.
pub(super) fn names(file: &Hdf5, layers: &[&BuiltLayer], parts: &[Part]) -> Result<Vec<String>> {
    if !is_legacy(file) {
        let groups = parts.iter().map(|part| part.group.as_str());
        return by_group(file, layers, groups);
    }
    let mut names = Vec::new();
    let mut start = 0;
    while start < layers.len() {
        // A model within the model has the weights of all its layers in one list.
        let same = parts[start..].iter().take_while(|part| part.top == parts[start].top);
        let end = (start + same.count()).min(layers.len());
        let layers = &layers[start..end];
        let count: usize = layers.iter().map(|layer| layer.op.weights().len()).sum();
        if count > 0 {
            let top = &parts[start].top;
            let listed = listed(file, top)?;
            check_count(top, listed.len(), count)?;
            names.extend(in_order(layers, listed));
        }
        start = end;
    }
    Ok(names)
}

/// The same for a file without a configuration, whose layers are taken to be the network's.
pub(super) fn names_alone(file: &Hdf5, network: &Network) -> Result<Vec<String>> {
    let own = || network.own_layers().map(|(_, layer)| layer);
    let weighted = || own().filter(|layer| !layer.op.weights().is_empty());
    if !is_legacy(file) {
        let groups = groups(network);
        let known = own().zip(&groups);
        let known = known.filter(|(layer, _)| !layer.op.weights().is_empty());
        let known: BTreeSet<&str> = known.map(|(_, group)| group.as_str()).collect();
        let has_weights = |name: &String| holds_arrays(file, &format!("layers/{name}"), DEPTH);
        let mut there = file.groups_in("layers");
        there.retain(|name| has_weights(name) && !known.contains(name.as_str()));
        if let Some(name) = there.first() {
            let expected = format!("one of the model's: {}", list(known));
            return Err(Error::argument("a layer with weights in the file", name, expected));
        }
        let groups: Vec<String> = groups.iter().map(|group| format!("layers/{group}")).collect();
        let layers: Vec<&BuiltLayer> = own().collect();
        return by_group(file, &layers, groups.iter().map(String::as_str));
    }
    let layers = file.texts(root(file), "layer_names")?.unwrap_or_default();
    let mut there = Vec::new();
    for layer in layers {
        let listed = listed(file, &layer)?;
        if !listed.is_empty() {
            there.push((layer, listed));
        }
    }
    let expected = weighted().count();
    if there.len() != expected {
        let what = "the number of layers with weights in the file";
        return Err(Error::argument(what, there.len(), format!("{expected}, as the model has")));
    }
    let mut names = Vec::new();
    for ((name, listed), layer) in there.into_iter().zip(weighted()) {
        check_count(&name, listed.len(), layer.op.weights().len())?;
        names.extend(in_order(&[layer], listed));
    }
    Ok(names)
}

/// The arrays of these names in one slice, once all are found to have the network's shapes.
pub(super) fn read(file: &Hdf5, network: &Network, names: &[String]) -> Result<Vec<f32>> {
    check_shapes(file, network, names)?;
    let mut all = Vec::new();
    for ((_, spec, _), name) in network.weights().zip(names) {
        all.extend(file.numbers(name, &spec.shape)?);
    }
    Ok(all)
}

/// Checks, without taking memory for the weights, that the file has the network's.
pub(super) fn check_shapes(file: &Hdf5, network: &Network, names: &[String]) -> Result<()> {
    for ((layer, spec, _), name) in network.weights().zip(names) {
        let what = format!("{layer}/{}, in the file '{name}'", spec.name);
        match file.shape(name)? {
            None => return Err(Error::argument(what, "missing", "there")),
            Some(shape) if shape != spec.shape => {
                let expected = format!("the model has {:?}", spec.shape);
                return Err(Error::shape(what, &shape, expected));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The names of an optimiser's variables, in Keras' order.
pub(super) fn optimizer_names(file: &Hdf5) -> Result<Vec<String>> {
    if is_legacy(file) {
        let mut listed = file.texts("optimizer_weights", "weight_names")?.unwrap_or_default();
        // Before Keras 2.11 they stood in another order, and the first had another name.
        let first = listed.first().and_then(|name| name.trim_end_matches(":0").rsplit('/').next());
        if first != Some("iteration") {
            listed.clear();
        }
        return Ok(listed.iter().map(|name| format!("optimizer_weights/{name}")).collect());
    }
    let group = "optimizer/vars";
    Ok((0..file.arrays_in(group).len()).map(|i| format!("{group}/{i}")).collect())
}

fn by_group<'a>(
    file: &Hdf5,
    layers: &[&BuiltLayer],
    groups: impl Iterator<Item = &'a str>,
) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for (layer, group) in layers.iter().zip(groups) {
        for (below, count) in groups_of(&*layer.op) {
            if count > 0 {
                let found = file.arrays_in(&format!("{group}/{below}")).len();
                check_count(&layer.name, found, count)?;
            }
        }
        names.extend(paths(&*layer.op, group));
    }
    Ok(names)
}

fn check_count(layer: &str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    let what = format!("the number of the file's arrays for layer '{layer}'");
    Err(Error::argument(what, found, format!("{expected}, as the model has")))
}

/// Where a file of Keras 2 has its layers: a model's below a group, weights alone at the top.
fn root(file: &Hdf5) -> &'static str {
    if file.has_group(WEIGHTS) { WEIGHTS } else { "" }
}

/// The paths of a layer's weights in a file of Keras 2.
fn listed(file: &Hdf5, layer: &str) -> Result<VecDeque<String>> {
    let group = match root(file) {
        "" => layer.to_string(),
        root => format!("{root}/{layer}"),
    };
    let names = file.texts(&group, "weight_names")?.unwrap_or_default();
    Ok(names.iter().map(|name| format!("{group}/{name}")).collect())
}

/// Keras 2 lists what is trained before what is not; the network's order is that of the layers.
fn in_order(layers: &[&BuiltLayer], mut listed: VecDeque<String>) -> Vec<String> {
    let all = layers.iter().flat_map(|l| l.op.weights().iter().map(move |w| (l, w)));
    let trained: Vec<bool> = all.map(|(layer, spec)| layer.trainable && spec.trainable).collect();
    let count = trained.iter().filter(|trained| **trained).count();
    let mut rest = listed.split_off(count.min(listed.len()));
    let next = |trained: bool| if trained { listed.pop_front() } else { rest.pop_front() };
    trained.into_iter().filter_map(next).collect()
}

fn list(names: BTreeSet<&str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}
