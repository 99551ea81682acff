//! Reading and writing the tensors and numbers of a dfdx module by dfdx's visitors.

use dfdx::prelude::{
    Cpu, CpuError, Gradients, HasShape, RecursiveWalker, ScalarOptions, Shape, Tensor,
    TensorCollection, TensorFromVec, TensorOptions, TensorVisitor, ViewTensorName, ViewTensorRef,
};
use num_traits::NumCast;
use std::convert::Infallible;

/// One tensor of a module.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// dfdx's name, such as `0.weight`.
    pub name: String,
    pub shape: Vec<usize>,
    /// Whether dfdx's optimisers update it; they do not update moving averages.
    pub trainable: bool,
}

/// The contents of a module, in dfdx's order of visits.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    pub tensors: Vec<Part>,
    /// The tensors' elements, one tensor after the other.
    pub values: Vec<f32>,
    /// Settings that are plain numbers, such as a dropout rate.
    pub scalars: Vec<(String, f64)>,
}

/// All tensors and numbers of a module.
pub(super) fn read<M: TensorCollection<f32, Cpu>>(module: &M) -> Parts {
    let mut parts = Parts::default();
    let mut walker = RecursiveWalker { m: (module, String::new()), f: &mut parts };
    match M::iter_tensors(&mut walker) {
        Ok(_) => parts,
        Err(never) => match never {},
    }
}

impl TensorVisitor<f32, Cpu> for Parts {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = Infallible;
    type E2 = f32;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, Cpu>,
        (tensor, name): (&Tensor<S, f32, Cpu>, String),
    ) -> Result<Option<Tensor<S, f32, Cpu>>, Infallible> {
        self.tensors.push(Part {
            name,
            shape: tensor.shape().concrete().into_iter().collect(),
            trainable: options.do_gradient_update,
        });
        self.values.extend(tensor.as_vec());
        Ok(None)
    }

    fn visit_scalar<N: NumCast>(
        &mut self,
        _: ScalarOptions<N>,
        (number, name): (&N, String),
    ) -> Result<Option<N>, Infallible> {
        self.scalars.push((name, number.to_f64().unwrap_or(f64::NAN)));
        Ok(None)
    }
}

/// A module with these tensors and numbers, on this device. Their counts must be those that
/// [`read`] found in a module of the same type.
pub(super) fn build<M>(device: &Cpu, values: &[f32], scalars: &[(String, f64)]) -> M
where
    M: TensorCollection<f32, Cpu, To<f32, Cpu> = M>,
{
    let mut builder = Builder { device, values, scalars: scalars.iter() };
    let built = M::iter_tensors(&mut RecursiveWalker { m: (), f: &mut builder });
    // The visitor gives every field, so a module always results; dfdx's own `build` relies on the
    // same. Running out of memory ends the process.
    built.expect("memory for a module").expect("every field is given")
}

struct Builder<'a> {
    device: &'a Cpu,
    values: &'a [f32],
    scalars: std::slice::Iter<'a, (String, f64)>,
}

impl TensorVisitor<f32, Cpu> for Builder<'_> {
    type Viewer = ();
    type Err = CpuError;
    type E2 = f32;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, Cpu>,
        (): (),
    ) -> Result<Option<Tensor<S, f32, Cpu>>, CpuError> {
        let (own, rest) = self.values.split_at(options.shape.num_elements());
        self.values = rest;
        Ok(Some(self.device.try_tensor_from_vec(own.to_vec(), options.shape)?))
    }

    fn visit_scalar<N: NumCast>(
        &mut self,
        options: ScalarOptions<N>,
        (): (),
    ) -> Result<Option<N>, CpuError> {
        let given = self.scalars.next().and_then(|(_, number)| N::from(*number));
        Ok(Some(given.unwrap_or(options.default)))
    }
}

/// Adds the gradients of a module's tensors to `to`. For a tensor that no optimiser updates, such
/// as a moving average, adds its old value (from `before`) minus its new one, which the fit loop
/// subtracts.
pub(super) fn collect<M: TensorCollection<f32, Cpu>>(
    module: &M,
    gradients: &mut Gradients<f32, Cpu>,
    before: &[f32],
    to: &mut [f32],
) {
    let mut collector = Collector { gradients, before, to, at: 0 };
    match M::iter_tensors(&mut RecursiveWalker { m: module, f: &mut collector }) {
        Ok(_) => {}
        Err(never) => match never {},
    }
}

struct Collector<'a> {
    gradients: &'a mut Gradients<f32, Cpu>,
    before: &'a [f32],
    to: &'a mut [f32],
    at: usize,
}

impl TensorVisitor<f32, Cpu> for Collector<'_> {
    type Viewer = ViewTensorRef;
    type Err = Infallible;
    type E2 = f32;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, Cpu>,
        tensor: &Tensor<S, f32, Cpu>,
    ) -> Result<Option<Tensor<S, f32, Cpu>>, Infallible> {
        let range = self.at..self.at + tensor.shape().num_elements();
        self.at = range.end;
        let to = &mut self.to[range.clone()];
        if !options.do_gradient_update {
            let (before, now) = (&self.before[range], tensor.as_vec());
            to.iter_mut().zip(before.iter().zip(now)).for_each(|(t, (b, n))| *t += b - n);
        } else if let Ok(own) = self.gradients.get_or_alloc_mut(tensor) {
            to.iter_mut().zip(own.iter()).for_each(|(t, g)| *t += g);
        }
        Ok(None)
    }
}
