//! Tests of dfdx modules as layers.

use super::tensors::*;
use super::{DfdxModule, DfdxSequence, DfdxTokens, dx};
use crate::array::Array;
use crate::nn::prelude::{Activation, Dense, Flatten, Regularizer, Sequential};
use crate::nn::{Backward as Pass, Forward, Layer};
use crate::optim::prelude::Sgd;
use crate::train::{Fit, Model};
use dfdx::prelude::Linear;

type Mlp = (Linear<6, 5>, ReLU, Linear<5, 3>);

fn number(i: usize) -> f32 {
    (i as f32 * 1.7 + 0.3).sin()
}

pub(super) fn rows(n: usize, width: usize) -> Array {
    Array::new([n, width], (0..n * width).map(number).collect()).unwrap()
}

/// One of three classes for each row, determined by the inputs.
pub(super) fn classes(x: &Array) -> Array {
    let data = (0..x.rows()).flat_map(|r| {
        let class = (0..3).max_by(|a, b| x.row(r)[*a].total_cmp(&x.row(r)[*b])).unwrap();
        (0..3).map(move |c| if c == class { 1.0 } else { 0.0 })
    });
    Array::new([x.rows(), 3], data.collect()).unwrap()
}

pub(super) fn compiled(net: Sequential) -> Model {
    net.compile(Sgd::new(0.1).momentum(0.9), "categorical_crossentropy", ["accuracy"]).unwrap()
}

/// Compares the layer's gradients with finite differences. Tokens have no gradient with respect to
/// the input.
fn gradients_are_right(name: &str, layer: &dyn Layer, input: &[usize], tokens: Option<usize>) {
    let op = layer.build(input).unwrap_or_else(|e| panic!("{name}: {e}"));
    let rows = 3;
    let inputs = rows * input.iter().product::<usize>();
    let x: Vec<f32> = match tokens {
        Some(limit) => (0..inputs).map(|i| (i * 7 % limit) as f32).collect(),
        None => (0..inputs).map(number).collect(),
    };
    let w = op.initialize(3).unwrap();
    let outputs = rows * op.output().iter().product::<usize>();
    let factor: Vec<f32> = (0..outputs).map(|i| number(i + 50)).collect();
    let mut kept = vec![0.0; op.scratch_for(rows)];
    let mut value = |x: &[f32], w: &[f32]| -> f64 {
        let mut y = vec![0.0; outputs];
        op.forward(Forward {
            rows,
            training: true,
            seed: 5,
            x,
            y: &mut y,
            weights: w,
            scratch: &mut kept,
            mask: None,
        });
        y.iter().zip(&factor).map(|(y, f)| f64::from(y * f)).sum()
    };
    value(&x, &w);
    let (mut gx, mut gw) = (vec![0.0; x.len()], vec![0.0; w.len()]);
    let mut scratch = vec![0.0; op.scratch_for(rows)];
    let mut y = vec![0.0; outputs];
    op.forward(Forward {
        rows,
        training: true,
        seed: 5,
        x: &x,
        y: &mut y,
        weights: &w,
        scratch: &mut scratch,
        mask: None,
    });
    op.backward(Pass {
        mask: None,
        rows,
        x: &x,
        y: &y,
        dy: &mut factor.clone(),
        before_activation: false,
        factors: false,
        dx: Some(&mut gx),
        weights: &w,
        gradients: &mut gw,
        scratch: &mut scratch,
    });
    let step = 5e-3f32;
    let trainable: Vec<bool> =
        op.weights().iter().flat_map(|s| vec![s.trainable; s.len()]).collect();
    let value = std::cell::RefCell::new(value);
    let check = |what: &str, i: usize, got: f32, moved: &dyn Fn(f32) -> f64| {
        let expected = (moved(step) - moved(-step)) / (2.0 * f64::from(step));
        let close = (f64::from(got) - expected).abs() < 2e-2 * (1.0 + expected.abs());
        assert!(close, "{name}, by {what} {i}: {got} instead of {expected}");
    };
    let shifted = |of: &[f32], i: usize, by: f32| {
        let mut shifted = of.to_vec();
        shifted[i] += by;
        shifted
    };
    // Every seventh weight is enough to find an error, and keeps the test short.
    for i in (0..w.len()).step_by(7).filter(|i| trainable[*i]) {
        check("weight", i, gw[i], &|by| (value.borrow_mut())(&x, &shifted(&w, i, by)));
    }
    for i in (0..x.len()).step_by(5).filter(|_| tokens.is_none()) {
        check("input", i, gx[i], &|by| (value.borrow_mut())(&shifted(&x, i, by), &w));
    }
}

/// A user's own module, as in dfdx's documentation.
#[derive(Clone, Debug)]
struct Own<E: Dtype, D: Device<E>> {
    first: dfdx::nn::modules::Linear<6, 4, E, D>,
    second: dfdx::nn::modules::Linear<4, 3, E, D>,
}

impl<E, D: Device<E>> TensorCollection<E, D> for Own<E, D>
where
    E: Dtype + num_traits::Float + rand_distr::uniform::SampleUniform,
{
    type To<E2: Dtype, D2: Device<E2>> = Own<E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Own<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("first", |s| &s.first, |s| &mut s.first),
                Self::module("second", |s| &s.second, |s| &mut s.second),
            ),
            |(first, second)| Own { first, second },
        )
    }
}

impl<T: Tape<f32, Cpu>> Module<Tensor<(usize, Const<6>), f32, Cpu, T>> for Own<f32, Cpu> {
    type Output = Tensor<(usize, Const<3>), f32, Cpu, T>;
    type Error = dfdx::prelude::CpuError;

    fn try_forward(
        &self,
        x: Tensor<(usize, Const<6>), f32, Cpu, T>,
    ) -> Result<Self::Output, Self::Error> {
        self.second.try_forward(self.first.try_forward(x)?.tanh())
    }
}

impl NonMutableModule for Own<f32, Cpu> {}

struct OwnBuilder;

impl BuildOnDevice<Cpu, f32> for OwnBuilder {
    type Built = Own<f32, Cpu>;
}

/// A decoder block takes a pair: the sequence to decode and the encoder's output.
#[derive(Clone, Debug)]
struct Decoded<E: Dtype, D: Device<E>> {
    encoder: dfdx::nn::modules::TransformerEncoderBlock<4, 2, 6, E, D>,
    decoder: dfdx::nn::modules::TransformerDecoderBlock<4, 2, 6, E, D>,
}

impl<E, D: Device<E>> TensorCollection<E, D> for Decoded<E, D>
where
    E: Dtype + num_traits::Float + rand_distr::uniform::SampleUniform,
{
    type To<E2: Dtype, D2: Device<E2>> = Decoded<E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Decoded<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("encoder", |s| &s.encoder, |s| &mut s.encoder),
                Self::module("decoder", |s| &s.decoder, |s| &mut s.decoder),
            ),
            |(encoder, decoder)| Decoded { encoder, decoder },
        )
    }
}

type Steps<T> = Tensor<(usize, Const<5>, Const<4>), f32, Cpu, T>;

impl<T: Tape<f32, Cpu>> Module<Steps<T>> for Decoded<f32, Cpu> {
    type Output = Steps<T>;
    type Error = dfdx::prelude::CpuError;

    fn try_forward(&self, x: Steps<T>) -> Result<Steps<T>, Self::Error> {
        let (x, tape) = x.split_tape();
        let (memory, tape) = self.encoder.try_forward(x.clone().put_tape(tape))?.split_tape();
        self.decoder.try_forward((x.put_tape(tape), memory))
    }
}

impl NonMutableModule for Decoded<f32, Cpu> {}

struct DecodedBuilder;

impl BuildOnDevice<Cpu, f32> for DecodedBuilder {
    type Built = Decoded<f32, Cpu>;
}

#[test]
fn every_kind_of_module_has_its_gradients() {
    let rows: Vec<(&str, Box<dyn Layer>)> = vec![
        ("Linear", Box::new(DfdxModule::<Linear<6, 3>, 6, 3>::new())),
        ("UnbiasedLinear", Box::new(DfdxModule::<UnbiasedLinear<6, 3>, 6, 3>::new())),
        ("tuple", Box::new(DfdxModule::<Mlp, 6, 3>::new())),
        ("LayerNorm1D", Box::new(DfdxModule::<(Linear<6, 4>, LayerNorm1D<4>), 6, 4>::new())),
        ("BatchNorm1D", Box::new(DfdxModule::<(Linear<6, 4>, BatchNorm1D<4>), 6, 4>::new())),
        ("PReLU", Box::new(DfdxModule::<(Linear<6, 4>, dx::PReLU), 6, 4>::new())),
        ("PReLU1D", Box::new(DfdxModule::<(Linear<6, 4>, dx::PReLU1D<Const<4>>), 6, 4>::new())),
        ("Residual", Box::new(DfdxModule::<Residual<(Linear<6, 6>, dx::Tanh)>, 6, 6>::new())),
        (
            "GeneralizedResidual",
            Box::new(
                DfdxModule::<GeneralizedResidual<Linear<6, 3>, UnbiasedLinear<6, 3>>, 6, 3>::new(),
            ),
        ),
        (
            "SplitInto, AddInto",
            Box::new(DfdxModule::<
                (SplitInto<(Linear<6, 4>, Linear<6, 5>)>, AddInto<(Linear<4, 3>, Linear<5, 3>)>),
                6,
                3,
            >::new()),
        ),
        ("Repeated", Box::new(DfdxModule::<Repeated<(Linear<6, 6>, dx::Tanh), 3>, 6, 6>::new())),
        ("Dropout", Box::new(DfdxModule::<(Linear<6, 8>, DropoutOneIn<2>), 6, 8>::new())),
        ("own", Box::new(DfdxModule::<OwnBuilder, 6, 3>::new())),
    ];
    for (name, layer) in &rows {
        gradients_are_right(name, &**layer, &[6], None);
    }
    type Encoder = TransformerEncoderBlock<4, 2, 6>;
    let sequences: Vec<(&str, Box<dyn Layer>)> = vec![
        (
            "MultiHeadAttention",
            Box::new(DfdxSequence::<dx::MultiHeadAttention<4, 2>, 5, 4, 4>::new()),
        ),
        ("PReLU of steps", Box::new(DfdxSequence::<dx::PReLU1D<Const<5>>, 5, 4, 4>::new())),
        ("encoder block", Box::new(DfdxSequence::<Encoder, 5, 4, 4>::new())),
        ("encoder", Box::new(DfdxSequence::<TransformerEncoder<4, 2, 6, 2>, 5, 4, 4>::new())),
        ("encoder and decoder", Box::new(DfdxSequence::<DecodedBuilder, 5, 4, 4>::new())),
    ];
    for (name, layer) in &sequences {
        gradients_are_right(name, &**layer, &[5, 4], None);
    }
    let words = DfdxTokens::<(dx::Embedding<9, 4>, Linear<4, 2>), 9, 5, 2>::new();
    gradients_are_right("Embedding", &words, &[5], Some(9));
}

#[test]
fn a_module_is_fitted_with_the_same_bits_on_any_number_of_threads() {
    // Wide enough for two lanes; with dropout, whose random numbers must not depend on the thread.
    type Net = (Linear<6, 64>, ReLU, DropoutOneIn<4>, Linear<64, 3>);
    let (x, fitted) = (rows(256, 6), |threads: usize| {
        let net = Sequential::new([6]).add(DfdxModule::<Net, 6, 3>::new()).add(Activation::Softmax);
        let mut model = compiled(net).seed(7);
        let x = rows(256, 6);
        let fit = Fit::epochs(3).batch_size(128).threads(threads).verbose(0);
        let history = model.fit((&x, &classes(&x)), fit).unwrap();
        (model.flat_weights().to_vec(), history.last("loss").unwrap())
    });
    let (one, loss) = fitted(1);
    assert_eq!(one, fitted(2).0);
    assert!(loss.is_finite());
    let net = Sequential::new([6]).add(DfdxModule::<Net, 6, 3>::new()).add(Activation::Softmax);
    let before = compiled(net).seed(7).evaluate((&x, &classes(&x))).unwrap().get("loss").unwrap();
    assert!(loss < 0.9 * before, "{before} -> {loss}");
}

#[test]
fn weights_have_dfdx_names_start_from_the_seed_and_can_be_penalised() {
    let layer = || DfdxModule::<Mlp, 6, 3>::new().kernel_regularizer(Regularizer::l2(0.5));
    let model = compiled(Sequential::new([6]).add(layer()).add(Activation::Softmax));
    let names = model.weight_names();
    assert_eq!(names[..2], ["dfdx_module/0.weight", "dfdx_module/0.bias"]);
    assert_eq!(names[2..], ["dfdx_module/2.weight", "dfdx_module/2.bias"]);
    assert_eq!(model.weights().unwrap()[0].shape(), [5, 6]);
    let other = compiled(Sequential::new([6]).add(layer()).add(Activation::Softmax)).seed(1);
    assert_ne!(model.flat_weights(), other.flat_weights());
    // dfdx draws from -1/sqrt(inputs) to 1/sqrt(inputs).
    assert!(model.flat_weights()[..30].iter().all(|w| w.abs() <= 1.0 / 6f32.sqrt()));
    let free = DfdxModule::<Mlp, 6, 3>::new();
    let free = compiled(Sequential::new([6]).add(free).add(Activation::Softmax));
    let x = rows(8, 6);
    let loss = |m: &Model| m.evaluate((&x, &classes(&x))).unwrap().get("loss").unwrap();
    let squares = |a: &Array| a.data().iter().map(|v| f64::from(v * v)).sum::<f64>();
    let weights = model.weights().unwrap();
    let penalty = 0.5 * (squares(&weights[0]) + squares(&weights[2]));
    assert!((loss(&model) - loss(&free) - penalty).abs() < 1e-4 * penalty);
}

#[test]
fn moving_averages_are_carried_on_as_dfdx_does() {
    type Net = (BatchNorm1D<6>, Linear<6, 3>);
    let net = Sequential::new([6]).add(DfdxModule::<Net, 6, 3>::new());
    let mut model = net.compile(Sgd::new(0.05), "mse", ()).unwrap();
    let (x, y) = (rows(16, 6), rows(16, 3));
    let mut module = model.to_dfdx::<Net>().unwrap();
    let mut plain = dx::Sgd::new(&module, dx::SgdConfig { lr: 0.05, ..Default::default() });
    let fit = Fit::epochs(4).batch_size(16).shuffle(false).verbose(0);
    model.fit((&x, &y), fit).unwrap();
    let device = Cpu::default();
    let tx = device.tensor_from_vec(x.data().to_vec(), (16, Const::<6>));
    let ty = device.tensor_from_vec(y.data().to_vec(), (16, Const::<3>));
    for _ in 0..4 {
        let out = module.forward_mut(tx.leaky_trace());
        let gradients = (out - ty.clone()).square().mean().backward();
        plain.update(&mut module, &gradients).unwrap();
    }
    // 1e-5, because the sums are in another order.
    let ours = model.to_dfdx::<Net>().unwrap();
    let close = |a: Vec<f32>, b: Vec<f32>| {
        a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{a} {b}"));
    };
    close(ours.0.running_mean.as_vec(), module.0.running_mean.as_vec());
    close(ours.0.running_var.as_vec(), module.0.running_var.as_vec());
    close(ours.1.weight.as_vec(), module.1.weight.as_vec());
    assert!(module.0.running_mean.as_vec().iter().any(|m| m.abs() > 1e-3));
    assert!(model.on_tape().unwrap_err().to_string().contains("dfdx_module"));
}

/// Compiles only if each of these names is unambiguous beside this library's prelude.
#[allow(dead_code, unused_imports)]
mod beside_the_prelude {
    use crate::bridge::tensors::*;
    use crate::prelude::*;

    type Same<A> = std::marker::PhantomData<A>;
    type Blocks = (
        Same<AddInto<()>>,
        Same<BatchNorm1D<1>>,
        Same<Bias2D<1>>,
        Same<DropoutOneIn<2>>,
        Same<FastGeLU>,
        Same<GeneralizedResidual<(), ()>>,
        Same<LayerNorm1D<1>>,
        Same<LeakyReLU<f32>>,
        Same<PReLU1D<Const<1>>>,
        Same<ReLU>,
        Same<Repeated<(), 1>>,
    );
    type More = (
        Same<Residual<()>>,
        Same<SplitInto<()>>,
        Same<TransformerEncoderBlock<1, 1, 1>>,
        Same<TransformerEncoder<1, 1, 1, 1>>,
        Same<TransformerDecoderBlock<1, 1, 1>>,
        Same<UnbiasedLinear<1, 1>>,
        Same<Tensor<Rank1<1>, f32, Cpu>>,
    );
}

#[test]
fn what_does_not_fit_is_named() {
    let net = Sequential::new([6])
        .add(Dense::new(5).activation(Activation::Relu))
        .add(Dense::new(3).activation(Activation::Softmax));
    let model = compiled(net);
    let text = |error: crate::Error| error.to_string();
    let wrong =
        text(model.to_dfdx::<(Linear<6, 5>, dx::Tanh, Linear<5, 3>, dx::Softmax)>().unwrap_err());
    assert!(wrong.contains("layer 'dense'") && wrong.contains("Tanh"), "{wrong}");
    let wrong =
        text(model.to_dfdx::<(Linear<6, 5>, ReLU, Linear<5, 4>, dx::Softmax)>().unwrap_err());
    assert!(wrong.contains("layer 'dense_1'") && wrong.contains("[4, 5]"), "{wrong}");
    let wrong = text(model.to_dfdx::<(Linear<6, 5>, ReLU, Linear<5, 3>)>().unwrap_err());
    assert!(wrong.contains("layer 'dense_1'") && wrong.contains("nothing"), "{wrong}");
    let more = model.to_dfdx::<(Linear<6, 5>, ReLU, Linear<5, 3>, dx::Softmax, Linear<3, 3>)>();
    assert!(text(more.unwrap_err()).contains("Linear<3, 3>"));

    let wrong = DfdxModule::<Mlp, 6, 3>::new().build(&[7]).map(|_| ()).unwrap_err();
    assert!(text(wrong).contains("[6]"));
    // Ten words, but an embedding for nine.
    let small = DfdxTokens::<dx::Embedding<9, 4>, 10, 5, 4>::new();
    assert!(text(small.build(&[5]).map(|_| ()).unwrap_err()).contains("dfdx stopped"));
    let net = Sequential::new([6])
        .add(DfdxTokens::<dx::Embedding<9, 4>, 9, 6, 4>::new())
        .add(Flatten)
        .add(Dense::new(3));
    let model = net.compile(Sgd::new(0.1), "mse", ()).unwrap();
    let wrong = text(model.predict(&rows(2, 6)).unwrap_err());
    assert!(wrong.contains("row 1") || wrong.contains("row 0"), "{wrong}");
}
