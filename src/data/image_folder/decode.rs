//! One file's pixels.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::ColorMode;
use super::budget::Budget;
use crate::io::known;

/// The formats that are read, and their names.
const FORMATS: [ImageFormat; 5] =
    [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::WebP];
const READ: &str = "JPEG, PNG, BMP, GIF and WebP";
/// The most pixels of a picture that is read: a camera's have 50 million.
const PIXELS: u64 = 1 << 26;
/// The most bytes that a decoder may take, which is enough for that many in 16-bit RGBA.
const BYTES: u64 = 8 * PIXELS;

/// A picture's pixels, row-major, with as many values a pixel as the mode has channels.
pub(super) struct Pixels {
    pub height: usize,
    pub width: usize,
    pub values: Vec<u8>,
}

/// Decodes a file of one of the formats, of a moving picture the first; the memory for it comes from the budget.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn decode(bytes: &[u8], mode: ColorMode, budget: &Budget) -> Result<Pixels, String> {
    // The files are anybody's: a decoder's own mistake must not end the notebook.
    catch_unwind(AssertUnwindSafe(|| decoded(bytes, mode, budget)))
        .unwrap_or_else(|_| Err("its decoder failed on it".to_string()))
}

fn decoded(bytes: &[u8], mode: ColorMode, budget: &Budget) -> Result<Pixels, String> {
    if bytes.is_empty() {
        return Err("the file is empty".to_string());
    }
    let format = match image::guess_format(bytes) {
        Ok(format) if FORMATS.contains(&format) => format,
        Ok(other) => return Err(format!("it is a picture of type {other:?}; {READ} are read")),
        Err(_) => {
            let otherwise = format!("it does not begin as {READ} do");
            return Err(known::instead(bytes, "picture", &otherwise));
        }
    };
    // The decoder of JPEG fills what is missing with grey.
    if format == ImageFormat::Jpeg && !is_whole_jpeg(bytes) {
        return Err("the file is cut off: it has no end-of-image marker".to_string());
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|e| e.to_string())?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > PIXELS {
        return Err(format!("it has {width} × {height} pixels; 1 to {PIXELS} in all are read"));
    }
    // The decoder's result, as much again while a progressive JPEG is put together, ours.
    let needed = decoder.total_bytes().saturating_mul(3).saturating_add(3 * pixels);
    let _share = budget.take(usize::try_from(needed).unwrap_or(usize::MAX));
    let image = DynamicImage::from_decoder(decoder).map_err(|e| e.to_string())?;
    let values = match (mode, image.color().has_color()) {
        (ColorMode::Rgb, _) => image.into_rgb8().into_raw(),
        (ColorMode::Grayscale, false) => image.into_luma8().into_raw(),
        (ColorMode::Grayscale, true) => grey(image.into_rgb8().into_raw()),
    };
    Ok(Pixels { height: height as usize, width: width as usize, values })
}

/// The brightness of each pixel (ITU-R BT.601), in libjpeg's fixed point, into the same memory.
fn grey(mut rgb: Vec<u8>) -> Vec<u8> {
    let pixels = rgb.len() / 3;
    for i in 0..pixels {
        let [r, g, b] = [rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]].map(u32::from);
        rgb[i] = ((19595 * r + 38470 * g + 7471 * b + (1 << 15)) >> 16) as u8;
    }
    rgb.truncate(pixels);
    rgb
}

/// Whether the marker that ends a JPEG stands after its segments and scans: one inside of a
/// segment, as that of an embedded thumbnail, does not count.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    const END: u8 = 0xd9;
    let mut rest = bytes.get(2..).unwrap_or(&[]);
    loop {
        // Scans hold no other markers: an FF of theirs is followed by 0 or a restart's number.
        let marker = |w: &[u8]| w[0] == 0xff && !matches!(w[1], 0 | 1 | 0xd0..=0xd8 | 0xff);
        let Some(at) = rest.windows(2).position(marker) else { return false };
        if rest[at + 1] == END {
            return true;
        }
        let length =
            rest.get(at + 2..at + 4).map_or(0, |b| usize::from(b[0]) << 8 | usize::from(b[1]));
        match rest.get(at + 2 + length..) {
            Some(after) if length >= 2 => rest = after,
            _ => return false,
        }
    }
}
