use crate::prelude::*;

fn rows() -> (Array, Array) {
    let x: Vec<f32> = (0..48).map(|i| (i as f32 * 0.7).sin()).collect();
    let y: Vec<f32> = (0..12).map(|i| (i as f32 * 0.4).cos()).collect();
    (Array::new([12, 4], x).unwrap(), Array::new([12, 1], y).unwrap())
}

fn model() -> Model {
    let l2 = Regularizer::l2(0.1);
    Sequential::new([4])
        .add(Dense::new(6).activation(Relu).kernel_regularizer(l2))
        .add(BatchNormalization::new())
        .add(Dense::new(1))
        .compile(Adam::new(0.05), "mse", ())
        .unwrap()
        .seed(3)
}

fn fit(model: &mut Model) -> History {
    let (x, y) = rows();
    model.fit((&x, &y), Fit::epochs(2).batch_size(4).verbose(0)).unwrap()
}

fn refused<T>(result: Result<T>, parts: &[&str]) {
    let text = result.err().expect("an error").to_string();
    assert!(parts.iter().all(|part| text.contains(part)), "{text}");
}

#[test]
fn layers_are_named_as_one_would() {
    let mut m = model();
    m.freeze("dense").unwrap();
    m.freeze(-1).unwrap();
    assert_eq!(m.frozen_layers(), ["dense", "dense_1"]);
    m.unfreeze(0).unwrap();
    m.freeze(1..3).unwrap();
    assert_eq!(m.frozen_layers(), ["batch_normalization", "dense_1"]);
    m.unfreeze(["batch_normalization", "dense_1"]).unwrap();
    m.freeze(..2).unwrap();
    m.freeze(m.recipe().build().unwrap().layers()[2].name.clone()).unwrap();
    m.unfreeze(..).unwrap();
    assert!(m.frozen_layers().is_empty());
    refused(m.freeze("dens"), &["'dens'", "summary()", "'dense'"]);
    refused(m.freeze(["dense", "dense_7"]), &["dense_7"]);
    refused(m.freeze(3), &["is 3", "from 0 to 2"]);
    refused(m.freeze(-4), &["-4", "-3 to -1"]);
    refused(m.freeze(2..9), &["2..9", "between 0 and 3"]);
    refused(m.freeze(2..2), &["2..2"]);
    assert!(m.frozen_layers().is_empty());
}

#[test]
fn frozen_weights_stay_and_the_others_learn() {
    let mut m = model();
    fit(&mut m);
    let before = m.weights().unwrap();
    m.freeze(..2).unwrap();
    fit(&mut m);
    let after = m.weights().unwrap();
    // Kernel and bias; gamma, beta and the moving averages.
    assert_eq!(before[..6], after[..6]);
    assert!(before[6..].iter().zip(&after[6..]).all(|(a, b)| a != b));
    // The penalty of the frozen kernel does not count, as in Keras.
    let (x, y) = rows();
    let penalty = |m: &Model| m.evaluate((&x, &y)).unwrap().get("loss").unwrap();
    let frozen = penalty(&m);
    m.unfreeze("dense").unwrap();
    assert!(penalty(&m) > frozen + 0.01);
    m.unfreeze(..).unwrap();
    fit(&mut m);
    assert!(m.weights().unwrap().iter().zip(&after).all(|(a, b)| a != b));
}

#[test]
fn frozen_weights_outlive_seeds_and_folds() {
    let mut m = model();
    fit(&mut m);
    m.freeze("dense").unwrap();
    let kept = m.weights().unwrap()[..2].to_vec();
    let wave = |k: f64| (0..12).map(|i| (i as f64 * k).sin()).collect::<Vec<_>>();
    let frame = crate::polars::df!(
        "a" => wave(0.3), "b" => wave(0.5), "c" => wave(0.7), "d" => wave(0.9), "y" => wave(1.1)
    );
    let table = Table::from_dataframe(frame.unwrap()).unwrap();
    let data = Dataset::regression(&table, ["y"], ["a", "b", "c", "d"]).unwrap();
    let fit = Fit::epochs(1).batch_size(4).verbose(0);
    let folds = KFold::new(3).fit(&m, &data, fit).unwrap();
    for fold in folds.models() {
        assert_eq!(fold.weights().unwrap()[..2], kept);
        assert_eq!(fold.frozen_layers(), ["dense"]);
    }
    let again = m.clone().seed(99);
    assert_eq!(again.weights().unwrap()[..2], kept);
    assert_ne!(again.weights().unwrap()[6..], m.weights().unwrap()[6..]);
}

#[test]
fn all_frozen_is_said_and_changes_nothing() {
    let mut m = model();
    m.freeze(..).unwrap();
    let before = m.flat_weights().to_vec();
    let (x, y) = rows();
    m.fit((&x, &y), Fit::epochs(1)).unwrap();
    assert_eq!(m.flat_weights(), before);
    assert!(m.said.all().iter().any(|line| line.contains("all layers")), "{:?}", m.said.all());
}

#[test]
fn a_model_compiled_anew_keeps_what_it_learned() {
    let mut m = model();
    fit(&mut m);
    let (weights, steps) = (m.flat_weights().to_vec(), m.state.steps);
    refused(m.compile(Sgd::new(-1.0), "mse", ()), &["-1"]);
    assert_eq!((m.flat_weights(), m.state.steps), (&weights[..], steps));
    m.freeze("dense").unwrap();
    m.compile(Sgd::new(0.01), "mae", ["mse"]).unwrap();
    assert_eq!((m.flat_weights(), m.state.steps), (&weights[..], 0));
    assert_eq!(m.frozen_layers(), ["dense"]);
    assert_eq!(m.metric_names(), ["mse"]);
    fit(&mut m);
}

#[test]
fn constraints_hold_after_every_step_and_are_checked() {
    let held = |constraint: Constraint| {
        let layer = Dense::new(6).kernel_constraint(constraint);
        let net = Sequential::new([4]).add(layer).add(Dense::new(1));
        let mut m = net.compile(Adam::new(0.5), "mse", ()).unwrap();
        fit(&mut m);
        m.weights().unwrap().remove(0)
    };
    let norm = |kernel: &Array, unit: usize| {
        (0..4).map(|i| kernel.data()[i * 6 + unit].powi(2)).sum::<f32>().sqrt()
    };
    // 1e-5: the norms of f32 weights.
    let small = held(Constraint::max_norm(0.3));
    assert!((0..6).all(|unit| norm(&small, unit) <= 0.3 + 1e-5));
    let unit = held(Constraint::unit_norm());
    assert!((0..6).all(|i| (norm(&unit, i) - 1.0).abs() < 1e-5));
    let between = held(Constraint::min_max_norm(0.5, 0.6));
    assert!((0..6).all(|i| (0.5 - 1e-5..0.6 + 1e-5).contains(&norm(&between, i))));
    assert!(held(Constraint::non_neg()).data().iter().all(|w| *w >= 0.0));
    let built = |constraint: Constraint| {
        Sequential::new([4]).add(Dense::new(2).kernel_constraint(constraint)).build()
    };
    refused(built(Constraint::max_norm(-1.0)), &["'dense'", "max_value", "-1"]);
    refused(built(Constraint::min_max_norm(2.0, 1.0)), &["min_value", "2", "at most"]);
    refused(built(Constraint::min_max_norm(0.0, 1.0).rate(f32::NAN)), &["rate", "NaN"]);
    refused(built(Constraint::unit_norm().axis([2])), &["axis", "2", "[4, 2]"]);
}
