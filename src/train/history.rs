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

impl History {
    /// The figures by epoch as rows of text: all of a short history, else the first and last five.
    fn table_rows(&self) -> Vec<Vec<String>> {
        const ENDS: usize = 5;
        let n = self.epochs.len();
        let mut rows = Vec::new();
        for (i, epoch) in self.epochs.iter().enumerate() {
            if n > 2 * ENDS + 1 && (ENDS..n - ENDS).contains(&i) {
                if i == ENDS {
                    rows.push(vec!["…".to_string(); self.series.len() + 1]);
                }
                continue;
            }
            let values = self.series.iter().map(|(_, v)| crate::html::number(v[i], 4));
            rows.push(std::iter::once((epoch + 1).to_string()).chain(values).collect());
        }
        rows
    }

    fn table_head(&self) -> Vec<&str> {
        std::iter::once("epoch").chain(self.names()).collect()
    }

    fn caption(&self) -> String {
        match self.epochs.len() {
            1 => "History of 1 epoch".to_string(),
            n => format!("History of {n} epochs"),
        }
    }

    /// The figures by epoch as a table; epochs count from 1 here.
    pub fn to_html(&self) -> String {
        crate::html::table(&self.caption(), &self.table_head(), &self.table_rows())
    }
}

impl std::fmt::Display for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::html::text_table(
            &self.caption(),
            &self.table_head(),
            &self.table_rows(),
        ))
    }
}

#[cfg(test)]
mod display_tests {
    use super::*;

    #[test]
    fn a_long_history_shows_its_ends() {
        let mut history = History::default();
        for epoch in 0..50 {
            history.push(epoch, &[("loss".to_string(), 1.0 / (epoch + 1) as f64)]);
        }
        let text = history.to_string();
        assert!(text.starts_with("History of 50 epochs\nepoch  loss"), "{text}");
        assert_eq!(text.lines().count(), 2 + 5 + 1 + 5);
        assert!(text.ends_with("0.02000"), "{text}");
        assert!(history.to_html().contains("<td style=\"text-align:right\">50</td>"));
        assert!(History::default().to_html().contains("0 epochs"));
    }
}
