//! How a table is shown: as HTML in a cell, as text elsewhere. Long and wide tables are cut in the
//! middle, so the output stays small.

use std::fmt::{self, Write};

use polars::prelude::AnyValue;

use super::Table;
use crate::html::escape;

/// Tables of more rows show this many at each end.
const END_ROWS: usize = 5;
/// The most rows that are shown whole.
const ROWS: usize = 20;
/// Tables of more columns show this many at each end.
const END_COLUMNS: usize = 7;
/// The most columns that are shown whole.
const COLUMNS: usize = 15;
/// The most characters of one cell.
const CELL: usize = 60;

/// What is shown of an axis: indices, with `None` where some are left out.
fn shown(n: usize, whole: usize, end: usize) -> Vec<Option<usize>> {
    if n <= whole {
        return (0..n).map(Some).collect();
    }
    (0..end).map(Some).chain([None]).chain((n - end..n).map(Some)).collect()
}

impl Table {
    /// The table as HTML: names, types, the first and last rows and columns, the shape. Everything
    /// is escaped.
    pub fn to_html(&self) -> String {
        let (rows, columns) = self.shape();
        let names = self.columns();
        let types = self.dtypes();
        let across = shown(columns, COLUMNS, END_COLUMNS);
        let mut html = String::from("<table class=\"dfdx-lab-table\"><thead><tr><th></th>");
        let cell = |html: &mut String, tag: &str, text: &str| {
            let _ = write!(html, "<{tag} style=\"text-align:right\">{}</{tag}>", escape(text));
        };
        for c in &across {
            cell(&mut html, "th", &c.map_or("…".into(), |c| cut(&names[c])));
        }
        html.push_str("</tr><tr><th></th>");
        for c in &across {
            cell(&mut html, "td", &c.map_or("…".into(), |c| types[c].clone()));
        }
        html.push_str("</tr></thead><tbody>");
        for r in shown(rows, ROWS, END_ROWS) {
            html.push_str("<tr>");
            cell(&mut html, "th", &r.map_or("…".into(), |r| r.to_string()));
            for c in &across {
                cell(&mut html, "td", &self.cell(r, *c));
            }
            html.push_str("</tr>");
        }
        let _ = write!(html, "</tbody></table><p>{rows} rows × {columns} columns</p>");
        html
    }

    fn cell(&self, row: Option<usize>, column: Option<usize>) -> String {
        let (Some(row), Some(column)) = (row, column) else { return "…".to_string() };
        match self.frame.columns()[column].get(row) {
            Ok(AnyValue::Float64(v)) => number(v),
            Ok(AnyValue::Float32(v)) => number(f64::from(v)),
            Ok(AnyValue::String(s)) => cut(s),
            Ok(AnyValue::StringOwned(s)) => cut(&s),
            Ok(AnyValue::Null) => "null".to_string(),
            Ok(v) => cut(&v.to_string()),
            Err(_) => "…".to_string(),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, columns) = self.shape();
        let names = self.columns();
        let types = self.dtypes();
        let across = shown(columns, COLUMNS, END_COLUMNS);
        let down = shown(rows, ROWS, END_ROWS);
        let index = down.iter().map(|r| r.map_or("…".into(), |r| r.to_string()));
        let mut lines: Vec<String> =
            ["".to_string(), "".to_string()].into_iter().chain(index).collect();
        pad(&mut lines);
        for c in &across {
            let name = c.map_or("…".into(), |c| cut(&names[c]));
            let dtype = c.map_or("…".into(), |c| types[c].clone());
            let mut column = vec![name, dtype];
            column.extend(down.iter().map(|r| self.cell(*r, *c)));
            pad(&mut column);
            for (line, cell) in lines.iter_mut().zip(column) {
                line.push_str("  ");
                line.push_str(&cell);
            }
        }
        for line in lines {
            writeln!(f, "{line}")?;
        }
        write!(f, "[{rows} rows × {columns} columns]")
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Makes all cells of a column equally wide, aligned right.
fn pad(column: &mut [String]) {
    let width = column.iter().map(|c| c.chars().count()).max().unwrap_or(0);
    for cell in column {
        *cell = format!("{cell:>width$}");
    }
}

fn cut(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match text.char_indices().nth(CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A number with at most seven significant digits; very small and very large ones with an exponent.
pub(crate) fn number(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return if v == 0.0 { "0.0".into() } else { v.to_string() };
    }
    let trim = |s: &str| match s.trim_end_matches('0') {
        t if t.ends_with('.') => format!("{t}0"),
        t => t.to_string(),
    };
    if (1e-4..1e7).contains(&v.abs()) {
        let whole = v.abs().log10().floor() as i32;
        let decimals = (6 - whole).clamp(1, 10) as usize;
        return trim(&format!("{v:.decimals$}"));
    }
    let text = format!("{v:.6e}");
    match text.split_once('e') {
        Some((digits, exponent)) => format!("{}e{exponent}", trim(digits)),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};

    #[test]
    fn numbers_are_short() {
        let cases = [(0.0, "0.0"), (1.0, "1.0"), (-2.5, "-2.5"), (1e-4, "0.0001")];
        for (v, text) in cases {
            assert_eq!(number(v), text);
        }
        assert_eq!(number(9.123150377376987e-6), "9.12315e-6");
        assert_eq!(number(1234567.0), "1234567.0");
        assert_eq!(number(1.0 / 3.0), "0.3333333");
        assert_eq!(number(f64::NAN), "NaN");
    }

    #[test]
    fn a_large_table_is_cut_and_escaped() {
        let columns = (0..102)
            .map(|c| Series::new(format!("<b>{c}</b>").into(), vec![1.5f64; 40_000]).into_column())
            .collect();
        let table = Table::from_dataframe(DataFrame::new(40_000, columns).unwrap()).unwrap();
        let html = table.to_html();
        assert!(html.len() < 30_000, "{} bytes", html.len());
        assert!(
            html.contains("40000 rows × 102 columns") && html.contains("&lt;b&gt;101&lt;/b&gt;")
        );
        assert!(!html.contains("<b>") && !html.contains(">50<"));
        let text = table.to_string();
        assert_eq!(text.lines().count(), 2 + 11 + 1);
        assert!(text.ends_with("[40000 rows × 102 columns]"));
    }
}
