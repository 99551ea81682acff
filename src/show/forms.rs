//! Output of a value's forms for the kernel and evcxr: blocks of content between marks.

use crate::live::{in_notebook, marked, print};

/// Ends the forms of one value, before those of the next.
const SHOWN: &str = "application/vnd.dfdx-lab.shown";

/// Shows one value in several forms, each a MIME type and its content: binary content in base64.
///
/// Outside a notebook this just prints the marked blocks.
pub fn show(forms: &[(&str, String)]) {
    let end = if in_notebook() { marked(SHOWN, "") } else { String::new() };
    print(&(blocks(forms) + &end));
}

fn blocks(forms: &[(&str, String)]) -> String {
    forms.iter().map(|(mime, content)| marked(mime, content)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_marked_and_cannot_be_ended_by_their_content() {
        let forms = [("text/html", "<b>".to_string()), ("text/plain", "EVCXR_END_CONTENT".into())];
        assert_eq!(
            blocks(&forms),
            "EVCXR_BEGIN_CONTENT text/html\n<b>\nEVCXR_END_CONTENT\n\
             EVCXR_BEGIN_CONTENT text/plain\nEVCXR\u{200b}_END_CONTENT\nEVCXR_END_CONTENT\n"
        );
    }
}
