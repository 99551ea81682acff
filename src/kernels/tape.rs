//! Layers as fused operations on dfdx's tape, to be mixed with plain tensor code.
//!
//! The fit loop calls the same operations with buffers of its own: a tape takes memory for every
//! operation of every step (a boxed closure, a map's node, a tensor), which costs more than the
//! arithmetic of a small network.

use crate::nn::{Backward, Forward, Network};
use dfdx::prelude::*;
use std::sync::Arc;

/// Rows of features: (samples, features).
pub type Rows<T = NoneTape> = Tensor<(usize, usize), f32, Cpu, T>;
/// A flat list of weights.
pub type Weights = Tensor<(usize,), f32, Cpu>;
/// Rows whose operations are recorded.
pub type TapedRows = Rows<OwnedTape<f32, Cpu>>;

/// A network's output for `x`, recorded on the tape of `x` if it has one, one operation a layer;
/// gradients flow to `x` and to `weights`, the network's weights one after the other.
///
/// Samples of more than one axis are given flat. Layers behave as in prediction: dropout does
/// nothing.
///
/// ```
/// use dfdx_lab::dfdx::prelude::{AsArray, Cpu, SumTo, Tensor, TensorFrom, TensorFromVec, Trace};
/// use dfdx_lab::dfdx::tensor_ops::Backward;
/// use dfdx_lab::kernels::tape::forward;
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
    (0..network.layers().len()).fold(x, |x, layer| one_layer(network, layer, x, weights))
}

fn one_layer<T: Tape<f32, Cpu>>(
    network: &Arc<Network>,
    index: usize,
    x: Rows<T>,
    weights: &Weights,
) -> Rows<T> {
    let (x, mut tape) = x.split_tape();
    let layer = &network.layers()[index];
    let rows = x.shape().0;
    let width: usize = layer.op.output().iter().product();
    let mut y = vec![0.0; rows * width];
    let mut scratch = vec![0.0; layer.op.scratch_for(rows)];
    // dfdx lends no slice of a tensor, so both are copied.
    let (x_data, w_data) = (x.as_vec(), weights.as_vec());
    layer.op.forward(Forward {
        rows,
        training: false,
        seed: 0,
        x: &x_data,
        y: &mut y,
        weights: &w_data[layer.weights.clone()],
        scratch: &mut scratch,
    });
    let out = x.device().tensor_from_vec(y.clone(), (rows, width));
    if !T::OWNS_TAPE {
        return out.put_tape(tape);
    }
    let (x_ghost, w_ghost, y_ghost) = (x.ghost(), weights.ghost(), out.ghost());
    let network = network.clone();
    tape.add_backward_op(move |gradients| {
        let layer = &network.layers()[index];
        let mut dy: Vec<f32> = std::mem::take(gradients.get_or_alloc_mut(&y_ghost)?);
        let mut dx = vec![0.0; x_data.len()];
        let mut own = vec![0.0; layer.weights.len()];
        layer.op.backward(Backward {
            rows,
            x: &x_data,
            y: &y,
            dy: &mut dy,
            before_activation: false,
            dx: Some(&mut dx),
            weights: &w_data[layer.weights.clone()],
            gradients: &mut own,
            scratch: &mut scratch,
        });
        let total = &mut gradients.get_or_alloc_mut(&w_ghost)?[layer.weights.clone()];
        total.iter_mut().zip(&own).for_each(|(t, g)| *t += g);
        let total = gradients.get_or_alloc_mut(&x_ghost)?;
        total.iter_mut().zip(&dx).for_each(|(t, d)| *t += d);
        Ok(())
    });
    out.put_tape(tape)
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
