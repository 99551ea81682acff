//! Where the inputs of a network's layers lie during a pass, and how a layer is called with them.

use crate::nn::{Backward, Forward, MergeBackward, MergeForward, MergeInputs, Network, Port};

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

/// A layer of the network in a pass.
pub(crate) struct Call<'a> {
    pub from: Operands<'a>,
    pub layer: usize,
    pub masks: &'a [Vec<f32>],
    /// The weights of the whole network.
    pub weights: &'a [f32],
}

/// What a layer's backward pass takes and writes.
pub(crate) struct Slopes<'a> {
    pub y: &'a [f32],
    pub dy: &'a mut [f32],
    pub before_activation: bool,
    /// Whether the first weight's gradient is left as its factors.
    pub factors: bool,
    pub dx: Option<&'a mut [f32]>,
    /// Of all weights of the network.
    pub gradients: &'a mut [f32],
    pub room: &'a mut [f32],
    pub scratch: &'a mut [f32],
}

impl MergeInputs for Call<'_> {
    fn get(&self, input: usize) -> &[f32] {
        self.from.get(self.from.network.layers()[self.layer].inputs[input])
    }

    fn mask(&self, input: usize) -> Option<&[f32]> {
        let Operands { network, rows, .. } = self.from;
        network.masks().input(self.layer, input, rows, self.masks)
    }
}

impl Call<'_> {
    /// Computes the layer's output.
    pub fn forward(&self, training: bool, seed: u64, y: &mut [f32], scratch: &mut [f32]) {
        let Operands { network, rows, .. } = self.from;
        let layer = &network.layers()[self.layer];
        let (inputs, weights) = (self, &self.weights[layer.weights.clone()]);
        if let Some(merging) = layer.op.merging() {
            let pass = MergeForward { rows, training, seed, inputs, y, weights, scratch };
            return merging.forward(pass);
        }
        let (x, mask) = (self.get(0), self.mask(0));
        layer.op.forward(Forward { rows, training, seed, x, y, weights, scratch, mask });
    }

    /// Computes the gradient by one of the layer's inputs; with the first, those by its weights too.
    pub fn backward(&self, input: usize, slopes: Slopes<'_>) {
        let Operands { network, rows, .. } = self.from;
        let layer = &network.layers()[self.layer];
        let (inputs, weights) = (self, &self.weights[layer.weights.clone()]);
        let Slopes { y, dy, before_activation, factors, dx, gradients, room, scratch } = slopes;
        let work = |gradients: &mut [f32]| match layer.op.merging() {
            Some(merging) => {
                let dx = dx.unwrap_or_default();
                merging.backward(MergeBackward {
                    rows,
                    inputs,
                    input,
                    y,
                    dy,
                    dx,
                    weights,
                    gradients,
                    scratch,
                });
            }
            None => {
                let (x, mask) = (self.get(0), self.mask(0));
                layer.op.backward(Backward {
                    rows,
                    x,
                    y,
                    dy,
                    before_activation,
                    dx,
                    weights,
                    gradients,
                    factors,
                    scratch,
                    mask,
                });
            }
        };
        match input {
            0 => network.add_gradients(self.layer, gradients, room, work),
            _ => work(&mut []),
        }
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
