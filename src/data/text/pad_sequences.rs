//! Sequences of different lengths as the rows of an array.

use crate::array::Array;
use crate::error::{Error, Result};
use crate::memory;

/// Sequences of different lengths as the rows of an array, with Keras' settings:
/// `maxlen` values each, zeros before shorter ones, the beginning of longer ones cut off.
/// [`PadSequences`] has the other settings.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let x = pad_sequences(&[vec![1.0, 2.0, 3.0], vec![4.0]], 2)?;
/// assert_eq!(x.data(), [2.0, 3.0, 0.0, 4.0]);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// If there is no sequence, or `maxlen` is 0.
pub fn pad_sequences(sequences: &[Vec<f32>], maxlen: usize) -> Result<Array> {
    PadSequences::new().maxlen(maxlen).apply(sequences)
}

/// Keras' `pad_sequences` with its settings.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let x = PadSequences::new().padding("post").apply(&[vec![1.0, 2.0], vec![4.0]])?;
/// assert_eq!(x.data(), [1.0, 2.0, 4.0, 0.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PadSequences {
    maxlen: Option<usize>,
    padding: String,
    truncating: String,
    value: f32,
}

impl Default for PadSequences {
    fn default() -> Self {
        PadSequences::new()
    }
}

impl PadSequences {
    /// As long as the longest sequence, zeros before the others.
    pub fn new() -> Self {
        let (padding, truncating) = ("pre".to_string(), "pre".to_string());
        PadSequences { maxlen: None, padding, truncating, value: 0.0 }
    }

    /// Values in a row; as many as the longest sequence has by default.
    pub fn maxlen(mut self, maxlen: usize) -> Self {
        self.maxlen = Some(maxlen);
        self
    }

    /// Where a shorter sequence is filled: `"pre"` (the default) before it, `"post"` behind it.
    pub fn padding(mut self, padding: impl Into<String>) -> Self {
        self.padding = padding.into();
        self
    }

    /// Where a longer sequence is cut: `"pre"` (the default) at its beginning, `"post"` at its end.
    pub fn truncating(mut self, truncating: impl Into<String>) -> Self {
        self.truncating = truncating.into();
        self
    }

    /// What it is filled with; 0 by default.
    pub fn value(mut self, value: f32) -> Self {
        self.value = value;
        self
    }

    /// The sequences as the rows of an array.
    ///
    /// # Errors
    /// If there is no sequence, all are empty and no length is given, or a setting is unknown.
    pub fn apply(&self, sequences: &[Vec<f32>]) -> Result<Array> {
        let before = |setting: &str, value: &str| match value {
            "pre" => Ok(true),
            "post" => Ok(false),
            other => {
                let what = format!("pad_sequences: {setting}");
                Err(Error::argument(what, format!("'{other}'"), "'pre' or 'post'"))
            }
        };
        let padding = before("padding", &self.padding)?;
        let truncating = before("truncating", &self.truncating)?;
        let longest = sequences.iter().map(Vec::len).max().unwrap_or(0);
        let width = self.maxlen.unwrap_or(longest);
        let sizes = [sequences.len(), width];
        if sizes.contains(&0) {
            let expected = "at least one sequence of at least one value was expected";
            return Err(Error::shape("pad_sequences: (sequences, values)", &sizes, expected));
        }
        let count = memory::check("pad_sequences: the rows", &sizes, size_of::<f32>())?;
        let mut data = Vec::with_capacity(count);
        for sequence in sequences {
            let cut = sequence.len().saturating_sub(width);
            let kept =
                if truncating { &sequence[cut..] } else { &sequence[..sequence.len() - cut] };
            let fill = std::iter::repeat_n(self.value, width - kept.len());
            if padding {
                data.extend(fill);
                data.extend_from_slice(kept);
            } else {
                data.extend_from_slice(kept);
                data.extend(fill);
            }
        }
        Array::new(sizes, data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_keras() {
        let golden = crate::data::text::text_vectorization::golden();
        let sequences = [vec![1.0, 2.0, 3.0, 4.0], vec![5.0], vec![]];
        for case in golden["pad_sequences"].as_array().unwrap() {
            let text = |name: &str| case[name].as_str().unwrap();
            let mut pad = PadSequences::new()
                .padding(text("padding"))
                .truncating(text("truncating"))
                .value(case["value"].as_f64().unwrap() as f32);
            if let Some(maxlen) = case["maxlen"].as_u64() {
                pad = pad.maxlen(maxlen as usize);
            }
            let expected: Vec<Vec<f32>> = serde_json::from_value(case["rows"].clone()).unwrap();
            let found = pad.apply(&sequences).unwrap();
            let rows: Vec<_> = (0..found.rows()).map(|row| found.row(row).to_vec()).collect();
            assert_eq!(rows, expected, "{pad:?}");
        }
    }

    #[test]
    fn wrong_settings_are_named() {
        let one = [vec![1.0]];
        let error = PadSequences::new().padding("left").apply(&one).unwrap_err().to_string();
        assert!(error.contains("'left'") && error.contains("'pre' or 'post'"), "{error}");
        assert!(pad_sequences(&one, 0).is_err() && pad_sequences(&[], 3).is_err());
        assert!(PadSequences::new().apply(&[vec![]]).is_err());
        assert!(pad_sequences(&one, usize::MAX).is_err());
    }
}
