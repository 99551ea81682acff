//! Curves for TensorBoard, written while the fit runs.

use super::{Callback, Memory, Training};
use crate::error::{Error, Result};
use crate::train::evaluate::Scores;
use std::fs::{File, OpenOptions, create_dir_all};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Writes what is logged after each epoch, and the learning rate, for
/// [TensorBoard](https://www.tensorflow.org/tensorboard), as Keras' `TensorBoard` does: scalars
/// `epoch_loss` and so on by the epoch (from 0), in the folders `train` and `validation` of
/// `log_dir`.
///
/// In a search each trial, and in a cross-validation each fold, writes in its own folder, as in
/// `logs/trial-7/fold-2/train`: `tensorboard --logdir logs` shows all of them. Weights' histograms,
/// graphs and profiles, which Keras can write as well, are not.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let fit = Fit::epochs(5).validation_split(0.2).callback(TensorBoard::new("logs"));
/// # let _ = fit;
/// ```
#[derive(Clone, Debug)]
pub struct TensorBoard {
    log_dir: PathBuf,
    /// Seconds since 1970 and the process' number at the beginning, which name the files.
    begun: [u64; 2],
    /// The folders with the names' beginning that belongs into each.
    files: Vec<Events>,
}

impl TensorBoard {
    /// Writes into this folder.
    pub fn new(log_dir: impl Into<PathBuf>) -> Self {
        TensorBoard { log_dir: log_dir.into(), begun: [0; 2], files: Vec::new() }
    }
}

/// One file of events.
#[derive(Clone, Debug)]
struct Events {
    path: PathBuf,
    /// Its length after the last epoch, once there is one.
    length: u64,
}

const PARTS: [&str; 2] = ["train", "validation"];

impl Callback for TensorBoard {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        let goes_on = self.begun != [0; 2];
        if !goes_on {
            self.begun = [now() as u64, std::process::id().into()];
        }
        let [seconds, process] = self.begun;
        let before: Vec<u64> = self.files.iter().map(|f| f.length).collect();
        self.files.clear();
        for (i, part) in PARTS.iter().enumerate() {
            let folder = training.place(&self.log_dir.join(part));
            let path = folder.join(format!("events.out.tfevents.{seconds}.dfdx-lab.{process}.v2"));
            let length = before.get(i).copied().unwrap_or(0);
            self.files.push(Events { path, length });
        }
        Ok(())
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
        for (file, values) in self.files.iter_mut().zip(&parts) {
            if !values.is_empty() {
                file.add(epoch, values, now()).map_err(|e| Error::io(&file.path, e))?;
            }
        }
        Ok(())
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

fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
}

impl Events {
    /// Appends an epoch's event; what a killed process wrote behind the last one is cut off.
    fn add(&mut self, epoch: usize, values: &[(&str, f64)], seconds: f64) -> std::io::Result<()> {
        create_dir_all(self.path.parent().unwrap_or(Path::new("")))?;
        let mut file = open(&self.path)?;
        let there = file.metadata()?.len();
        file.set_len(self.length.min(there))?;
        file.seek(SeekFrom::End(0))?;
        let mut bytes = Vec::new();
        if self.length.min(there) == 0 {
            bytes.extend(record(&first_event(seconds)));
        }
        bytes.extend(record(&event(epoch, values, seconds)));
        file.write_all(&bytes)?;
        self.length = file.stream_position()?;
        Ok(())
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).open(path)
}

/// The event that a file begins with (`Event` of tensorflow/core/util/event.proto): the time and
/// the version of the format.
fn first_event(seconds: f64) -> Vec<u8> {
    [&[0x09], &seconds.to_le_bytes()[..], &field(3, b"brain.Event:2")].concat()
}

/// The scalars of an epoch: `Event.summary`, of `Summary.value`, each with a tag and a number.
fn event(epoch: usize, values: &[(&str, f64)], seconds: f64) -> Vec<u8> {
    let summary: Vec<u8> = values
        .iter()
        .flat_map(|(name, value)| {
            let tag = field(1, format!("epoch_{name}").as_bytes());
            field(1, &[&tag[..], &[0x15], &(*value as f32).to_le_bytes()].concat())
        })
        .collect();
    let time = seconds.to_le_bytes();
    [&[0x09], &time[..], &[0x10], &varint(epoch as u64), &field(5, &summary)].concat()
}

/// A field of bytes in protocol buffers' coding.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2], &varint(bytes.len() as u64)[..], bytes].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A record of a TFRecord file: the length and the bytes, each with its checksum.
fn record(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_le_bytes();
    let sum = |bytes: &[u8]| {
        let crc = crc32c(bytes);
        crc.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
    };
    [&length[..], &sum(&length), bytes, &sum(bytes)].concat()
}

/// CRC-32C (Castagnoli), as RFC 3720 has it; the crates for it here know CRC-32 only.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| (c >> 1) ^ (0x82f6_3b78 * (c & 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn checksums_are_those_of_rfc_3720() {
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    // Golden bytes of `tf.io.TFRecordWriter` and `tensorboard.compat.proto.event_pb2.Event`, made
    // by tests/golden/tensorboard/make.py.
    #[test]
    fn events_have_tensorflows_bytes() {
        let bytes = [
            record(&first_event(1.5e9)),
            record(&event(300, &[("loss", 0.25), ("accuracy", 0.5)], 1.5e9)),
        ];
        let golden = include_bytes!("../../../tests/golden/tensorboard/events");
        assert_eq!(bytes.concat(), golden);
    }

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
        let found = files(folder.path());
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
