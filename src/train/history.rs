//! What a fit logs, epoch by epoch.

/// One value an epoch for the loss and each metric, as Keras' `History`.
///
/// Series are named as in Keras: `loss`, `accuracy`, …, and `val_loss`, `val_accuracy`, … for the
/// validation data; they stand in the order in which they were first logged.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct History {
    epochs: Vec<usize>,
    series: Vec<(String, Vec<f64>)>,
}

impl History {
    /// The epochs that were run, counted from 0.
    pub fn epochs(&self) -> &[usize] {
        &self.epochs
    }

    /// The names of the series.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.series.iter().map(|(name, _)| name.as_str())
    }

    /// The values of one series, `None` where nothing of that name was logged.
    pub fn get(&self, name: &str) -> Option<&[f64]> {
        self.series.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_slice())
    }

    /// The last value of one series.
    pub fn last(&self, name: &str) -> Option<f64> {
        self.get(name)?.last().copied()
    }

    /// Appends an epoch. A series seen for the first time is filled with NaN up to here, one that
    /// is missing now gets NaN.
    pub fn push(&mut self, epoch: usize, logs: &[(String, f64)]) {
        let before = self.epochs.len();
        self.epochs.push(epoch);
        for (name, value) in logs {
            match self.series.iter_mut().find(|(n, _)| n == name) {
                Some((_, values)) => values.push(*value),
                None => {
                    let mut values = vec![f64::NAN; before];
                    values.push(*value);
                    self.series.push((name.clone(), values));
                }
            }
        }
        for (_, values) in &mut self.series {
            values.resize(before + 1, f64::NAN);
        }
    }
}
