//! Frozen layers and constraints against the real Keras: tests/golden/make_keras_frozen.py.

use super::tests::{arrays, golden, same};
use crate::prelude::*;

/// Three more epochs from the saved state: losses, weights and what is left alone are Keras'.
/// 1e-5 as in the other tests of files; the losses are sums of the same size.
fn goes_on(name: &str, end: &str) -> (Model, Model) {
    let file = format!("{name}{end}");
    let before = Model::load_keras(golden(&file)).unwrap();
    let numbers = arrays(&format!("{name}.npz"));
    let (x, y) = (numbers("x"), numbers("targets"));
    same(&before.predict(&x).unwrap(), &numbers("y"), &file);
    let mut after = before.clone();
    let fit = Fit::epochs(3).batch_size(x.rows().div_ceil(2)).shuffle(false).verbose(0);
    let history = after.fit((&x, &y), fit).unwrap();
    let losses: Vec<f32> = history.get("loss").unwrap().iter().map(|l| *l as f32).collect();
    same(&Array::new([3], losses).unwrap(), &numbers("losses"), &file);
    for (i, weights) in after.weights().unwrap().iter().enumerate() {
        same(weights, &numbers(&format!("later_{i}")), &format!("{file} {i}"));
    }
    (before, after)
}

fn unchanged(before: &Model, after: &Model, layer: &str) -> bool {
    let range = |model: &Model| {
        let layer = model.network.layers().iter().find(|l| l.name == layer).unwrap();
        model.weights[layer.weights.clone()].to_vec()
    };
    range(before) == range(after)
}

#[test]
fn frozen_layers_are_keras_ones() {
    for end in [".keras", ".h5"] {
        let (before, after) = goes_on("frozen", end);
        let frozen = ["conv2d", "batch_normalization", "dense"];
        assert_eq!(before.frozen_layers(), frozen, "{end}");
        for layer in before.network.layers().iter().filter(|l| !l.op.weights().is_empty()) {
            let held = frozen.contains(&layer.name.as_str());
            assert_eq!(unchanged(&before, &after, &layer.name), held, "{end} {}", layer.name);
        }
        // Keras' summary: the frozen layers, and the moving averages of the other one.
        let text = after.summary().to_string();
        for line in ["Trainable params: 92", "Non-trainable params: 102"] {
            assert!(text.contains(line), "{text}");
        }
    }
}

#[test]
fn layers_of_frozen_models_are_frozen() {
    for end in [".keras", ".h5"] {
        let (before, after) = goes_on("inside", end);
        // Keras counts the layers of all models that a program makes.
        let frozen = ["dense_2", "dense_4", "batch_normalization_3"];
        assert_eq!(before.frozen_layers(), frozen, "{end}");
        assert!(frozen.iter().all(|layer| unchanged(&before, &after, layer)), "{end}");
    }
}

/// On every kind of layer with weights: tests/golden/make_keras_constraints.py has two of these.
#[test]
fn constraints_are_keras_ones() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["constrained", "held_pictures", "held_sequences"] {
        let (before, after) = goes_on(name, ".keras");
        let numbers = arrays(&format!("{name}.npz"));
        let x = numbers("x");
        for end in ["keras", "dfdx"] {
            let path = folder.path().join(format!("{name}.{end}"));
            before.save(&path).unwrap();
            let mut again = Model::load(&path).unwrap();
            let fit = Fit::epochs(3).batch_size(x.rows().div_ceil(2)).shuffle(false).verbose(0);
            again.fit((&x, &numbers("targets")), fit).unwrap();
            assert_eq!(again.flat_weights(), after.flat_weights(), "{name}.{end}");
        }
    }
}

/// What is written is read by Keras in tests/interchange.rs.
#[test]
fn what_is_frozen_is_kept_in_every_file() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::load_keras(golden("frozen.keras")).unwrap();
    for name in ["a.keras", "a.dfdx"] {
        let path = folder.path().join(name);
        model.save(&path).unwrap();
        let again = Model::load(&path).unwrap();
        assert_eq!(again.frozen_layers(), model.frozen_layers(), "{name}");
        assert_eq!(again.flat_weights(), model.flat_weights(), "{name}");
        assert_eq!(again.summary(), model.summary(), "{name}");
        let trained = |model: &Model| {
            let slots = |slot: &Vec<f32>| {
                model.network.trained().flat_map(|(_, range)| slot[range].to_vec()).collect()
            };
            model.state.slots.iter().filter(|s| !s.is_empty()).map(slots).collect::<Vec<Vec<f32>>>()
        };
        assert_eq!(trained(&again), trained(&model), "{name}");
    }
    let same = Model::from_json(&model.to_json().unwrap()).unwrap();
    assert_eq!(same.frozen_layers(), model.frozen_layers());
}

/// Settings of another kind, or out of their range, are errors that name them: nothing that a file
/// says of freezing and constraints is a panic.
#[test]
fn settings_that_lie_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.keras");
    let bytes = std::fs::read(golden("constrained.keras")).unwrap();
    let archive = crate::io::keras_archive::unpack(&path, &bytes).unwrap();
    for (setting, values) in [
        ("\"trainable\": true", &["\"trainable\": 3", "\"trainable\": \"no\""][..]),
        (
            "\"max_value\": 0.8",
            &["\"max_value\": -1", "\"max_value\": \"much\"", "\"max_value\": []"],
        ),
        ("\"axis\": 1}", &["\"axis\": 2}", "\"axis\": -3}", "\"axis\": 0.5}", "\"axis\": [0, 9]}"]),
        ("\"rate\": 0.5", &["\"rate\": 2", "\"rate\": NaN", "\"rate\": {}"]),
        ("\"min_value\": 0.3", &["\"min_value\": 0.7", "\"min_value\": -0.1"]),
        ("\"class_name\": \"UnitNorm\"", &["\"class_name\": \"Ring\"", "\"class_name\": 3"]),
    ] {
        assert!(archive.config.contains(setting), "{setting}");
        for value in values {
            let config = archive.config.replace(setting, value);
            crate::io::keras_archive::write(&path, &config, &archive.weights).unwrap();
            let text = Model::load_keras(&path).unwrap_err().to_string();
            let name = setting.split('"').nth(1).unwrap();
            let what = if name == "class_name" { "onstraint" } else { name };
            assert!(text.contains("a.keras") && text.contains(what), "{value}: {text}");
        }
    }
}
