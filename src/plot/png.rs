//! PNG files, small and written fast.
//!
//! A plot has few colours, so that most need only one byte a pixel and a palette: a third of the
//! work and less than half the size. Rows are not filtered, since that hides the repetition of
//! letters and lines that the compression lives on.

use png::{BitDepth, ColorType, Compression, Encoder, FilterType, PixelDimensions, Unit};

use super::figure::DENSITY;
use crate::error::{Error, Result};

/// Pixels in a metre at the nominal 96 an inch, for programs that print the file.
const PER_METRE: u32 = 3780 * DENSITY;

/// The content of a PNG file with these RGB pixels.
pub(super) fn encode(width: u32, height: u32, rgb: &[u8]) -> Result<Vec<u8>> {
    let failed = |e: png::EncodingError| Error::Plot(e.to_string());
    let mut out = Vec::with_capacity(rgb.len() / 16);
    let mut encoder = Encoder::new(&mut out, width, height);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Default);
    encoder.set_filter(FilterType::NoFilter);
    encoder.set_pixel_dims(Some(PixelDimensions {
        xppu: PER_METRE,
        yppu: PER_METRE,
        unit: Unit::Meter,
    }));
    let indexed = index(rgb);
    let pixels = match &indexed {
        Some((palette, indices)) => {
            encoder.set_color(ColorType::Indexed);
            encoder.set_palette(palette.as_slice());
            indices.as_slice()
        }
        None => {
            encoder.set_color(ColorType::Rgb);
            rgb
        }
    };
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(out)
}

/// The colours, and each pixel as an index into them; `None` of more than 256.
fn index(rgb: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    // An open hash table of (colour + 1, index), 0 where it is free.
    const SLOTS: usize = 1024;
    let mut table = [(0u32, 0u8); SLOTS];
    let mut palette = Vec::with_capacity(3 * 256);
    let mut indices = Vec::with_capacity(rgb.len() / 3);
    let mut last = (0u32, 0u8);
    for pixel in rgb.chunks_exact(3) {
        let color = u32::from_be_bytes([0, pixel[0], pixel[1], pixel[2]]) + 1;
        if color != last.0 {
            let mut slot = (color.wrapping_mul(0x9E37_79B1) >> 22) as usize;
            while table[slot].0 != color && table[slot].0 != 0 {
                slot = (slot + 1) % SLOTS;
            }
            if table[slot].0 == 0 {
                table[slot] = (color, u8::try_from(palette.len() / 3).ok()?);
                palette.extend_from_slice(pixel);
            }
            last = table[slot];
        }
        indices.push(last.1);
    }
    Some((palette, indices))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(png: &[u8]) -> Vec<u8> {
        let mut decoder = png::Decoder::new(png);
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    }

    #[test]
    fn pixels_come_back_with_few_and_with_many_colours() {
        for colors in [1u32, 255, 256, 257, 5000] {
            let color = |i: u32| (i % colors).wrapping_mul(2_654_435_761).to_be_bytes();
            let rgb: Vec<u8> = (0..100 * 60).flat_map(|i| color(i)[..3].to_vec()).collect();
            assert_eq!(decode(&encode(100, 60, &rgb).unwrap()), rgb, "{colors} colours");
            let distinct = (0..colors).map(|i| color(i)[..3].to_vec());
            let distinct = distinct.collect::<std::collections::HashSet<_>>().len();
            assert_eq!(index(&rgb).is_some(), distinct <= 256, "{colors} colours");
        }
    }
}
