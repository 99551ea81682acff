//! Custom layers in plain dfdx tensor code.

use super::probe::Probe;
use super::tape::{Rows, TapedRows, Weights};
use crate::error::{Error, Result};
use crate::live;
use crate::memory;
use crate::nn::{Backward, Constraint, Forward, Initializer, Layer, Op, Regularizer, WeightSpec};
use dfdx::prelude::{
    Axis, Backward as _, BroadcastTo, Cpu, HasShape, OwnedTape, Rank0, SumTo, Tensor,
    TensorFromVec, Trace, ZerosTensor,
};
use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

type Code = dyn Fn(TapedRows, &LayerWeights) -> TapedRows + Send + Sync;

/// A flat list of weights with a tape.
pub type TapedWeights = Tensor<(usize,), f32, Cpu, OwnedTape<f32, Cpu>>;

/// The weights of a [`CustomLayer`], for its closure.
///
/// Each call returns the weight with a new tape, so that everything the closure computes from it
/// has a gradient. (dfdx treats an untraced tensor that is cloned and transformed as a new one,
/// without an error.)
#[derive(Clone, Debug)]
pub struct LayerWeights {
    names: Arc<[&'static str]>,
    tensors: Vec<Weights>,
}

impl LayerWeights {
    /// The weight of this index, in the order of [`CustomLayer::weight`] calls, from 0.
    ///
    /// # Panics
    /// If there are fewer weights, as when indexing a slice. Building the layer tries the closure
    /// and turns the panic into an error.
    pub fn at(&self, index: usize) -> TapedWeights {
        match self.tensors.get(index) {
            Some(tensor) => tensor.leaky_trace(),
            None => panic!("there is no weight {index}: the layer has {:?}", self.names),
        }
    }

    /// The weight of this index, repeated in this many rows. Unlike a broadcast tensor, it can be
    /// passed to `softmax` and `logsumexp`.
    ///
    /// # Panics
    /// As [`at`](Self::at).
    pub fn in_rows(&self, index: usize, rows: usize) -> TapedRows {
        let weight = self.at(index);
        let shape = (rows, weight.shape().0);
        let zeros: Rows = Cpu::default().zeros_like(&shape);
        // An addition turns a broadcast tensor into one with its own elements.
        zeros.leaky_trace() + weight.broadcast_like::<_, Axis<0>>(&shape)
    }

    /// The weight of this name.
    ///
    /// # Panics
    /// If there is no such weight, as [`at`](Self::at).
    pub fn named(&self, name: &str) -> TapedWeights {
        match self.names.iter().position(|n| *n == name) {
            Some(index) => self.at(index),
            None => panic!("there is no weight '{name}': the layer has {:?}", self.names),
        }
    }
}

/// A layer in dfdx tensor code; dfdx's tape computes the gradients.
///
/// The closure gets the inputs as rows of flat samples and the layer's [weights](LayerWeights) as
/// flat tensors, and returns rows of `units` outputs. In a binary operation, either side may be the
/// input or a weight. To use a tensor twice, split it with `with_empty_tape()`, because a tensor
/// with a tape cannot be cloned.
///
/// Building the layer compares the tape's gradient with finite differences of the output at two
/// samples, and warns if they differ, because the layer would then learn wrongly. dfdx 0.13 has two
/// such bugs. The second term of `accurate_gelu`'s derivative is √2 times too large; use
/// `fast_gelu`. And `softmax`, `log_softmax` and `logsumexp` have a wrong gradient with respect to
/// a tensor that was just broadcast; use [`in_rows`](LayerWeights::in_rows) for a weight. All other
/// operations have right gradients (tested against finite differences).
///
/// ```
/// use dfdx_lab::prelude::*;
/// use dfdx_lab::bridge::tensors::*;
/// // |x| times e to the power of a weight for each column
/// let layer = CustomLayer::new("ScaledAbs", 3, |x, weights| {
///     let shape = *x.shape();
///     x.abs() * weights.named("scale").exp().broadcast_like::<_, Axis<0>>(&shape)
/// })
/// .weight("scale", 3, Initializer::Zeros);
/// let net = Sequential::new([3]).add(layer);
/// assert_eq!(net.count_params()?, 3);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct CustomLayer {
    class_name: String,
    units: usize,
    code: Arc<Code>,
    weights: Vec<WeightSpec>,
}

impl CustomLayer {
    /// A layer with this class name and number of outputs.
    pub fn new(
        class_name: &str,
        units: usize,
        code: impl Fn(TapedRows, &LayerWeights) -> TapedRows + Send + Sync + 'static,
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
            constraint: Constraint::default(),
            trainable: true,
        });
        self
    }

    fn operation(&self, input: &[usize]) -> CustomOp {
        CustomOp {
            inputs: input.iter().product(),
            output: [self.units],
            code: self.code.clone(),
            weights: self.weights.clone(),
            names: self.weights.iter().map(|spec| spec.name).collect(),
            device: Cpu::default(),
        }
    }

    /// Warns of a wrong gradient, once for each class and weight.
    fn say_wrong_gradient(&self, name: &str, got: f64, expected: f64) {
        static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
        let mut said = SAID.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if said.insert(format!("{} {name}", self.class_name)) {
            live::print(&format!(
                "warning: {}: dfdx's gradient with respect to {name} is wrong ({got:.4} \
                 instead of {expected:.4}), so that it would learn something else. CustomLayer's \
                 documentation lists the operations whose gradients dfdx gets wrong.\n",
                self.class_name
            ));
        }
    }

    /// Builds the layer without trying the closure.
    #[cfg(test)]
    pub(super) fn build_unchecked(&self, input: &[usize]) -> Box<dyn Op> {
        Box::new(self.operation(input))
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
        let lengths = self.weights.iter().map(WeightSpec::len);
        let weights = lengths.fold(0, usize::saturating_add);
        let what = format!("{}: the number of weights", self.class_name);
        memory::check(&what, &[weights], 2 * size_of::<f32>())?;
        let what = format!("{}: two samples", self.class_name);
        memory::check(&what, &[&[2], input].concat(), size_of::<f32>())?;
        let op = self.operation(input);
        // dfdx panics where shapes do not fit; tried here, so that fitting does not.
        let tried = catch_unwind(AssertUnwindSafe(|| {
            let x = op.device.tensor_from_vec(vec![0.5; 2 * op.inputs], (2, op.inputs));
            let weights: usize = op.weights.iter().map(WeightSpec::len).sum();
            *(op.code)(x.leaky_trace(), &op.tensors(&vec![0.5; weights])).shape()
        }));
        match tried {
            Ok(shape) if shape == (2, self.units) => {}
            Ok((rows, columns)) => {
                return Err(Error::shape(
                    format!("{}: its output for two samples", self.class_name),
                    &[rows, columns],
                    format!("a layer of {} units must return [2, {}]", self.units, self.units),
                ));
            }
            Err(panic) => {
                let text = format!("its code panicked: {}", panic_text(&*panic));
                return Err(Error::shape(&self.class_name, input, text));
            }
        }
        let probe = Probe::anywhere(&op, op.inputs);
        match catch_unwind(AssertUnwindSafe(|| probe.wrong_gradient())) {
            Ok(None) => Ok(Box::new(op)),
            Ok(Some((name, got, expected))) => {
                self.say_wrong_gradient(&name, got, expected);
                Ok(Box::new(op))
            }
            Err(panic) => Err(Error::argument(
                format!("{}: the gradient of its code", self.class_name),
                format!("stopped with: {}", panic_text(&*panic)),
                "operations on different tensors: dfdx has no gradient of w * w, but of w.square()",
            )),
        }
    }
}

/// The message of a panic.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string()));
    text.unwrap_or("no message".into())
}

struct CustomOp {
    inputs: usize,
    output: [usize; 1],
    code: Arc<Code>,
    weights: Vec<WeightSpec>,
    names: Arc<[&'static str]>,
    device: Cpu,
}

impl CustomOp {
    fn tensors(&self, flat: &[f32]) -> LayerWeights {
        let mut rest = flat;
        let mut tensors = Vec::with_capacity(self.weights.len());
        for spec in &self.weights {
            let (own, more) = rest.split_at(spec.len());
            tensors.push(self.device.tensor_from_vec(own.to_vec(), (own.len(),)));
            rest = more;
        }
        LayerWeights { names: self.names.clone(), tensors }
    }

    fn run(&self, x: &[f32], rows: usize, flat: &[f32]) -> (Rows, LayerWeights, TapedRows) {
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

    /// Runs the code again, on a tape, because the tape of the forward pass is gone.
    fn backward(&self, pass: Backward<'_>) {
        let (x, weights, y) = self.run(pass.x, pass.rows, pass.weights);
        let dy = self.device.tensor_from_vec(pass.dy.to_vec(), (pass.rows, self.output[0]));
        let mut gradients = (y * dy).sum::<Rank0, _>().backward();
        let mut at = 0;
        for w in &weights.tensors {
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
