//! Windows over past rows.

use super::Dataset;
use crate::array::Array;
use crate::error::{Error, Result};
use crate::memory;

impl Dataset {
    /// Each row's features followed by those of the `past` rows recorded before it: the row itself,
    /// one row back, two rows back, and so on, so there are `past + 1` times as many columns. The
    /// names of the appended columns end in ` (t-1)`, ` (t-2)`, …
    ///
    /// Rows with fewer rows before them in their recording are left out: the first `past` of each
    /// recording, and those after a row that was filtered out. The data may be in any order, because
    /// each row's position in its file is known.
    ///
    /// # Errors
    /// If no row has enough rows before it, there are synthetic rows of a resampler, or the data are not
    /// two-dimensional.
    pub fn past_window(&self, past: usize) -> Result<Dataset> {
        self.features()?;
        if self.origin.has_synthetic() {
            let expected = "recorded: synthetic rows of a resampler have no past";
            return Err(Error::argument("past_window: the rows", "partly synthetic", expected)
                .hint("make the window first and resample after"));
        }
        // With more past rows than data no row is left.
        let (asked, past) = (past, past.min(self.len()));
        let sizes = [self.len().saturating_sub(past), past + 1, self.x.row_len()];
        let bytes = size_of::<f32>() + size_of::<usize>();
        memory::check("past_window: the rows with their past", &sizes, bytes)?;
        let windows = self.origin.windows(past);
        if windows.is_empty() {
            let expected = format!("below the longest unbroken run of the {} rows", self.len());
            return Err(Error::argument("past_window: the number of past rows", asked, expected));
        }
        let width = self.x.row_len() * (past + 1);
        let mut data = Vec::with_capacity(windows.len() * width);
        for (_, window) in &windows {
            for &i in window {
                data.extend_from_slice(self.x.row(i));
            }
        }
        let x = Array::new([windows.len(), width], data)?;
        let mut columns = self.columns.clone();
        for back in 1..=past {
            columns.extend(self.columns.iter().map(|c| format!("{c} (t-{back})")));
        }
        let rows: Vec<usize> = windows.iter().map(|w| w.0).collect();
        let exact = self.exact.windows(self.x.row_len(), &windows);
        let texts = self.texts.windows(self.x.row_len(), past);
        let prepared = self.changed(|| format!("Dataset::past_window of {past}"));
        Ok(Dataset { x, columns, prepared, exact, texts, ..self.take(&rows)? })
    }
}
