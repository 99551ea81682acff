//! A network as one fused operation on dfdx's tape, to be mixed with plain tensor code.
//!
//! The fit loop calls the same operations with buffers of its own: a tape takes memory for every
//! operation of every step (a boxed closure, a map's node, a tensor), which costs more than the
//! arithmetic of a small network.

use crate::nn::{Backward, BuiltLayer, Forward, Network};
use dfdx::prelude::*;
use std::sync::Arc;

/// Rows of features: (samples, features).
pub type Rows<T = NoneTape> = Tensor<(usize, usize), f32, Cpu, T>;
/// A flat list of weights.
pub type Weights = Tensor<(usize,), f32, Cpu>;
/// Rows whose operations are recorded.
pub type TapedRows = Rows<OwnedTape<f32, Cpu>>;

/// A network's output for `x`, recorded on the tape of `x` if it has one, as one operation;
/// gradients flow to `x` and to `weights`, the network's weights one after the other.
///
/// Samples of more than one axis are given flat. Layers behave as in prediction: dropout does
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
/// If `x` or `weights` have another number of elements than the network takes.
pub fn forward<T: Tape<f32, Cpu>>(
    network: &Arc<Network>,
    x: Rows<T>,
    weights: &Weights,
) -> Rows<T> {
    let (x, mut tape) = x.split_tape();
    let rows = x.shape().0;
    // dfdx lends no slice of a tensor, so both are copied.
    let mut pass = Pass::new(network, rows, x.as_vec(), weights.as_vec());
    pass.forward();
    let width = network.output().iter().product();
    let out = x.device().tensor_from_vec(pass.output().to_vec(), (rows, width));
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

/// What a forward pass keeps for the backward pass.
struct Pass {
    network: Arc<Network>,
    rows: usize,
    x: Vec<f32>,
    weights: Vec<f32>,
    outputs: Vec<Vec<f32>>,
    scratch: Vec<Vec<f32>>,
}

impl Pass {
    fn new(network: &Arc<Network>, rows: usize, x: Vec<f32>, weights: Vec<f32>) -> Self {
        let layers = network.layers();
        let size = |l: &BuiltLayer| rows * l.op.output().iter().product::<usize>();
        Pass {
            outputs: layers.iter().map(|l| vec![0.0; size(l)]).collect(),
            scratch: layers.iter().map(|l| vec![0.0; l.op.scratch_for(rows)]).collect(),
            network: network.clone(),
            rows,
            x,
            weights,
        }
    }

    fn output(&self) -> &[f32] {
        self.outputs.last().unwrap_or(&self.x)
    }

    fn forward(&mut self) {
        for (i, layer) in self.network.layers().iter().enumerate() {
            let (before, after) = self.outputs.split_at_mut(i);
            layer.op.forward(Forward {
                rows: self.rows,
                training: false,
                seed: 0,
                x: before.last().unwrap_or(&self.x),
                y: &mut after[0],
                weights: &self.weights[layer.weights.clone()],
                scratch: &mut self.scratch[i],
            });
        }
    }

    /// The gradients by the input and by the weights.
    fn backward(&mut self, mut dy: Vec<f32>) -> (Vec<f32>, Vec<f32>) {
        let mut gradients = vec![0.0; self.weights.len()];
        for (i, layer) in self.network.layers().iter().enumerate().rev() {
            if layer.op.only_trains() {
                continue;
            }
            let x = if i == 0 { &self.x } else { &self.outputs[i - 1] };
            let mut dx = vec![0.0; x.len()];
            layer.op.backward(Backward {
                rows: self.rows,
                x,
                y: &self.outputs[i],
                dy: &mut dy,
                before_activation: false,
                dx: Some(&mut dx),
                weights: &self.weights[layer.weights.clone()],
                gradients: &mut gradients[layer.weights.clone()],
                scratch: &mut self.scratch[i],
            });
            dy = dx;
        }
        (dy, gradients)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::prelude::{Dense as DenseLayer, Sequential, Tanh};
    use dfdx::tensor_ops::Backward as _;

    // The same network by dfdx's own operations: sums in another order, so 1e-5.
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
