//! What a dfdx module takes and gives: kinds of samples, each a dfdx tensor with an axis of rows
//! before it.

use dfdx::prelude::{
    Backward, Const, Cpu, Gradients, HasShape, OwnedTape, Rank0, SumTo, Tensor, TensorFromVec,
    Trace,
};
use std::marker::PhantomData;

/// A kind of sample that a dfdx module takes.
pub trait ModuleInput: 'static {
    /// A batch whose operations are not recorded.
    type Plain;
    /// A batch whose operations are recorded.
    type Taped;

    /// The shape of one sample.
    fn shape() -> Vec<usize>;

    /// A batch of `rows` samples.
    fn batch(device: &Cpu, rows: usize, x: &[f32]) -> Self::Plain;

    /// The same batch with an empty tape.
    fn traced(batch: &Self::Plain) -> Self::Taped;

    /// Writes the gradient by the batch.
    fn gradient(batch: &Self::Plain, gradients: &mut Gradients<f32, Cpu>, dx: &mut [f32]);

    /// Elements of a sample with which a module is tried before it is used.
    fn example(index: usize) -> f32 {
        (index as f32 * 0.7).sin()
    }

    /// Whether this element is one that the module can take.
    fn fits(_: f32) -> bool {
        true
    }
}

/// A kind of sample that a dfdx module gives.
pub trait ModuleOutput: 'static {
    /// A batch whose operations were not recorded.
    type Plain;
    /// A batch whose operations were recorded.
    type Taped;

    /// The shape of one sample.
    fn shape() -> Vec<usize>;

    /// All elements.
    fn values(batch: &Self::Plain) -> Vec<f32>;

    /// All elements.
    fn taped_values(batch: &Self::Taped) -> Vec<f32>;

    /// The gradients of all that was recorded, given those by the batch.
    fn backward(batch: Self::Taped, dy: &[f32]) -> Gradients<f32, Cpu>;
}

/// Samples of `N` features: dfdx tensors of shape (rows, `N`).
#[derive(Clone, Copy, Debug)]
pub struct Row<const N: usize>;

/// Samples of `S` steps with `D` features each: dfdx tensors of shape (rows, `S`, `D`).
#[derive(Clone, Copy, Debug)]
pub struct Sequence<const S: usize, const D: usize>;

/// Samples of three axes, as they lie in memory: dfdx tensors of shape (rows, `A`, `B`, `C`).
/// This library's pictures are (height, width, channels).
#[derive(Clone, Copy, Debug)]
pub struct Picture<const A: usize, const B: usize, const C: usize>;

/// Samples of `S` whole numbers from 0 to `V` - 1, as an embedding takes them: dfdx tensors of
/// shape (rows, `S`) of `usize`.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<const V: usize, const S: usize>(PhantomData<()>);

macro_rules! tensor_kind {
    ($kind:ident, [$($axis:ident),+]) => {
        impl<$(const $axis: usize),+> ModuleInput for $kind<$($axis),+> {
            type Plain = Tensor<(usize, $(Const<$axis>),+), f32, Cpu>;
            type Taped = Tensor<(usize, $(Const<$axis>),+), f32, Cpu, OwnedTape<f32, Cpu>>;

            fn shape() -> Vec<usize> {
                vec![$($axis),+]
            }

            fn batch(device: &Cpu, rows: usize, x: &[f32]) -> Self::Plain {
                device.tensor_from_vec(x.to_vec(), (rows, $(Const::<$axis>),+))
            }

            fn traced(batch: &Self::Plain) -> Self::Taped {
                batch.leaky_trace()
            }

            fn gradient(batch: &Self::Plain, gradients: &mut Gradients<f32, Cpu>, dx: &mut [f32]) {
                if let Ok(own) = gradients.get_or_alloc_mut(batch) {
                    dx.copy_from_slice(own);
                }
            }
        }

        impl<$(const $axis: usize),+> ModuleOutput for $kind<$($axis),+> {
            type Plain = Tensor<(usize, $(Const<$axis>),+), f32, Cpu>;
            type Taped = Tensor<(usize, $(Const<$axis>),+), f32, Cpu, OwnedTape<f32, Cpu>>;

            fn shape() -> Vec<usize> {
                vec![$($axis),+]
            }

            fn values(batch: &Self::Plain) -> Vec<f32> {
                batch.as_vec()
            }

            fn taped_values(batch: &Self::Taped) -> Vec<f32> {
                batch.as_vec()
            }

            fn backward(batch: Self::Taped, dy: &[f32]) -> Gradients<f32, Cpu> {
                let device = Cpu::default();
                let dy = device.tensor_from_vec(dy.to_vec(), *batch.shape());
                (batch * dy).sum::<Rank0, _>().backward()
            }
        }
    };
}

tensor_kind!(Row, [N]);
tensor_kind!(Sequence, [S, D]);
tensor_kind!(Picture, [A, B, C]);

impl<const V: usize, const S: usize> ModuleInput for Tokens<V, S> {
    type Plain = Tensor<(usize, Const<S>), usize, Cpu>;
    type Taped = Tensor<(usize, Const<S>), usize, Cpu, OwnedTape<f32, Cpu>>;

    fn shape() -> Vec<usize> {
        vec![S]
    }

    fn batch(device: &Cpu, rows: usize, x: &[f32]) -> Self::Plain {
        device.tensor_from_vec(x.iter().map(|v| *v as usize).collect(), (rows, Const::<S>))
    }

    fn traced(batch: &Self::Plain) -> Self::Taped {
        batch.leaky_trace()
    }

    /// Whole numbers have no gradient.
    fn gradient(_: &Self::Plain, _: &mut Gradients<f32, Cpu>, dx: &mut [f32]) {
        dx.fill(0.0);
    }

    /// The largest number too, so that a smaller embedding is found out.
    fn example(index: usize) -> f32 {
        (V - 1).saturating_sub(index) as f32
    }

    fn fits(value: f32) -> bool {
        value >= 0.0 && value < V as f32 && value.fract() == 0.0
    }
}
