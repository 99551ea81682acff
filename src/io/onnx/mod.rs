//! ONNX files: a graph of operations that other programs run.

mod message;

use super::atomic::write_atomic;
use crate::error::{Error, Result};
use message::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The version of the written operator set; runtimes since 2022 know it.
pub(crate) const OPSET: i64 = 17;
/// The version of the operator set for classical machine learning, if one of its operators is used.
const LEARNING: i64 = 2;
/// Name of the operator set for classical machine learning.
pub(crate) const LEARNING_DOMAIN: &str = "ai.onnx.ml";
/// The file format version (IR) that goes with it.
const IR: i64 = 8;
/// The largest protocol buffers message, in bytes.
const MOST: usize = i32::MAX as usize;

/// The element type of a graph's values, with ONNX's number for it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Float = 1,
    Int64 = 7,
    Text = 8,
    Bool = 9,
    Double = 11,
}

/// An attribute of an operator.
pub(crate) enum Attribute<'a> {
    Int(&'a str, i64),
    Ints(&'a str, &'a [i64]),
    Float(&'a str, f32),
    Floats(&'a str, &'a [f32]),
    Text(&'a str, &'a str),
    Texts(&'a str, &'a [&'a str]),
    Graph(&'a str, &'a Body),
}

/// A subgraph that an operator runs once for each step of a sequence.
pub(crate) struct Body(Message);

/// A graph under construction. Values are identified by their names.
#[derive(Default)]
pub(crate) struct Graph {
    nodes: Vec<Message>,
    initializers: Vec<Message>,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
    properties: Vec<Message>,
    scalars: BTreeMap<String, String>,
    /// The index of each constant by name, because a shared layer adds its own again.
    constants: BTreeMap<String, usize>,
    /// Names of all values.
    names: BTreeSet<String>,
    /// Whether an operator for classical machine learning is used.
    learning: bool,
    count: usize,
    size: usize,
}

impl Graph {
    /// An input or output of samples of this shape; the number of samples is open.
    fn value(name: &str, sample: &[usize], kind: Kind) -> Message {
        let open = Message::default().text(2, "batch");
        let fixed = sample.iter().map(|n| Message::default().int(1, *n as i64));
        let axes: Vec<Message> = std::iter::once(open).chain(fixed).collect();
        let shape = Message::default().messages(1, &axes);
        let tensor = Message::default().int(1, kind as i64).message(2, &shape);
        Message::default().text(1, name).message(2, &Message::default().message(1, &tensor))
    }

    /// Adds an input.
    pub fn input(&mut self, name: &str, sample: &[usize], kind: Kind) {
        self.names.insert(name.to_string());
        self.inputs.push(Graph::value(name, sample, kind));
    }

    /// Reserves an unused name: this one, or this one with a number.
    pub fn reserve(&mut self, name: &str) -> String {
        let numbered = (1..).map(|n| format!("{name}_{n}"));
        let mut names = std::iter::once(name.to_string()).chain(numbered);
        names.find(|name| self.names.insert(name.clone())).unwrap_or_default()
    }

    /// Makes a value an output.
    pub fn output(&mut self, name: &str, sample: &[usize]) {
        self.outputs.push(Graph::value(name, sample, Kind::Float));
    }

    /// Adds a metadata text.
    pub fn property(&mut self, key: &str, value: &str) {
        self.properties.push(Message::default().text(1, key).text(2, value));
    }

    /// Adds a constant in single precision.
    pub fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        self.constant(name, Kind::Float, shape, values.iter().flat_map(|v| v.to_le_bytes()))
    }

    /// A single number in single precision, which several operators may share.
    pub fn scalar(&mut self, value: f32) -> String {
        let key = format!("number_{value}");
        if let Some(name) = self.scalars.get(&key) {
            return name.clone();
        }
        let name = self.floats(&key, &[], &[value]);
        self.scalars.insert(key, name.clone());
        name
    }

    /// A single number in double precision, which several operators may share.
    pub fn double(&mut self, value: f64) -> String {
        let key = format!("double_{value}");
        if let Some(name) = self.scalars.get(&key) {
            return name.clone();
        }
        let name = self.doubles(&key, &[], &[value]);
        self.scalars.insert(key, name.clone());
        name
    }

    /// Adds a constant in double precision.
    pub fn doubles(&mut self, name: &str, shape: &[usize], values: &[f64]) -> String {
        self.constant(name, Kind::Double, shape, values.iter().flat_map(|v| v.to_le_bytes()))
    }

    /// Adds a constant of truth values.
    pub fn bools(&mut self, name: &str, shape: &[usize], values: &[bool]) -> String {
        self.constant(name, Kind::Bool, shape, values.iter().map(|v| u8::from(*v)))
    }

    /// Adds a constant of whole numbers.
    pub fn ints(&mut self, name: &str, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes());
        self.constant(name, Kind::Int64, &[values.len()], bytes)
    }

    fn constant(
        &mut self,
        name: &str,
        kind: Kind,
        shape: &[usize],
        bytes: impl Iterator<Item = u8>,
    ) -> String {
        let bytes: Vec<u8> = bytes.collect();
        let shape: Vec<i64> = shape.iter().map(|n| *n as i64).collect();
        let tensor = |name: &str| {
            Message::default().ints(1, &shape).int(2, kind as i64).text(8, name).raw(9, &bytes)
        };
        if let Some(at) = self.constants.get(name)
            && self.initializers[*at] == tensor(name)
        {
            return name.to_string();
        }
        let free = self.reserve(name);
        if free == name {
            self.constants.insert(free.clone(), self.initializers.len());
        }
        self.size = self.size.saturating_add(bytes.len() + free.len() + 64);
        self.initializers.push(tensor(&free));
        free
    }

    /// Adds an operator with one output and returns the output's name.
    pub fn node(&mut self, op: &str, inputs: &[&str], attributes: &[Attribute<'_>]) -> String {
        let output = self.next(op);
        self.node_as(op, inputs, attributes, &output);
        output
    }

    /// As [`node`](Self::node), for an operator for classical machine learning.
    pub fn learned(&mut self, op: &str, input: &str, attributes: &[Attribute<'_>]) -> String {
        self.learning = true;
        let output = self.next(op);
        let node = Graph::operation(op, &[input], attributes, &[&output]).text(7, LEARNING_DOMAIN);
        self.nodes.push(node);
        output
    }

    fn next(&mut self, op: &str) -> String {
        self.count += 1;
        self.reserve(&format!("{}_{}", op.to_lowercase(), self.count))
    }

    /// Adds an operator whose output has this [reserved](Self::reserve) name.
    pub fn node_as(
        &mut self,
        op: &str,
        inputs: &[&str],
        attributes: &[Attribute<'_>],
        output: &str,
    ) {
        self.nodes.push(Graph::operation(op, inputs, attributes, &[output]));
    }

    /// Adds an operator with several outputs.
    pub fn nodes(
        &mut self,
        op: &str,
        inputs: &[&str],
        attributes: &[Attribute<'_>],
        outputs: usize,
    ) -> Vec<String> {
        let names: Vec<String> = (0..outputs).map(|_| self.next(op)).collect();
        let outputs: Vec<&str> = names.iter().map(String::as_str).collect();
        self.nodes.push(Graph::operation(op, inputs, attributes, &outputs));
        names
    }

    /// A subgraph of the operators that `write` adds. It gets these inputs under new names and
    /// outputs the values that `write` returns; all other names refer to the outer graph.
    pub fn body(
        &mut self,
        name: &str,
        inputs: &[(&str, Kind)],
        write: impl FnOnce(&mut Graph, &[String]) -> Vec<String>,
    ) -> Body {
        let outside = std::mem::take(&mut self.nodes);
        let given: Vec<String> =
            inputs.iter().map(|(input, _)| self.reserve(&format!("{name}/{input}"))).collect();
        let outputs = write(self, &given);
        let nodes = std::mem::replace(&mut self.nodes, outside);
        let value = |name: &String, kind: Kind| {
            let tensor = Message::default().int(1, kind as i64);
            Message::default().text(1, name).message(2, &Message::default().message(1, &tensor))
        };
        let inputs = given.iter().zip(inputs).map(|(name, (_, kind))| value(name, *kind));
        let outputs = outputs.iter().map(|name| value(name, Kind::Float));
        Body(
            Message::default()
                .messages(1, &nodes)
                .text(2, name)
                .messages(11, &inputs.collect::<Vec<_>>())
                .messages(12, &outputs.collect::<Vec<_>>()),
        )
    }

    fn operation(
        op: &str,
        inputs: &[&str],
        attributes: &[Attribute<'_>],
        outputs: &[&str],
    ) -> Message {
        let node = inputs.iter().fold(Message::default(), |node, input| node.text(1, input));
        let node = outputs.iter().fold(node, |node, output| node.text(2, output));
        let name = outputs.first().copied().unwrap_or_default();
        let node = node.text(3, &format!("{name}_node")).text(4, op);
        let attribute = |attribute: &Attribute<'_>| match *attribute {
            Attribute::Float(name, value) => {
                Message::default().text(1, name).float(2, value).int(20, 1)
            }
            Attribute::Int(name, value) => {
                Message::default().text(1, name).int(3, value).int(20, 2)
            }
            Attribute::Ints(name, values) => {
                // One by one, because this field is not packed in onnx.proto.
                let named = Message::default().text(1, name);
                values.iter().fold(named, |m, value| m.int(8, *value)).int(20, 7)
            }
            Attribute::Floats(name, values) => {
                let named = Message::default().text(1, name);
                values.iter().fold(named, |m, value| m.float(7, *value)).int(20, 6)
            }
            Attribute::Text(name, value) => {
                Message::default().text(1, name).text(4, value).int(20, 3)
            }
            Attribute::Texts(name, values) => {
                let named = Message::default().text(1, name);
                values.iter().fold(named, |m, value| m.text(9, value)).int(20, 8)
            }
            Attribute::Graph(name, body) => {
                Message::default().text(1, name).message(6, &body.0).int(20, 5)
            }
        };
        let attributes: Vec<Message> = attributes.iter().map(attribute).collect();
        node.messages(5, &attributes)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// If it would be larger than the 2 GB that the format allows, or cannot be written.
    pub fn write(self, path: &Path, name: &str) -> Result<()> {
        if self.size > MOST - (1 << 20) {
            let what = "the model's weights in an ONNX file, in bytes";
            return Err(Error::argument(what, self.size, "less than 2 GB, the format's limit"));
        }
        let graph = Message::default()
            .messages(1, &self.nodes)
            .text(2, name)
            .messages(5, &self.initializers)
            .messages(11, &self.inputs)
            .messages(12, &self.outputs);
        let set = |domain: &str, version| Message::default().text(1, domain).int(2, version);
        let mut operations = vec![set("", OPSET)];
        operations.extend(self.learning.then(|| set(LEARNING_DOMAIN, LEARNING)));
        let model = Message::default()
            .int(1, IR)
            .text(2, "dfdx-lab")
            .text(3, env!("CARGO_PKG_VERSION"))
            .message(7, &graph)
            .messages(8, &operations)
            .messages(14, &self.properties);
        write_atomic(path, &model.into_bytes())
    }
}
