//! Markdown written by a cell, with figures from the variables of the same run.

use std::fmt;

use crate::html;

/// Markdown text as a value, rendered at the end of a cell. Use it for sentences that name figures:
/// take the numbers from variables, and branch where another run could reverse the conclusion. Then
/// the sentence is true in every run.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let (plain, dropout) = (0.971, 0.982);
/// let gain = if dropout > plain { "helps" } else { "does not help" };
/// let text = Markdown::new(format!("Dropout **{gain}**: {dropout:.3} after {plain:.3}."));
/// assert_eq!(text.to_string(), "Dropout **helps**: 0.982 after 0.971.");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Markdown {
    text: String,
    place: Option<&'static str>,
}

impl Markdown {
    /// The MIME type under which a notebook stores texts for the head of its page: a JSON object
    /// with `place` and `text`.
    pub const MIME: &str = "application/vnd.dfdx-lab.head+json";

    /// Markdown with this text.
    pub fn new(text: impl Into<String>) -> Markdown {
        Markdown { text: text.into(), place: None }
    }

    /// Marks the text as the description of the data: `cargo lab report` also puts it at the head
    /// of the page.
    pub fn about_data(mut self) -> Self {
        self.place = Some("data");
        self
    }

    /// Marks the text as the result in a sentence or two: `cargo lab report` also puts it at the
    /// head of the page and into the list of all reports.
    pub fn as_result(mut self) -> Self {
        self.place = Some("result");
        self
    }

    /// The JSON for the head of the page, if the text is marked for it.
    pub(super) fn head(&self) -> Option<String> {
        let place = self.place?;
        Some(serde_json::json!({ "place": place, "text": self.text }).to_string())
    }

    /// The text as paragraphs of escaped HTML, for front ends without Markdown.
    pub fn to_html(&self) -> String {
        let paragraphs = self.text.split("\n\n").map(html::escape);
        paragraphs.map(|text| format!("<p>{text}</p>")).collect()
    }
}

crate::html::debug_as_display!(Markdown);

impl fmt::Display for Markdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marked_texts_go_to_the_head() {
        let markdown = |text: &str| Markdown::new(text);
        assert_eq!(markdown("a").head(), None);
        let head =
            |text: Markdown| serde_json::from_str::<serde_json::Value>(&text.head().unwrap());
        let expected = serde_json::json!({"place": "data", "text": "a \"b\"\n"});
        assert_eq!(head(markdown("a \"b\"\n").about_data()).unwrap(), expected);
        assert_eq!(head(markdown("c").as_result()).unwrap()["place"], "result");
        assert_eq!(markdown("a < b\n\nc").to_html(), "<p>a &lt; b</p><p>c</p>");
    }
}
