//! The format in which a notebook shows its pictures.

use std::sync::atomic::{AtomicBool, Ordering};

/// The format of pictures in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A bitmap of twice the nominal size: small, and the same everywhere.
    Png,
    /// Shapes and text: sharp at any size, with searchable text; large if there are very many
    /// points.
    Svg,
}

static SVG: AtomicBool = AtomicBool::new(false);

/// Sets the format of the pictures shown from now on; PNG by default. The format of a saved file
/// depends on its name alone.
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
