//! How a dataset is displayed: its size and classes.

use std::fmt::{self, Write};

use super::{Dataset, Targets};
use crate::html::escape;

impl Dataset {
    /// The size, the targets and the rows of each class as HTML, everything escaped.
    pub fn to_html(&self) -> String {
        let mut html = format!("<p>{}</p>", escape(&self.headline()));
        if self.classes.is_empty() {
            return html;
        }
        html.push_str("<table class=\"dfdx-lab-table\"><thead><tr><th>class</th><th>rows</th><th>share</th></tr></thead><tbody>");
        for (name, count, share) in self.shares() {
            let _ = write!(
                html,
                "<tr><th>{}</th><td style=\"text-align:right\">{count}</td>\
                 <td style=\"text-align:right\">{share}</td></tr>",
                escape(name)
            );
        }
        html.push_str("</tbody></table>");
        html
    }

    fn headline(&self) -> String {
        let shape: Vec<String> = self.x.shape().iter().skip(1).map(usize::to_string).collect();
        let targets = match &self.targets {
            Targets::OneHot => format!("one-hot targets of {} classes", self.classes.len()),
            targets => targets.to_string(),
        };
        let raw: String = self.unprepared().iter().map(|what| format!(", {what}")).collect();
        let prepared = match self.prepared.is_empty() {
            true => String::new(),
            false => format!(", prepared by {}", self.prepared),
        };
        format!("{} rows × {} features, {targets}{raw}{prepared}", self.len(), shape.join(" × "))
    }

    fn shares(&self) -> Vec<(&str, usize, String)> {
        let share = |count| format!("{:.1} %", 100.0 * count as f64 / self.len().max(1) as f64);
        let counts = self.class_counts();
        self.classes.iter().zip(counts).map(|(c, n)| (c.as_str(), n, share(n))).collect()
    }
}

impl fmt::Display for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Targets::OneHot => f.write_str("one-hot targets"),
            Targets::PlusMinus(class) => write!(f, "targets +1 for {class}, -1 for the others"),
            Targets::Binary(class) => write!(f, "targets 1 for {class}, 0 for the others"),
            Targets::Values(names) => write!(f, "targets {}", names.join(", ")),
            Targets::None => f.write_str("no targets"),
        }
    }
}

// Short, because `{:?}` of the elements would be unreadable.
impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.headline())?;
        for (name, count, share) in self.shares() {
            write!(f, "\n  {name}: {count} ({share})")?;
        }
        Ok(())
    }
}
