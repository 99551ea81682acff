//! A finished plot.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;

use super::draw::shapes::{DENSITY, Fidelity, Rect, Shape, Sheet};
use super::draw::{font, pdf, png, raster, svg};
use super::format::{self, Format};
use crate::error::{Error, Result};
use crate::html;
use crate::io::atomic::write_atomic;

/// A picture with its alternative text.
///
/// A figure is a list of shapes, painted as a bitmap, as SVG or as PDF. The bitmap has twice the
/// nominal width and height and is shown at the nominal size; SVG and PDF keep lines as lines and
/// text as text.
///
/// ```
/// use dfdx_lab::plot;
/// let figure = plot::lines(&[0.0, 1.0, 2.0], &[("square".to_string(), vec![0.0, 1.0, 4.0])])?;
/// assert!(figure.to_png().starts_with(b"\x89PNG"));
/// assert!(figure.to_svg()?.contains(">square</text>"));
/// assert!(figure.to_pdf()?.starts_with(b"%PDF"));
/// assert!(figure.to_html().starts_with("<img "));
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone)]
pub struct Figure {
    sheet: Arc<Sheet>,
    png: Arc<[u8]>,
    alt: String,
}

impl crate::io::Picture for Figure {
    fn png(&self) -> &[u8] {
        &self.png
    }
}

impl Figure {
    /// A picture from its pixels: 3 bytes (red, green, blue) a pixel, row by row from the top left.
    /// `width` and `height` are in pixels; the picture is shown at half that size.
    ///
    /// # Errors
    /// If the number of bytes is not `3 * width * height`, or a side is 0.
    pub fn from_rgb(width: u32, height: u32, pixels: &[u8], alt: String) -> Result<Self> {
        let needed = 3 * u64::from(width) * u64::from(height);
        if needed == 0 || needed != pixels.len() as u64 {
            return Err(Error::argument(
                "Figure::from_rgb: the number of bytes",
                pixels.len(),
                format!("3 * {width} * {height} = {needed}, and not 0"),
            ));
        }
        let fidelity = Fidelity::Exact;
        let mut sheet = Sheet { width, height, shapes: Vec::new(), fidelity };
        let (right, bottom) = sheet.size();
        let place = Rect::new(0.0, 0.0, right, bottom);
        sheet.shapes.push(Shape::Image { place, width, height, rgb: pixels.to_vec() });
        Self::from_sheet(sheet, alt)
    }

    pub(super) fn shapes(&self) -> &[Shape] {
        &self.sheet.shapes
    }

    pub(super) fn from_sheet(sheet: Sheet, alt: String) -> Result<Self> {
        font::tell_missing(sheet.shapes.iter().filter_map(|shape| match shape {
            Shape::Text(text) => Some(text.words.as_str()),
            _ => None,
        }));
        let pixels = raster::paint(&sheet);
        let png = png::encode(sheet.width, sheet.height, &pixels, sheet.fidelity)?;
        Ok(Figure { sheet: Arc::new(sheet), png: png.into(), alt })
    }

    /// The figure as the bytes of a PNG file.
    pub fn to_png(&self) -> &[u8] {
        &self.png
    }

    /// The figure as the text of an SVG file.
    ///
    /// # Errors
    /// If an image in the figure cannot be encoded.
    pub fn to_svg(&self) -> Result<String> {
        svg::write(&self.sheet, &self.alt)
    }

    /// The figure as the bytes of a PDF file of one page, for LaTeX's `\includegraphics`. The fonts
    /// are embedded.
    ///
    /// # Errors
    /// If a system font, needed for letters that the embedded font lacks, cannot be embedded.
    pub fn to_pdf(&self) -> Result<Vec<u8>> {
        pdf::write(&self.sheet, &self.alt)
    }

    /// The nominal width, in CSS pixels of 1/96 inch.
    pub fn width(&self) -> u32 {
        self.sheet.width.div_ceil(DENSITY)
    }

    /// The nominal height, in CSS pixels of 1/96 inch.
    pub fn height(&self) -> u32 {
        self.sheet.height.div_ceil(DENSITY)
    }

    /// The alternative text: what the picture shows.
    pub fn alt(&self) -> &str {
        &self.alt
    }

    /// Sets the alternative text, for readers who cannot see the picture.
    pub fn with_alt(mut self, alt: &str) -> Self {
        self.alt = alt.to_string();
        self
    }

    /// Writes a PNG, SVG or PDF file, chosen by the ending of its name, and replaces an existing
    /// one. A crash leaves either the old file or the new one.
    ///
    /// ```no_run
    /// # use dfdx_lab::plot;
    /// let figure = plot::lines(&[0.0, 1.0], &[("line".to_string(), vec![0.0, 1.0])])?;
    /// figure.save("line.png")?;
    /// figure.save("line.pdf")?;
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the name has another ending or none, or the file cannot be written; the error names it.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        let content = match ending.as_deref() {
            Some("png") => self.png.to_vec(),
            Some("svg") => self.to_svg()?.into_bytes(),
            Some("pdf") => self.to_pdf()?,
            _ => {
                let got = format!("'{}'", path.display());
                return Err(Error::argument(
                    "Figure::save: the file's name",
                    got,
                    "one that ends in .png, .svg or .pdf",
                ));
            }
        };
        write_atomic(path, &content)
    }

    /// The PNG file in base64, as Jupyter expects it.
    pub fn to_base64(&self) -> String {
        base64::engine::general_purpose::STANDARD.encode(&self.png)
    }

    /// An `<img>` element that holds the whole picture, in the [`format`](super::format()) of the
    /// notebook.
    pub fn to_html(&self) -> String {
        let svg = match format::current() {
            Format::Png | Format::Pdf => None,
            Format::Svg => self.to_svg().ok(),
        };
        let (mime, content) = match svg {
            Some(svg) => ("svg+xml", base64::engine::general_purpose::STANDARD.encode(svg)),
            None => ("png", self.to_base64()),
        };
        format!(
            "<img width=\"{}\" height=\"{}\" style=\"max-width:100%;height:auto\" alt=\"{}\" \
             src=\"data:image/{mime};base64,{content}\">",
            self.width(),
            self.height(),
            html::escape(&self.alt),
        )
    }
}

impl PartialEq for Figure {
    fn eq(&self, other: &Self) -> bool {
        self.png == other.png && self.alt == other.alt
    }
}

impl Eq for Figure {}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[figure, {} x {}: {}]", self.width(), self.height(), self.alt)
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
        let error = figure().save(path.join("b.png")).unwrap_err();
        assert!(error.to_string().contains("b.png"), "{error}");
    }

    #[test]
    fn the_ending_says_the_format_and_another_one_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        for (name, start) in
            [("a.svg", "<svg"), ("b.SVG", "<svg"), ("c.pdf", "%PDF"), ("d.png", "\u{fffd}PNG")]
        {
            let path = dir.path().join(name);
            figure().save(&path).unwrap();
            let content = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
            assert!(content.starts_with(start), "{name}: {content:.10}");
        }
        for name in ["a.jpg", "a", "a.svgz", "a.pdf.gz"] {
            let error = figure().save(dir.path().join(name)).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(".png, .svg or .pdf"), "{error}");
            assert!(!dir.path().join(name).exists(), "{name}");
        }
    }

    #[test]
    fn pixels_stay_as_they_are() {
        let pixels: Vec<u8> = (0..3 * 5 * 3).collect();
        let figure = Figure::from_rgb(5, 3, &pixels, String::new()).unwrap();
        let mut decoder = ::png::Decoder::new(std::io::Cursor::new(figure.to_png()));
        decoder.set_transformations(::png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut found = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut found).unwrap();
        assert_eq!(found, pixels);
        assert_eq!((figure.width(), figure.height()), (3, 2));
    }

    #[test]
    fn wrong_number_of_bytes_is_an_error() {
        assert!(Figure::from_rgb(4, 2, &[0; 23], String::new()).is_err());
        assert!(Figure::from_rgb(0, 2, &[], String::new()).is_err());
    }
}
