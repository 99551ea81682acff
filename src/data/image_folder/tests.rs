//! Against what Keras reads (tests/golden/make_image_folder.py; its JPEGs by the accurate DCT), and
//! bad folders.

use super::*;
use proptest::prelude::{Just, Strategy, prop_oneof};
use std::fs;

pub(super) fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// A folder of 6 × 4 pictures, one each of these names.
fn pictures(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (i, name) in names.iter().enumerate() {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let pixels = image::RgbImage::from_pixel(6, 4, image::Rgb([10 * i as u8, 100, 200]));
        // What the name ends with says nothing about the format.
        pixels.save_with_format(&path, image::ImageFormat::Png).unwrap();
    }
    folder
}

pub(super) fn reader(folder: &Path) -> ImageFolder {
    ImageFolder::new(folder).size(2, 3).verbose(0)
}

#[track_caller]
fn says<T: std::fmt::Debug>(result: Result<T>, parts: &[&str]) {
    let error = result.unwrap_err().to_string();
    for part in parts {
        assert!(error.contains(part), "'{error}' does not say '{part}'");
    }
}

#[test]
fn pictures_are_those_that_keras_reads() {
    let text = fs::read_to_string(golden().join("image_folder.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = json["expected"].as_array().unwrap();
    assert_eq!(cases.len(), 10);
    for case in cases {
        let size: Vec<usize> = serde_json::from_value(case["size"].clone()).unwrap();
        let names: Vec<String> = serde_json::from_value(case["classes"].clone()).unwrap();
        let files: Vec<String> = serde_json::from_value(case["files"].clone()).unwrap();
        let labels: Vec<usize> = serde_json::from_value(case["labels"].clone()).unwrap();
        let want: Vec<f32> = serde_json::from_value(case["x"].clone()).unwrap();
        let grey = case["color_mode"] == "grayscale";
        let interpolation = match case["interpolation"].as_str().unwrap() {
            "bilinear" => ResizeMethod::Bilinear,
            "nearest" => ResizeMethod::Nearest,
            _ => ResizeMethod::Area,
        };
        let data = ImageFolder::new(golden().join("image_folder"))
            .size(size[0], size[1])
            .color_mode(if grey { ColorMode::Grayscale } else { ColorMode::Rgb })
            .interpolation(interpolation)
            .verbose(0)
            .load_flat()
            .unwrap();
        assert_eq!((data.classes(), data.labels()), (&names[..], &labels[..]));
        assert_eq!(data.x().shape()[1..], [size[0], size[1], if grey { 1 } else { 3 }]);
        for (i, file) in files.iter().enumerate() {
            let n = data.x().row_len();
            // PNG pixels are exact, so only f32 rounding is left of those, and the four decimals
            // of the file; JPEG decoders may differ by their rounding. libpng rounds brightness and
            // 16 bits down where ours rounds to the nearest.
            let coloured_png = ["alpha", "colour", "palette"].iter().any(|n| file.contains(n));
            let tolerance = match file.as_str() {
                f if f.contains("deep") || (coloured_png && grey) => 1.001,
                f if f.ends_with(".png") => 2e-4,
                // Colour of half the resolution, which every decoder smooths in its own way.
                "cat/more/c.JPG" if !grey => 8.0,
                _ => 2.0,
            };
            let got = data.x().row(i);
            let worst = got.iter().zip(&want[i * n..(i + 1) * n]);
            let worst = worst.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            println!("{file} {} {interpolation:?} {size:?}: {worst}", case["color_mode"]);
            assert!(worst <= tolerance, "{file}, {interpolation:?} {size:?}: {worst}");
        }
    }
}

#[test]
fn grey_is_brightness() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("a")).unwrap();
    let colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [7, 7, 7], [255, 255, 255]];
    let picture = image::RgbImage::from_fn(5, 1, |x, _| image::Rgb(colours[x as usize]));
    picture.save(folder.path().join("a/1.png")).unwrap();
    let data = reader(folder.path()).size(1, 5).grayscale().load_flat().unwrap();
    assert_eq!(data.x().data(), [76.0, 150.0, 29.0, 7.0, 255.0]);
}

#[test]
fn the_kaggle_layout_is_read() {
    for validation in ["val", "Validation", "valid"] {
        let val = [format!("{validation}/a/1.png"), format!("{validation}/b/1.png")];
        let folder = pictures(&[
            "train/b/1.png",
            "train/a/2.jpg",
            "train/a/10.png",
            "train/a/.DS_Store",
            ".hidden/c/1.png",
            "test/a/1.png",
            "test/b/1.png",
            "test/b/2.png",
            &val[0],
            &val[1],
        ]);
        let data = reader(folder.path()).load().unwrap();
        assert_eq!(data.train.classes(), ["a", "b"]);
        assert_eq!(data.train.labels(), [0, 0, 1]);
        // a/10, a/2, b/1: sorted as text.
        let red: Vec<f32> = (0..3).map(|i| data.train.x().row(i)[0]).collect();
        assert_eq!(red, [20.0, 10.0, 0.0]);
        assert_eq!(data.validation.unwrap().len(), 2);
        assert_eq!(data.test.class_counts(), [1, 2]);
        assert_eq!(reader(folder.path()).load_split("test").unwrap().len(), 3);
        let turned = reader(folder.path()).classes(["b", "a"]).load().unwrap();
        assert_eq!(turned.train.labels(), [0, 1, 1]);
        let one = reader(folder.path()).classes(["b"]).load().unwrap();
        assert_eq!((one.train.len(), one.test.len()), (1, 2));
    }
}

#[test]
fn folders_that_are_not_as_expected_are_named() {
    let empty = tempfile::tempdir().unwrap();
    says(reader(empty.path()).load_flat(), &["there is no class folder"]);
    says(reader(empty.path()).load(), &["there is no folder 'train'", "load_flat()", "none"]);
    says(reader(&empty.path().join("absent")).load(), &["absent"]);
    let flat = pictures(&["cat/1.png", "dog/1.png"]);
    says(reader(flat.path()).load(), &["there is no folder 'train'", "'cat', 'dog'"]);
    fs::create_dir(flat.path().join("eel")).unwrap();
    says(reader(flat.path()).load_flat(), &["eel: the class folder has no pictures"]);
    says(reader(flat.path()).classes(["bat"]).load_flat(), &["no class folder 'bat'", "'cat'"]);
    says(reader(flat.path()).classes(["cat", "cat"]).load_flat(), &["'cat'", "given once"]);
    assert_eq!(reader(flat.path()).classes(["dog", "cat"]).load_flat().unwrap().labels(), [0, 1]);
    let loose = pictures(&["cat/1.png", "loose.png"]);
    says(reader(loose.path()).load_flat(), &["loose.png", "a folder for each class"]);
    let strange = pictures(&["train/a/1.png", "train/b/1.png", "test/a/1.png", "test/c/1.png"]);
    says(reader(strange.path()).load(), &["test/c: ", "has no class of this name", "'a', 'b'"]);
    let less = pictures(&["train/a/1.png", "train/b/1.png", "test/a/1.png"]);
    says(reader(less.path()).load(), &["test: there is no class folder 'b'"]);
    let both = pictures(&["train/a/1.png", "test/a/1.png", "val/a/1.png", "valid/a/1.png"]);
    says(reader(both.path()).load(), &["'val', 'valid'"]);
}

#[test]
fn sizes_are_checked() {
    let folder = pictures(&["a/1.png"]);
    says(reader(folder.path()).size(0, 3).load_flat(), &["the height is 0"]);
    says(reader(folder.path()).size(3, 1 << 40).load_flat(), &["the width is 1099511627776"]);
    says(reader(folder.path()).verbose(7).load_flat(), &["verbose is 7"]);
}

/// The first bytes of files are kept, so that what is left has a whole header.
fn cut_in_half(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

fn copy_of_golden() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["cat/a.jpeg", "cat/b.jpg", "cat/more/c.JPG", "dog/alpha.png", "dog/deep.png"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(golden().join("image_folder").join(name), path).unwrap();
    }
    folder
}

#[test]
fn a_picture_cut_in_half_is_named_and_left_out_if_asked() {
    for name in ["cat/a.jpeg", "cat/b.jpg", "cat/more/c.JPG", "dog/alpha.png", "dog/deep.png"] {
        let folder = copy_of_golden();
        cut_in_half(&folder.path().join(name));
        says(reader(folder.path()).load_flat(), &[name, ".skip_broken(true)"]);
        let left = reader(folder.path()).skip_broken(true).load_flat().unwrap();
        let removed = fs::remove_file(folder.path().join(name));
        removed.unwrap();
        let want = reader(folder.path()).load_flat().unwrap();
        assert_eq!((left.x(), left.labels()), (want.x(), want.labels()), "{name}");
    }
}

#[test]
fn every_cut_of_a_picture_is_found() {
    let budget = budget::Budget::new(1 << 20);
    for name in ["cat/a.jpeg", "cat/b.jpg", "cat/more/c.JPG", "dog/deep.png"] {
        let whole = fs::read(golden().join("image_folder").join(name)).unwrap();
        assert!(decode::decode(&whole, ColorMode::Rgb, &budget).is_ok(), "{name}");
        // A PNG's last chunk has no pixels: without its 12 bytes nothing is lost.
        let needed = if name.ends_with(".png") { whole.len() - 12 } else { whole.len() };
        for n in 0..needed {
            let cut = decode::decode(&whole[..n], ColorMode::Rgb, &budget);
            assert!(cut.is_err(), "{name} cut at {n} of {}", whole.len());
        }
    }
}

#[test]
fn the_end_marker_of_a_thumbnail_is_not_the_pictures() {
    let budget = budget::Budget::new(1 << 20);
    let whole = fs::read(golden().join("image_folder/cat/a.jpeg")).unwrap();
    // An APP1 segment that holds an end-of-image marker, right after the start-of-image one.
    let thumbnail = [0xff, 0xe1, 0, 6, 0xff, 0xd9, 0, 0];
    let picture = [&whole[..2], &thumbnail, &whole[2..]].concat();
    assert!(decode::decode(&picture, ColorMode::Rgb, &budget).is_ok());
    let half = &picture[..picture.len() / 2];
    let error = decode::decode(half, ColorMode::Rgb, &budget).err().unwrap();
    assert!(error.contains("no end-of-image marker"), "{error}");
}

#[test]
fn many_broken_pictures_are_counted_and_ten_named() {
    let names: Vec<String> = (0..15).map(|i| format!("a/{i:02}.png")).collect();
    let folder = pictures(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for name in &names[2..14] {
        fs::write(folder.path().join(name), b"not a picture").unwrap();
    }
    fs::write(folder.path().join("a/03.png"), b"").unwrap();
    fs::write(folder.path().join("a/04.png"), b"II*\0\x08\0\0\0").unwrap();
    let parts = [
        "12 of 15 pictures",
        "a/02.png: it is no picture",
        "a/03.png: the file is empty",
        "a/04.png: it is a picture of type Tiff",
        "a/11.png",
        "and 2 more",
    ];
    says(reader(folder.path()).load_flat(), &parts);
    let data = reader(folder.path()).skip_broken(true).load_flat().unwrap();
    let red: Vec<f32> = (0..3).map(|i| data.x().row(i)[0]).collect();
    assert_eq!(red, [0.0, 10.0, 140.0]);
    for name in &names {
        fs::write(folder.path().join(name), b"not a picture").unwrap();
    }
    says(reader(folder.path()).skip_broken(true).load_flat(), &["15 of 15", "and 5 more"]);
}

#[test]
fn what_was_left_out_is_listed() {
    let folder = pictures(&["train/a/1.png", "train/a/2.png", "test/a/1.png", "test/a/2.png"]);
    cut_in_half(&folder.path().join("test/a/2.png"));
    let data = reader(folder.path()).skip_broken(true).load().unwrap();
    assert_eq!(data.skipped().len(), 1);
    assert!(data.skipped()[0].contains("2.png: "), "{:?}", data.skipped());
    assert!(data.to_string().contains("1 broken file left out"), "{data}");
}

#[test]
fn a_claim_of_many_pixels_is_refused() {
    let budget = budget::Budget::new(1 << 20);
    let mut png = fs::read(golden().join("image_folder/dog/grey.png")).unwrap();
    png[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    // The header's checksum, over its type and fields.
    let mut crc = flate2::Crc::new();
    crc.update(&png[12..29]);
    png[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    let error = decode::decode(&png, ColorMode::Rgb, &budget).err().unwrap();
    assert!(error.contains("65536 × 65536 pixels") || error.contains("imit"), "{error}");
    let mut jpeg = fs::read(golden().join("image_folder/cat/a.jpeg")).unwrap();
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    let error = decode::decode(&jpeg, ColorMode::Rgb, &budget).err().unwrap();
    assert!(error.contains("65535 × 65535 pixels"), "{error}");
}

#[test]
fn what_is_no_picture_is_left_out_by_its_name() {
    let folder = pictures(&["train/cat/1.png", "train/dog/1.png", "test/cat/1", "test/dog/1.png"]);
    for litter in [
        "README.md",
        "train/README",
        "train/labels.csv",
        "train/Thumbs.db",
        "train/__MACOSX/cat/._1.png",
        "train/cat/desktop.ini",
        "train/cat/.DS_Store",
        "train/cat/LICENSE",
        "train/dog/boxes.XML",
        "test/dog/__MACOSX/1.png",
        // What macOS calls the picture of a folder; Windows has no such names.
        #[cfg(unix)]
        "Icon\r",
        #[cfg(unix)]
        "train/cat/Icon\r",
    ] {
        let path = folder.path().join(litter);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "no picture").unwrap();
    }
    let data = reader(folder.path()).load().unwrap();
    assert_eq!(data.train.classes(), ["cat", "dog"]);
    assert_eq!((data.train.len(), data.test.len()), (2, 2));
    // What could be one is not passed over.
    fs::write(folder.path().join("train/cat/2.jpg"), "no picture").unwrap();
    says(reader(folder.path()).load(), &["2.jpg: it is no picture"]);
    fs::remove_file(folder.path().join("train/cat/2.jpg")).unwrap();
    fs::remove_file(folder.path().join("train/cat/1.png")).unwrap();
    says(reader(folder.path()).load(), &["cat: the class folder has no pictures"]);
}

#[test]
fn one_picture_is_read_as_those_of_the_folder() {
    let folder = pictures(&["cat/1.png", "dog/1.png"]);
    let all = reader(folder.path()).grayscale().load_flat().unwrap();
    for path in ["dog/1.png".into(), folder.path().join("dog/1.png")] {
        let one = reader(folder.path()).grayscale().load_one(path).unwrap();
        assert_eq!((one.shape(), one.data()), (&[1, 2, 3, 1][..], all.x().row(1)));
    }
    says(reader(folder.path()).load_one("dog/2.png"), &["dog/2.png", "No such file"]);
    says(reader(folder.path()).load_one("dog"), &["dog", "folder"]);
    fs::write(folder.path().join("w.npz"), b"PK\x03\x04").unwrap();
    says(
        reader(folder.path()).load_one("w.npz"),
        &["w.npz: it is no picture: it is a zip archive"],
    );
}

/// Found by fuzzing: 12817 small shares of 255 summed to 255.0107.
#[test]
fn a_resized_picture_stays_within_its_pixels() {
    let path = golden().join("hostile/resize-24x12817.jpeg");
    for method in [ResizeMethod::Area, ResizeMethod::Bilinear, ResizeMethod::Nearest] {
        for size in [(7, 9), (1, 1), (3, 40), (13000, 2)] {
            let folder = reader(&golden()).size(size.0, size.1).interpolation(method);
            let picture = folder.load_one(&path).unwrap();
            let beyond = picture.data().iter().find(|v| !(0.0..=255.0).contains(*v));
            assert_eq!(beyond, None, "{method:?} {size:?}");
        }
    }
}

proptest::proptest! {
    /// A new pixel is a mean of old ones: between their smallest and largest, to the last bit.
    #[test]
    fn resizing_stays_within_the_range(
        (h, w, pixels) in (1usize..24, 1usize..40).prop_flat_map(|(h, w)| {
            let some = prop_oneof![Just(200u8), Just(255), 190u8..=255, 0u8..=255];
            (Just(h), Just(w), proptest::collection::vec(some, h * w))
        }),
        to in (1usize..30, 1usize..30),
    ) {
        let (low, high) = (*pixels.iter().min().unwrap(), *pixels.iter().max().unwrap());
        for method in [ResizeMethod::Area, ResizeMethod::Bilinear, ResizeMethod::Nearest] {
            let mut out = vec![f32::NAN; to.0 * to.1];
            resize::resize(&pixels, (h, w), &mut out, to, 1, method);
            let beyond = out.iter().find(|v| !(f32::from(low)..=f32::from(high)).contains(*v));
            proptest::prop_assert_eq!(beyond, None, "{:?} {} {}", method, low, high);
        }
    }
}
