//! Losses of logits against the real Keras: tests/golden/make_keras_frozen.py.

use crate::io::npz::load_npz;
use crate::loss::Loss;
use crate::prelude::*;
use std::path::{Path, PathBuf};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/keras_files").join(name)
}

/// 1e-5: sums in another order, in single precision.
fn close(ours: &[f32], theirs: &Array, what: &str) {
    assert_eq!(ours.len(), theirs.data().len(), "{what}");
    for (a, b) in ours.iter().zip(theirs.data()) {
        assert!((a - b).abs() <= 1e-5, "{what}: {a} and {b}");
    }
}

#[test]
fn three_epochs_are_keras_ones() {
    let archive = load_npz(golden("logits.npz")).unwrap();
    let array = |name: &str| archive.array(name).unwrap();
    let smooth = CategoricalCrossentropy::new().label_smoothing(0.1).from_logits(true);
    let binary = BinaryCrossentropy::new().label_smoothing(0.2).from_logits(true);
    let losses: [(&str, Loss, &str); 5] = [
        ("categorical", smooth.into(), "onehot"),
        ("sparse", SparseCategoricalCrossentropy::new().from_logits(true).into(), "classes"),
        ("binary", binary.into(), "onehot"),
        (
            "binary_focal",
            BinaryFocalCrossentropy::new().alpha(0.25).from_logits(true).into(),
            "onehot",
        ),
        (
            "categorical_focal",
            CategoricalFocalCrossentropy::new().from_logits(true).into(),
            "onehot",
        ),
    ];
    for (name, loss, targets) in losses {
        let net = Sequential::new([4]).add(Dense::new(3));
        let mut model = net.compile(Sgd::new(0.1), loss.clone(), ()).unwrap();
        let weights = |when: &str| [0, 1].map(|i| array(&format!("{name}_{when}_{i}")));
        model.set_weights(&weights("before")).unwrap();
        let fit = Fit::epochs(3).batch_size(3).shuffle(false).verbose(0);
        let history = model.fit((&array("x"), &array(targets)), fit).unwrap();
        let logged: Vec<f32> = history.get("loss").unwrap().iter().map(|l| *l as f32).collect();
        close(&logged, &array(&format!("{name}_losses")), name);
        for (ours, theirs) in model.weights().unwrap().iter().zip(weights("after")) {
            close(ours.data(), &theirs, name);
        }
        // The setting comes back from a configuration.
        let same = Loss::from_config(&loss.to_config().unwrap()).unwrap();
        assert_eq!(format!("{same:?}"), format!("{loss:?}"));
        assert!(same.0.takes_logits().is_some() && same.0.takes_probabilities().is_none());
        // Far out nothing overflows.
        let mut gradient = [0.0; 3];
        let truth = if targets == "classes" { &[1.0][..] } else { &[0.0, 1.0, 0.0] };
        let value = loss.0.sample(truth, &[200.0, -200.0, 0.0], &mut gradient);
        assert!(value.is_finite() && gradient.iter().all(|g| g.is_finite()), "{name}: {value}");
    }
}

#[test]
fn a_model_of_logits_knows_its_classes() {
    let x: Vec<f32> = (0..40).map(|i| i as f32 / 10.0 - 2.0).collect();
    let labels: Vec<usize> = x.iter().map(|v| usize::from(*v > 0.7)).collect();
    let data = Dataset::new(Array::new([40, 1], x).unwrap(), labels, ["no", "yes"]).unwrap();
    let data = data.with_binary("yes").unwrap();
    let loss = BinaryCrossentropy::new().from_logits(true);
    let net = Sequential::new([1]).add(Dense::new(1));
    let mut model = net.compile(Adam::new(0.3), loss, ["accuracy"]).unwrap();
    model.fit(&data, Fit::epochs(200).verbose(0)).unwrap();
    // A logit of 0 is a probability of one half, wherever classes are told apart.
    assert_eq!(model.middle(), 0.0);
    assert_eq!(model.evaluate(&data).unwrap().get("accuracy"), Some(1.0));
    assert_eq!(model.confusion_matrix(&data).unwrap().accuracy(), 1.0);
    assert_eq!(model.predict_classes(&data).unwrap(), data.labels());
    let between = model.predict_one([0.75]).unwrap();
    let logit = between.outputs()[0];
    let p = 1.0 / (1.0 + (-logit).exp());
    assert!((between.probability("yes").unwrap() - p).abs() < 1e-6);
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.dfdx", "a.keras"] {
        let path = folder.path().join(name);
        model.save(&path).unwrap();
        let again = Model::load(&path).unwrap();
        assert_eq!(again.middle(), 0.0, "{name}");
        assert_eq!(again.predict(&data).unwrap(), model.predict(&data).unwrap(), "{name}");
    }
}

#[test]
fn an_activation_too_many_is_said() {
    let loss = BinaryCrossentropy::new().from_logits(true);
    let net = Sequential::new([1]).add(Dense::new(1).activation(Sigmoid));
    let mut model = net.compile("adam", loss, ()).unwrap();
    let (x, y) = (Array::zeros([2, 1]).unwrap(), Array::zeros([2, 1]).unwrap());
    model.fit((&x, &y), Fit::epochs(1)).unwrap();
    let said = model.said.all();
    assert!(said.iter().any(|line| line.contains("takes logits")), "{said:?}");
}
