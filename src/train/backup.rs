//! The state of a fit on disk: everything on which the next epoch depends.

use super::callbacks::{BackupAndRestore, Callback, Memory};
use super::fit::Fit;
use super::history::History;
use super::inputs::Samples;
use super::model::Model;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::io::atomic::remove_parts;
use crate::io::weights::{Contents, Tensor, content, read, write};
use crate::metric::Metric;
use crate::optim::MAX_SLOTS;
use std::path::{Path, PathBuf};

const FILE: &str = "backup.safetensors";
/// Bytes for a history and the callbacks' numbers, at most.
const ROOM: usize = 256 << 20;

/// Where and how a fit is kept, and what identifies it.
#[derive(Debug)]
pub(super) struct Backup {
    path: PathBuf,
    every: usize,
    deletes: bool,
    /// What must be unchanged for the fit to continue, by name.
    identity: Vec<(String, String)>,
    /// Bytes for the model's weights, slots and callbacks, at most.
    most: usize,
}

/// A state read from disk.
pub(super) struct Saved {
    path: PathBuf,
    pub next_epoch: usize,
    pub stopped: bool,
    steps: u64,
    learning_rate: Option<f32>,
    history: History,
    contents: Contents,
}

impl Backup {
    /// The backup of the first `BackupAndRestore` among the callbacks, if there is one.
    pub fn of(
        fit: &Fit,
        model: &Model,
        samples: &[Samples<'_>],
        weights: Option<&[f32]>,
    ) -> Option<Self> {
        let callback = fit.callbacks.iter().find_map(|c| c.backup())?;
        let copies = 1 + MAX_SLOTS + fit.callbacks.len();
        Some(Backup {
            path: folder(callback, fit.fold).join(FILE),
            every: callback.every,
            deletes: callback.delete,
            identity: identity(fit, model, samples, weights),
            most: model.flat_weights().len() * 4 * copies + ROOM,
        })
    }

    /// Writes the state after an epoch if it is due; the `last` one always is.
    pub fn save(
        &self,
        epochs_done: usize,
        last: bool,
        stopped: bool,
        model: &Model,
        callbacks: &[Box<dyn Callback>],
    ) -> Result<()> {
        if !last && !epochs_done.is_multiple_of(self.every) {
            return Ok(());
        }
        let state = &model.state;
        let position = vec![
            epochs_done as f64,
            f64::from(u8::from(stopped)),
            state.steps as f64,
            state.learning_rate.map_or(f64::NAN, f64::from),
        ];
        let mut tensors = vec![Tensor::f64("position", position)];
        let flat = |name: String, values| Tensor::f32(name, vec![<[f32]>::len(values)], values);
        tensors.push(flat("weights".into(), &model.weights));
        tensors.extend(state.slots.iter().enumerate().map(|(i, s)| flat(format!("slot/{i}"), s)));
        let more = state.more().into_iter().filter(|(_, values)| !values.is_empty());
        tensors.extend(more.map(|(name, values)| flat(name.into(), values)));
        let memories: Vec<Memory> = callbacks.iter().map(|c| c.memory()).collect();
        for (i, memory) in memories.iter().enumerate() {
            tensors.push(Tensor::f64(format!("callback/{i}/numbers"), &memory.numbers[..]));
            tensors.push(flat(format!("callback/{i}/weights"), &memory.weights));
        }
        let history = &model.history;
        let epochs: Vec<f64> = history.epochs().iter().map(|e| *e as f64).collect();
        tensors.push(Tensor::f64("epochs", epochs));
        for (i, name) in history.names().enumerate() {
            let values = history.get(name).unwrap_or_default();
            tensors.push(Tensor::f64(format!("history/{i:04}/{name}"), values));
        }
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
        }
        write(&self.path, &tensors, &self.identity)
    }

    /// The state that was kept, if any.
    pub fn load(&self) -> Result<Option<Saved>> {
        remove_parts(&self.path);
        if !self.path.exists() {
            return Ok(None);
        }
        let mut contents = read(&self.path, self.most)?;
        for (what, now) in &self.identity {
            let then = contents.notes.get(what).map_or("unknown", |t| t.as_str());
            if then != now {
                return Err(content(&self.path, other_fit(what, then, now)));
            }
        }
        match state(&self.path, &mut contents) {
            Some(saved) => Ok(Some(Saved { contents, ..saved })),
            None => Err(damaged(&self.path)),
        }
    }

    /// Deletes the state, and its folder if that is empty then, unless the state is to be kept.
    pub fn delete(&self) -> Result<()> {
        if self.deletes { remove_state(&self.path) } else { Ok(()) }
    }
}

/// Deletes the states of the folds of a cross-validation.
pub(super) fn delete_folds(fit: &Fit, folds: usize) -> Result<()> {
    let callback = fit.callbacks.iter().find_map(|c| c.backup()).filter(|c| c.delete);
    let Some(callback) = callback else { return Ok(()) };
    for fold in 1..=folds {
        remove_state(&folder(callback, Some(fold)).join(FILE))?;
    }
    // Only if it is empty.
    let _ = std::fs::remove_dir(&callback.folder);
    Ok(())
}

fn folder(callback: &BackupAndRestore, fold: Option<usize>) -> PathBuf {
    match fold {
        Some(fold) => callback.folder.join(format!("fold-{fold}")),
        None => callback.folder.clone(),
    }
}

fn remove_state(path: &Path) -> Result<()> {
    remove_parts(path);
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(path, e)),
        _ => {}
    }
    if let Some(folder) = path.parent() {
        let _ = std::fs::remove_dir(folder);
    }
    Ok(())
}

/// Everything except the weights, the slots and the callbacks' memory; `None` if it is inconsistent.
fn state(path: &Path, contents: &mut Contents) -> Option<Saved> {
    let position: [f64; 4] = contents.take_f64("position")?.try_into().ok()?;
    let [next_epoch, stopped, steps, rate] = position;
    let epochs = contents.take_f64("epochs")?;
    let mut history = History::default();
    let names: Vec<String> =
        contents.tensors.keys().filter(|k| k.starts_with("history/")).cloned().collect();
    let mut series = Vec::new();
    for key in &names {
        let name = key.splitn(3, '/').nth(2)?.to_string();
        series.push((name, contents.take_f64(key).filter(|v| v.len() == epochs.len())?));
    }
    for (i, epoch) in epochs.iter().enumerate() {
        let logs: Vec<(String, f64)> = series.iter().map(|(n, v)| (n.clone(), v[i])).collect();
        history.push(*epoch as usize, &logs);
    }
    Some(Saved {
        path: path.to_path_buf(),
        next_epoch: next_epoch as usize,
        stopped: stopped != 0.0,
        steps: steps as u64,
        learning_rate: (!rate.is_nan()).then_some(rate as f32),
        history,
        contents: Contents::default(),
    })
}

impl Saved {
    /// Restores the model and the callbacks, and returns the history so far.
    pub fn restore(
        mut self,
        model: &mut Model,
        callbacks: &mut [Box<dyn Callback>],
    ) -> Result<History> {
        let contents = &mut self.contents;
        let damaged = || damaged(&self.path);
        let weights = contents.take_f32("weights").ok_or_else(damaged)?;
        let slots: Option<Vec<Vec<f32>>> =
            (0..MAX_SLOTS).map(|i| contents.take_f32(&format!("slot/{i}"))).collect();
        let slots = slots.ok_or_else(damaged)?;
        let fits = weights.len() == model.weights.len()
            && slots.iter().zip(&model.state.slots).all(|(a, b)| a.len() == b.len());
        if !fits {
            return Err(damaged());
        }
        for (i, callback) in callbacks.iter_mut().enumerate() {
            let place = format!("callback/{i}");
            let memory = Memory {
                numbers: contents.take_f64(&format!("{place}/numbers")).ok_or_else(damaged)?,
                weights: contents.take_f32(&format!("{place}/weights")).ok_or_else(damaged)?,
            };
            if !memory.weights.is_empty() && memory.weights.len() != model.weights.len() {
                return Err(damaged());
            }
            callback.remember(memory)?;
        }
        let mut kept = |name: &str, now: &mut Vec<f32>| -> Result<()> {
            if now.is_empty() {
                return Ok(());
            }
            let values = contents.take_f32(name).filter(|v| v.len() == now.len());
            *now = values.ok_or_else(damaged)?;
            Ok(())
        };
        kept("average", &mut model.state.average)?;
        kept("accumulated", &mut model.state.accumulated)?;
        model.weights = weights;
        model.state.slots = slots.try_into().map_err(|_| damaged())?;
        model.state.steps = self.steps;
        model.state.learning_rate = self.learning_rate;
        Ok(self.history)
    }
}

fn damaged(path: &Path) -> Error {
    content(path, "the backup is damaged: delete it to start from the first epoch")
}

/// Everything on which a fit's result depends, except the number of epochs.
fn identity(
    fit: &Fit,
    model: &Model,
    samples: &[Samples<'_>],
    weights: Option<&[f32]>,
) -> Vec<(String, String)> {
    let callbacks: Vec<String> =
        fit.callbacks.iter().filter(|c| c.backup().is_none()).map(|c| format!("{c:?}")).collect();
    let data: Vec<String> = samples
        .iter()
        .map(|s| {
            let digest = digest(digest(0, s.x.data()), s.y.data());
            format!("{:?} and {:?}, {digest:016x}", s.x.shape(), s.y.shape())
        })
        .collect();
    // Custom code is identified by its name, everything else by its settings.
    let settings = |config: Result<Config>, debug: String| match config {
        Ok(config) => config.to_value().to_string(),
        Err(_) => debug,
    };
    let metric = |m: &Metric| settings(m.to_config(), format!("{m:?}"));
    let metrics: Vec<String> = model.metrics.iter().map(metric).collect();
    let pairs = [
        ("model", settings(model.recipe.to_config(), format!("{:?}", model.recipe))),
        ("optimizer", model.optimizer.to_config().to_value().to_string()),
        ("loss", settings(model.loss.to_config(), format!("{:?}", model.loss))),
        ("metrics", metrics.join(", ")),
        ("seed", model.seed.to_string()),
        ("batch size", fit.batch_size.to_string()),
        ("shuffle", fit.shuffle.to_string()),
        ("validation split", fit.validation_split.to_string()),
        ("validation frequency", fit.validation_freq.to_string()),
        ("initial epoch", fit.initial_epoch.to_string()),
        ("steps per epoch", format!("{:?}", fit.steps_per_epoch)),
        ("data", data.join("; ")),
        ("sample weights", format!("{:016x}", digest(0, weights.unwrap_or_default()))),
        ("callbacks", callbacks.join("; ")),
    ];
    pairs.map(|(name, text)| (name.to_string(), text)).to_vec()
}

/// A checksum that differs for different data, unless they were made to collide.
pub(super) fn digest(start: u64, values: &[f32]) -> u64 {
    values.iter().fold(start ^ values.len() as u64, |hash, v| {
        (hash ^ u64::from(v.to_bits())).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
    })
}

/// Shows what differs, around the first different letter.
fn other_fit(what: &str, then: &str, now: &str) -> String {
    const BEFORE: usize = 40;
    const LENGTH: usize = 120;
    let same = then.chars().zip(now.chars()).take_while(|(a, b)| a == b).count();
    let part = |text: &str| {
        let skipped = same.saturating_sub(BEFORE);
        let shown: String = text.chars().skip(skipped).take(LENGTH).collect();
        let before = if skipped > 0 { "…" } else { "" };
        let after = if text.chars().count() > skipped + LENGTH { "…" } else { "" };
        format!("{before}{shown}{after}")
    };
    format!(
        "it is the backup of another fit: its {what} is '{}', and now it is '{}'; delete it to \
         start from the first epoch, or use another folder",
        part(then),
        part(now)
    )
}
