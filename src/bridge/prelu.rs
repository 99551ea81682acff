//! dfdx's `PReLU` and `PReLU1D` for batches of any size, with slopes that learn.
//!
//! Those of dfdx 0.13 need a batch size that is part of the type, which no fit loop has, and copy
//! their slope to a new tensor without a tape, so that its gradient is zero.

use dfdx::prelude::{
    Axes2, Axes3, Axis, BroadcastTo, BuildOnDevice, Const, ConstDim, Cpu, Device, Dim, Dtype,
    HasErr, HasShape, Module, ModuleVisitor, NonMutableModule, Shape, Tape, Tensor,
    TensorCollection, TensorOptions, TryPReLU,
};
use std::marker::PhantomData;

/// dfdx's `PReLU` (He et al., 2015) for tensors of any shape: `max(0, x) + a min(0, x)` with a
/// single learned slope `a`, which starts at 0.
///
/// ```
/// use dfdx_lab::prelude::*;
/// type Mlp = (dx::Linear<25, 8>, dx::PReLU, dx::Linear<8, 3>);
/// let net = Sequential::new([25]).add(DfdxModule::<Mlp, 25, 3>::new());
/// assert_eq!(net.count_params()?, 25 * 8 + 8 + 1 + 8 * 3 + 3);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct PReLU;

/// dfdx's `PReLU1D`: as [`PReLU`], with a slope for each index of the second axis, of length `C`,
/// such as each feature of (rows, features).
///
/// ```
/// use dfdx_lab::prelude::*;
/// type Mlp = (dx::Linear<25, 8>, dx::PReLU1D<dx::Const<8>>, dx::Linear<8, 3>);
/// let net = Sequential::new([25]).add(DfdxModule::<Mlp, 25, 3>::new());
/// assert_eq!(net.count_params()?, 25 * 8 + 8 + 8 + 8 * 3 + 3);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct PReLU1D<C>(PhantomData<C>);

impl BuildOnDevice<Cpu, f32> for PReLU {
    type Built = Slope<f32, Cpu>;
}

impl<const C: usize> BuildOnDevice<Cpu, f32> for PReLU1D<Const<C>> {
    type Built = Slopes<Const<C>, f32, Cpu>;
}

/// The module that dfdx builds from a [`PReLU`].
#[derive(Clone, Debug)]
pub struct Slope<E: Dtype, D: Device<E>> {
    /// The slope below zero.
    pub a: Tensor<(), E, D>,
}

/// The module that dfdx builds from a [`PReLU1D`].
#[derive(Clone, Debug)]
pub struct Slopes<C: ConstDim, E: Dtype, D: Device<E>> {
    /// The slopes below zero.
    pub a: Tensor<(C,), E, D>,
}

impl<E: Dtype, D: Device<E>> TensorCollection<E, D> for Slope<E, D> {
    type To<E2: Dtype, D2: Device<E2>> = Slope<E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let a = Self::tensor("a", |m| &m.a, |m| &mut m.a, TensorOptions::reset_to_zeros());
        visitor.visit_fields(a, |a| Slope { a })
    }
}

impl<C: ConstDim, E: Dtype, D: Device<E>> TensorCollection<E, D> for Slopes<C, E, D> {
    type To<E2: Dtype, D2: Device<E2>> = Slopes<C, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let a = Self::tensor("a", |m| &m.a, |m| &mut m.a, TensorOptions::reset_to_zeros());
        visitor.visit_fields(a, |a| Slopes { a })
    }
}

impl<E: Dtype, D: Device<E>> NonMutableModule for Slope<E, D> {}
impl<C: ConstDim, E: Dtype, D: Device<E>> NonMutableModule for Slopes<C, E, D> {}

impl<S: Shape, E: Dtype, D: Device<E>, T: Tape<E, D>> Module<Tensor<S, E, D, T>> for Slope<E, D> {
    type Output = Tensor<S, E, D, T>;
    type Error = <D as HasErr>::Err;

    fn try_forward(&self, x: Tensor<S, E, D, T>) -> Result<Self::Output, Self::Error> {
        let slopes = self.a.retaped::<T>().try_broadcast_like::<_, S::AllAxes>(x.shape())?;
        x.try_prelu(slopes)
    }
}

macro_rules! along_the_second_axis {
    ($($axis:ident)*: $others:ty) => {
        impl<B: Dim, C: ConstDim, $($axis: Dim,)* E: Dtype, D: Device<E>, T: Tape<E, D>>
            Module<Tensor<(B, C, $($axis),*), E, D, T>> for Slopes<C, E, D>
        {
            type Output = Tensor<(B, C, $($axis),*), E, D, T>;
            type Error = <D as HasErr>::Err;

            fn try_forward(
                &self,
                x: Tensor<(B, C, $($axis),*), E, D, T>,
            ) -> Result<Self::Output, Self::Error> {
                let slopes = self.a.retaped::<T>().try_broadcast_like::<_, $others>(x.shape())?;
                x.try_prelu(slopes)
            }
        }
    };
}

along_the_second_axis!(: Axis<0>);
along_the_second_axis!(M: Axes2<0, 2>);
along_the_second_axis!(M N: Axes3<0, 2, 3>);
