//! BMP, GIF and WebP.

use super::tests::{golden, reader};
use super::*;
use std::fs;

#[test]
fn the_other_formats_are_read_and_every_cut_is_found() {
    use image::ImageFormat::{Bmp, Gif, WebP};
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("a")).unwrap();
    // A smooth picture of few colours, so that GIF's palette holds them.
    let pixels =
        image::RgbImage::from_fn(9, 7, |x, y| image::Rgb([20 * x as u8, 30 * y as u8, 90]));
    let budget = budget::Budget::new(1 << 20);
    for format in [Bmp, Gif, WebP] {
        let path = folder.path().join("a/picture");
        pixels.save_with_format(&path, format).unwrap();
        let data = reader(folder.path()).size(7, 9).load_flat().unwrap();
        let want: Vec<f32> = pixels.as_raw().iter().map(|&v| f32::from(v)).collect();
        assert_eq!(data.x().data(), want, "{format:?}");
        let one = reader(folder.path()).size(7, 9).load_one("a/picture").unwrap();
        assert_eq!((one.shape(), one.data()), (&[1, 7, 9, 3][..], &want[..]));
        let whole = fs::read(&path).unwrap();
        // The last bytes of GIF have no pixels.
        for n in 0..whole.len() - 1 {
            if let Ok(cut) = decode::decode(&whole[..n], ColorMode::Rgb, &budget) {
                assert!(n + 4 > whole.len(), "{format:?} cut at {n} of {}", whole.len());
                assert_eq!(cut.values, *pixels.as_raw());
            }
        }
    }
}

/// tests/golden/make_image_formats.py; of moving pictures the first.
#[test]
fn the_other_formats_are_those_that_pillow_reads() {
    let text = fs::read_to_string(golden().join("image_formats.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let pixels = json["pixels"].as_object().unwrap();
    assert_eq!(pixels.len(), 8);
    for (name, want) in pixels {
        let want: Vec<f32> = serde_json::from_value(want.clone()).unwrap();
        let folder = reader(&golden().join("image_formats")).size(7, 9);
        let got = folder.load_one(name).unwrap_or_else(|e| panic!("{e}"));
        let worst = got.data().iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        // libwebp smooths colours of half the resolution in another way.
        let tolerance = if name == "lossy.webp" { 12.0 } else { 0.0 };
        println!("{name}: {worst}");
        assert!(worst <= tolerance, "{name}: {worst}");
    }
}
