//! A network as one fused operation on dfdx's tape, for use among plain tensor code.
//!
//! The fit loop calls the same operations with its own buffers, because a tape allocates for every
//! operation of every step (a boxed closure, a map node, a tensor), which costs more than the
//! arithmetic of a small network.

use crate::array::Array;
use crate::nn::{Activation, InputSpec, MergeInputs, Network, Port};
use crate::train::operands::{self, Call, Operands, Slopes};
use dfdx::prelude::*;
use std::sync::Arc;

/// Rows of features: (samples, features).
pub type Rows<T = NoneTape> = Tensor<(usize, usize), f32, Cpu, T>;
/// A flat list of weights.
pub type Weights = Tensor<(usize,), f32, Cpu>;
/// Rows with a tape.
pub type TapedRows = Rows<OwnedTape<f32, Cpu>>;

/// A network's output for `x`, recorded as one operation on the tape of `x` if it has one.
/// Gradients flow to `x` and to `weights`, the network's weights one after the other.
///
/// Samples of more than one axis must be flattened. Layers behave as in prediction: dropout does
/// nothing.
///
/// ```
/// use dfdx_lab::dfdx::prelude::{AsArray, Cpu, SumTo, Tensor, TensorFrom, TensorFromVec, Trace};
/// use dfdx_lab::dfdx::tensor_ops::Backward;
/// use dfdx_lab::bridge::tape::forward;
/// use dfdx_lab::prelude::*;
///
/// let net = Sequential::new([2]).add(Dense::new(1).activation(Tanh)).build()?;
/// let device = Cpu::default();
/// let x = device.tensor_from_vec(vec![0.5f32, -1.0], (1usize, 2usize));
/// let weights = device.tensor_from_vec(vec![0.3f32, 0.4, 0.0], (3usize,));
/// let y = forward(&net.into(), x.leaky_trace(), &weights);
/// let y: Tensor<(), f32, Cpu, _> = y.sum();
/// let gradients = y.backward();
/// assert_eq!(gradients.get(&weights).as_vec().len(), 3);
/// # Ok::<(), Error>(())
/// ```
///
/// # Panics
/// If `x` or `weights` do not have the number of elements that the network takes.
pub fn forward<T: Tape<f32, Cpu>>(
    network: &Arc<Network>,
    x: Rows<T>,
    weights: &Weights,
) -> Rows<T> {
    let (x, mut tape) = x.split_tape();
    let rows = x.shape().0;
    // dfdx gives no slice of a tensor, so both are copied.
    let mut pass = Pass::new(network, rows, x.as_vec(), weights.as_vec());
    pass.forward();
    let width = network.output().iter().product();
    let out = x.device().tensor_from_vec(pass.output(), (rows, width));
    if !T::OWNS_TAPE {
        return out.put_tape(tape);
    }
    let (x_ghost, w_ghost, y_ghost) = (x.ghost(), weights.ghost(), out.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = gradients.get_or_alloc_mut(&y_ghost)?.to_vec();
        let (dx, own) = pass.backward(dy);
        let total = gradients.get_or_alloc_mut(&w_ghost)?;
        total.iter_mut().zip(&own).for_each(|(t, g)| *t += g);
        let total = gradients.get_or_alloc_mut(&x_ghost)?;
        total.iter_mut().zip(&dx).for_each(|(t, d)| *t += d);
        Ok(())
    });
    out.put_tape(tape)
}

/// The output of a layer for these samples, and the gradient with respect to it of one of the
/// network's outputs, taken before a final softmax or sigmoid.
pub(crate) fn slopes_at(
    network: &Arc<Network>,
    x: &Array,
    weights: &[f32],
    layer: usize,
    output: usize,
) -> (Vec<f32>, Vec<f32>) {
    let rows = x.rows();
    let mut pass = Pass::new(network, rows, x.data().to_vec(), weights.to_vec());
    pass.forward();
    let width: usize = network.output().iter().product();
    let chosen = |i: usize| f32::from(u8::from(i % width == output));
    let dy = (0..rows * width).map(chosen).collect();
    let (slopes, _) = pass.slopes(dy, Some(layer));
    (std::mem::take(&mut pass.outputs[layer]), slopes)
}

/// The values of a forward pass that the backward pass needs.
struct Pass {
    network: Arc<Network>,
    rows: usize,
    x: Vec<f32>,
    /// The separate inputs, if there are several.
    inputs: Vec<Vec<f32>>,
    weights: Vec<f32>,
    outputs: Vec<Vec<f32>>,
    masks: Vec<Vec<f32>>,
    scratch: Vec<Vec<f32>>,
}

impl Pass {
    fn new(network: &Arc<Network>, rows: usize, x: Vec<f32>, weights: Vec<f32>) -> Self {
        let layers = network.layers();
        let mut inputs: Vec<Vec<f32>> = Vec::new();
        if network.inputs().len() > 1 {
            inputs.extend(network.inputs().iter().map(|i| vec![0.0; rows * i.len()]));
            operands::split(&x, &mut inputs, network.inputs().iter().map(InputSpec::len));
        }
        Pass {
            outputs: layers.iter().map(|l| vec![0.0; rows * l.len()]).collect(),
            scratch: layers.iter().map(|l| vec![0.0; l.op.scratch_for(rows)]).collect(),
            masks: network.masks().buffers(rows),
            network: network.clone(),
            rows,
            x,
            inputs,
            weights,
        }
    }

    fn output(&self) -> Vec<f32> {
        let outputs = self.network.outputs().iter();
        let outputs =
            outputs.map(|at| (self.outputs[*at].as_slice(), self.network.layers()[*at].len()));
        let mut all = vec![0.0; self.rows * self.network.output().iter().product::<usize>()];
        operands::join(self.rows, outputs, &mut all);
        all
    }

    fn forward(&mut self) {
        let Pass { network, rows, x, inputs, weights, outputs, masks, scratch } = self;
        for (i, layer) in network.layers().iter().enumerate() {
            let (before, after) = outputs.split_at_mut(i);
            let from = Operands { network, rows: *rows, x, inputs, outputs: before };
            Call { from, layer: i, masks, weights }.forward(
                false,
                0,
                &mut after[0],
                &mut scratch[i],
            );
            let x = from.get(layer.inputs[0]);
            network.masks().compute(i, &*layer.op, x, *rows, masks);
        }
    }

    /// The gradients with respect to the input and to the weights.
    fn backward(&mut self, dy: Vec<f32>) -> (Vec<f32>, Vec<f32>) {
        self.slopes(dy, None)
    }

    /// As [`backward`](Self::backward); with `down_to`, the gradient with respect to that layer's
    /// output instead, for the network's output before a final softmax or sigmoid.
    fn slopes(&mut self, dy: Vec<f32>, down_to: Option<usize>) -> (Vec<f32>, Vec<f32>) {
        let Pass { network, rows, x, inputs, weights, outputs, masks, scratch } = self;
        let rows = *rows;
        let from = Operands { network, rows, x, inputs, outputs };
        let mut gradients = vec![0.0; weights.len()];
        let mut room = vec![0.0; network.gradient_room()];
        let empty = |outputs: &[Vec<f32>]| -> Vec<Vec<f32>> {
            outputs.iter().map(|o| vec![0.0; o.len()]).collect()
        };
        let mut by_input: Vec<Vec<f32>> =
            network.inputs().iter().map(|input| vec![0.0; rows * input.len()]).collect();
        let mut by_output = empty(outputs);
        let all: usize = network.output().iter().product();
        let mut at = 0;
        for &output in network.outputs() {
            let len = network.layers()[output].len();
            let samples = by_output[output].chunks_exact_mut(len).zip(dy.chunks_exact(all));
            samples.for_each(|(to, dy)| to.copy_from_slice(&dy[at..at + len]));
            at += len;
        }
        for (i, layer) in network.layers().iter().enumerate().rev() {
            let mut dy = std::mem::take(&mut by_output[i]);
            if down_to == Some(i) {
                return (dy, gradients);
            }
            let ends = [Activation::Softmax, Activation::Sigmoid].contains(&layer.op.activation());
            let before_activation = down_to.is_some() && ends && network.outputs() == [i];
            let mut arrive = |port: Port, dx: &[f32]| {
                let to = match port {
                    Port::Input(input) => &mut by_input[input],
                    Port::Layer(layer) => &mut by_output[layer],
                };
                to.iter_mut().zip(dx).for_each(|(t, d)| *t += d);
            };
            if layer.op.only_trains() {
                arrive(layer.inputs[0], &dy);
                continue;
            }
            let call = Call { from, layer: i, masks, weights };
            for (input, port) in layer.inputs.iter().enumerate() {
                let mut dx = vec![0.0; call.get(input).len()];
                call.backward(
                    input,
                    Slopes {
                        y: &outputs[i],
                        dy: &mut dy,
                        before_activation,
                        factors: false,
                        dx: Some(&mut dx),
                        gradients: &mut gradients,
                        room: &mut room,
                        scratch: &mut scratch[i],
                    },
                );
                arrive(*port, &dx);
            }
        }
        let lengths = network.inputs().iter().map(InputSpec::len);
        let by_input = by_input.iter().map(Vec::as_slice).zip(lengths);
        let mut dx = vec![0.0; x.len()];
        operands::join(rows, by_input, &mut dx);
        (dx, gradients)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::prelude::{Dense as DenseLayer, Sequential, Tanh};

    // The same network in dfdx's own operations; they sum in another order, hence 1e-5.
    #[test]
    fn agrees_with_dfdx() {
        let network: Arc<Network> = Sequential::new([3])
            .add(DenseLayer::new(4).activation(Tanh))
            .add(DenseLayer::new(2))
            .build()
            .unwrap()
            .into();
        let device = Cpu::default();
        let flat = network.initialize(3);
        let x = device.tensor_from_vec((0..15).map(|i| (i as f32).sin()).collect(), (5, 3));
        let weights = device.tensor_from_vec(flat.clone(), (flat.len(),));
        let fused = forward(&network, x.leaky_trace(), &weights);
        let fused_value = fused.as_vec();
        let fused = fused.square().sum::<Rank0, _>().backward();

        let cut = |at: usize, n: usize| flat[at..at + n].to_vec();
        let k1 = device.tensor_from_vec(cut(0, 12), (3usize, 4usize));
        let b1 = device.tensor_from_vec(cut(12, 4), (4usize,));
        let k2 = device.tensor_from_vec(cut(16, 8), (4usize, 2usize));
        let b2 = device.tensor_from_vec(cut(24, 2), (2usize,));
        let hidden = x.leaky_trace().matmul(k1.clone())
            + b1.clone().broadcast_like::<_, Axis<0>>(&(5usize, 4usize));
        let plain = hidden.tanh().matmul(k2.clone())
            + b2.clone().broadcast_like::<_, Axis<0>>(&(5usize, 2usize));
        let plain_value = plain.as_vec();
        let plain = plain.square().sum::<Rank0, _>().backward();

        let close = |a: &[f32], b: &[f32]| {
            assert_eq!(a.len(), b.len());
            for (a, b) in a.iter().zip(b) {
                assert!((a - b).abs() < 1e-5, "{a} {b}");
            }
        };
        close(&fused_value, &plain_value);
        close(&fused.get(&x).as_vec(), &plain.get(&x).as_vec());
        let ours = fused.get(&weights).as_vec();
        close(&ours[..12], &plain.get(&k1).as_vec());
        close(&ours[12..16], &plain.get(&b1).as_vec());
        close(&ours[16..24], &plain.get(&k2).as_vec());
        close(&ours[24..], &plain.get(&b2).as_vec());
    }
}
