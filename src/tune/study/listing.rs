//! Tables of text about a study.

use crate::html;
use std::fmt;

/// A table of text, shown as HTML in a notebook and printed in columns.
#[derive(Clone, PartialEq)]
pub struct Listing {
    caption: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Listing {
    pub(crate) fn new(
        caption: impl Into<String>,
        head: &[impl AsRef<str>],
        rows: Vec<Vec<String>>,
    ) -> Self {
        let head = head.iter().map(|h| h.as_ref().to_string()).collect();
        Listing { caption: caption.into(), head, rows }
    }

    /// The rows of text.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    fn heads(&self) -> Vec<&str> {
        self.head.iter().map(String::as_str).collect()
    }

    /// The table as HTML.
    pub fn to_html(&self) -> String {
        html::table(&self.caption, &self.heads(), &self.rows)
    }
}

crate::html::debug_as_display!(Listing);

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&html::text_table(&self.caption, &self.heads(), &self.rows))
    }
}
