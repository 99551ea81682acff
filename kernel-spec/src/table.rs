//! Tables on standard output: for people as columns, for scripts as JSON.

use anyhow::Result;
use serde_json::{Map, Value};

pub struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    pub fn new(columns: &[&'static str]) -> Table {
        Table { columns: columns.to_vec(), rows: Vec::new() }
    }

    pub fn row(&mut self, cells: Vec<Value>) {
        self.rows.push(cells);
    }

    pub fn print(&self, as_json: bool) -> Result<()> {
        let text = if as_json { self.json()? } else { self.text() };
        println!("{text}");
        Ok(())
    }

    /// A list with an object for each row.
    fn json(&self) -> Result<String> {
        let object = |row: &Vec<Value>| {
            let names = self.columns.iter().map(|name| name.replace(' ', "_"));
            names.zip(row.iter().cloned()).collect::<Map<_, _>>()
        };
        let rows: Vec<_> = self.rows.iter().map(object).collect();
        Ok(serde_json::to_string_pretty(&rows)?)
    }

    fn text(&self) -> String {
        let shown = |cell: &Value| match cell {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            Value::Number(number) if number.is_f64() => {
                format!("{:.3}", number.as_f64().unwrap_or(f64::NAN))
            }
            other => other.to_string(),
        };
        let mut lines: Vec<Vec<String>> =
            vec![self.columns.iter().map(|name| (*name).to_owned()).collect()];
        lines.extend(self.rows.iter().map(|row| row.iter().map(shown).collect()));
        let width = |column: usize| {
            let cells = lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let line = |cells: &Vec<String>| {
            let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_same_rows_for_people_and_scripts() {
        let mut table = Table::new(&["what", "to do"]);
        table.row(vec![json!("größe"), json!(0.12345)]);
        table.row(vec![json!("b"), Value::Null]);
        assert_eq!(table.text(), "what   to do\ngröße  0.123\nb");
        let rows: Value = serde_json::from_str(&table.json().unwrap()).unwrap();
        assert_eq!(
            rows,
            json!([{"what": "größe", "to_do": 0.12345}, {"what": "b", "to_do": null}])
        );
    }
}
