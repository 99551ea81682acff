use super::*;
use crate::prelude::*;
use proptest::prelude::*;
use std::path::PathBuf;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn table() -> Table {
    let n = 60;
    let wave = |k: f64| (0..n).map(|i| (i as f64 * k).sin() * 3.0 + 100.0 * k).collect::<Vec<_>>();
    let states: Vec<&str> = (0..n).map(|i| ["awake", "rem", "n-rem"][(i * i / 5) % 3]).collect();
    let frame = crate::polars::df!(
        "power" => wave(0.31), "age" => wave(1.7), "weight" => wave(0.9), "state" => states
    );
    Table::from_dataframe(frame.unwrap()).unwrap()
}

fn data() -> Dataset {
    Dataset::from_table(&table(), "state", ["power", "age", "weight"]).unwrap()
}

fn fit(epochs: usize) -> Fit {
    Fit::epochs(epochs).batch_size(8).verbose(0).validation_split(0.2)
}

fn net() -> Sequential {
    Sequential::new([3])
        .add(Dense::new(5).activation(Relu).kernel_regularizer(Regularizer::l2(0.01)))
        .add(BatchNormalization::new())
        .add(Dropout::new(0.1))
        .add(Dense::new(3).activation(Softmax))
}

fn model(optimizer: impl Into<Optimizer>) -> Model {
    let loss = CategoricalCrossentropy::new().label_smoothing(0.1);
    net().compile(optimizer.into(), loss, (Accuracy::new(), F1Score::weighted())).unwrap().seed(11)
}

fn fitted() -> Model {
    let mut model = model(Adam::new(0.02));
    let steps = Pipeline::new().standard_scaler().smote();
    model.fit(&data(), fit(3).prepare(steps)).unwrap();
    model
}

fn refused<T>(result: Result<T>, parts: &[&str]) {
    let error = result.err().expect("an error").to_string();
    parts.iter().for_each(|part| assert!(error.contains(part), "{error}"));
}

#[test]
fn training_goes_on_to_the_same_bits() {
    let folder = Folder::new();
    let optimizers: Vec<Optimizer> = vec![
        Sgd::new(0.1).momentum(0.9).into(),
        Adam::new(CosineDecay::new(0.1, 40)).amsgrad(true).into(),
        RmsProp::new(0.01).centered(true).momentum(0.5).into(),
        Nadam::new(0.01).weight_decay(0.01).clipnorm(1.0).into(),
        Ftrl::new(0.1).l1_regularization_strength(0.01).into(),
        Lion::default().into(),
    ];
    for optimizer in optimizers {
        let mut whole = model(optimizer.clone());
        let data = data();
        whole.fit(&data, fit(3)).unwrap();
        whole.save(folder.file("m.dfdx")).unwrap();
        let mut loaded = Model::load(folder.file("m.dfdx")).unwrap();
        assert_eq!(loaded.history(), whole.history());
        let more = fit(5).initial_epoch(3);
        let histories = (whole.fit(&data, more.clone()), loaded.fit(&data, more));
        assert_eq!(histories.0.unwrap(), histories.1.unwrap(), "{optimizer}");
        let bits = |m: &Model| m.flat_weights().iter().map(|w| w.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&whole), bits(&loaded), "{optimizer}");
    }
}

#[test]
fn a_rate_set_by_a_callback_is_kept() {
    let folder = Folder::new();
    let mut model = model(Sgd::new(0.1));
    model.set_learning_rate(0.0123).unwrap();
    model.save(folder.file("m.dfdx")).unwrap();
    let loaded = Model::load(folder.file("m.dfdx")).unwrap();
    assert_eq!(loaded.learning_rate(), model.learning_rate());
}

#[test]
fn a_loaded_model_knows_its_data() {
    let folder = Folder::new();
    let model = fitted();
    model.save(folder.file("deep/in/m.dfdx")).unwrap();
    let loaded = Model::load(folder.file("deep/in/m.dfdx")).unwrap();
    assert_eq!(loaded.predict(&data()).unwrap(), model.predict(&data()).unwrap());
    assert_eq!(loaded.evaluate(&data()).unwrap(), model.evaluate(&data()).unwrap());
    assert_eq!(loaded.classes(), ["awake", "n-rem", "rem"]);
    assert_eq!(loaded.columns(), ["power", "age", "weight"]);
    assert_eq!(loaded.pipeline().to_string(), "standard scaler");
    assert_eq!(loaded.summary().to_string(), model.summary().to_string());
    // A second generation holds the same.
    loaded.save(folder.file("again.dfdx")).unwrap();
    let again = Model::load(folder.file("again.dfdx")).unwrap();
    assert_eq!(again.to_config().unwrap(), model.to_config().unwrap());
    assert_eq!(again.predict(&data()).unwrap(), model.predict(&data()).unwrap());
}

#[test]
fn every_kind_of_target_is_kept() {
    let folder = Folder::new();
    let path = folder.file("m.dfdx");
    let two = Classes::new([("awake", "awake"), ("rem", "asleep"), ("n-rem", "asleep")]);
    let two = data().with_classes(&two).unwrap();
    let one = |last: Activation, loss: &str, data: &Dataset| {
        let net = Sequential::new([3]).add(Dense::new(1).activation(last));
        let mut model = net.compile("sgd", loss, ()).unwrap();
        model.fit(data, fit(1).prepare(Pipeline::new().min_max_scaler())).unwrap();
        model.save(&path).unwrap();
        let loaded = Model::load(&path).unwrap();
        let row = [("age", 170.3), ("power", 31.0), ("weight", 90.5)];
        let (before, after) = (model.predict_one(row).unwrap(), loaded.predict_one(row).unwrap());
        assert_eq!(before, after);
        after
    };
    let asleep = one(Sigmoid, "binary_crossentropy", &two.with_binary("asleep").unwrap());
    let p = asleep.outputs()[0];
    assert_eq!(asleep.probability("asleep"), Some(p));
    assert_eq!(asleep.probability("awake"), Some(1.0 - p));
    assert_eq!(asleep.class(), Some(if p > 0.5 { "asleep" } else { "awake" }));
    let awake = one(Tanh, "hinge", &two.with_plus_minus("awake").unwrap());
    let v = awake.outputs()[0];
    assert_eq!(awake.probability("awake"), Some((1.0 + v) / 2.0));
    assert_eq!(awake.class(), Some(if v > 0.0 { "awake" } else { "asleep" }));
    let weight = Dataset::regression(&table(), ["weight"], ["power", "age"]).unwrap();
    let net = Sequential::new([2]).add(Dense::new(1));
    let mut model = net.compile("adam", "mse", ()).unwrap();
    model.fit(&weight, fit(1)).unwrap();
    model.save(&path).unwrap();
    let kilos = Model::load(&path).unwrap().predict_one([31.0, 170.0]).unwrap();
    assert_eq!(kilos.value("weight"), Some(kilos.outputs()[0]));
    assert_eq!((kilos.class(), kilos.probabilities().len()), (None, 0));
}

#[test]
fn any_reader_finds_the_weights_by_name() {
    let folder = Folder::new();
    fitted().save(folder.file("m.dfdx")).unwrap();
    let bytes = std::fs::read(folder.file("m.dfdx")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let kernel = file.tensor("dense/kernel").unwrap();
    assert_eq!((kernel.shape(), kernel.dtype()), (&[3, 5][..], safetensors::Dtype::F32));
    assert_eq!(file.tensor("batch_normalization/moving_mean").unwrap().shape(), [5]);
    assert_eq!(file.tensor("pipeline:0/mean").unwrap().dtype(), safetensors::Dtype::F64);
}

#[test]
fn weights_are_read_from_a_whole_model_too() {
    let folder = Folder::new();
    let model = fitted();
    model.save(folder.file("m.dfdx")).unwrap();
    let mut other = net().compile("sgd", "mse", ()).unwrap();
    other.load_weights(folder.file("m.dfdx")).unwrap();
    assert_eq!(other.flat_weights(), model.flat_weights());
    let mut small = Sequential::new([3]).add(Dense::new(5)).compile("sgd", "mse", ()).unwrap();
    refused(small.load_weights(folder.file("m.dfdx")), &["which the model does not have"]);
}

fn own(scale: f32) -> Model {
    let double = CustomLayer::new("Scaled", 3, move |x, _| x * scale);
    let net = Sequential::new([3]).add(double).add(Dense::new(3).activation(Softmax));
    net.compile(Adam::new(0.02), "categorical_crossentropy", ["accuracy"]).unwrap()
}

#[test]
fn code_of_ones_own_is_named_and_put_back() {
    let folder = Folder::new();
    let path = folder.file("own.dfdx");
    let mut model = own(2.0);
    model.fit(&data(), fit(2).prepare(Pipeline::new().standard_scaler())).unwrap();
    model.save(&path).unwrap();
    refused(Model::load(&path), &["layer 1 'scaled'", "'Scaled'", "Model::load_with"]);
    let mut loaded = Model::load_with(own(2.0), &path).unwrap();
    assert_eq!(loaded.predict(&data()).unwrap(), model.predict(&data()).unwrap());
    let more = fit(3).initial_epoch(2);
    assert_eq!(loaded.fit(&data(), more.clone()).unwrap(), model.fit(&data(), more).unwrap());
    let wide = net().compile(Adam::new(0.02), "mse", ()).unwrap();
    refused(Model::load_with(wide, &path), &["dense/kernel", "[3, 3]", "[3, 5]"]);
    let sgd = own(2.0).recipe().compile("sgd", "categorical_crossentropy", ()).unwrap();
    refused(Model::load_with(sgd, &path), &["\"Adam\"", "\"SGD\""]);
}

#[test]
fn ensembles_have_a_file_of_their_own() {
    let folder = Folder::new();
    let path = folder.file("e.dfdx");
    let fit = Fit::epochs(2).verbose(0).prepare(Pipeline::new().standard_scaler());
    let folds = KFold::new(3).shuffle(1).fit(&model(Adam::new(0.02)), &data(), fit).unwrap();
    let ensemble = folds.ensemble().unwrap();
    ensemble.save(&path).unwrap();
    let loaded = Ensemble::load(&path).unwrap();
    assert_eq!(loaded.models().len(), 3);
    assert_eq!(loaded.predict(&data()).unwrap(), ensemble.predict(&data()).unwrap());
    refused(Model::load(&path), &["an ensemble", "Ensemble::load"]);
    fitted().save(&path).unwrap();
    refused(Ensemble::load(&path), &["one model", "Model::load"]);
}

#[test]
fn one_row_by_name_in_order_and_as_a_table() {
    let model = fitted();
    let row = table().head(1);
    let whole = model.predict(&data()).unwrap();
    let frame = table();
    let value = |name: &str| frame.column_f64(name).unwrap()[0];
    let by_name = [("weight", value("weight")), ("power", value("power")), ("age", value("age"))];
    let one = model.predict_one(by_name).unwrap();
    assert_eq!(one.outputs(), whole.row(0));
    let class = one.class().unwrap().to_string();
    assert!(one.probabilities().iter().all(|(_, p)| *p <= one.probability(&class).unwrap()));
    assert!(one.to_string().contains(&format!("Prediction: {class}")), "{one}");
    let ordered = vec![value("power"), value("age"), value("weight")];
    assert_eq!(model.predict_one(ordered).unwrap(), one);
    assert_eq!(model.predict_one(&row).unwrap(), one);
    assert_eq!(model.predict_one(&data().take(&[0]).unwrap()).unwrap(), one);

    refused(model.predict_one([("power", 1.0)]), &["age, weight"]);
    refused(model.predict_one([("pwer", 1.0)]), &["'pwer'", "power"]);
    refused(model.predict_one([("age", 1.0), ("age", 2.0)]), &["'age' twice"]);
    refused(model.predict_one([1.0, 2.0]), &["2", "power, age, weight"]);
    refused(model.predict_one([1.0, f64::NAN, 2.0]), &["age", "NaN"]);
    refused(model.predict_one(&table().head(2)), &["number of rows is 2", "Model::predict"]);

    let pictures = Sequential::new([2, 2, 1]).add(Flatten::new()).add(Dense::new(2));
    let pictures = pictures.compile("sgd", "mse", ()).unwrap();
    let one = pictures.predict_one(&Array::zeros([2, 2, 1]).unwrap()).unwrap();
    assert_eq!((one.outputs().len(), one.class()), (2, None));
    assert_eq!(pictures.predict_one([0.0; 4]).unwrap(), one);
    refused(pictures.predict_one([0.0; 5]), &["[5]", "[2, 2, 1]"]);
    refused(pictures.predict_one([("a", 1.0)]), &["names"]);
}

#[test]
fn the_name_says_for_whom_a_model_is_saved() {
    let folder = Folder::new();
    let model = fitted();
    model.save(folder.file("m.keras")).unwrap();
    let loaded = Model::load(folder.file("m.keras")).unwrap();
    assert_eq!(loaded.flat_weights(), model.flat_weights());
    model.save(folder.file("m.onnx")).unwrap();
    refused(Model::load(folder.file("m.onnx")), &["m.onnx"]);
    refused(model.save(folder.file("m.h5")), &[".h5", ".keras"]);
    std::fs::write(folder.file("m.h5"), b"\x89HDF\r\n\x1a\n____").unwrap();
    refused(Model::load(folder.file("m.h5")), &["m.h5"]);
}

#[test]
fn what_is_no_model_is_said() {
    let folder = Folder::new();
    let path = folder.file("m.safetensors");
    fitted().save_weights(&path).unwrap();
    refused(Model::load(&path), &["weights but no model", "load_weights"]);
    let path = folder.file("m.dfdx");
    refused(Model::load(folder.file("none.dfdx")), &["none.dfdx"]);
    for (start, what) in [
        (&b"PK\x03\x04________"[..], "zip archive"),
        (b"\x93NUMPY\x01\x00v_", "NumPy"),
        (b"abc", "safetensors"),
        (b"", "0 bytes"),
        (b"{\"class_name\": 3}", "JSON"),
    ] {
        std::fs::write(&path, start).unwrap();
        refused(Model::load(&path), &["m.dfdx", what]);
    }
}

/// The file with another text in its metadata.
fn with_header(path: &Path, change: impl Fn(&mut serde_json::Value)) {
    let mut contents = read(path, 1 << 24).unwrap();
    let text = contents.notes.remove(KEY).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    change(&mut json);
    let tensors: Vec<Tensor<'_>> = contents.tensors.into_values().collect();
    write(path, &tensors, &[(KEY.to_string(), json.to_string())]).unwrap();
}

#[test]
fn files_that_lie_are_refused() {
    let folder = Folder::new();
    let path = folder.file("m.dfdx");
    let says = |change: &dyn Fn(&mut serde_json::Value), parts: &[&str]| {
        fitted().save(&path).unwrap();
        with_header(&path, change);
        refused(Model::load(&path), parts);
    };
    says(
        &|json| {
            json["format"] = 7.into();
            json["version"] = "3.2.1".into();
            json["models"] = "new".into();
        },
        &["dfdx-lab 3.2.1 wrote it", "format 7", "up to 1"],
    );
    fn units(json: &mut serde_json::Value) -> &mut serde_json::Value {
        &mut json["models"][0]["config"]["config"]["layers"][1]["config"]["units"]
    }
    says(&|json| *units(json) = 6.into(), &["dense/kernel", "[3, 5]", "[3, 6]"]);
    says(&|json| *units(json) = 4_000_000_000_000u64.into(), &["dense", "the most there can be"]);
    says(&|json| *units(json) = (-1).into(), &["units"]);
    says(&|json| json["models"] = serde_json::json!([]), &["m.dfdx"]);
    says(&|json| json["models"][0]["steps"] = u64::MAX.into(), &["steps"]);
    says(&|json| json["models"][0]["history"] = serde_json::json!(["loss", "x"]), &["history"]);
    says(&|json| json["models"][0]["data"]["targets"] = serde_json::json!({"binary": "x"}), &["x"]);
    says(
        &|json| json["models"][0]["data"]["pipeline"][0]["class_name"] = "Lambda".into(),
        &["'Lambda'"],
    );
    says(&|json| json["models"][0]["config"]["class_name"] = "Lambda".into(), &["'Lambda'"]);
    fitted().save(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for cut in (0..whole.len()).step_by(97).chain([whole.len() - 1]) {
        std::fs::write(&path, &whole[..cut]).unwrap();
        assert!(Model::load(&path).is_err(), "{cut}");
    }
    std::fs::write(&path, [&whole[..], b"more"].concat()).unwrap();
    refused(Model::load(&path), &["longer"]);
}

// PROPTEST_CASES tries more of them.
proptest! {
    #[test]
    fn bytes_that_are_changed_never_panic(place in 0usize..1_000_000, value: u8, other in 0usize..1_000_000) {
        thread_local! {
            static FILE: (Folder, Vec<u8>) = {
                let folder = Folder::new();
                fitted().save(folder.file("m.dfdx")).unwrap();
                let bytes = std::fs::read(folder.file("m.dfdx")).unwrap();
                (folder, bytes)
            };
        }
        FILE.with(|(folder, whole)| {
            let mut bytes = whole.clone();
            // Most of what can go wrong stands in the header.
            let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            bytes[place % header] = value;
            bytes[other % whole.len()] ^= value;
            let path = folder.file("changed.dfdx");
            std::fs::write(&path, bytes).unwrap();
            if let Ok(model) = Model::load(&path) {
                let _ = model.predict_one([1.0, 2.0, 3.0]);
            }
        });
    }
}

/// Files that this and earlier versions wrote, with what their models answered.
#[test]
fn files_of_every_version_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/models");
    if std::env::var_os("DFDX_LAB_WRITE_GOLDEN").is_some() {
        let version = env!("CARGO_PKG_VERSION");
        let model = fitted();
        model.save(folder.join(format!("model-{version}.dfdx"))).unwrap();
        model.save_weights(folder.join(format!("weights-{version}.safetensors"))).unwrap();
        let answer = model.predict(&data()).unwrap();
        answer.save_npy(folder.join(format!("answer-{version}.npy"))).unwrap();
    }
    let mut versions = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(version) = name.strip_prefix("model-").and_then(|n| n.strip_suffix(".dfdx"))
        else {
            continue;
        };
        versions += 1;
        let model = Model::load(folder.join(&name)).unwrap();
        let answer = Array::load_npy(folder.join(format!("answer-{version}.npy"))).unwrap();
        let now = model.predict(&data()).unwrap();
        // Another processor may round sums otherwise.
        now.data().iter().zip(answer.data()).for_each(|(a, b)| assert!((a - b).abs() < 1e-5));
        assert_eq!(model.classes(), ["awake", "n-rem", "rem"]);
        assert_eq!(model.history().epochs().len(), 3);
        let mut weights = net().compile("sgd", "mse", ()).unwrap();
        weights.load_weights(folder.join(format!("weights-{version}.safetensors"))).unwrap();
        assert_eq!(weights.flat_weights(), model.flat_weights());
    }
    assert!(versions > 0);
}
