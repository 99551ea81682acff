//! Tests of trained models as dfdx modules.

use super::module_tests::{classes, compiled, rows};
use super::tensors::*;
use super::{DfdxLayer, DfdxModule, Row, dx};
use crate::array::Array;
use crate::nn::prelude::{
    Activation, BatchNormalization, Dense, Dropout, LayerNormalization, PReLU, Sequential,
};
use crate::optim::prelude::Sgd;
use crate::train::Fit;
use dfdx::prelude::Linear;

#[test]
fn a_trained_model_becomes_a_dfdx_module_and_comes_back() {
    let net = Sequential::new([6])
        .add(Dense::new(5).activation(Activation::Relu))
        .add(Dropout::new(0.1))
        .add(Dense::new(3).activation(Activation::Softmax));
    let mut model = compiled(net);
    let x = rows(32, 6);
    model.fit((&x, &classes(&x)), Fit::epochs(5).verbose(0)).unwrap();
    type Net = (Linear<6, 5>, ReLU, Linear<5, 3>, dx::Softmax);
    let module = model.to_dfdx::<Net>().unwrap();
    let batch =
        |x: &Array| Cpu::default().tensor_from_vec(x.data().to_vec(), (x.rows(), Const::<6>));
    let expected = model.predict(&x).unwrap();
    let close = |a: &[f32], b: &[f32]| {
        a.iter().zip(b).for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{a} {b}"));
    };
    close(&module.forward(batch(&x)).as_vec(), expected.data());
    let layer = DfdxLayer::<Net, Row<6>, Row<3>>::from_module(&module);
    let back = compiled(Sequential::new([6]).add(layer));
    close(back.predict(&x).unwrap().data(), expected.data());
    let again = back.to_dfdx::<Net>().unwrap();
    close(&again.forward(batch(&x)).as_vec(), expected.data());
    // Saliency by the tape, compared with finite differences of the network.
    let slopes = model.gradient_of_input(&x, 1).unwrap();
    let step = 1e-2;
    let moved = |by: f32| {
        let mut moved = x.clone();
        moved.data_mut()[4] += by;
        model.predict(&moved).unwrap().data()[1]
    };
    let expected = (moved(step) - moved(-step)) / (2.0 * step);
    assert!((slopes.data()[4] - expected).abs() < 1e-3, "{} {expected}", slopes.data()[4]);
}

#[test]
fn the_slopes_of_prelu_are_learned() {
    // The target halves negative values and keeps positive ones.
    let (x, y) = (rows(64, 6), rows(64, 6));
    let y = Array::new([64, 6], y.data().iter().map(|v| v.max(0.5 * v)).collect()).unwrap();
    type Net = dx::PReLU1D<Const<6>>;
    let net = Sequential::new([6]).add(DfdxModule::<Net, 6, 6>::new());
    let mut model = net.compile(Sgd::new(1.0), "mse", ()).unwrap();
    assert_eq!(model.weight_names(), ["dfdx_module/a"]);
    model.fit((&x, &y), Fit::epochs(100).verbose(0)).unwrap();
    let module = model.to_dfdx::<Net>().unwrap();
    assert!(module.a.as_vec().iter().all(|a| (a - 0.5).abs() < 1e-3), "{:?}", module.a.as_vec());
    // Compared with plain dfdx, also in a batch whose size is part of the type.
    let x: Tensor<Rank2<1, 6>, f32, Cpu> =
        Cpu::default().tensor([[-1.0, 1.0, -2.0, 0.0, -4.0, 3.0]]);
    let y = module.forward(x).array()[0];
    for (y, expected) in y.iter().zip([-0.5, 1.0, -1.0, 0.0, -2.0, 3.0]) {
        assert!((y - expected).abs() < 5e-3, "{y} {expected}");
    }
}

#[test]
fn batch_normalization_becomes_dfdx_own() {
    type Net = (Linear<6, 4>, BatchNorm1D<4>, ReLU, Linear<4, 3>);
    let (x, y) = (rows(32, 6), rows(32, 3));
    let trained = |normalization: BatchNormalization| {
        let net = Sequential::new([6]).add(Dense::new(4)).add(normalization);
        let net = net.add(Activation::Relu).add(Dense::new(3));
        let mut model = net.compile(Sgd::new(0.1), "mse", ()).unwrap();
        model.fit((&x, &y), Fit::epochs(10).verbose(0)).unwrap();
        model
    };
    let batch = || Cpu::default().tensor_from_vec(x.data().to_vec(), (32, Const::<6>));
    let without = || BatchNormalization::new().scale(false).center(false);
    for normalization in [
        BatchNormalization::new(),
        BatchNormalization::new().momentum(0.8).epsilon(0.1),
        BatchNormalization::new().scale(false),
        without(),
    ] {
        let model = trained(normalization);
        let module = model.to_dfdx::<Net>().unwrap();
        let expected = model.predict(&x).unwrap();
        for (a, b) in module.forward(batch()).as_vec().iter().zip(expected.data()) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
    let module = trained(BatchNormalization::new().momentum(0.8).epsilon(0.1)).to_dfdx::<Net>();
    let module = module.unwrap();
    assert_eq!((module.1.epsilon, module.1.momentum), (0.1, 1.0 - 0.8));
    assert!(trained(without()).to_dfdx::<Net>().unwrap().1.scale.array() == [1.0; 4]);

    let model = trained(BatchNormalization::new());
    let wrong = model.to_dfdx::<(Linear<6, 4>, LayerNorm1D<4>, ReLU, Linear<4, 3>)>();
    let wrong = wrong.unwrap_err().to_string();
    assert!(wrong.contains("batch_normalization"), "{wrong}");
    let steps = Sequential::new([5, 4]).add(BatchNormalization::new());
    let steps = steps.compile(Sgd::new(0.1), "mse", ()).unwrap();
    let wrong = steps.to_dfdx::<BatchNorm1D<4>>().unwrap_err().to_string();
    assert!(wrong.contains("on_tape"), "{wrong}");
}

#[test]
fn layer_normalization_and_prelu_become_dfdx_own() {
    type Net = (Linear<6, 4>, LayerNorm1D<4>, dx::PReLU1D<Const<4>>, Linear<4, 3>);
    let (x, y) = (rows(32, 6), rows(32, 3));
    for normalization in [
        LayerNormalization::new().epsilon(0.1),
        LayerNormalization::new().scale(false).center(false),
    ] {
        let net = Sequential::new([6]).add(Dense::new(4)).add(normalization);
        let net = net.add(PReLU::new()).add(Dense::new(3));
        let mut model = net.compile(Sgd::new(0.1), "mse", ()).unwrap();
        model.fit((&x, &y), Fit::epochs(10).verbose(0)).unwrap();
        let module = model.to_dfdx::<Net>().unwrap();
        assert!(module.2.a.as_vec().iter().any(|a| a.abs() > 1e-3));
        let batch = Cpu::default().tensor_from_vec(x.data().to_vec(), (32, Const::<6>));
        let expected = model.predict(&x).unwrap();
        for (a, b) in module.forward(batch).as_vec().iter().zip(expected.data()) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}
