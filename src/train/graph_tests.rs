//! Functional models: against the real Keras, against finite differences, and against the same
//! stack of layers.

use super::parity_tests::{one_hot, set_waves, wave};
use crate::nn::{IntoNodes, Node};
use crate::prelude::*;
use serde_json::Value;

pub(super) fn golden(name: &str) -> Value {
    let text = include_str!("../../tests/golden/keras-graphs.json");
    serde_json::from_str::<Value>(text).unwrap()["cases"][name].clone()
}

pub(super) fn numbers(json: &Value) -> Vec<f64> {
    json.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

pub(super) fn residual() -> (Functional, Optimizer) {
    let same = |kernel| Conv2D::new(4, kernel).padding(Padding::Same);
    let x = Input::new([8, 8, 2]);
    let a = same(3).activation(Relu).apply(&x);
    let b = same(3).use_bias(false).kernel_regularizer(Regularizer::l2(0.01)).apply(&a);
    let b = BatchNormalization::new().momentum(0.9).apply(&b);
    let c = Add::new().apply([&a, &b]).then(Relu);
    let d = Conv2D::new(4, 1).activity_regularizer(Regularizer::l2(0.001)).apply(&c);
    let e = Add::new().apply([&c, &d, &a]);
    let out = e.then(GlobalAveragePooling2D::new()).then(Dense::new(3).activation(Softmax));
    (Functional::new(&x, &out), Adam::new(0.003).into())
}

pub(super) fn inception() -> (Functional, Optimizer) {
    let x = Input::new([8, 8, 2]);
    let a = Conv2D::new(3, 1).activation(Relu).apply(&x);
    let b = Conv2D::new(2, 1).apply(&x);
    let b = Conv2D::new(4, 3).padding(Padding::Same).activation(Relu).apply(&b);
    let c = MaxPooling2D::new(3).strides(1).padding(Padding::Same).apply(&x);
    let all = Concatenate::new().apply([&a, &b, &c]);
    let gate = all.then(GlobalAveragePooling2D::new()).then(Dense::new(9).activation(Sigmoid));
    let gated = Multiply::new().apply([&all, &gate.then(Reshape::new([1, 1, 9]))]);
    let rows = Concatenate::new().axis(1).apply([&gated, &all]);
    let flat = rows.then(AveragePooling2D::new(4)).then(Flatten::new());
    let out = flat.then(Dense::new(3).activation(Softmax));
    (Functional::new(&x, &out), RmsProp::new(0.001).into())
}

pub(super) fn merges() -> (Functional, Optimizer) {
    let x = Input::new([6]);
    let a = Dense::new(4).activation(Tanh).apply(&x);
    let b = Dense::new(4).activation(Sigmoid).apply(&x);
    let c = Dense::new(4).apply(&a);
    let both = Average::new().apply([&a, &b, &c]);
    let high = Maximum::new().apply([&a, &b, &c]);
    let low = Minimum::new().apply([&b, &c]);
    let gap = Subtract::new().apply([&high, &low]);
    let product = Multiply::new().apply([&a, &b, &c]);
    let total = Add::new().apply([&gap, &both]);
    let all = Concatenate::new().apply([&total, &product, &x]);
    let out = Dense::new(3).activation(Softmax).apply(&all);
    (Functional::new(&x, &out), Sgd::new(0.1).momentum(0.9).into())
}

pub(super) fn chain() -> (Functional, Optimizer) {
    let x = Input::new([6]);
    let hidden = Dense::new(4).activation(Relu).apply(&x);
    let out = Dense::new(3).activation(Softmax).apply(&hidden);
    (Functional::new(&x, &out), Adam::new(0.01).into())
}

pub(super) type Build = fn() -> (Functional, Optimizer);
pub(super) const ALL: [(&str, Build); 4] =
    [("residual", residual), ("inception", inception), ("merges", merges), ("chain", chain)];

pub(super) fn compiled(build: Build) -> Model {
    let (net, optimizer) = build();
    let mut model = net.compile(optimizer, CategoricalCrossentropy::new(), ()).unwrap();
    set_waves(&mut model);
    model
}

pub(super) fn samples(model: &Model, rows: usize) -> (Array, Array) {
    let mut shape = vec![rows];
    shape.extend(model.network.input());
    (wave(&shape, 0.37, 1.0), one_hot(rows, model.network.output()[0]))
}

/// Names, the order of the weights and the summary are Keras' to the letter; predictions agree
/// within 1e-5; losses of 30 steps within 1e-3 relative, the sums of the weights after them within
/// 2e-3, as for stacks of layers (rounding differs, and training makes differences grow); weights
/// after plain gradient descent within 1e-4 each.
#[test]
fn graphs_follow_keras() {
    for (name, build) in ALL {
        let golden = golden(name);
        let mut model = compiled(build);
        let weights: Vec<&str> =
            golden["weights"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
        assert_eq!(model.weight_names(), weights, "{name}");
        let text = golden["summary"].as_str().unwrap();
        let text = text.lines().map(str::trim_end).filter(|l| !l.is_empty());
        assert_eq!(model.summary().to_string(), text.collect::<Vec<_>>().join("\n"), "{name}");

        let (x, y) = samples(&model, 32);
        let predicted = model.predict(&x.take(&[0, 1, 2, 3]).unwrap()).unwrap();
        for (got, want) in predicted.data().iter().zip(numbers(&golden["predicted"])) {
            assert!((f64::from(*got) - want).abs() < 1e-5, "{name}: {got}, Keras {want}");
        }
        for (step, want) in numbers(&golden["losses"]).into_iter().enumerate() {
            let at: Vec<usize> = (step * 8 % 32..step * 8 % 32 + 8).collect();
            let (x, y) = (x.take(&at).unwrap(), y.take(&at).unwrap());
            let fit = Fit::epochs(1).batch_size(8).shuffle(false).verbose(0);
            let loss = model.fit((&x, &y), fit).unwrap().last("loss").unwrap();
            assert!((loss - want).abs() <= 1e-3 * want, "{name} step {step}: {loss}, Keras {want}");
        }
        for (i, w) in model.weights().unwrap().iter().enumerate() {
            let want = numbers(&golden["after"][i]);
            // Adam and RMSprop make as large a step of a tiny gradient as of another.
            if name == "merges" {
                for (got, want) in w.data().iter().zip(&want) {
                    let off = (f64::from(*got) - want).abs();
                    assert!(off <= 1e-4, "{name} {}: {got}, Keras {want}", weights[i]);
                }
            }
            let sum: f64 = w.data().iter().map(|v| f64::from(v.abs())).sum();
            let want: f64 = want.iter().map(|v| v.abs()).sum();
            let allowed = 2e-3 * want + 1e-4;
            assert!((sum - want).abs() <= allowed, "{name} {}: {sum}, Keras {want}", weights[i]);
        }
        let loss = model.evaluate((&x, &y)).unwrap().get("loss").unwrap();
        let want = golden["evaluated"].as_f64().unwrap();
        assert!((loss - want).abs() <= 2e-3 * want, "{name}: evaluated {loss}, Keras {want}");
    }
}

/// Slopes by every weight, from one step of plain gradient descent, against finite differences of
/// the loss; and those by the input, from the tape. The step of the differences makes an error of
/// about 1e-3 in single precision.
#[test]
fn gradients_are_slopes() {
    let close = |name: &str, slope: f64, want: f64| {
        assert!((slope - want).abs() < 4e-3 + 2e-2 * want.abs(), "{name}: {slope}, {want}");
    };
    for (name, build) in ALL {
        let mut model = compiled(build);
        model.optimizer = Sgd::new(1.0).into();
        let (x, y) = samples(&model, 4);
        let start = model.flat_weights().to_vec();
        let fit = Fit::epochs(1).batch_size(4).shuffle(false).verbose(0);
        // A training step's own loss, so that batch statistics are part of it.
        let mut loss = |weights: &[f32]| {
            model.set_flat_weights(weights).unwrap();
            model.fit((&x, &y), &fit).unwrap().last("loss").unwrap()
        };
        loss(&start);
        let after = model.flat_weights().to_vec();
        let frozen = model.network.moving().to_vec();
        let mut loss = |weights: &[f32]| {
            model.set_flat_weights(weights).unwrap();
            model.fit((&x, &y), &fit).unwrap().last("loss").unwrap()
        };
        for i in (0..start.len()).step_by(start.len().div_ceil(40)) {
            if frozen.iter().any(|range| range.contains(&i)) {
                continue;
            }
            let h = 1e-2f32;
            let at = |by: f32| {
                let mut weights = start.clone();
                weights[i] += by;
                weights
            };
            let want = (loss(&at(h)) - loss(&at(-h))) / (2.0 * f64::from(h));
            close(name, f64::from(start[i] - after[i]), want);
        }
        model.set_flat_weights(&start).unwrap();
        let one = x.take(&[1]).unwrap();
        let slopes = model.gradient_of_input(&one, 2).unwrap();
        for i in (0..one.row_len()).step_by(one.row_len().div_ceil(12)) {
            let at = |by: f32| {
                let mut x = one.clone();
                x.data_mut()[i] += by;
                f64::from(model.predict(&x).unwrap().data()[2])
            };
            close(name, slopes.data()[i].into(), (at(1e-2) - at(-1e-2)) / 2e-2);
        }
    }
}

/// The same layers as a stack and as a graph that does not branch: the same bits at the start,
/// after a fit with dropout, shuffling and validation, and in the history.
#[test]
fn a_chain_is_the_stack_to_the_bit() {
    let stack = Sequential::new([8, 8, 1])
        .add(Conv2D::new(4, 3).activation(Relu))
        .add(Dropout::new(0.3))
        .add(Flatten::new())
        .add(Dense::new(8).activation(Tanh).kernel_regularizer(Regularizer::l2(0.01)))
        .add(Dense::new(3).activation(Softmax));
    let input = Input::new([8, 8, 1]);
    let output = input
        .then(Conv2D::new(4, 3).activation(Relu))
        .then(Dropout::new(0.3))
        .then(Flatten::new())
        .then(Dense::new(8).activation(Tanh).kernel_regularizer(Regularizer::l2(0.01)))
        .then(Dense::new(3).activation(Softmax));
    let graph = Functional::new(&input, &output);
    let fitted = |recipe: crate::nn::Recipe| {
        let mut model = recipe.compile("adam", "categorical_crossentropy", ["accuracy"]).unwrap();
        let (x, y) = samples(&model, 50);
        let fit = Fit::epochs(3).batch_size(16).validation_split(0.2).verbose(0);
        let history = model.fit((&x, &y), fit).unwrap();
        (model.flat_weights().to_vec(), format!("{history:?}"), model.weight_names())
    };
    assert_eq!(fitted(stack.into()), fitted(graph.into()));
}

/// Two threads and one give the same bits, and a graph goes through folds and a search.
#[test]
fn graphs_train_like_stacks() {
    let fitted = |threads: usize| {
        let x = Input::new([16, 16, 4]);
        let a = Conv2D::new(16, 3).padding(Padding::Same).activation(Relu).apply(&x);
        let b = Conv2D::new(16, 3).padding(Padding::Same).apply(&a);
        let sum = Add::new().apply([&a, &b]);
        let out = sum.then(GlobalAveragePooling2D::new()).then(Dense::new(3).activation(Softmax));
        let net = Functional::new(&x, &out);
        let mut model = net.compile("adam", "categorical_crossentropy", ()).unwrap();
        let (x, y) = samples(&model, 48);
        let fit = Fit::epochs(2).batch_size(24).threads(threads).verbose(0);
        model.fit((&x, &y), fit).unwrap();
        model.flat_weights().to_vec()
    };
    assert_eq!(fitted(1), fitted(2));

    let graph = |units: usize| {
        let x = Input::new([6]);
        let hidden = Dense::new(units).activation(Relu).apply(&x);
        let all = Concatenate::new().apply([&hidden, &x]);
        Functional::new(&x, all.then(Dense::new(3).activation(Softmax)))
    };
    let model = graph(4).compile("adam", "categorical_crossentropy", ["accuracy"]).unwrap();
    let (x, _) = samples(&model, 30);
    let labels: Vec<usize> = (0..30).map(|i| i % 3).collect();
    let data = Dataset::new(x, labels, ["a", "b", "c"]).unwrap();
    let folds = KFold::new(3).fit(&model, &data, Fit::epochs(2).verbose(0)).unwrap();
    assert_eq!(folds.models().len(), 3);
    let study = GridSearch::new(move |hp| {
        let units: usize = hp.choice("units", [2, 4]);
        graph(units).compile("adam", "categorical_crossentropy", ["accuracy"])
    });
    let folder = tempfile::tempdir().unwrap();
    let study = study.fit(Fit::epochs(1).verbose(0).validation_split(0.2));
    let study = study.maximize("val_accuracy").run(&data, folder.path().join("s.db")).unwrap();
    assert_eq!(study.trials().unwrap().len(), 2);
}

#[test]
fn what_does_not_fit_is_said() {
    let says = |inputs: &dyn Fn() -> Vec<Node>, output: &Node, parts: &[&str]| {
        let error = Functional::new(inputs(), output).compile("sgd", "mse", ());
        let error = error.err().map(|e| e.to_string()).unwrap_or_default();
        assert!(parts.iter().all(|part| error.contains(part)), "{parts:?}: {error}");
    };
    let x = Input::new([6]);
    let one = || vec![x.clone()];
    let picture = Input::new([4, 4, 2]);
    let (a, b) = (Dense::new(4).apply(&x), Dense::new(3).apply(&x));
    says(&one, &Add::new().apply([&a, &b]), &["'add'", "[3]", "[4]"]);
    says(&one, &Add::new().apply([]), &["Add", "at least 1"]);
    says(&one, &Subtract::new().apply([&a, &a, &a]), &["Subtract", "3", "2"]);
    let flat = Concatenate::new().apply([&a, &picture]);
    says(&|| vec![x.clone(), picture.clone()], &flat, &["'concatenate'", "[4, 4, 2]", "[4]"]);
    says(&one, &Concatenate::new().axis(0).apply([&a, &b]), &["axis", "1 to 1"]);
    says(&one, &x, &["Functional: the output", "no", "between"]);
    says(&one, &Dense::new(3).apply(&picture), &["the inputs", "[6]", "lead to an output"]);
    says(&Vec::new, &a, &["the number of inputs", "at least 1"]);
    says(&|| vec![a.clone()], &b, &["Input::new"]);
    let more = Concatenate::new().apply([&a, &picture.then(Flatten::new())]);
    says(&one, &more, &["1 of 2", "[4, 4, 2]", "missing"]);
    let twice =
        Add::new().apply([&a.clone().name("hidden"), &Dense::new(4).apply(&x).name("hidden")]);
    says(&one, &twice, &["'hidden'", "of one layer alone"]);
    says(&one, &Dense::new(4).apply(&x).name("a/b"), &["'a/b'", "without '/'"]);
    says(&one, &Conv2D::new(3, 3).apply(&x), &["'conv2d'", "[6]"]);
    says(&|| vec![Input::new([0])], &a, &["the inputs"]);
    assert_eq!(
        format!("{a:?} {:?}", b.clone().name("b")),
        "Node(Dense, shape [4]) Node(Dense 'b', shape [3])"
    );
    assert!((&x, &a).0.into_nodes().len() == 1);
}

/// As many layers as nobody stacks need no deep stack of calls.
#[test]
fn long_chains_of_nodes_are_let_go() {
    let mut node = Input::new([2]);
    let input = node.clone();
    for _ in 0..20_000 {
        node = node.then(Relu);
    }
    assert!(Functional::new(&input, &node).count_params().is_ok());
}

/// One row, whose values are told by the outputs' own names.
#[test]
fn a_row_is_predicted_by_the_names_of_the_outputs() {
    let x = Input::new([3]);
    let kind = Dense::new(2).apply(&x).name("kind");
    let price = Dense::new(1).apply(&kind).name("price");
    let model = Functional::new(&x, [&price, &kind]).compile("sgd", "mse", ()).unwrap();
    let row = model.predict_one([0.5, -1.0, 2.0]).unwrap();
    let &[price, first, second] = row.outputs() else { panic!("{row}") };
    for (name, value) in [("price", price), ("kind 0", first), ("kind 1", second)] {
        assert_eq!(row.value(name), Some(value), "{name}");
        assert!(row.to_string().contains(name) && row.to_html().contains(name), "{row}");
    }
    // Of targets with names of their own these count.
    let frame = crate::polars::df!("a" => [1.0, 2.0], "b" => [0.0, 1.0], "c" => [2.0, 0.5],
        "u" => [1.0, 0.0], "v" => [0.0, 1.0], "w" => [3.0, 1.0]);
    let table = Table::from_dataframe(frame.unwrap()).unwrap();
    let data = Dataset::regression(&table, ["u", "v", "w"], ["a", "b", "c"]).unwrap();
    let mut model = model;
    model.fit(&data, Fit::epochs(1).verbose(0)).unwrap();
    let row = model.predict_one([0.5, -1.0, 2.0]).unwrap();
    assert_eq!(row.value("u"), Some(row.outputs()[0]));
    assert_eq!(row.value("price"), None);
}
