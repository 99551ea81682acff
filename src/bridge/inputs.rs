//! The kinds of samples that a dfdx module takes and returns; a batch is a dfdx tensor whose first
//! axis counts the rows.

use dfdx::prelude::{
    Backward, Const, Cpu, Gradients, HasShape, OwnedTape, Rank0, SumTo, Tensor, TensorFromVec,
    Trace,
};
use std::marker::PhantomData;

/// A kind of sample that a dfdx module takes.
pub trait ModuleInput: 'static {
    /// A batch without a tape.
    type Plain;
    /// A batch with a tape.
    type Taped;

    /// The shape of one sample.
    fn shape() -> Vec<usize>;

    /// A batch of `rows` samples.
    fn batch(device: &Cpu, rows: usize, x: &[f32]) -> Self::Plain;

    /// The same batch with an empty tape.
    fn traced(batch: &Self::Plain) -> Self::Taped;

    /// Writes the gradient with respect to the batch.
    fn gradient(batch: &Self::Plain, gradients: &mut Gradients<f32, Cpu>, dx: &mut [f32]);

    /// Elements of the sample on which a module is tried before use.
    fn example(index: usize) -> f32 {
        (index as f32 * 0.7).sin()
    }

    /// Whether the module can take this element.
    fn fits(_: f32) -> bool {
        true
    }
}

/// A kind of sample that a dfdx module returns.
pub trait ModuleOutput: 'static {
    /// A batch without a tape.
    type Plain;
    /// A batch with a tape.
    type Taped;

    /// The shape of one sample.
    fn shape() -> Vec<usize>;

    /// All elements, row by row.
    fn values(batch: &Self::Plain) -> Vec<f32>;

    /// All elements, row by row.
    fn taped_values(batch: &Self::Taped) -> Vec<f32>;

    /// The gradients of everything on the tape, given the gradient `dy` with respect to the batch.
    fn backward(batch: Self::Taped, dy: &[f32]) -> Gradients<f32, Cpu>;
}

/// Samples of `N` features: dfdx tensors of shape (rows, `N`).
#[derive(Clone, Copy, Debug)]
pub struct Row<const N: usize>;

/// Samples of `S` steps with `D` features each: dfdx tensors of shape (rows, `S`, `D`).
#[derive(Clone, Copy, Debug)]
pub struct Sequence<const S: usize, const D: usize>;

/// Samples of three axes in row-major order: dfdx tensors of shape (rows, `A`, `B`, `C`). This
/// library's images are (height, width, channels).
#[derive(Clone, Copy, Debug)]
pub struct Picture<const A: usize, const B: usize, const C: usize>;

/// Samples of `S` whole numbers from 0 to `V` - 1, the input of an embedding: dfdx tensors of shape
/// (rows, `S`) of `usize`.
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

    /// Includes the largest number, so that an embedding that is too small is detected.
    fn example(index: usize) -> f32 {
        (V - 1).saturating_sub(index) as f32
    }

    fn fits(value: f32) -> bool {
        value >= 0.0 && value < V as f32 && value.fract() == 0.0
    }
}
