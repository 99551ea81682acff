//! Layers that go over a picture or a sequence by windows, as operations of ONNX.

use super::layers::{Flow, Step};
use crate::error::Result;
use crate::io::onnx::{Attribute, Graph};
use crate::nn::Padding;

impl Step<'_> {
    pub(super) fn convolution(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let weights: Vec<String> = self
            .weights
            .iter()
            .map(|(spec, values)| self.turned_weight(graph, spec.name, &spec.shape, values))
            .collect();
        let window = self.window()?;
        let pads = window.pads(flow.shape());
        Ok(flow.convolved(graph, "Conv", &weights, &window.attributes(&pads)))
    }

    /// The windows of a convolution.
    pub(super) fn window(&self) -> Result<Window> {
        Ok(Window {
            size: self.lengths("kernel_size")?,
            strides: self.lengths("strides")?,
            dilation: self.lengths("dilation_rate")?,
            padding: self.setting("padding")?,
        })
    }

    /// A setting that is a list of lengths, one for each axis of a window.
    fn lengths(&self, key: &str) -> Result<Vec<i64>> {
        let all: Vec<usize> = self.setting(key)?;
        Ok(all.into_iter().map(|n| n as i64).collect())
    }

    pub(super) fn windows(&self, graph: &mut Graph, flow: Flow, op: &str) -> Result<Flow> {
        let flow = flow.channels_first(graph);
        let size = self.lengths("pool_size")?;
        let window = Window {
            strides: match self.setting::<Option<Vec<usize>>>("strides")? {
                Some(_) => self.lengths("strides")?,
                None => size.clone(),
            },
            dilation: vec![1; size.len()],
            size,
            padding: self.setting("padding")?,
        };
        let pads = window.pads(flow.shape());
        let mut attributes = vec![
            Attribute::Ints("kernel_shape", &window.size),
            Attribute::Ints("strides", &window.strides),
            Attribute::Ints("pads", &pads),
        ];
        if op == "AveragePool" {
            attributes.push(Attribute::Int("count_include_pad", 0));
        }
        Ok(flow.node(graph, op, &attributes))
    }

    pub(super) fn whole(&self, graph: &mut Graph, flow: Flow, op: &str) -> Flow {
        let flow = flow.channels_first(graph).node(graph, op, &[]);
        if self.output.len() == flow.shape().len() {
            return flow;
        }
        let flat = flow.node(graph, "Flatten", &[Attribute::Int("axis", 1)]);
        Flow::of(flat.value().to_string(), flat.shape(), false)
    }
}

/// Windows over a picture or a sequence.
pub(super) struct Window {
    pub size: Vec<i64>,
    pub strides: Vec<i64>,
    pub dilation: Vec<i64>,
    pub padding: Padding,
}

impl Window {
    /// The settings of a convolution by these windows.
    pub fn attributes<'a>(&'a self, pads: &'a [i64]) -> Vec<Attribute<'a>> {
        vec![
            Attribute::Ints("kernel_shape", &self.size),
            Attribute::Ints("strides", &self.strides),
            Attribute::Ints("dilations", &self.dilation),
            Attribute::Ints("pads", pads),
        ]
    }

    /// What is to be added before each axis of samples of this shape, then what after each: as
    /// Keras does, the odd one comes last.
    pub fn pads(&self, sample: &[usize]) -> Vec<i64> {
        let axes = self.size.len();
        let mut pads = vec![0; 2 * axes];
        for axis in 0..axes {
            let length = sample.get(axis).map_or(1, |n| *n as i64);
            let outputs = (length + self.strides[axis] - 1) / self.strides[axis];
            let reach = (self.size[axis] - 1) * self.dilation[axis];
            let added = ((outputs - 1) * self.strides[axis] + reach + 1 - length).max(0);
            (pads[axis], pads[axes + axis]) = match self.padding {
                Padding::Valid => (0, 0),
                Padding::Same => (added / 2, added - added / 2),
                Padding::Causal => (reach, 0),
            };
        }
        pads
    }
}
