//! Small PNG files, written fast.
//!
//! A plot has few colours, so one byte a pixel and a palette are enough: a third of the work and
//! less than half the size. Rows are not filtered, because filters hide the repetition of letters
//! and lines that compression uses.

use std::collections::HashMap;

use png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter, PixelDimensions, Unit};

use super::shapes::{DENSITY, Fidelity};
use crate::error::{Error, Result};

/// Pixels in a metre at the nominal 96 an inch, for programs that print the file.
const PER_METRE: u32 = 3780 * DENSITY;

/// The content of a PNG file with these RGB pixels.
pub fn encode(width: u32, height: u32, rgb: &[u8], fidelity: Fidelity) -> Result<Vec<u8>> {
    let failed = |e: png::EncodingError| Error::Plot(e.to_string());
    let mut out = Vec::with_capacity(rgb.len() / 16);
    let mut encoder = Encoder::new(&mut out, width, height);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_deflate_compression(DeflateCompression::Level(6));
    encoder.set_filter(Filter::NoFilter);
    encoder.set_pixel_dims(Some(PixelDimensions {
        xppu: PER_METRE,
        yppu: PER_METRE,
        unit: Unit::Meter,
    }));
    let indexed = index(rgb, fidelity);
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

type Color = [u8; 3];

/// A palette, and each pixel as an index into it; `None` where that would lose too much.
fn index(rgb: &[u8], fidelity: Fidelity) -> Option<(Vec<u8>, Vec<u8>)> {
    const MOST: usize = 256;
    let limit = if fidelity == Fidelity::Exact { MOST } else { 64 * MOST };
    // Colours are numbered as they appear, and pixels are kept as runs of a number.
    let mut numbers: HashMap<Color, usize> = HashMap::new();
    let mut found: Vec<(Color, usize)> = Vec::new();
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for run in rgb.as_chunks::<3>().0.chunk_by(|a, b| a == b) {
        let number = *numbers.entry(run[0]).or_insert(found.len());
        if number == found.len() {
            found.push((run[0], 0));
        }
        if found.len() > limit {
            return None;
        }
        found[number].1 += run.len();
        runs.push((number, run.len()));
    }
    // The most frequent colours are kept; ties are sorted by colour, so that the same plot gives
    // the same file.
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_unstable_by_key(|&n| (std::cmp::Reverse(found[n].1), found[n].0));
    let kept: Vec<Color> = order.iter().take(MOST).map(|&n| found[n].0).collect();
    let mut index = vec![0u8; found.len()];
    for (place, &number) in order.iter().enumerate() {
        index[number] = if place < MOST { place as u8 } else { nearest(found[number].0, &kept) };
    }
    let pixels = runs.iter().flat_map(|&(n, length)| std::iter::repeat_n(index[n], length));
    let pixels = pixels.collect();
    Some((kept.into_flattened(), pixels))
}

fn nearest(color: Color, palette: &[Color]) -> u8 {
    let distance = |other: Color| -> u32 {
        color.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    let best = palette.iter().enumerate().min_by_key(|(_, other)| distance(**other));
    best.map_or(0, |(i, _)| i as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(png: &[u8]) -> Vec<u8> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    }

    #[test]
    fn pixels_come_back_with_few_and_with_many_colours() {
        for colors in [1u32, 255, 256, 257, 5000] {
            let color = |i: u32| (i % colors).wrapping_mul(2_654_435_761).to_be_bytes();
            let rgb: Vec<u8> = (0..100 * 60).flat_map(|i| color(i)[..3].to_vec()).collect();
            assert_eq!(
                decode(&encode(100, 60, &rgb, Fidelity::Exact).unwrap()),
                rgb,
                "{colors} colours"
            );
            let distinct = (0..colors).map(|i| color(i)[..3].to_vec());
            let distinct = distinct.collect::<std::collections::HashSet<_>>().len();
            assert_eq!(index(&rgb, Fidelity::Exact).is_some(), distinct <= 256, "{colors} colours");
        }
    }

    #[test]
    fn a_drawing_keeps_its_frequent_colours() {
        // 1000 shades of red once each, and one of blue in half of the picture.
        let shades = (0..1000u32).map(|i| [200, (i % 256) as u8, (i / 256) as u8]);
        let rgb: Vec<u8> = shades.chain([[9, 9, 99]; 1000]).flatten().collect();
        let back = decode(&encode(100, 20, &rgb, Fidelity::Drawing).unwrap());
        assert_eq!(back[3000..], rgb[3000..]);
        assert!(back[..3000].chunks(3).all(|p| p[0] == 200));
    }
}
