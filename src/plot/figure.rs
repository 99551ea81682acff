//! A finished picture.

use std::fmt;
use std::path::Path;

use base64::Engine as _;

use super::png::{self, Fidelity};
use crate::error::{Error, Result};
use crate::html;

/// Device pixels for one nominal pixel: pictures stay sharp on dense screens and in print.
pub const DENSITY: u32 = 2;

/// A picture with the text that stands for it where it cannot be seen.
///
/// The bitmap has twice the nominal width and height, and is shown at the nominal size.
///
/// ```
/// use dfdx_lab::plot;
/// let figure = plot::lines(&[0.0, 1.0, 2.0], &[("square".to_string(), vec![0.0, 1.0, 4.0])])?;
/// assert!(figure.to_png().starts_with(b"\x89PNG"));
/// assert!(figure.to_html().starts_with("<img "));
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Figure {
    png: Vec<u8>,
    width: u32,
    height: u32,
    alt: String,
}

impl Figure {
    /// A picture from its pixels: 3 bytes (red, green, blue) a pixel, row by row from the top
    /// left. `width` and `height` count these pixels; it is shown at half of them.
    ///
    /// # Errors
    /// If the number of bytes is not `3 * width * height`, or a side is 0.
    pub fn from_rgb(width: u32, height: u32, pixels: &[u8], alt: String) -> Result<Self> {
        Self::encode((width, height), pixels, alt, Fidelity::Exact)
    }

    pub(super) fn encode(
        (width, height): (u32, u32),
        pixels: &[u8],
        alt: String,
        fidelity: Fidelity,
    ) -> Result<Self> {
        let needed = 3 * u64::from(width) * u64::from(height);
        if needed == 0 || needed != pixels.len() as u64 {
            return Err(Error::argument(
                "Figure::from_rgb: the number of bytes",
                pixels.len(),
                format!("3 * {width} * {height} = {needed}, and not 0"),
            ));
        }
        Ok(Figure {
            png: png::encode(width, height, pixels, fidelity)?,
            width: width.div_ceil(DENSITY),
            height: height.div_ceil(DENSITY),
            alt,
        })
    }

    /// The picture as the content of a PNG file.
    pub fn to_png(&self) -> &[u8] {
        &self.png
    }

    /// The nominal width, in CSS pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// The nominal height, in CSS pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// What is to be seen, in words.
    pub fn alt(&self) -> &str {
        &self.alt
    }

    /// Writes a PNG file, in the place of one that is there already.
    ///
    /// # Errors
    /// If the file cannot be written; the error names it.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, &self.png).map_err(|e| Error::io(path, e))
    }

    /// The PNG file's content in base64, as Jupyter takes it.
    pub fn to_base64(&self) -> String {
        base64::engine::general_purpose::STANDARD.encode(&self.png)
    }

    /// An `<img>` element that holds the whole picture.
    pub fn to_html(&self) -> String {
        format!(
            "<img width=\"{}\" height=\"{}\" style=\"max-width:100%;height:auto\" alt=\"{}\" \
             src=\"data:image/png;base64,{}\">",
            self.width,
            self.height,
            html::escape(&self.alt),
            self.to_base64()
        )
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[figure, {} x {}: {}]", self.width, self.height, self.alt)
    }
}

impl fmt::Debug for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure() -> Figure {
        Figure::from_rgb(4, 2, &[200; 24], "<a & \"b\">".to_string()).unwrap()
    }

    #[test]
    fn html_shows_the_nominal_size_and_escapes_the_text() {
        let html = figure().to_html();
        assert!(html.contains("width=\"2\" height=\"1\""), "{html}");
        assert!(html.contains("alt=\"&lt;a &amp; &quot;b&quot;&gt;\""), "{html}");
    }

    #[test]
    fn saving_replaces_and_names_the_file_that_cannot_be_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        std::fs::write(&path, "old and longer than nothing").unwrap();
        figure().save(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), figure().to_png());
        let error = figure().save(dir.path().join("no/such/b.png")).unwrap_err();
        assert!(error.to_string().contains("b.png"), "{error}");
    }

    #[test]
    fn wrong_number_of_bytes_is_an_error() {
        assert!(Figure::from_rgb(4, 2, &[0; 23], String::new()).is_err());
        assert!(Figure::from_rgb(0, 2, &[], String::new()).is_err());
    }
}
