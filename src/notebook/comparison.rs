//! The table that ends a notebook: reported figures beside reproduced ones.

use std::fmt;

use crate::html;

#[derive(Clone, Debug, PartialEq, serde::Serialize)]
struct Row {
    what: String,
    // serde_json writes NaN and infinities as null.
    reported: Option<f64>,
    reproduced: Option<f64>,
    note: String,
}

/// Reported and reproduced figures, row by row.
///
/// ```
/// use dfdx_lab::notebook::Comparison;
/// let mut table = Comparison::new().row("accuracy", 0.883, 0.8812, "");
/// table.add("training time [s]", None, 4.2, "the report does not say");
/// assert_eq!(table.len(), 2);
/// assert!(table.to_json().contains(r#""reported":null"#));
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Comparison {
    rows: Vec<Row>,
}

impl Comparison {
    /// The MIME type under which a notebook holds the rows: a JSON list of objects with `what`,
    /// `reported`, `reproduced` (numbers or null) and `note`.
    pub const MIME: &str = "application/vnd.dfdx-lab.rows+json";

    /// A table without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The table with one more row; `None` or NaN stands for a missing figure.
    pub fn row(
        mut self,
        what: &str,
        reported: impl Into<Option<f64>>,
        reproduced: impl Into<Option<f64>>,
        note: &str,
    ) -> Self {
        self.add(what, reported, reproduced, note);
        self
    }

    /// Adds a row, for a table that grows from cell to cell.
    pub fn add(
        &mut self,
        what: &str,
        reported: impl Into<Option<f64>>,
        reproduced: impl Into<Option<f64>>,
        note: &str,
    ) {
        let (reported, reproduced) = (reported.into(), reproduced.into());
        self.rows.push(Row {
            what: what.to_string(),
            reported: reported.filter(|v| v.is_finite()),
            reproduced: reproduced.filter(|v| v.is_finite()),
            note: note.to_string(),
        });
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the table has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows as a JSON list.
    pub fn to_json(&self) -> String {
        // Strings and numbers always have a JSON form.
        serde_json::to_string(&self.rows).unwrap_or_else(|_| "[]".to_string())
    }

    /// The table as HTML.
    pub fn to_html(&self) -> String {
        html::table("", &HEAD, &self.texts())
    }

    fn texts(&self) -> Vec<Vec<String>> {
        let text = |v: Option<f64>| v.map_or("–".to_string(), |v| html::number(v, 4));
        let row = |row: &Row| {
            let difference = match (row.reported, row.reproduced) {
                (Some(a), Some(b)) => signed(b - a),
                _ => "–".to_string(),
            };
            let figures = [text(row.reported), text(row.reproduced), difference];
            let [reported, reproduced, difference] = figures;
            vec![row.what.clone(), reported, reproduced, difference, row.note.clone()]
        };
        self.rows.iter().map(row).collect()
    }
}

const HEAD: [&str; 5] = ["what", "reported", "reproduced", "difference", "note"];

/// A difference with its sign, in two significant digits, which hide the rounding errors of the
/// subtraction.
fn signed(difference: f64) -> String {
    let text = html::number(difference, 2);
    if difference > 0.0 { format!("+{text}") } else { text }
}

crate::html::debug_as_display!(Comparison);

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&html::text_table("", &HEAD, &self.texts()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_numbers_or_null() {
        let table = Comparison::new()
            .row("a \"b\"", 0.5, None, "n\n")
            .row("c", f64::NAN, f64::INFINITY, "")
            .row("d", Some(0.25), Some(2.0), "");
        let rows: serde_json::Value = serde_json::from_str(&table.to_json()).unwrap();
        let expected = serde_json::json!([
            {"what": "a \"b\"", "reported": 0.5, "reproduced": null, "note": "n\n"},
            {"what": "c", "reported": null, "reproduced": null, "note": ""},
            {"what": "d", "reported": 0.25, "reproduced": 2.0, "note": ""},
        ]);
        assert_eq!(rows, expected);
        assert_eq!(Comparison::new().to_json(), "[]");
    }

    #[test]
    fn the_table_is_escaped_and_shows_the_difference() {
        let table = Comparison::new().row("<F1>", 0.883, 0.88123456, "<i>").row("x", 0.5, None, "");
        let html = table.to_html();
        assert!(html.contains("&lt;F1&gt;") && html.contains("&lt;i&gt;"), "{html}");
        for text in ["0.8830", "0.8812", "-0.0018", "–"] {
            assert!(html.contains(&format!(">{text}<")), "{text} in {html}");
        }
        assert!(table.to_string().contains("<F1>    0.8830      0.8812"), "{table}");
    }
}
