//! Where the inputs of a network's layers lie during a pass.

use crate::nn::{MergeInputs, Network, Port};

/// What a pass has computed so far.
#[derive(Clone, Copy)]
pub(crate) struct Operands<'a> {
    pub network: &'a Network,
    pub rows: usize,
    /// The samples, each with all its inputs.
    pub x: &'a [f32],
    /// Each input by itself, where there are several.
    pub inputs: &'a [Vec<f32>],
    /// The layers' outputs.
    pub outputs: &'a [Vec<f32>],
}

/// The inputs of a merge.
pub(crate) struct MergeOperands<'a> {
    pub from: Operands<'a>,
    pub ports: &'a [Port],
}

impl MergeInputs for MergeOperands<'_> {
    fn get(&self, input: usize) -> &[f32] {
        self.from.get(self.ports[input])
    }
}

impl<'a> Operands<'a> {
    /// The values that come from there.
    pub fn get(&self, port: Port) -> &'a [f32] {
        match port {
            Port::Layer(layer) => {
                &self.outputs[layer][..self.rows * self.network.layers()[layer].len()]
            }
            Port::Input(_) if self.network.inputs().len() == 1 => self.x,
            Port::Input(input) => {
                &self.inputs[input][..self.rows * self.network.inputs()[input].len()]
            }
        }
    }
}

/// Splits samples into their inputs, of these lengths.
pub(crate) fn split(
    x: &[f32],
    inputs: &mut [Vec<f32>],
    lengths: impl Iterator<Item = usize> + Clone,
) {
    let all: usize = lengths.clone().sum();
    let mut at = 0;
    for (to, len) in inputs.iter_mut().zip(lengths) {
        let rows = x.chunks_exact(all).zip(to.chunks_exact_mut(len));
        rows.for_each(|(from, to)| to.copy_from_slice(&from[at..at + len]));
        at += len;
    }
}

/// Puts several outputs side by side, each with the values of one sample of it.
pub(crate) fn join<'a>(
    rows: usize,
    outputs: impl Iterator<Item = (&'a [f32], usize)> + Clone,
    to: &mut [f32],
) {
    let all: usize = outputs.clone().map(|(_, len)| len).sum();
    let mut at = 0;
    for (from, len) in outputs {
        let rows = from.chunks_exact(len).zip(to.chunks_exact_mut(all)).take(rows);
        rows.for_each(|(from, to)| to[at..at + len].copy_from_slice(from));
        at += len;
    }
}
