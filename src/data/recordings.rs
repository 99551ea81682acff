//! The sleep-stage recordings as tables: two training mice and one to predict.

use std::fmt::{self, Write};
use std::path::Path;

use rayon::prelude::*;

use super::{Classes, Dataset, Table, fill_rows};
use crate::error::{Error, Result};
use crate::html::escape;

const STATE: &str = "state";
const AMPLITUDE: &str = "amplitude_around_";

/// The recordings of three mice in epochs of 4 seconds: a column `amplitude_around_k_Hertz` for
/// each frequency, and for two of the mice a column `state` (`w` awake, `n` NREM, `r` REM).
///
/// An epoch with a negative amplitude is invalid: it marks a failed measurement. Such rows are in
/// [`test`](Self::test), because predictions must cover every row of the file, but not in
/// [`train`](Self::train) or [`test_data`](Self::test_data), so that no scaler sees them.
#[derive(Clone)]
pub struct SleepStages {
    /// The first mouse's valid rows.
    pub mouse_1: Table,
    /// The second mouse's valid rows.
    pub mouse_2: Table,
    /// Both training mice, one under the other; a past window does not cross from one to the other.
    pub train: Table,
    /// The test mouse, all rows of its file.
    pub test: Table,
    /// The invalid rows of each file.
    pub invalid: Vec<InvalidRows>,
}

/// The invalid rows of one recording.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidRows {
    /// The file's name.
    pub file: String,
    /// The number of rows in the file.
    pub total: usize,
    /// The invalid rows' numbers, counted from 0 without the header.
    pub rows: Vec<usize>,
}

impl SleepStages {
    /// Reads the recordings of two training mice and of the test mouse.
    ///
    /// # Errors
    /// Whatever [`Table::read_csv`] refuses; a training file without a `state` column, a file
    /// without amplitudes or with a value that is no finite number, training files whose columns
    /// differ.
    pub fn read(
        mouse_1: impl AsRef<Path>,
        mouse_2: impl AsRef<Path>,
        test: impl AsRef<Path>,
    ) -> Result<Self> {
        let paths = [mouse_1.as_ref(), mouse_2.as_ref(), test.as_ref()];
        let mut tables = Vec::new();
        let mut invalid = Vec::new();
        for (i, path) in paths.into_iter().enumerate() {
            let table = Table::read_csv(path)?;
            if i < 2 {
                table.column(STATE)?;
            }
            let found = InvalidRows::find(&table)?;
            tables.push(if i < 2 { table.filter(&found.valid_mask())? } else { table });
            invalid.push(found);
        }
        let train = Table::concat(&tables[..2])?;
        let [mouse_1, mouse_2, test] = <[Table; 3]>::try_from(tables)
            .map_err(|t| Error::argument("the number of recordings", t.len(), "3"))?;
        Ok(SleepStages { mouse_1, mouse_2, train, test, invalid })
    }

    /// The three states in the order of every axis: awake, n-rem, rem.
    pub fn states() -> Classes {
        Classes::new([("w", "awake"), ("n", "n-rem"), ("r", "rem")])
    }

    /// Two classes: awake, and asleep (NREM and REM).
    pub fn awake_or_asleep() -> Classes {
        Classes::new([("w", "awake"), ("n", "asleep"), ("r", "asleep")])
    }

    /// Features and the three states of both training mice, one-hot.
    ///
    /// # Errors
    /// If a column is missing or a state is none of `w`, `n`, `r`.
    pub fn train_data<S: Into<String>>(
        &self,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<Dataset> {
        Dataset::from_table(&self.train, STATE, columns)?.with_classes(&Self::states())
    }

    /// The features of the test mouse's valid rows.
    ///
    /// # Errors
    /// If a column is missing.
    pub fn test_data<S: Into<String>>(
        &self,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<Dataset> {
        let valid = self.test.filter(&self.invalid_test().valid_mask())?;
        Dataset::unlabelled(&valid, columns)
    }

    /// The invalid rows of the test mouse.
    pub fn invalid_test(&self) -> InvalidRows {
        let none = InvalidRows { file: String::new(), total: self.test.rows(), rows: Vec::new() };
        self.invalid.last().cloned().unwrap_or(none)
    }

    /// The letters `w`, `n`, `r` for every row of the test mouse's file, in file order, from
    /// predictions for the rows of `data` (made by [`test_data`](Self::test_data), scaled or
    /// windowed or not). `classes` are the training data's class names or letters, which the
    /// predicted indices count. An invalid row, and one that a past window left out, takes the
    /// letter of the nearest earlier row that has one ([`fill_rows`]).
    ///
    /// # Errors
    /// If a class name is none of the three states', an index has no name, or the number of
    /// predictions is not that of the rows.
    pub fn test_letters(
        &self,
        data: &Dataset,
        classes: &[String],
        predicted: &[usize],
    ) -> Result<Vec<String>> {
        let states = Self::states();
        let letter = |name: &String| match states.labels_of(name).as_slice() {
            [letter] => Ok(letter.clone()),
            _ if states.labels().contains(name) => Ok(name.clone()),
            _ => {
                let expected = "awake, n-rem, rem or one of their letters w, n, r";
                Err(Error::argument("test_letters: a class", format!("'{name}'"), expected))
            }
        };
        let letters = classes.iter().map(letter).collect::<Result<Vec<_>>>()?;
        if let Some(&bad) = predicted.iter().find(|&&p| p >= letters.len()) {
            let expected = format!("below {}, the number of classes", letters.len());
            return Err(Error::argument("test_letters: a predicted class", bad, expected));
        }
        let all = fill_rows(self.test.rows(), &data.row_numbers(), predicted)?;
        Ok(all.into_iter().map(|class| letters[class].clone()).collect())
    }

    fn lines(&self) -> Vec<String> {
        self.invalid.iter().map(|rows| rows.to_string()).collect()
    }

    /// The recordings' sizes and invalid rows as HTML.
    pub fn to_html(&self) -> String {
        let mut html = String::from("<ul>");
        for line in self.lines() {
            let _ = write!(html, "<li>{}</li>", escape(&line));
        }
        html.push_str("</ul>");
        html
    }
}

crate::html::debug_as_display!(SleepStages);

impl fmt::Display for SleepStages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

impl InvalidRows {
    /// The rows of a recording in which some amplitude is negative.
    ///
    /// # Errors
    /// If there is no amplitude column, or a cell is empty or no finite number.
    pub fn find(table: &Table) -> Result<Self> {
        let columns = table.columns();
        let columns: Vec<&String> = columns.iter().filter(|c| c.starts_with(AMPLITUDE)).collect();
        if columns.is_empty() {
            // Names the file and the nearest columns.
            table.column("amplitude_around_1_Hertz")?;
        }
        let negative = |name: &&String| -> Result<Vec<usize>> {
            let values = table.column_f64(name)?;
            Ok((0..values.len()).filter(|&i| values[i] < 0.0).collect())
        };
        let found: Vec<Result<Vec<usize>>> = columns.par_iter().map(negative).collect();
        let mut rows = found.into_iter().collect::<Result<Vec<_>>>()?.concat();
        rows.sort_unstable();
        rows.dedup();
        let file = table.origin().names().concat();
        Ok(InvalidRows { file, total: table.rows(), rows })
    }

    /// The number of invalid rows.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// For each row of the file whether it is valid.
    pub fn valid_mask(&self) -> Vec<bool> {
        let mut mask = vec![true; self.total];
        self.rows.iter().filter(|&&r| r < self.total).for_each(|&r| mask[r] = false);
        mask
    }
}

crate::html::debug_as_display!(InvalidRows);

impl fmt::Display for InvalidRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} rows, {} invalid", self.file, self.total, self.count())?;
        if self.rows.is_empty() {
            return Ok(());
        }
        let shown: Vec<String> = self.rows.iter().take(20).map(usize::to_string).collect();
        let more = if self.count() > 20 { ", …" } else { "" };
        write!(f, " (row numbers from 0: {}{more})", shown.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(invalid: &str) -> (tempfile::TempDir, Result<SleepStages>) {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let header = "amplitude_around_1_Hertz,amplitude_around_101_Hertz";
        std::fs::write(
            path("1.csv"),
            format!("state,{header}\nw,1e-6,2e-9\nn,2e-6,0\nr,3e-6,1e-9\n"),
        )
        .unwrap();
        std::fs::write(path("2.csv"), format!("state,{header}\nn,4e-6,2e-9\nw,5e-6,1e-9\n"))
            .unwrap();
        std::fs::write(
            path("t.csv"),
            format!("{header}\n1e-6,1e-9\n{invalid}\n2e-6,2e-9\n3e-6,0\n"),
        )
        .unwrap();
        let read = SleepStages::read(path("1.csv"), path("2.csv"), path("t.csv"));
        (folder, read)
    }

    #[test]
    fn invalid_rows_are_found_and_kept_out() {
        let (_folder, mice) = files("-0.25,-1");
        let mice = mice.unwrap();
        assert_eq!((mice.train.rows(), mice.test.rows()), (5, 4));
        assert_eq!(mice.invalid_test().rows, [1]);
        assert!(mice.to_string().ends_with("t.csv: 4 rows, 1 invalid (row numbers from 0: 1)"));
        let data = mice.test_data(["amplitude_around_1_Hertz"]).unwrap();
        assert_eq!(data.row_numbers(), [0, 2, 3]);
        assert!(data.x().data().iter().all(|&v| v >= 0.0));
    }

    #[test]
    fn letters_stand_in_file_order_whatever_the_class_order() {
        let (_folder, mice) = files("-0.25,-1");
        let mice = mice.unwrap();
        let test = mice.test_data(["amplitude_around_1_Hertz"]).unwrap();
        let named = mice.train_data(["amplitude_around_1_Hertz"]).unwrap();
        assert_eq!(named.classes(), ["awake", "n-rem", "rem"]);
        assert_eq!(named.labels(), [0, 1, 2, 1, 0]);
        let letters = mice.test_letters(&test, named.classes(), &[2, 0, 1]).unwrap();
        assert_eq!(letters, ["r", "r", "w", "n"]);
        let sorted = ["n", "r", "w"].map(String::from);
        assert_eq!(mice.test_letters(&test, &sorted, &[2, 0, 1]).unwrap(), ["w", "w", "n", "r"]);
        // The window leaves out row 0 and the rows around the invalid one.
        let window = test.past_window(1).unwrap();
        assert_eq!(window.row_numbers(), [3]);
        assert_eq!(mice.test_letters(&window, &sorted, &[1]).unwrap(), ["r"; 4]);
        assert!(mice.test_letters(&test, &["asleep".to_string()], &[0, 0, 0]).is_err());
        assert!(mice.test_letters(&test, &sorted, &[0, 0, 3]).is_err());
    }

    #[test]
    fn windows_stay_within_a_mouse() {
        let (_folder, mice) = files("4e-6,1e-9");
        let mice = mice.unwrap();
        assert_eq!(mice.invalid_test().count(), 0);
        let data = mice.train_data(["amplitude_around_1_Hertz"]).unwrap();
        assert_eq!((data.groups(), data.group_names().len()), (vec![0, 0, 0, 1, 1], 2));
        // Shuffled first: what came before is still known.
        let window = data.take(&[4, 2, 0, 1, 3]).unwrap().past_window(1).unwrap();
        assert_eq!(window.x().data(), [5e-6, 4e-6, 3e-6, 2e-6, 2e-6, 1e-6]);
        assert_eq!(window.labels(), [0, 2, 1]);
        assert_eq!(window.y().shape(), [3, 3]);
        assert_eq!(window.columns()[1], "amplitude_around_1_Hertz (t-1)");
        assert!(data.past_window(3).is_err());
    }

    #[test]
    fn bad_cells_name_their_file() {
        let (_folder, mice) = files("inf,0");
        let e = mice.unwrap_err().to_string();
        assert!(e.contains("t.csv, line 3, column 'amplitude_around_1_Hertz'"), "{e}");
    }
}
