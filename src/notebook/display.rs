//! Forms of the library's types at the end of a cell.
//!
//! evcxr calls the inherent method `evcxr_display` of a cell's last value, which prints blocks of
//! content, each of a MIME type; the front end shows the richest one it can.

use crate::plot::Format;
use crate::show::{Form, Rich, show};
use base64::engine::{Engine, general_purpose::STANDARD};

/// Gives types that have `to_html` and `Display` the method that evcxr looks for.
macro_rules! shows_itself {
    ($($type:ty),* $(,)?) => {$(
        impl $type {
            /// Shows the value in a notebook, as HTML and as plain text.
            pub fn evcxr_display(&self) {
                show(&self.forms());
            }
        }

        impl Rich for $type {
            fn forms(&self) -> Vec<Form> {
                vec![("text/html", self.to_html()), ("text/plain", self.to_string())]
            }
        }
    )*};
}

// One line for each type that a cell can end with.
shows_itself! {
    crate::array::Array,
    crate::metric::ConfusionMatrix,
    crate::metric::ClassificationReport,
    crate::metric::RegressionReport,
    crate::metric::Threshold,
    crate::stats::MeanCi,
    crate::stats::TestResult,
    crate::train::Folds,
    crate::train::History,
    crate::train::Importances,
    crate::train::Prediction,
    crate::train::ScoreCurves,
    crate::train::Scores,
    crate::train::Summary,
    crate::data::Dataset,
    crate::data::FittedPca,
    crate::data::HogCells,
    crate::data::ImageData,
    crate::data::datasets::SetListing,
    crate::data::SleepStages,
    crate::data::Table,
    crate::tune::importance::Importance,
    crate::tune::study::Listing,
    crate::tune::search::ModelStudy,
    crate::tune::Space,
    super::Profile,
}

impl crate::plot::Figure {
    /// Shows the figure in a notebook: as HTML at its nominal size, as PNG or SVG (see
    /// [`plot::format`](crate::plot::format())) for exports without HTML such as LaTeX, and as
    /// alternative text.
    pub fn evcxr_display(&self) {
        show(&self.forms());
    }
}

impl Rich for crate::plot::Figure {
    fn forms(&self) -> Vec<Form> {
        let format = crate::plot::current_format();
        let svg = (format == Format::Svg).then(|| self.to_svg().ok()).flatten();
        let pdf = (format == Format::Pdf).then(|| self.to_pdf().ok()).flatten();
        let bitmap = || ("image/png", self.to_base64());
        let mut forms = vec![("text/html", self.to_html())];
        forms.push(svg.map_or_else(bitmap, |svg| ("image/svg+xml", svg)));
        forms.extend(pdf.map(|pdf| ("application/pdf", STANDARD.encode(pdf))));
        forms.push(("text/plain", self.to_string()));
        forms
    }
}

impl super::Markdown {
    /// Shows the text in a notebook, and marks it for `cargo lab report` if it belongs at the head
    /// of the page.
    pub fn evcxr_display(&self) {
        show(&self.forms());
    }
}

impl Rich for super::Markdown {
    fn forms(&self) -> Vec<Form> {
        let mut forms = vec![("text/markdown", self.to_string()), ("text/plain", self.to_string())];
        forms.extend(self.head().map(|head| (super::Markdown::MIME, head)));
        forms
    }
}

impl super::Comparison {
    /// Shows the table in a notebook, with the rows as JSON for `cargo lab report`.
    pub fn evcxr_display(&self) {
        show(&self.forms());
    }
}

impl Rich for super::Comparison {
    fn forms(&self) -> Vec<Form> {
        vec![
            ("text/html", self.to_html()),
            (super::Comparison::MIME, self.to_json()),
            ("text/plain", self.to_string()),
        ]
    }
}
