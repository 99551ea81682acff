//! dfdx modules as layers.

use super::custom_layer::panic_text;
use super::inputs::{ModuleInput, ModuleOutput, Row, Sequence, Tokens};
use super::parts::{self, Parts};
use super::probe::Probe;
use crate::error::{Error, Result};
use crate::nn::{Backward, Constraint, Forward, Initializer, Layer, Op, Regularizer, WeightSpec};
use dfdx::prelude::{BuildOnDevice, Cpu, Module, ModuleMut};
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

/// A dfdx module as a layer, for rows of `I` input and `O` output features.
///
/// ```
/// use dfdx_lab::prelude::*;
/// type Mlp = (dx::Linear<25, 8>, dx::ReLU, dx::Linear<8, 3>);
/// let net = Sequential::new([25])
///     .add(DfdxModule::<Mlp, 25, 3>::new())
///     .add(Softmax);
/// assert_eq!(net.count_params()?, 25 * 8 + 8 + 8 * 3 + 3);
/// # Ok::<(), Error>(())
/// ```
pub type DfdxModule<M, const I: usize, const O: usize> = DfdxLayer<M, Row<I>, Row<O>>;

/// A dfdx module as a layer, for sequences of `S` steps with `I` input and `O` output features per
/// step, such as a transformer's encoder.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let encoder = DfdxSequence::<dx::TransformerEncoderBlock<8, 2, 16>, 10, 8, 8>::new();
/// let net = Sequential::new([10, 8]).add(encoder).add(Flatten).add(Dense::new(3));
/// assert_eq!(net.build()?.output(), [3]);
/// # Ok::<(), Error>(())
/// ```
pub type DfdxSequence<M, const S: usize, const I: usize, const O: usize> =
    DfdxLayer<M, Sequence<S, I>, Sequence<S, O>>;

/// A dfdx module as a layer that takes `S` whole numbers from 0 to `V` - 1 and returns `O` features
/// for each, such as an embedding.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let words = DfdxTokens::<dx::Embedding<100, 8>, 100, 12, 8>::new();
/// let net = Sequential::new([12]).add(words).add(Flatten).add(Dense::new(2));
/// assert_eq!(net.build()?.output(), [2]);
/// # Ok::<(), Error>(())
/// ```
pub type DfdxTokens<M, const V: usize, const S: usize, const O: usize> =
    DfdxLayer<M, Tokens<V, S>, Sequence<S, O>>;

/// A dfdx module as a layer, for any kinds of input and output samples. [`DfdxModule`] (rows),
/// [`DfdxSequence`] (sequences) and [`DfdxTokens`] (whole numbers) are short forms.
///
/// `M` is a type from which dfdx builds a module: one of its modules ([`dfdx::prelude`]), a tuple
/// of them, or your own type that implements [`BuildOnDevice`]. The layer's weights are the
/// module's tensors under dfdx's names (`0.weight`), initialized as in dfdx from the model's seed.
/// A module's kernels have the shape (outputs, inputs). Tensors that dfdx's optimisers do not
/// update, such as the moving averages of a `BatchNorm1D`, keep their values from step to step.
///
/// The module runs on dfdx's own operations and tape, twice in a training step, because a tape does
/// not outlive a pass. A built-in layer that computes the same is several times faster.
pub struct DfdxLayer<M, I, O> {
    regularizer: Regularizer,
    start: Option<Arc<Parts>>,
    kind: Kind<M, I, O>,
}

/// Marks the types without holding values of them.
type Kind<M, I, O> = PhantomData<fn() -> (M, I, O)>;

impl<M, I, O> DfdxLayer<M, I, O> {
    /// A layer with dfdx's own settings and initial weights.
    pub fn new() -> Self {
        DfdxLayer { regularizer: Regularizer::default(), start: None, kind: PhantomData }
    }

    /// A penalty on every tensor of two axes or more (Keras' `kernel_regularizer`).
    pub fn kernel_regularizer(mut self, regularizer: Regularizer) -> Self {
        self.regularizer = regularizer;
        self
    }
}

impl<M: BuildOnDevice<Cpu, f32>, I, O> DfdxLayer<M, I, O> {
    /// A layer that starts with this module's weights and settings, independent of the model's
    /// seed: for a trained module, or one with a setting such as the rate of a `Dropout`.
    pub fn from_module(module: &M::Built) -> Self {
        DfdxLayer { start: Some(Arc::new(parts::read(module))), ..Self::new() }
    }
}

impl<M, I, O> Default for DfdxLayer<M, I, O> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M, I, O> Clone for DfdxLayer<M, I, O> {
    fn clone(&self) -> Self {
        DfdxLayer { regularizer: self.regularizer, start: self.start.clone(), kind: PhantomData }
    }
}

impl<M, I, O> fmt::Debug for DfdxLayer<M, I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DfdxModule<{}>", short_type_name::<M>())
    }
}

/// The name of a type without module paths: `(Linear<25, 8>, ReLU)`.
pub(super) fn short_type_name<M>() -> String {
    let mut short = String::new();
    for c in std::any::type_name::<M>().chars() {
        short.push(c);
        if short.ends_with("::") {
            let word = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
            short.truncate(short.rfind(word).map_or(0, |at| at + 1));
        }
    }
    short
}

impl<M, I, O> Layer for DfdxLayer<M, I, O>
where
    M: BuildOnDevice<Cpu, f32> + 'static,
    M::Built: Module<I::Plain, Output = O::Plain> + ModuleMut<I::Taped, Output = O::Taped>,
    I: ModuleInput,
    O: ModuleOutput,
{
    fn class_name(&self) -> &str {
        "DfdxModule"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let what = || format!("{self:?}");
        if input != I::shape() {
            let expected = format!("the module takes samples of shape {:?}", I::shape());
            return Err(Error::shape(what(), input, expected));
        }
        let started;
        let parts: &Parts = match &self.start {
            Some(start) => start,
            None => {
                started = parts::read(&M::build_on_device(&Cpu::default()));
                &started
            }
        };
        let weights = parts.tensors.iter().map(|part| WeightSpec {
            name: interned(&part.name),
            shape: part.shape.clone(),
            // Not used: the module initializes its own weights, see `Op::initialize`.
            initializer: Initializer::Zeros,
            regularizer: match part.trainable && part.shape.len() >= 2 {
                true => self.regularizer,
                false => Regularizer::default(),
            },
            constraint: Constraint::default(),
            trainable: part.trainable,
        });
        let mut op = ModuleOp::<M, I, O> {
            weights: weights.collect(),
            scalars: parts.scalars.clone(),
            start: self.start.clone(),
            output: O::shape(),
            whole_batch: parts.tensors.iter().any(|part| !part.trainable),
            differs_in_training: false,
            kind: PhantomData,
        };
        // dfdx panics if sizes do not fit; the trial here turns that into an error before fitting.
        let x: Vec<f32> = (0..2 * input.iter().product::<usize>()).map(I::example).collect();
        let inputs = input.iter().product();
        let tried = catch_unwind(AssertUnwindSafe(|| {
            let plain = op.predict(&x, 2, &parts.values);
            Probe::new(&op, inputs, I::example, parts.values.clone()).backward();
            (plain, O::taped_values(&op.train(&x, 2, &parts.values, 0).2))
        }));
        match tried {
            Ok((plain, trained)) => op.differs_in_training = plain != trained,
            Err(panic) => {
                let text = format!("dfdx stopped with: {}", panic_text(&*panic));
                return Err(Error::shape(what(), input, text));
            }
        }
        Ok(Box::new(op))
    }
}

/// A name that lives as long as the program; each is stored once, so that building models
/// repeatedly takes no more memory.
fn interned(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    match names.get(name) {
        Some(known) => known,
        None => {
            let kept: &'static str = Box::leak(name.into());
            names.insert(kept);
            kept
        }
    }
}

struct ModuleOp<M, I, O> {
    weights: Vec<WeightSpec>,
    scalars: Vec<(String, f64)>,
    start: Option<Arc<Parts>>,
    output: Vec<usize>,
    whole_batch: bool,
    differs_in_training: bool,
    kind: Kind<M, I, O>,
}

impl<M, I, O> ModuleOp<M, I, O>
where
    M: BuildOnDevice<Cpu, f32>,
    M::Built: Module<I::Plain, Output = O::Plain> + ModuleMut<I::Taped, Output = O::Taped>,
    I: ModuleInput,
    O: ModuleOutput,
{
    fn predict(&self, x: &[f32], rows: usize, weights: &[f32]) -> Vec<f32> {
        let device = Cpu::default();
        let module: M::Built = parts::build(&device, weights, &self.scalars);
        O::values(&module.forward(I::batch(&device, rows, x)))
    }

    /// Runs the module on its own device, whose seed determines what dropout drops.
    fn train(
        &self,
        x: &[f32],
        rows: usize,
        weights: &[f32],
        seed: u64,
    ) -> (M::Built, I::Plain, O::Taped) {
        let device = Cpu::seed_from_u64(seed);
        let mut module: M::Built = parts::build(&device, weights, &self.scalars);
        let x = I::batch(&device, rows, x);
        let y = module.forward_mut(I::traced(&x));
        (module, x, y)
    }
}

/// Number of floats that store a seed, 16 bits each, which a float holds exactly.
const SEED: usize = 4;

impl<M, I, O> Op for ModuleOp<M, I, O>
where
    M: BuildOnDevice<Cpu, f32>,
    M::Built: Module<I::Plain, Output = O::Plain> + ModuleMut<I::Taped, Output = O::Taped>,
    I: ModuleInput,
    O: ModuleOutput,
{
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn weights(&self) -> &[WeightSpec] {
        &self.weights
    }

    fn initialize(&self, seed: u64) -> Option<Vec<f32>> {
        Some(match &self.start {
            Some(start) => start.values.clone(),
            None => parts::read(&M::build_on_device(&Cpu::seed_from_u64(seed))).values,
        })
    }

    fn scratch_for(&self, _rows: usize) -> usize {
        SEED
    }

    fn whole_batch(&self) -> bool {
        self.whole_batch
    }

    fn differs_in_training(&self) -> bool {
        self.differs_in_training
    }

    fn check_inputs(&self, x: &[f32]) -> Option<usize> {
        x.iter().position(|v| !I::fits(*v))
    }

    fn work(&self) -> usize {
        let steps = self.output.iter().rev().skip(1).product::<usize>().max(1);
        steps * self.weights.iter().map(WeightSpec::len).sum::<usize>()
    }

    fn forward(&self, pass: Forward<'_>) {
        if self.check_inputs(pass.x).is_some() {
            // Only possible after another layer, because a user's inputs were checked. NaN marks
            // the failure.
            pass.y.fill(f32::NAN);
            return;
        }
        if !pass.training {
            pass.y.copy_from_slice(&self.predict(pass.x, pass.rows, pass.weights));
            return;
        }
        for (i, part) in pass.scratch.iter_mut().enumerate() {
            *part = (pass.seed >> (16 * i) & 0xffff) as f32;
        }
        let (_, _, y) = self.train(pass.x, pass.rows, pass.weights, pass.seed);
        pass.y.copy_from_slice(&O::taped_values(&y));
    }

    fn backward(&self, pass: Backward<'_>) {
        if self.check_inputs(pass.x).is_some() {
            pass.gradients.fill(f32::NAN);
            return;
        }
        let kept = pass.scratch.iter().enumerate();
        let seed = kept.fold(0, |seed, (i, part)| seed | (*part as u64) << (16 * i));
        let (module, x, y) = self.train(pass.x, pass.rows, pass.weights, seed);
        let mut gradients = O::backward(y, pass.dy);
        parts::collect(&module, &mut gradients, pass.weights, pass.gradients);
        if let Some(dx) = pass.dx {
            I::gradient(&x, &mut gradients, dx);
        }
    }
}
