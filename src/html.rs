//! Helpers for the HTML that a notebook shows.

/// Implements `Debug` by `Display`, so that no value ever shows a wall of numbers.
macro_rules! debug_as_display {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    };
}
pub(crate) use debug_as_display;

/// The text with HTML's special characters escaped.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A table with a caption (none if it is empty), a header and rows of texts, all escaped here.
/// Numbers and the signs for missing ones are right-aligned.
pub fn table(caption: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = String::from("<table style=\"border-collapse:collapse\">");
    if !caption.is_empty() {
        out += &format!("<caption style=\"text-align:left\">{}</caption>", escape(caption));
    }
    out += "<thead><tr>";
    let side = |text: &String| if looks_like_number(text) { "right" } else { "left" };
    for (i, text) in head.iter().enumerate() {
        // A header is aligned with its column's values.
        let below = rows.iter().filter_map(|row| row.get(i)).find(|text| !text.is_empty());
        let side = below.map_or("left", side);
        out += &format!("<th style=\"text-align:{side}\">{}</th>", escape(text));
    }
    out += "</tr></thead><tbody>";
    for row in rows {
        out += "<tr>";
        for text in row {
            let side = side(text);
            out += &format!("<td style=\"text-align:{side}\">{}</td>", escape(text));
        }
        out += "</tr>";
    }
    out + "</tbody></table>"
}

/// The same table as plain text in columns, without a final newline.
pub fn text_table(caption: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |text: &str| text.chars().count();
    let mut widths: Vec<usize> = head.iter().map(|text| width(text)).collect();
    for row in rows {
        for (i, text) in row.iter().enumerate() {
            match widths.get_mut(i) {
                Some(w) => *w = (*w).max(width(text)),
                None => widths.push(width(text)),
            }
        }
    }
    let head = head.iter().map(|text| text.to_string()).collect();
    let line = |row: &Vec<String>| -> String {
        let cells = row.iter().zip(&widths).map(|(text, w)| {
            let pad = " ".repeat(w - width(text));
            if looks_like_number(text) { pad + text } else { text.clone() + &pad }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
    };
    let caption = (!caption.is_empty()).then(|| caption.to_string());
    let lines = std::iter::once(&head).chain(rows).map(line);
    caption.into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

/// A number: whole ones in full, others with this many significant digits; `–` for NaN.
pub fn number(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "–".to_string();
    }
    if value.is_infinite() || value == 0.0 || (value.fract() == 0.0 && value.abs() < 1e9) {
        return format!("{value}");
    }
    let exponent = value.abs().log10().floor();
    if (-4.0..9.0).contains(&exponent) {
        let decimals = (digits as f64 - 1.0 - exponent).max(0.0) as usize;
        format!("{value:.decimals$}")
    } else {
        format!("{value:.*e}", digits.saturating_sub(1))
    }
}

/// A number in its short decimal form, `0.01` and not `0.01000`, or with this many significant
/// digits if that is longer.
pub fn setting(value: f64, digits: usize) -> String {
    let plain = (1e-4..1e9).contains(&value.abs()) || value == 0.0;
    let written = if plain { format!("{value}") } else { format!("{value:e}") };
    let rounded = number(value, digits);
    if value.is_finite() && written.len() <= rounded.len() { written } else { rounded }
}

fn looks_like_number(text: &str) -> bool {
    let plain = text.trim_end_matches(" %").replace('−', "-");
    plain.parse::<f64>().is_ok() || ["–", "…"].contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_escaped_and_aligned() {
        let rows = [vec!["<b>".to_string(), "1.5".to_string()], vec!["x".into(), "-10".into()]];
        let html = table("a & b", &["name", "v<"], &rows);
        assert!(html.contains("a &amp; b") && html.contains("v&lt;"), "{html}");
        assert!(html.contains("left\">&lt;b&gt;<") && html.contains("right\">-10<"), "{html}");
        assert_eq!(text_table("t", &["name", "v"], &rows), "t\nname  v\n<b>   1.5\nx     -10");
        let ragged = [vec!["1".to_string(), "2".into(), "3".into()], vec![]];
        assert_eq!(text_table("", &["a"], &ragged), "a\n1  2  3\n");
    }

    #[test]
    fn settings_are_written_as_they_were_chosen() {
        let settings = [0.01, 0.99, 1e-4, 1e-6, 2.5, 32.0, 0.0, 0.000682836, -0.5, f64::NAN];
        let written = settings.map(|v| setting(v, 4));
        let expected =
            ["0.01", "0.99", "0.0001", "1e-6", "2.5", "32", "0", "0.0006828", "-0.5", "–"];
        assert_eq!(written, expected);
        assert_eq!(setting(1.0 / 3.0, 6), "0.333333");
        assert_eq!(setting(f64::INFINITY, 4), "inf");
    }

    #[test]
    fn numbers_have_the_digits_asked_for() {
        let texts = [0.88281, 12.0, 1e-7, 0.0, f64::NAN, -0.00012345, 12345.678];
        let texts = texts.map(|v| number(v, 4));
        assert_eq!(texts, ["0.8828", "12", "1.000e-7", "0", "–", "-0.0001234", "12346"]);
    }
}
