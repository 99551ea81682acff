//! Callbacks against the real Keras: on scripted scores, and in fits.

use super::*;
use crate::prelude::*;
use crate::train::parity_tests::{one_hot, set_waves, wave};
use crate::train::progress::Progress;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../tests/golden/keras-fit.json")).unwrap()
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

/// The model of make_keras_fit.py.
fn start(optimizer: impl Into<crate::optim::Optimizer>) -> Model {
    begin(Dense::new(3).activation(Softmax), optimizer, CategoricalCrossentropy::new())
}

fn begin(
    last: Dense,
    optimizer: impl Into<crate::optim::Optimizer>,
    loss: impl crate::loss::IntoLoss,
) -> Model {
    let net = Sequential::new([25]).add(Dense::new(8).activation(Relu)).add(last);
    let mut model = net.compile(optimizer, loss, ["accuracy"]).unwrap();
    set_waves(&mut model);
    model
}

fn plan() -> Plan {
    let names = ["loss", "accuracy", "val_loss", "val_accuracy"].map(String::from).to_vec();
    Plan { place: Default::default(), names, progress: Progress::new("", 1, 0), params: Vec::new() }
}

/// Does what Keras' callback did on the same scores. From the epoch `cut` on a fresh copy goes on
/// with what the first one remembered.
fn follows(name: &str, recipe: impl Callback + Clone + 'static, monitor: &str, cut: usize) {
    let golden = golden();
    let want = &golden["traces"][name];
    let script = match name {
        "es_nan" => vec![5.0, f64::NAN, 4.0, f64::NAN, f64::NAN, 3.0],
        _ => floats(&golden[if monitor == "accuracy" { "up" } else { "down" }]),
    };
    let (mut model, mut stop, mut plan) = (start(Sgd::new(0.1)), false, plan());
    let mut callback = recipe.boxed();
    let (mut rates, mut stopped) = (vec![], None);
    let bias = 25 * 8;
    macro_rules! training {
        () => {
            &mut Training { model: &mut model, plan: &mut plan, stop: &mut stop }
        };
    }
    callback.on_train_begin(training!()).unwrap();
    for (epoch, value) in script.into_iter().enumerate() {
        if epoch == cut {
            let memory = callback.memory();
            callback = recipe.boxed();
            callback.remember(memory).unwrap();
            callback.on_train_begin(training!()).unwrap();
        }
        let mut weights = model.flat_weights().to_vec();
        weights[bias..bias + 8].fill(epoch as f32);
        model.set_flat_weights(&weights).unwrap();
        callback.on_epoch_begin(epoch, training!()).unwrap();
        let logs = Scores::of([("loss", 1.0), (monitor, value)]);
        callback.on_epoch_end(epoch, &logs, training!()).unwrap();
        rates.push(model.learning_rate());
        if stop {
            stopped = Some(epoch as u64);
            break;
        }
    }
    callback.on_train_end(training!()).unwrap();
    assert_eq!(stopped, want["stopped"].as_u64(), "{name}");
    assert_eq!(
        f64::from(model.flat_weights()[bias]),
        want["weights_of"].as_f64().unwrap(),
        "{name}"
    );
    // Both keep the rate as f32 and multiply in f64; reading JSON costs the last bit of an f64.
    let single = |v: Vec<f64>| v.into_iter().map(|v| v as f32).collect::<Vec<f32>>();
    assert_eq!(single(rates), single(floats(&want["rates"])), "{name}");
}

#[test]
fn early_stopping_does_what_keras_does() {
    let es = EarlyStopping::new;
    for cut in [usize::MAX, 3, 4, 7] {
        let best = |es: EarlyStopping| es.restore_best_weights(true);
        follows("es_default", es(), "val_loss", cut);
        follows("es_patience", best(es().patience(3)), "val_loss", cut);
        follows("es_min_delta", best(es().patience(3).min_delta(0.25)), "val_loss", cut);
        follows("es_baseline", best(es().patience(3).baseline(2.0)), "val_loss", cut);
        follows("es_start_from", best(es().patience(2).start_from_epoch(5)), "val_loss", cut);
        let up = es().monitor("accuracy");
        follows("es_up", best(up.clone().patience(3)), "accuracy", cut);
        follows("es_mode_min", best(up.mode(Mode::Min).patience(2)), "accuracy", cut);
        follows("es_nan", es().patience(2), "val_loss", cut);
        follows("es_no_end", best(es().patience(20)), "val_loss", cut);
    }
}

#[test]
fn learning_rates_are_those_of_keras() {
    let plateau = ReduceLrOnPlateau::new;
    for cut in [usize::MAX, 4, 6, 9] {
        follows("plateau_default", plateau().patience(2), "val_loss", cut);
        let cool = plateau().patience(1).factor(0.5).cooldown(2).min_delta(0.1);
        follows("plateau_cooldown", cool, "val_loss", cut);
        let low = plateau().patience(1).factor(0.3).min_lr(0.02);
        follows("plateau_min_lr", low, "val_loss", cut);
        let up = plateau().monitor("accuracy").patience(2).factor(0.2);
        follows("plateau_up", up, "accuracy", cut);
        follows("scheduler", LearningRateScheduler::new(|_, rate| rate * 0.9), "val_loss", cut);
    }
}

/// Within 1e-5 relative of Keras: f32 sums in another order, over at most 24 steps.
fn fits(name: &str, mut model: Model, y: &Array, fit: Fit) {
    let golden = &golden()["fits"][name];
    let fit = fit.batch_size(16).shuffle(false).verbose(0);
    let history = model.fit((&wave(&[64, 25], 0.37, 1.0), y), fit).unwrap();
    let want = golden["history"].as_object().unwrap();
    assert_eq!(history.names().count(), want.len(), "{name}");
    for (series, want) in want {
        // Keras leaves out what is not measured.
        let got = history.get(series).unwrap_or_else(|| panic!("{name} {series}"));
        let got: Vec<f64> = got.iter().copied().filter(|v| !v.is_nan()).collect();
        let want = floats(want);
        assert_eq!(got.len(), want.len(), "{name} {series}");
        for (g, w) in got.iter().zip(&want) {
            assert!((g - w).abs() <= 1e-5 * w.abs(), "{name} {series}: {got:?}, Keras {want:?}");
        }
    }
    for (w, want) in model.weights().unwrap().iter().zip(floats(&golden["weights"])) {
        let sum: f64 = w.data().iter().map(|v| f64::from(v.abs())).sum();
        assert!((sum - want).abs() <= 1e-4 * want, "{name}: {sum}, Keras {want}");
    }
}

#[test]
fn fits_follow_keras() {
    let (model, y) = (|| start(Adam::new(0.01)), one_hot(64, 3));
    let quarter = |epochs| Fit::epochs(epochs).validation_split(0.25);
    fits("class_weight", model(), &y, quarter(4).class_weight([(0, 1.0), (1, 3.0)]));
    let two = Array::new([64, 1], (0..64).map(|i| f32::from(u8::from(i % 3 == 0))).collect());
    let single =
        begin(Dense::new(1).activation(Sigmoid), RmsProp::new(0.01), BinaryCrossentropy::new());
    let fit = Fit::epochs(4).class_weight([(0, 0.5), (1, 2.5)]);
    fits("class_weight_single_output", single, &two.unwrap(), fit);
    let weights = wave(&[64], 0.9, 0.8).data().iter().map(|w| 1.0 + w).collect();
    fits("sample_weight", model(), &y, quarter(4).sample_weight(weights));
    fits("short_epochs", model(), &y, Fit::epochs(5).steps_per_epoch(3));
    fits("rare_validation", model(), &y, quarter(5).validation_freq(2));
    let plateau = ReduceLrOnPlateau::new().min_delta(10.0).patience(2).factor(0.5);
    fits("plateau", model(), &y, quarter(6).callback(plateau));
    let halves =
        LearningRateScheduler::new(|epoch, rate| if epoch > 0 { rate * 0.5 } else { rate });
    fits("scheduler", model(), &y, Fit::epochs(4).callback(halves));
}

#[test]
fn the_csv_file_is_that_of_keras() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs/log.csv");
    let mut model = start(Adam::new(0.01));
    let (x, y) = (wave(&[64, 25], 0.37, 1.0), one_hot(64, 3));
    let logger = CsvLogger::new(&path).separator(';');
    let fit = Fit::epochs(3).batch_size(16).shuffle(false).verbose(0);
    let fit = fit.validation_split(0.25).validation_freq(2);
    model.fit((&x, &y), fit.clone().callback(logger.clone())).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let golden = golden();
    let want = golden["csv"].as_array().unwrap();
    assert_eq!(text.split('\n').count(), want.len());
    for (line, want) in text.lines().zip(want) {
        let cells: Vec<&str> = line.split(';').collect();
        let want: Vec<&str> = want.as_str().unwrap().trim().split(';').collect();
        assert_eq!(cells.len(), want.len());
        for (cell, want) in cells.iter().zip(want) {
            match (cell.parse::<f64>(), want.parse::<f64>()) {
                (Ok(a), Ok(b)) => assert!((a - b).abs() <= 1e-5 * b.abs(), "{line}"),
                _ => assert_eq!(*cell, want),
            }
        }
    }
    // Added to, without a second head; replaced without `append`.
    model.fit((&x, &y), fit.clone().callback(logger.clone().append(true))).unwrap();
    let longer = std::fs::read_to_string(&path).unwrap();
    assert!(longer.starts_with(&text) && longer.matches("epoch").count() == 1, "{longer}");
    model.fit((&x, &y), fit.callback(logger)).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 4);
}

/// Scores of a fit, epoch by epoch, to a callback; gives the epochs at which it wrote or restored.
fn scripted(recipe: impl Callback + Clone + 'static, values: &[f64]) -> (Model, Option<usize>) {
    let (mut model, mut stop, mut plan) = (start(Sgd::new(0.1)), false, plan());
    let mut callback = recipe.boxed();
    let mut call = |model: &mut Model, stop: &mut bool, hook: &mut Hook<'_>| {
        hook(&mut *callback, &mut Training { model, plan: &mut plan, stop }).unwrap();
    };
    call(&mut model, &mut stop, &mut |c, t| c.on_train_begin(t));
    let mut stopped = None;
    for (epoch, value) in values.iter().enumerate() {
        // The weights say which epoch they are of.
        let weights = vec![epoch as f32; model.flat_weights().len()];
        model.set_flat_weights(&weights).unwrap();
        let logs = Scores::of([("val_loss", *value)]);
        call(&mut model, &mut stop, &mut |c, t| c.on_epoch_end(epoch, &logs, t));
        if stop {
            stopped = Some(epoch);
            break;
        }
    }
    call(&mut model, &mut stop, &mut |c, t| c.on_train_end(t));
    (model, stopped)
}

type Hook<'a> = dyn FnMut(&mut dyn Callback, &mut Training<'_>) -> Result<()> + 'a;

#[test]
fn a_number_is_better_than_nan() {
    let nan = f64::NAN;
    let stopping = EarlyStopping::new().patience(2).restore_best_weights(true);
    let (model, stopped) = scripted(stopping.clone(), &[nan, 5.0, 4.0, nan, 4.5, 1.0]);
    assert_eq!((model.flat_weights()[0], stopped), (2.0, Some(4)));
    let (model, stopped) = scripted(stopping.clone(), &[nan, nan, nan, 1.0]);
    assert_eq!((model.flat_weights()[0], stopped), (1.0, Some(1)), "nothing is restored");
    let (_, stopped) = scripted(stopping.baseline(4.5), &[nan, 5.0, 4.0, nan, 3.0]);
    assert_eq!(stopped, None);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("best.safetensors");
    let checkpoint = ModelCheckpoint::new(&path).save_best_only(true);
    let (mut model, _) = scripted(checkpoint, &[nan, f64::INFINITY, 5.0, nan, 6.0]);
    model.load_weights(&path).unwrap();
    assert_eq!(model.flat_weights()[0], 2.0);
    let plateau = ReduceLrOnPlateau::new().patience(2).factor(0.5);
    let (model, _) = scripted(plateau, &[nan, 5.0, 4.0, 3.0, 2.0]);
    assert_eq!(model.learning_rate() as f32, 0.1, "it became better all the time");
    let (model, _) = scripted(ReduceLrOnPlateau::new().patience(2).factor(0.5), &[nan, nan, nan]);
    assert_eq!(model.learning_rate() as f32, 0.05);
    for said in [
        start(Sgd::new(0.1)).fit(&classes(), quiet(EarlyStopping::new().baseline(nan))),
        start(Sgd::new(0.1))
            .fit(&classes(), quiet(ModelCheckpoint::new("x").initial_value_threshold(nan))),
    ] {
        assert!(said.unwrap_err().to_string().contains("NaN"));
    }
}

fn classes() -> Dataset {
    let x = Array::new([6, 25], vec![0.1; 150]).unwrap();
    Dataset::new(x, vec![0, 1, 2, 0, 1, 2], ["a", "b", "c"]).unwrap()
}

fn quiet(callback: impl Callback + 'static) -> Fit {
    Fit::epochs(1).validation_split(0.5).verbose(0).callback(callback)
}

#[test]
fn two_metrics_of_one_name_have_a_column_each_wherever_names_are_looked_up() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("log.csv");
    let net = Sequential::new([25]).add(Dense::new(3).activation(Softmax));
    let metrics = [F1Score::macro_average(), F1Score::weighted()];
    let mut model = net.compile("sgd", "categorical_crossentropy", metrics).unwrap();
    let x = (0..40 * 25).map(|i| (0.37 * i as f32).sin()).collect();
    let labels = (0..40).map(|i| usize::from(i % 5 == 0) + usize::from(i % 7 == 0)).collect();
    let data = Dataset::new(Array::new([40, 25], x).unwrap(), labels, ["a", "b", "c"]).unwrap();
    let fit = Fit::epochs(2)
        .validation_split(0.25)
        .verbose(0)
        .callback(EarlyStopping::new().monitor("val_f1_score_1").patience(9))
        .callback(CsvLogger::new(&csv));
    let history = model.fit(&data, fit).unwrap();
    let names: Vec<&str> = history.names().collect();
    let expected = ["loss", "f1_score", "f1_score_1", "val_loss", "val_f1_score", "val_f1_score_1"];
    assert_eq!(names, expected);
    assert_ne!(history.get("val_f1_score"), history.get("val_f1_score_1"));
    let head = std::fs::read_to_string(&csv).unwrap();
    let head = head.lines().next().unwrap();
    assert_eq!(head, "epoch,f1_score,f1_score_1,loss,val_f1_score,val_f1_score_1,val_loss");
    let scores = model.evaluate(&data).unwrap();
    assert_ne!(scores.get("f1_score"), scores.get("f1_score_1"));
    let again = Model::from_config(&model.to_config().unwrap()).unwrap();
    assert_eq!(again.evaluate(&data).unwrap().iter().count(), 3);
}
