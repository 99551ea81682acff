//! In which format a notebook shows its pictures.

use std::sync::atomic::{AtomicBool, Ordering};

/// A format of pictures in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A bitmap of twice the nominal size: small, and the same everywhere.
    Png,
    /// Shapes and text: sharp at any size, and text can be searched; large where there are very
    /// many points.
    Svg,
}

static SVG: AtomicBool = AtomicBool::new(false);

/// Sets the format of the pictures that are shown from here on; PNG at first. What a picture is
/// saved as depends on the file's name alone.
///
/// ```
/// use dfdx_lab::prelude::*;
/// plot::format(Svg);
/// let figure = plot::lines(&[0.0, 1.0], &[("line".to_string(), vec![0.0, 1.0])])?;
/// assert!(figure.to_html().contains("image/svg+xml"));
/// # plot::format(Png);
/// # Ok::<(), Error>(())
/// ```
pub fn format(format: Format) {
    SVG.store(format == Format::Svg, Ordering::Relaxed);
}

pub(crate) fn current() -> Format {
    if SVG.load(Ordering::Relaxed) { Format::Svg } else { Format::Png }
}
