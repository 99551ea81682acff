//! A layer in plain dfdx tensor code.

use super::layer::{Backward, Forward, Layer, Op, WeightSpec};
use super::{Initializer, Regularizer};
use crate::error::{Error, Result};
use crate::kernels::tape::{Rows, TapedRows, Weights};
use dfdx::prelude::{Backward as _, Cpu, HasShape, OwnedTape, Rank0, SumTo, TensorFromVec, Trace};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

type Code = dyn Fn(TapedRows, &[Weights]) -> TapedRows + Send + Sync;

/// A layer whose arithmetic is dfdx tensor code; dfdx's tape works out the gradients.
///
/// The closure gets the inputs as rows of flat samples and the layer's weights as flat tensors, in
/// the order in which they were added, and gives back rows of `units` outputs.
///
/// ```
/// use dfdx_lab::prelude::*;
/// use dfdx_lab::dfdx::prelude::*;
/// // |x| scaled by one weight a column
/// let layer = CustomLayer::new("ScaledAbs", 3, |x, weights| {
///     let shape = *x.shape();
///     x.abs() * weights[0].clone().broadcast_like::<_, Axis<0>>(&shape)
/// })
/// .weight("scale", 3, Initializer::Ones);
/// let net = dfdx_lab::nn::Sequential::new([3]).add(layer);
/// assert_eq!(net.count_params()?, 3);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone)]
pub struct CustomLayer {
    class_name: String,
    units: usize,
    code: Arc<Code>,
    weights: Vec<WeightSpec>,
}

impl CustomLayer {
    /// A layer of this class name and number of outputs.
    pub fn new(
        class_name: &str,
        units: usize,
        code: impl Fn(TapedRows, &[Weights]) -> TapedRows + Send + Sync + 'static,
    ) -> Self {
        CustomLayer {
            class_name: class_name.to_string(),
            units,
            code: Arc::new(code),
            weights: Vec::new(),
        }
    }

    /// Adds a weight of this many elements.
    pub fn weight(mut self, name: &'static str, len: usize, initializer: Initializer) -> Self {
        self.weights.push(WeightSpec {
            name,
            shape: vec![len],
            initializer,
            regularizer: Regularizer::default(),
            trainable: true,
        });
        self
    }
}

impl fmt::Debug for CustomLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.class_name, self.units)
    }
}

impl Layer for CustomLayer {
    fn class_name(&self) -> &str {
        &self.class_name
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let op = CustomOp {
            inputs: input.iter().product(),
            output: [self.units],
            code: self.code.clone(),
            weights: self.weights.clone(),
            device: Cpu::default(),
        };
        // dfdx panics where shapes do not fit; tried here, so that fitting does not.
        let tried = catch_unwind(AssertUnwindSafe(|| {
            let x = op.device.tensor_from_vec(vec![0.5; 2 * op.inputs], (2, op.inputs));
            let weights: usize = op.weights.iter().map(WeightSpec::len).sum();
            *(op.code)(x.leaky_trace(), &op.tensors(&vec![0.5; weights])).shape()
        }));
        match tried {
            Ok(shape) if shape == (2, self.units) => Ok(Box::new(op)),
            Ok((rows, columns)) => Err(Error::shape(
                format!("{}: its output for two samples", self.class_name),
                &[rows, columns],
                format!("it was announced with {} units, so [2, {}]", self.units, self.units),
            )),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string()));
                Err(Error::shape(
                    &self.class_name,
                    input,
                    format!("its code stopped with: {}", text.unwrap_or("no message".into())),
                ))
            }
        }
    }
}

struct CustomOp {
    inputs: usize,
    output: [usize; 1],
    code: Arc<Code>,
    weights: Vec<WeightSpec>,
    device: Cpu,
}

impl CustomOp {
    fn tensors(&self, flat: &[f32]) -> Vec<Weights> {
        let mut rest = flat;
        let mut tensors = Vec::with_capacity(self.weights.len());
        for spec in &self.weights {
            let (own, more) = rest.split_at(spec.len());
            tensors.push(self.device.tensor_from_vec(own.to_vec(), (own.len(),)));
            rest = more;
        }
        tensors
    }

    fn run(&self, x: &[f32], rows: usize, flat: &[f32]) -> (Rows, Vec<Weights>, TapedRows) {
        let x = self.device.tensor_from_vec(x.to_vec(), (rows, self.inputs));
        let weights = self.tensors(flat);
        let traced: Rows<OwnedTape<f32, Cpu>> = x.leaky_trace();
        let y = (self.code)(traced, &weights);
        (x, weights, y)
    }
}

impl Op for CustomOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn weights(&self) -> &[WeightSpec] {
        &self.weights
    }

    fn forward(&self, pass: Forward<'_>) {
        let (_, _, y) = self.run(pass.x, pass.rows, pass.weights);
        pass.y.copy_from_slice(&y.as_vec());
    }

    /// Runs the code again, recorded, because a tape does not outlive a pass.
    fn backward(&self, pass: Backward<'_>) {
        let (x, weights, y) = self.run(pass.x, pass.rows, pass.weights);
        let dy = self.device.tensor_from_vec(pass.dy.to_vec(), (pass.rows, self.output[0]));
        let mut gradients = (y * dy).sum::<Rank0, _>().backward();
        let mut at = 0;
        for w in &weights {
            let n = w.shape().0;
            // A weight that the code does not use has no gradient.
            if let Ok(own) = gradients.get_or_alloc_mut(w) {
                let to = &mut pass.gradients[at..at + n];
                to.iter_mut().zip(own.iter()).for_each(|(t, g)| *t += g);
            }
            at += n;
        }
        if let (Some(dx), Ok(own)) = (pass.dx, gradients.get_or_alloc_mut(&x)) {
            dx.copy_from_slice(own);
        }
    }
}
