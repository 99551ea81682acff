//! The table of variables that `:vars` shows.

use super::failure::shorter;
use super::parse::RUNTIME;
use super::session::Variable;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// A cell that tells how large each variable is.
pub fn question(variables: &BTreeMap<String, Variable>) -> String {
    let mut text =
        format!("{{ use {RUNTIME}::{{Measuring, ByMeasure as _, ByLength as _, BySize as _}};\n");
    for (name, variable) in variables {
        let is_reference = variable.reference || variable.kind.starts_with('&');
        let borrow = if is_reference { "" } else { "&" };
        text += &format!("(&&Measuring({borrow}{name})).tell(\"{name}\");\n");
    }
    text + "}"
}

/// The variables with types, sizes and contents; each of `sizes` is a name, bytes and contents,
/// separated by tabs.
pub fn table(variables: &BTreeMap<String, Variable>, sizes: &[String]) -> Value {
    let sizes: HashMap<&str, (&str, &str)> = sizes
        .iter()
        .filter_map(|line| {
            let (name, rest) = line.split_once('\t')?;
            Some((name, rest.split_once('\t')?))
        })
        .collect();
    let mut text = String::new();
    let mut html = String::from(
        "<table><thead><tr><th>variable</th><th>type</th><th>size</th><th>contents</th><th>cell</th>\
         </tr></thead><tbody>",
    );
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    for (name, variable) in variables {
        let mutable = if variable.mutable { "mut " } else { "" };
        let reference = if variable.reference { "&" } else { "" };
        let kind = shorter(&format!("{reference}{}", variable.kind));
        let (bytes, what) = sizes.get(name.as_str()).copied().unwrap_or_default();
        let size = bytes.parse().map(amount).unwrap_or_default();
        let more: Vec<&str> = [size.as_str(), what].into_iter().filter(|s| !s.is_empty()).collect();
        let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
        text += &format!("{mutable}{name}: {kind}{more}\n");
        html += &format!(
            "<tr><td>{mutable}{name}</td><td style=\"text-align:left\">{}</td><td>{size}</td>\
             <td style=\"text-align:left\">{}</td><td>{}</td></tr>",
            escape(&kind),
            escape(what),
            variable.cell
        );
    }
    let text = if text.is_empty() { "there are no variables yet" } else { text.trim_end() };
    json!({"text/plain": text, "text/html": html + "</tbody></table>"})
}

/// As `4.1 kB`.
fn amount(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variable_has_a_line() {
        let list = Variable {
            kind: "std::vec::Vec<f64>".into(),
            mutable: true,
            reference: false,
            cell: 3,
        };
        let variables = BTreeMap::from([("list".to_owned(), list)]);
        assert!(question(&variables).contains("(&&Measuring(&list)).tell(\"list\");"));
        let text =
            |sizes: &[String]| table(&variables, sizes)["text/plain"].as_str().unwrap().to_owned();
        assert_eq!(
            text(&["list\t8024\t1000 elements".to_owned()]),
            "mut list: Vec<f64> (8.0 kB, 1000 elements)"
        );
        assert_eq!(text(&[]), "mut list: Vec<f64>");
        assert_eq!(amount(12_345_678), "12.3 MB");
    }
}
