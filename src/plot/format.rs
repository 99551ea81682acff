//! The format in which a notebook shows its pictures.

use std::sync::atomic::{AtomicU8, Ordering};

/// The format of pictures in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A bitmap of twice the nominal size: small, and the same everywhere.
    Png,
    /// Shapes and text: sharp at any size, with searchable text; large if there are very many
    /// points.
    Svg,
    /// As [`Png`](Self::Png), with a PDF of the picture beside it for exports to LaTeX.
    Pdf,
}

const ALL: [Format; 3] = [Format::Png, Format::Svg, Format::Pdf];

/// The index of the current format in [`ALL`].
static CURRENT: AtomicU8 = AtomicU8::new(0);

/// Sets the format of all figures shown from now on; the default is PNG. A saved file's format
/// depends only on its name.
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
    CURRENT.store(format as u8, Ordering::Relaxed);
}

pub(crate) fn current() -> Format {
    ALL[usize::from(CURRENT.load(Ordering::Relaxed)) % ALL.len()]
}
