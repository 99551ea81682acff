//! A dataset as a person sees it: its size and what its classes hold.

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
            Targets::PlusMinus(class) => format!("targets +1 for {class}, -1 for the others"),
            Targets::Binary(class) => format!("targets 1 for {class}, 0 for the others"),
            Targets::Values(names) => format!("targets {}", names.join(", ")),
            Targets::None => "no targets".to_string(),
        };
        format!("{} rows × {} features, {targets}", self.len(), shape.join(" × "))
    }

    fn shares(&self) -> Vec<(&str, usize, String)> {
        let share = |count| format!("{:.1} %", 100.0 * count as f64 / self.len().max(1) as f64);
        let counts = self.class_counts();
        self.classes.iter().zip(counts).map(|(c, n)| (c.as_str(), n, share(n))).collect()
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
