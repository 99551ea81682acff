//! A writer for TensorBoard, as PyTorch's `SummaryWriter`.

use super::events::{Events, HParam, Summary, event, histogram, now};
use crate::error::{Error, Result};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// A value that TensorBoard can show as an image, such as a [`Figure`](crate::plot::Figure).
pub trait Picture {
    /// A PNG file.
    fn png(&self) -> &[u8];
}

/// Writes figures, numbers, histograms and hyper-parameters to a folder for TensorBoard, with the
/// methods of PyTorch's `SummaryWriter`. The callback
/// [`TensorBoard`](crate::train::callbacks::TensorBoard) writes what a fit logs.
///
/// ```
/// use dfdx_lab::prelude::*;
/// # let folder = std::env::temp_dir().join(format!("dfdx-lab-board-{}", std::process::id()));
/// # let figure = ConfusionMatrix::new(["a", "b"], &[0, 1, 1], &[0, 1, 0])?.plot()?;
/// # let logs = folder.clone();
/// let mut board = SummaryWriter::new(logs);
/// board.add_figure("confusion", &figure, 0)?;
/// board.add_scalar("test/accuracy", 0.93, 0)?;
/// board.add_hparams([("units", 8.0), ("rate", 0.001)])?;
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct SummaryWriter {
    file: Events,
}

impl SummaryWriter {
    /// A writer to a new file in this folder, which is created if it is missing.
    pub fn new(log_dir: impl Into<PathBuf>) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let (seconds, process) = (now() as u64, std::process::id());
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("events.out.tfevents.{seconds}.dfdx-lab.{process}.{count}.v2");
        SummaryWriter { file: Events { path: log_dir.into().join(name), length: 0 } }
    }

    /// Adds a number for this step.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn add_scalar(&mut self, tag: &str, value: f64, step: u64) -> Result<()> {
        self.add(tag, Summary::Scalar(value), step)
    }

    /// Adds a histogram of the values in 30 buckets of equal width; values that are not finite are
    /// left out.
    ///
    /// # Errors
    /// As [`add_scalar`](Self::add_scalar).
    pub fn add_histogram(&mut self, tag: &str, values: &[f32], step: u64) -> Result<()> {
        let buckets = histogram(values.iter().map(|v| f64::from(*v)));
        self.add(tag, Summary::Histogram(buckets), step)
    }

    /// Adds a figure as an image.
    ///
    /// # Errors
    /// As [`add_scalar`](Self::add_scalar).
    pub fn add_figure(&mut self, tag: &str, figure: &impl Picture, step: u64) -> Result<()> {
        let png = figure.png();
        // The header of a PNG file begins with width and height.
        let side = |at: usize| match png.get(at..at + 4) {
            Some(&[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]),
            _ => 0,
        };
        self.add(tag, Summary::Image(png.to_vec(), [side(16), side(20)]), step)
    }

    /// Adds the hyper-parameters of this folder's run, for the HParams tab.
    ///
    /// # Errors
    /// As [`add_scalar`](Self::add_scalar).
    pub fn add_hparams<N: Into<String>, V: Into<HParam>>(
        &mut self,
        params: impl IntoIterator<Item = (N, V)>,
    ) -> Result<()> {
        let params = params.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let group = self.file.path.display().to_string();
        self.add("_hparams_/session_start_info", Summary::SessionStart(params, group, now()), 0)
    }

    fn add(&mut self, tag: &str, value: Summary, step: u64) -> Result<()> {
        let event = event(step, &[(tag.to_string(), value)], now());
        self.file.add(&[event]).map_err(|e| Error::io(&self.file.path, e))
    }
}
