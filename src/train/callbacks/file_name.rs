//! File names with the epoch and the scores in them.

use crate::error::{Error, Result};
use crate::train::scores::Scores;

/// A name as in Python's `str.format`: `{epoch:02d}-{val_loss:.2f}.safetensors`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FileName(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Value { name: String, zeros: bool, width: usize, decimals: Option<usize>, exponent: bool },
}

/// More than any file name can have.
const WIDEST: usize = 200;

impl FileName {
    pub fn parse(text: &str) -> Result<Self> {
        let wrong =
            |expected: &str| Error::argument("the file name", format!("'{text}'"), expected);
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain += &rest[..at];
            let brace = &rest[at..at + 1];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                plain += brace;
                rest = after;
                continue;
            }
            let end = match brace {
                "{" => rest.find('}'),
                _ => None,
            };
            let end = end.ok_or_else(|| wrong("written with both braces, as in {epoch:02d}"))?;
            parts.push(Part::Text(std::mem::take(&mut plain)));
            parts.push(value(&rest[..end]).ok_or_else(|| {
                wrong("written with values as in {epoch}, {epoch:02d} or {val_loss:.2f}")
            })?);
            rest = &rest[end + 1..];
        }
        parts.push(Part::Text(plain + rest));
        Ok(FileName(parts))
    }

    /// The names of the values in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Value { name, .. } => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The name of an epoch, counted from 1 in it; `None` if a value was not logged in it.
    pub fn fill(&self, epoch: usize, logs: &Scores) -> Option<String> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(plain) => text += plain,
                Part::Value { name, zeros, width, decimals, exponent } => {
                    let value = match (name.as_str(), decimals, exponent) {
                        ("epoch", None, false) => (epoch + 1).to_string(),
                        ("epoch", decimals, exponent) => {
                            decimal((epoch + 1) as f64, *decimals, *exponent)
                        }
                        (name, decimals, exponent) => {
                            decimal(logs.get(name)?, *decimals, *exponent)
                        }
                    };
                    text += &match zeros {
                        true => format!("{}{value}", "0".repeat(width.saturating_sub(value.len()))),
                        false => format!("{value:>width$}"),
                    };
                }
            }
        }
        Some(text)
    }
}

fn value(inside: &str) -> Option<Part> {
    let (name, format) = inside.split_once(':').unwrap_or((inside, ""));
    let (format, kind) = match format.strip_suffix(['d', 'f', 'e']) {
        Some(start) => (start, &format[start.len()..]),
        None if format.is_empty() => ("", ""),
        None => return None,
    };
    let (width, decimals) = match format.split_once('.') {
        Some((width, decimals)) => (width, Some(decimals.parse::<usize>().ok()?)),
        None => (format, None),
    };
    let zeros = width.starts_with('0');
    let width = if width.is_empty() { 0 } else { width.parse().ok()? };
    // Python's default is 6 decimals.
    let decimals = decimals.or((kind == "f" || kind == "e").then_some(6));
    let named = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    // A whole number is asked for of the epoch alone.
    let whole = kind != "d" || (name == "epoch" && decimals.is_none());
    let fits = width <= WIDEST && decimals.is_none_or(|d| d <= WIDEST);
    (named && whole && fits).then(|| Part::Value {
        name: name.to_string(),
        zeros,
        width,
        decimals,
        exponent: kind == "e",
    })
}

fn decimal(value: f64, decimals: Option<usize>, exponent: bool) -> String {
    match (decimals, exponent) {
        (Some(d), true) => format!("{value:.d$e}"),
        (Some(d), false) => format!("{value:.d$}"),
        (None, _) => format!("{value:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_formats_it() {
        let logs = Scores::of([("val_loss", 0.12345), ("f1_score", 0.5)]);
        let fill = |text: &str| FileName::parse(text).unwrap().fill(4, &logs).unwrap();
        assert_eq!(fill("plain.safetensors"), "plain.safetensors");
        assert_eq!(fill("{epoch:02d}-{val_loss:.2f}.w"), "05-0.12.w");
        assert_eq!(fill("{{{epoch}}}"), "{5}");
        assert_eq!(fill("{epoch:3d}|{val_loss:08.3f}|{f1_score}"), "  5|0000.123|0.5");
        assert_eq!(fill("{val_loss:f}"), "0.123450");
        assert_eq!(FileName::parse("{loss}").unwrap().fill(4, &logs), None);
        for wrong in ["{epoch", "epoch}", "{}", "{epoch:x}", "{loss:d}", "{loss:.9999f}", "{a/b}"] {
            assert!(FileName::parse(wrong).is_err(), "{wrong}");
        }
    }
}
