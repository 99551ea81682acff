use super::*;
use crate::prelude::*;

fn golden() -> Json {
    serde_json::from_str(include_str!("../../tests/golden/keras-config.json")).unwrap()
}

/// What Keras wrote is read, and what is written of it is what Keras wrote.
#[test]
fn a_model_of_keras_is_read() {
    let model = Model::from_json(&golden()["model"].to_string()).unwrap();
    assert_eq!(model.count_params(), 40 + 16 + 26 * 26 * 4 * 10 + 10);
    assert_eq!(model.optimizer.to_string(), "Adam(0.003)");
    assert_eq!(model.loss.to_string(), "categorical_crossentropy");
    assert_eq!(model.metric_names(), ["accuracy", "f1_score"]);
    let names: Vec<_> = model.weight_names();
    assert_eq!(names[0], "conv2d_3/kernel");
}

#[test]
fn optimizers_losses_and_metrics_of_keras_come_back_as_they_were() {
    let all = golden();
    let check = |kind: &str, again: &dyn Fn(&Json) -> Json| {
        for (name, json) in all[kind].as_object().unwrap() {
            let ours = again(json);
            for (key, value) in ours["config"].as_object().unwrap() {
                let keras = &json["config"][key];
                if value.is_null() || key == "name" && kind == "optimizers" {
                    continue;
                }
                let same = match (value.as_f64(), keras.as_f64()) {
                    (Some(a), Some(b)) => a as f32 == b as f32,
                    _ if value.is_object() => value["class_name"] == keras["class_name"],
                    _ => value == keras,
                };
                assert!(same, "{name}: {key} is {value}, Keras has {keras}");
            }
            assert_eq!(
                (&ours["module"], &ours["class_name"]),
                (&json["module"], &json["class_name"])
            );
        }
    };
    check("optimizers", &|json| Optimizer::from_value(json).unwrap().to_config().to_value());
    check("losses", &|json| Loss::from_value(json).unwrap().to_config().unwrap().to_value());
    check("metrics", &|json| Metric::from_value(json).unwrap().to_value().unwrap());
}

#[test]
fn a_model_comes_back_with_its_seed() {
    let model = Sequential::new([5])
        .add(Dense::new(4).activation(Relu))
        .add(Dropout::new(0.2))
        .add(Dense::new(3).activation(Softmax))
        .compile(
            Adam::new(ExponentialDecay::new(0.013, 7, 0.3)).clipnorm(1.0),
            CategoricalCrossentropy::new().label_smoothing(0.1),
            (Accuracy::new(), F1Score::weighted(), Precision::class(1)),
        )
        .unwrap()
        .seed(u64::MAX);
    let config = Config::from_json(&model.to_config().unwrap().to_json()).unwrap();
    let same = Model::from_config(&config).unwrap();
    assert_eq!(same.flat_weights(), model.flat_weights());
    assert_eq!(same.metric_names(), model.metric_names());
    assert_eq!(format!("{:?}", same.optimizer), format!("{:?}", model.optimizer));
    assert_eq!(same.to_config().unwrap(), config);
}

#[test]
fn what_is_missing_is_said() {
    let net = Sequential::new([5]).add(Dense::new(1));
    let error = Model::from_config(&net.to_config().unwrap()).unwrap_err().to_string();
    assert!(
        error.contains("compile_config") && error.contains("Sequential::from_config"),
        "{error}"
    );
    let model = net.compile("sgd", "mse", ()).unwrap();
    let mut config = model.to_config().unwrap();
    config.beside["compile_config"]["loss_weights"] = json!([1.0, 2.0]);
    let error = Model::from_config(&config).unwrap_err().to_string();
    assert!(error.contains("loss_weights"), "{error}");
}
