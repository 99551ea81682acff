//! Where each row of a table came from, kept through filters, concatenation and shuffling: so that
//! an error can name the file and the line, and a past window never crosses recordings.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::table::csv::{Layout, line_of_row};
use crate::error::{Error, Result};

/// One recording: a file, or a table made in memory.
#[derive(Clone, Debug)]
struct Source {
    path: Option<Arc<PathBuf>>,
    /// The layout of a file of text, whose rows have lines.
    lines: Option<Layout>,
    id: Arc<()>,
    /// Whether its rows were made up by a resampler.
    synthetic: bool,
}

impl Source {
    fn same(&self, other: &Source) -> bool {
        match (&self.path, &other.path) {
            (Some(a), Some(b)) => a == b,
            (None, None) => Arc::ptr_eq(&self.id, &other.id),
            _ => false,
        }
    }
}

/// For each row its recording and its row number there, counted from 0 without the header.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    sources: Vec<Source>,
    rows: Vec<(u32, u32)>,
    /// Whether a resampler added rows or left some out.
    pub(crate) resampled: bool,
}

impl Origin {
    /// All `n` rows of a table made in memory, in order.
    ///
    /// # Errors
    /// If there are more than 2^32.
    pub(crate) fn whole(n: usize) -> Result<Self> {
        Origin::of(None, None, n)
    }

    /// As [`whole`](Self::whole), of a polars frame, which has no more rows than that.
    pub(crate) fn in_memory(n: usize) -> Self {
        let source = Source { path: None, lines: None, id: Arc::new(()), synthetic: false };
        let rows = (0..n).map(|i| (0, i as u32)).collect();
        Origin { sources: vec![source], rows, resampled: false }
    }

    /// All `n` rows of a file of text, in order.
    pub(crate) fn of_text(path: &Path, layout: Layout, n: usize) -> Result<Self> {
        Origin::of(Some(path), Some(layout), n)
    }

    /// All `n` rows of a file that is no text, in order.
    pub(crate) fn without_lines(path: &Path, n: usize) -> Result<Self> {
        Origin::of(Some(path), None, n)
    }

    fn of(path: Option<&Path>, lines: Option<Layout>, n: usize) -> Result<Self> {
        let n = u32::try_from(n).map_err(|_| {
            Error::argument("a table's number of rows", n, format!("at most {}", u32::MAX))
        })?;
        let path = path.map(|p| Arc::new(p.to_path_buf()));
        let source = Source { path, lines, id: Arc::new(()), synthetic: false };
        let rows = (0..n).map(|i| (0, i)).collect();
        Ok(Origin { sources: vec![source], rows, resampled: false })
    }

    /// `n` rows made up by a resampler.
    pub(crate) fn synthetic(n: usize) -> Result<Self> {
        let mut origin = Origin::whole(n)?;
        origin.sources.iter_mut().for_each(|s| s.synthetic = true);
        origin.resampled = true;
        Ok(origin)
    }

    /// Whether some of the rows were made up.
    pub(crate) fn has_synthetic(&self) -> bool {
        self.rows.iter().any(|r| self.sources[r.0 as usize].synthetic)
    }

    /// The rows of these indices, which the caller has checked.
    pub(crate) fn take(&self, rows: &[usize]) -> Self {
        let rows = rows.iter().map(|&i| self.rows[i]).collect();
        Origin { sources: self.sources.clone(), rows, resampled: self.resampled }
    }

    /// Rows under one another; two parts of the same file stay one recording.
    pub(crate) fn concat<'a>(parts: impl IntoIterator<Item = &'a Origin>) -> Self {
        let mut out = Origin::default();
        for part in parts {
            out.resampled |= part.resampled;
            let place: Vec<u32> = part
                .sources
                .iter()
                .map(|s| match out.sources.iter().position(|t| t.same(s)) {
                    Some(i) => i as u32,
                    None => {
                        out.sources.push(s.clone());
                        out.sources.len() as u32 - 1
                    }
                })
                .collect();
            out.rows.extend(part.rows.iter().map(|&(s, r)| (place[s as usize], r)));
        }
        out
    }

    /// The recording's index of each row.
    pub(crate) fn groups(&self) -> Vec<usize> {
        self.rows.iter().map(|r| r.0 as usize).collect()
    }

    /// The row number of each row in its recording.
    pub(crate) fn positions(&self) -> Vec<usize> {
        self.rows.iter().map(|r| r.1 as usize).collect()
    }

    /// The recordings' file names; `table` of one made in memory, `synthetic` of made-up rows.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |s: &Source| {
            let file = s.path.as_ref().and_then(|p| p.file_name());
            let without = if s.synthetic { "synthetic" } else { "table" };
            file.map_or(without.to_string(), |f| f.to_string_lossy().into_owned())
        };
        self.sources.iter().map(name).collect()
    }

    /// For each row the indices of itself and of the `past` rows recorded just before it, newest
    /// first; none where one of them is not here.
    pub(crate) fn windows(&self, past: usize) -> Vec<(usize, Vec<usize>)> {
        let at: HashMap<(u32, u32), usize> =
            self.rows.iter().enumerate().map(|(i, &r)| (r, i)).collect();
        let window = |i: usize, (source, row): (u32, u32)| {
            let mut window = vec![i];
            for back in 1..=past {
                let before = row.checked_sub(u32::try_from(back).ok()?)?;
                window.push(*at.get(&(source, before))?);
            }
            Some((i, window))
        };
        self.rows.iter().enumerate().filter_map(|(i, &r)| window(i, r)).collect()
    }

    /// The path of the only file, or of row `i`.
    pub(crate) fn path(&self, i: Option<usize>) -> PathBuf {
        let source = match i {
            Some(i) => self.rows.get(i).map(|r| r.0 as usize),
            None => Some(0),
        };
        let path = source.and_then(|s| self.sources.get(s)).and_then(|s| s.path.clone());
        path.map_or_else(|| PathBuf::from("the table"), |p| p.as_ref().clone())
    }

    /// The file and the line of row `i`, where it has one.
    pub(crate) fn line(&self, i: usize) -> Option<String> {
        let (source, row) = *self.rows.get(i)?;
        let source = self.sources.get(source as usize)?;
        let (path, layout) = (source.path.as_ref()?, source.lines?);
        let line = line_of_row(path, row as usize, layout);
        Some(format!("{}, line {line}", path.file_name()?.to_string_lossy()))
    }

    /// An error about the cell in row `i`: names the file and the line, or the row where there are
    /// no lines.
    pub(crate) fn error(&self, i: usize, column: &str, problem: String) -> Error {
        let (source, row) = self.rows[i];
        let column = Some(column.to_string());
        let source = &self.sources[source as usize];
        match (&source.path, source.lines) {
            (Some(path), Some(layout)) => Error::Content {
                path: path.as_ref().clone(),
                row: Some(line_of_row(path, row as usize, layout)),
                column,
                problem,
            },
            (path, _) => Error::Content {
                path: path.as_ref().map_or_else(|| "the table".into(), |p| p.to_path_buf()),
                row: None,
                column,
                problem: format!("row {row} (counted from 0): {problem}"),
            },
        }
    }
}
