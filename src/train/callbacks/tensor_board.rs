//! Curves, weights and hyper-parameters for TensorBoard, written while the fit runs.

use super::{Callback, Memory, Training};
use crate::error::{Error, Result};
use crate::io::events::{Events, HParam, Summary, event, histogram, now};
use crate::train::scores::Scores;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// Writes what is logged after each epoch, and the learning rate, for
/// [TensorBoard](https://www.tensorflow.org/tensorboard), as Keras' `TensorBoard` does: scalars
/// `epoch_loss` and so on by the epoch (from 0), in the folders `train` and `validation` of
/// `log_dir`; histograms of all weights, if asked for; and hyper-parameters for the HParams tab.
///
/// In a search each trial, and in a cross-validation each fold, writes to its own folder, such as
/// `logs/trial-7/fold-2/train`: `tensorboard --logdir logs` shows all of them, and the HParams tab
/// compares the trials of a search by their parameters. Keras' graphs and profiles are not written;
/// [`SummaryWriter`](crate::io::SummaryWriter) adds pictures.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let logs = TensorBoard::new("logs").histogram_freq(5).hparam("units", 8).hparam("kind", "relu");
/// let fit = Fit::epochs(5).validation_split(0.2).callback(logs);
/// # let _ = fit;
/// ```
#[derive(Clone, Debug)]
pub struct TensorBoard {
    log_dir: PathBuf,
    histogram_freq: usize,
    params: Vec<(String, HParam)>,
    /// Seconds since 1970 and the process' number at the beginning, which name the files.
    begun: [u64; 2],
    /// The files of the parts.
    files: Vec<Events>,
    /// The file with the hyper-parameters, if there are any.
    session: Option<Events>,
}

impl TensorBoard {
    /// Writes into this folder.
    pub fn new(log_dir: impl Into<PathBuf>) -> Self {
        TensorBoard {
            log_dir: log_dir.into(),
            histogram_freq: 0,
            params: Vec::new(),
            begun: [0; 2],
            files: Vec::new(),
            session: None,
        }
    }

    /// The number of epochs from one histogram of the weights to the next; 0, the default, writes
    /// none. TensorBoard shows them under the weights' names, such as `dense/kernel/histogram`.
    pub fn histogram_freq(mut self, epochs: usize) -> Self {
        self.histogram_freq = epochs;
        self
    }

    /// Adds a hyper-parameter for TensorBoard's HParams tab: a number, a text, or true or false. In
    /// a search the parameters of each trial are added automatically.
    pub fn hparam(mut self, name: impl Into<String>, value: impl Into<HParam>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// Writes the hyper-parameters, beside the folders of the parts.
    fn begin_session(&mut self, training: &Training<'_>, name: &str) -> Result<()> {
        self.params.extend(training.hparams().iter().cloned());
        if self.params.is_empty() {
            return Ok(());
        }
        let folder = training.place(&self.log_dir.join("hparams"));
        let path = folder.with_file_name(name);
        let mut file = Events { path, length: 0 };
        let told: Vec<String> = self.params.iter().map(|(n, v)| format!("{n}={v:?}")).collect();
        let group: String =
            Sha256::digest(told.join("\n")).iter().map(|byte| format!("{byte:02x}")).collect();
        let start = Summary::SessionStart(self.params.clone(), group, now());
        let start = [("_hparams_/session_start_info".to_string(), start)];
        file.add(&[event(0, &start, now())]).map_err(|e| Error::io(&file.path, e))?;
        self.session = Some(file);
        Ok(())
    }
}

const PARTS: [&str; 2] = ["train", "validation"];

impl Callback for TensorBoard {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        let goes_on = self.begun != [0; 2];
        if !goes_on {
            self.begun = [now() as u64, std::process::id().into()];
        }
        let [seconds, process] = self.begun;
        let name = format!("events.out.tfevents.{seconds}.dfdx-lab.{process}.v2");
        let before: Vec<u64> = self.files.iter().map(|f| f.length).collect();
        self.files.clear();
        for (i, part) in PARTS.iter().enumerate() {
            let path = training.place(&self.log_dir.join(part)).join(&name);
            let length = before.get(i).copied().unwrap_or(0);
            self.files.push(Events { path, length });
        }
        self.begin_session(training, &name)
    }

    fn on_epoch_end(
        &mut self,
        epoch: usize,
        logs: &Scores,
        training: &mut Training<'_>,
    ) -> Result<()> {
        let mut parts = [vec![("learning_rate", training.learning_rate())], vec![]];
        // A schedule logs the rate as well.
        for (name, value) in logs.iter().filter(|(name, _)| *name != "learning_rate") {
            match name.strip_prefix("val_") {
                Some(name) => parts[1].push((name, value)),
                None => parts[0].push((name, value)),
            }
        }
        let named =
            |(name, value): &(&str, f64)| (format!("epoch_{name}"), Summary::Scalar(*value));
        let mut parts = parts.map(|values| values.iter().map(named).collect::<Vec<_>>());
        if self.histogram_freq > 0 && epoch.is_multiple_of(self.histogram_freq) {
            parts[0].extend(histograms(training)?);
        }
        for (file, values) in self.files.iter_mut().zip(&parts) {
            if !values.is_empty() {
                let event = event(epoch as u64, values, now());
                file.add(&[event]).map_err(|e| Error::io(&file.path, e))?;
            }
        }
        Ok(())
    }

    fn on_train_end(&mut self, _training: &mut Training<'_>) -> Result<()> {
        let Some(file) = &mut self.session else { return Ok(()) };
        let end = ("_hparams_/session_end_info".to_string(), Summary::SessionEnd(now(), true));
        file.add(&[event(0, &[end], now())]).map_err(|e| Error::io(&file.path, e))
    }

    fn memory(&self) -> Memory {
        let lengths = self.files.iter().map(|f| f.length as f64);
        let numbers = self.begun.iter().map(|n| *n as f64).chain(lengths).collect();
        Memory { numbers, weights: Vec::new() }
    }

    fn remember(&mut self, memory: Memory) -> Result<()> {
        let [seconds, process, train, validation] = memory.numbers()?;
        self.begun = [seconds as u64, process as u64];
        self.files = [train, validation]
            .map(|length| Events { path: PathBuf::new(), length: length as u64 })
            .to_vec();
        Ok(())
    }
}

/// A histogram of each weight.
fn histograms(training: &Training<'_>) -> Result<Vec<(String, Summary)>> {
    let model = training.model();
    let weights = model.weight_names().into_iter().zip(model.weights()?);
    let one = |(name, array): (String, crate::array::Array)| {
        let values = array.data().iter().map(|v| f64::from(*v));
        (format!("{name}/histogram"), Summary::Histogram(histogram(values)))
    };
    Ok(weights.map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// The files below a folder, with their sizes.
    fn files(folder: &Path) -> Vec<(String, u64)> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap()) {
            let name = entry.file_name().to_string_lossy().into_owned();
            match entry.file_type().unwrap().is_dir() {
                true => found.extend(
                    files(&entry.path()).into_iter().map(|(n, s)| (format!("{name}/{n}"), s)),
                ),
                false => found.push((name, entry.metadata().unwrap().len())),
            }
        }
        found.sort();
        found
    }

    fn data() -> Dataset {
        let x = Array::new([24, 2], (0..48).map(|i| (i as f32).sin()).collect()).unwrap();
        Dataset::new(x, (0..24).map(|i| i % 2).collect(), ["a", "b"]).unwrap()
    }

    fn model() -> Result<Model> {
        Sequential::new([2]).add(Dense::new(2).activation(Softmax)).compile(
            Sgd::new(0.1),
            CategoricalCrossentropy::new(),
            ["accuracy"],
        )
    }

    #[test]
    fn training_and_validation_have_a_file_each() {
        let folder = tempfile::tempdir().unwrap();
        let callback = TensorBoard::new(folder.path().join("logs"));
        let fit = Fit::epochs(3).verbose(0).callback(callback);
        model().unwrap().fit(&data(), fit.clone().validation_split(0.25)).unwrap();
        let found = files(folder.path());
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].0.starts_with("logs/train/events.out.tfevents."), "{found:?}");
        assert!(found[1].0.starts_with("logs/validation/events.out.tfevents."), "{found:?}");
    }

    #[test]
    fn trials_and_folds_have_folders_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let callback = TensorBoard::new(folder.path().join("logs"));
        GridSearch::new(|hp| {
            hp.choice("which", [1, 2]);
            model()
        })
        .fit(Fit::epochs(1).callback(callback))
        .cross_validate(KFold::new(2))
        .objective("val_loss")
        .verbose(0)
        .run(&data(), "memory")
        .unwrap();
        let mut found = files(folder.path());
        // Beside them lies what the trial's parameters are.
        found.retain(|(name, _)| PARTS.iter().any(|part| name.contains(part)));
        let folders: Vec<String> =
            found.iter().map(|(n, _)| n.rsplit_once('/').unwrap().0.to_string()).collect();
        let mut expected = Vec::new();
        for trial in 0..2 {
            for fold in 1..=2 {
                for part in PARTS {
                    expected.push(format!("logs/trial-{trial}/fold-{fold}/{part}"));
                }
            }
        }
        assert_eq!(folders, expected);
    }

    #[test]
    fn weights_and_hyper_parameters_are_written_when_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        let callback = TensorBoard::new(&logs).histogram_freq(2).hparam("units", 2);
        let fit = Fit::epochs(3).verbose(0).callback(callback.hparam("kind", "softmax"));
        model().unwrap().fit(&data(), fit).unwrap();
        let found = files(&logs);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].0.starts_with("events.out.tfevents."), "{found:?}");
        let text = |name: &str| {
            let bytes = std::fs::read(logs.join(name)).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let session = text(&found[0].0);
        for part in ["hparams", "units", "kind", "softmax", "session_end_info"] {
            assert!(session.contains(part), "{part}");
        }
        let train = text(&found[1].0);
        // After the first and the third epoch.
        assert_eq!(train.matches("dense/kernel/histogram").count(), 2);
        assert_eq!(train.matches("dense/bias/histogram").count(), 2);
    }

    #[test]
    fn a_search_tells_the_parameters_of_each_trial() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        GridSearch::new(|hp| {
            hp.choice("which", [11, 22]);
            model()
        })
        .fit(Fit::epochs(1).validation_split(0.2).callback(TensorBoard::new(&logs)))
        .objective("val_loss")
        .verbose(0)
        .run(&data(), "memory")
        .unwrap();
        let found = files(&logs);
        let sessions: Vec<&String> =
            found.iter().map(|(n, _)| n).filter(|n| n.matches('/').count() == 1).collect();
        assert_eq!(sessions.len(), 2, "{found:?}");
        let bytes = std::fs::read(logs.join(sessions[0])).unwrap();
        assert!(String::from_utf8_lossy(&bytes).contains("which"));
    }

    #[test]
    fn a_fit_that_goes_on_continues_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
        let fit = |to: &Path| Fit::epochs(4).verbose(0).callback(TensorBoard::new(to.join("logs")));
        let backup = BackupAndRestore::new(folder.path().join("backup"));
        model().unwrap().fit(&data(), fit(&whole)).unwrap();
        // A failure when the third epoch's event stands in the file, and its backup does not.
        let fails = FailOnce(Arc::new(AtomicBool::new(true)));
        let broken = fit(&parts).callback(backup).callback(fails);
        assert!(model().unwrap().fit(&data(), broken.clone()).is_err());
        model().unwrap().fit(&data(), broken).unwrap();
        let (whole, parts) = (files(&whole), files(&parts));
        assert_eq!((whole.len(), parts.len()), (1, 1), "{parts:?}");
        assert_eq!(whole[0].1, parts[0].1);
    }

    #[derive(Clone)]
    struct FailOnce(Arc<AtomicBool>);

    /// A backup belongs to callbacks that say the same of themselves.
    impl std::fmt::Debug for FailOnce {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("FailOnce")
        }
    }

    impl Callback for FailOnce {
        fn on_epoch_end(&mut self, epoch: usize, _: &Scores, _: &mut Training<'_>) -> Result<()> {
            match epoch == 2 && self.0.swap(false, Ordering::Relaxed) {
                true => Err(Error::Training("on purpose".to_string())),
                false => Ok(()),
            }
        }
    }
}
