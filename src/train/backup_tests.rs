//! A fit that ends in the middle goes on to the same bits.

use super::parity_tests::{one_hot, wave};
use crate::error::Error;
use crate::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Ends a fit with an error after some epochs, once: as good as a kill, within one process.
#[derive(Clone)]
struct PowerCut(Arc<AtomicUsize>);

impl std::fmt::Debug for PowerCut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PowerCut")
    }
}

impl Callback for PowerCut {
    fn on_epoch_end(&mut self, _: usize, _: &Scores, _: &mut Training<'_>) -> Result<()> {
        match self.0.fetch_sub(1, Ordering::Relaxed) {
            1 => Err(Error::Training("the power is gone".into())),
            _ => Ok(()),
        }
    }
}

const NEVER: usize = usize::MAX;

fn model() -> Model {
    Sequential::new([25])
        .add(Dense::new(16).activation(Relu))
        .add(Dropout::new(0.3))
        .add(Dense::new(3).activation(Softmax))
        .compile(Adam::new(0.02), CategoricalCrossentropy::new(), ["accuracy"])
        .unwrap()
        .seed(11)
}

fn fit(folder: &Path, cut: usize) -> Fit {
    Fit::epochs(12)
        .batch_size(16)
        .validation_split(0.25)
        .validation_freq(2)
        .class_weight_balanced()
        .verbose(0)
        .callback(PowerCut(Arc::new(cut.into())))
        .callback(BackupAndRestore::new(folder.join("backup")))
        .callback(EarlyStopping::new().patience(3).restore_best_weights(true))
        .callback(ReduceLrOnPlateau::new().monitor("loss").patience(1).min_delta(0.02))
        .callback(CsvLogger::new(folder.join("log.csv")))
}

/// Every bit of a history: NaN is not equal to itself.
fn bits(history: &History) -> Vec<(String, Vec<u64>)> {
    let bits = |n: &str| history.get(n).unwrap().iter().map(|v| v.to_bits()).collect();
    history.names().map(|n| (n.to_string(), bits(n))).collect()
}

fn samples() -> (Array, Array) {
    (wave(&[64, 25], 0.37, 1.0), one_hot(64, 3))
}

#[test]
fn a_fit_cut_off_anywhere_goes_on_to_the_same_bits() {
    let (x, y) = samples();
    let whole = tempfile::tempdir().unwrap();
    let mut want = model();
    let history = want.fit((&x, &y), fit(whole.path(), NEVER)).unwrap();
    assert!(history.get("learning_rate").unwrap().windows(2).any(|w| w[0] != w[1]));
    assert!(!whole.path().join("backup").exists(), "deleted on success");
    let csv = std::fs::read(whole.path().join("log.csv")).unwrap();
    let epochs = history.epochs().len();
    for cut in 1..=epochs {
        let folder = tempfile::tempdir().unwrap();
        assert!(model().fit((&x, &y), fit(folder.path(), cut)).is_err());
        assert_eq!(folder.path().join("backup").exists(), cut > 1);
        let mut again = model();
        let got = again.fit((&x, &y), fit(folder.path(), NEVER)).unwrap();
        assert_eq!(bits(&got), bits(&history), "cut in epoch {cut}");
        assert_eq!(got.epochs(), history.epochs());
        assert_eq!(again.flat_weights(), want.flat_weights(), "cut in epoch {cut}");
        assert_eq!(again.learning_rate(), want.learning_rate());
        assert_eq!(std::fs::read(folder.path().join("log.csv")).unwrap(), csv);
        assert!(!folder.path().join("backup").exists());
    }
}

#[test]
fn a_cross_validation_goes_on_in_its_fold() {
    let (x, _) = samples();
    let labels: Vec<usize> = (0..64).map(|i| (7 * i + i / 3) % 3).collect();
    let data = Dataset::new(x, labels, ["a", "b", "c"]).unwrap();
    let recipe = |folder: &Path, cut: usize| {
        Fit::epochs(5)
            .verbose(0)
            .prepare(Pipeline::new().standard_scaler())
            .sample_weight((0..64).map(|i| 0.5 + (i % 4) as f32).collect())
            .callback(PowerCut(Arc::new(cut.into())))
            .callback(EarlyStopping::new().patience(1).restore_best_weights(true))
            .callback(ModelCheckpoint::new(folder.join("{epoch:02d}.safetensors")))
            .callback(BackupAndRestore::new(folder.join("backup")))
    };
    let folds = KFold::new(3).shuffle(1);
    let whole = tempfile::tempdir().unwrap();
    let want = folds.fit(&model(), &data, recipe(whole.path(), NEVER)).unwrap();
    assert!(whole.path().join("fold-2/01.safetensors").exists());
    let epochs: usize = want.histories().iter().map(|h| h.epochs().len()).sum();
    for cut in [2, epochs / 2, epochs - 1, epochs] {
        let folder = tempfile::tempdir().unwrap();
        assert!(folds.fit(&model(), &data, recipe(folder.path(), cut)).is_err());
        let got = folds.fit(&model(), &data, recipe(folder.path(), NEVER)).unwrap();
        assert_eq!(got.outputs(), want.outputs(), "cut {cut}");
        assert_eq!(got.histories(), want.histories());
        assert!(!folder.path().join("backup").exists());
    }
}

#[test]
fn the_backup_of_another_fit_is_refused() {
    let (x, y) = samples();
    let folder = tempfile::tempdir().unwrap();
    assert!(model().fit((&x, &y), fit(folder.path(), 4)).is_err());
    let refuses = |model: &mut Model, x: &Array, fit: Fit, parts: &[&str]| {
        let before = model.flat_weights().to_vec();
        let text = model.fit((x, &y), fit).unwrap_err().to_string();
        assert!(parts.iter().all(|p| text.contains(p)), "{text}");
        assert_eq!(model.flat_weights(), before);
    };
    let same = || fit(folder.path(), NEVER);
    refuses(&mut model().seed(12), &x, same(), &["backup of another fit", "seed", "'11'", "'12'"]);
    refuses(&mut model(), &x, same().batch_size(8), &["batch size", "'16'", "'8'"]);
    refuses(&mut model(), &wave(&[64, 25], 0.38, 1.0), same(), &["data"]);
    refuses(&mut model(), &x, same().callback(TerminateOnNan), &["callbacks", "TerminateOnNan"]);
    let mut other =
        model().recipe().compile(Adam::new(0.03), CategoricalCrossentropy::new(), ["accuracy"]);
    let other = other.as_mut().unwrap();
    *other = other.clone().seed(11);
    refuses(other, &x, same(), &["optimizer", "0.02", "0.03"]);

    let file = folder.path().join("backup/backup.safetensors");
    let whole = std::fs::read(&file).unwrap();
    for cut in [0, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&file, &whole[..cut]).unwrap();
        refuses(&mut model(), &x, same(), &["backup.safetensors"]);
    }
    // What a killed write left is cleaned up, and more epochs may be asked for.
    std::fs::write(&file, &whole).unwrap();
    std::fs::write(file.with_file_name("backup.safetensors.1-1.part"), b"half").unwrap();
    let mut longer = same();
    longer.epochs = 14;
    model().fit((&x, &y), longer).unwrap();
    assert!(!folder.path().join("backup").exists());
}

#[test]
fn callbacks_explain_what_is_wrong() {
    let (x, y) = samples();
    let says = |fit: Fit, parts: &[&str]| {
        let text = model().fit((&x, &y), fit.verbose(0)).unwrap_err().to_string();
        assert!(parts.iter().all(|p| text.contains(p)), "{text}");
    };
    let fit = || Fit::epochs(2);
    let names = ["EarlyStopping", "'val_los'", "one of loss, accuracy, val_loss, val_accuracy"];
    says(fit().validation_split(0.2).callback(EarlyStopping::new().monitor("val_los")), &names);
    says(fit().callback(EarlyStopping::new()), &["val_loss", "loss, accuracy", "validation_split"]);
    says(fit().callback(ReduceLrOnPlateau::new().monitor("loss").factor(1.5)), &["factor", "1.5"]);
    says(fit().callback(ModelCheckpoint::new("best.h5")), &["best.h5", ".keras", "save_weights"]);
    says(fit().callback(LearningRateScheduler::new(|_, _| f64::NAN)), &["learning rate", "NaN"]);
    let odd = ModelCheckpoint::new("{f1_score:.2f}.safetensors");
    says(fit().callback(odd), &["ModelCheckpoint", "'f1_score'", "loss, accuracy"]);
    let rate = EarlyStopping::new().monitor("learning_rate");
    let scheduled = fit().callback(LearningRateScheduler::new(|_, r| r));
    says(scheduled.callback(rate), &["mode", "Mode::Min"]);
    let both = fit().class_weight_balanced().sample_weight(vec![1.0; 64]);
    says(both, &["class_weight", "sample weights", "Keras"]);
    says(fit().class_weight([("rem", 2.0)]), &["'rem'", "index below 3"]);
    says(fit().class_weight([(3, 2.0)]), &["class is 3", "index below 3"]);
    says(fit().class_weight([(1, f64::NAN)]), &["NaN"]);
    says(fit().sample_weight(vec![1.0; 63]), &["63", "64"]);
    says(fit().sample_weight(vec![-1.0; 64]), &["row 0", "-1"]);
    says(fit().initial_epoch(2), &["initial epoch"]);
    says(fit().steps_per_epoch(0), &["steps per epoch"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    says(fit().callback(CsvLogger::new(file.path().join("log.csv"))), &["log.csv"]);
}

#[test]
fn checkpoints_keep_the_best_and_names_hold_scores() {
    let (x, y) = samples();
    let folder = tempfile::tempdir().unwrap();
    let best = folder.path().join("best.safetensors");
    let all = folder.path().join("all/{epoch:02d}-{accuracy:.3f}.safetensors");
    let mut fitted = model();
    let fit = Fit::epochs(8).validation_split(0.25).verbose(0);
    let keeps = ModelCheckpoint::new(&best).monitor("val_accuracy").save_best_only(true);
    let keeps = keeps.save_weights_only(true);
    let history = fitted
        .fit(
            (&x, &y),
            fit.callback(keeps).callback(ModelCheckpoint::new(all).save_weights_only(true)),
        )
        .unwrap();
    let scores = history.get("val_accuracy").unwrap();
    let top = scores.iter().copied().fold(0.0, f64::max);
    let first = scores.iter().position(|v| *v == top).unwrap();
    let name =
        format!("all/{:02}-{:.3}.safetensors", first + 1, history.get("accuracy").unwrap()[first]);
    let same = std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(std::fs::read(&best).unwrap(), same);
    assert_eq!(std::fs::read_dir(folder.path().join("all")).unwrap().count(), 8);
}

#[test]
fn balanced_weights_are_those_of_scikit_learn() {
    // compute_class_weight("balanced", classes=[0, 1, 2], y=6 * [0] + 3 * [1] + [2])
    let want = [10.0 / 18.0, 10.0 / 9.0, 10.0 / 3.0];
    let labels: Vec<usize> = [vec![0; 6], vec![1; 3], vec![2]].concat();
    let data = Dataset::new(wave(&[10, 25], 0.4, 1.0), labels, ["a", "b", "c"]).unwrap();
    let given = [("a", want[0]), ("b", want[1]), ("c", want[2])];
    let fit = |weights: Fit| {
        let mut model = model();
        model.fit(&data, weights.verbose(0)).unwrap();
        model.flat_weights().to_vec()
    };
    let balanced = fit(Fit::epochs(3).class_weight_balanced());
    assert_eq!(balanced, fit(Fit::epochs(3).class_weight(given)));
    assert_ne!(balanced, fit(Fit::epochs(3)));
}

#[test]
fn a_loss_that_is_no_number_ends_the_epoch() {
    let (x, y) = samples();
    let mut model = model().recipe().compile(Sgd::new(1e30), MeanSquaredError::new(), ()).unwrap();
    let fit = Fit::epochs(50).batch_size(4).verbose(0).callback(TerminateOnNan::new());
    let history = model.fit((&(x), &y), fit).unwrap();
    assert!(history.epochs().len() < 50 && !history.last("loss").unwrap().is_finite());
}
