//! Against scikit-image 0.26 (tests/golden/make_skimage_hog.py made the figures).

use super::*;

#[derive(serde::Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    picture: String,
    height: usize,
    width: usize,
    channels: usize,
    step: usize,
    orientations: usize,
    cell: (usize, usize),
    block: (usize, usize),
    norm: String,
    sqrt: bool,
    features: Vec<f32>,
}

fn norm(name: &str) -> BlockNorm {
    match name {
        "L1" => BlockNorm::L1,
        "L1-sqrt" => BlockNorm::L1Sqrt,
        "L2" => BlockNorm::L2,
        "L2-Hys" => BlockNorm::L2Hys,
        other => panic!("{other}"),
    }
}

/// The pictures by the script's rules.
fn picture(case: &Case) -> Array {
    let mut data = Vec::new();
    for r in 0..case.height {
        for c in 0..case.width {
            for k in 0..case.channels {
                let mixed = r * r * 7 + c * c * case.step + r * c * 3 + 31 * k * (r + 1);
                let whole = (mixed / 4 * 8 % 256) as f32;
                let (down, right) = (r as f32, c as f32);
                data.push(match case.picture.as_str() {
                    "whole" => whole,
                    "fractions" => whole / 255.0,
                    "wide" => whole * 1001.0,
                    "diagonal" => match (r / 4 + c / 4 + case.step) % 4 {
                        0 => 5.0 * (down + right),
                        1 => 5.0 * (down - right) + 128.0,
                        2 => 6.0 * down,
                        _ => 6.0 * right,
                    }
                    .clamp(0.0, 255.0),
                    other => panic!("{other}"),
                });
            }
        }
    }
    Array::new([case.height, case.width, case.channels], data).unwrap()
}

/// A unit in the last place of an f32 of size 1 is 1.2e-7: ten times nearer than what was asked for.
const NEAR: f32 = 2e-7;

#[test]
fn features_are_scikit_images() {
    let text = include_str!("../../../tests/golden/skimage-hog.json");
    let golden: Golden = serde_json::from_str(text).unwrap();
    for case in &golden.cases {
        let hog = Hog::new()
            .orientations(case.orientations)
            .pixels_per_cell(case.cell.0, case.cell.1)
            .cells_per_block(case.block.0, case.block.1)
            .block_norm(norm(&case.norm))
            .transform_sqrt(case.sqrt)
            .multichannel(case.channels > 1);
        let what = format!("{} of {}, {hog:?}", case.picture, case.channels);
        let picture = picture(case);
        let one = hog.features(&picture).unwrap();
        assert_eq!(one.shape(), [case.features.len()], "{what}");
        for (i, (got, want)) in one.data().iter().zip(&case.features).enumerate() {
            assert!((got - want).abs() <= NEAR, "{what}: feature {i} is {got}, not {want}");
        }
        // A whole set goes another way, by a table, to the same bits.
        let shape = [1, case.height, case.width, case.channels];
        let x = picture.clone().reshape(shape).unwrap();
        let data = Dataset::new(x, vec![0], ["a"]).unwrap();
        assert_eq!(hog.transform(&data).unwrap().x().data(), one.data(), "{what}");
    }
    assert_eq!(golden.cases.len(), 38);
}

#[derive(serde::Deserialize)]
struct Fixture {
    cases: Vec<Sums>,
}

#[derive(serde::Deserialize)]
struct Sums {
    orientations: usize,
    pixels_per_cell: usize,
    cells_per_block: usize,
    block_norm: String,
    #[serde(default)]
    transform_sqrt: bool,
    len: usize,
    sum: f64,
    sumsq: f64,
    first32: Vec<f64>,
}

#[test]
fn sums_are_scikit_images() {
    let text = include_str!("../../../tests/golden/skimage-0.26-hog.json");
    let fixture: Fixture = serde_json::from_str(text).unwrap();
    let mut data = vec![0.0; 28 * 28];
    for (i, v) in data.iter_mut().enumerate() {
        let (r, c) = (i / 28, i % 28);
        *v = match (8..20).contains(&r) && (8..20).contains(&c) {
            true if (10..14).contains(&r) && (12..16).contains(&c) => 0.0,
            true => 255.0,
            false => ((3 * r + 5 * c).pow(2) % 256) as f32,
        };
    }
    let picture = Array::new([28, 28], data).unwrap();
    for case in &fixture.cases {
        let hog = Hog::new()
            .orientations(case.orientations)
            .pixels_per_cell(case.pixels_per_cell, case.pixels_per_cell)
            .cells_per_block(case.cells_per_block, case.cells_per_block)
            .block_norm(norm(&case.block_norm))
            .transform_sqrt(case.transform_sqrt);
        assert_eq!(hog.feature_len(28, 28, 1).unwrap(), case.len);
        let got = hog.features(&picture).unwrap();
        for (got, want) in got.data().iter().zip(&case.first32) {
            assert!((f64::from(*got) - want).abs() < 1e-6, "{hog:?}: {got} is not {want}");
        }
        // Each of up to 1568 features is rounded to f32, by at most 3e-8, either way.
        let sum: f64 = got.data().iter().map(|v| f64::from(*v)).sum();
        let squares: f64 = got.data().iter().map(|v| f64::from(*v).powi(2)).sum();
        assert!((sum - case.sum).abs() < 5e-6, "{hog:?}: {sum} is not {}", case.sum);
        assert!((squares - case.sumsq).abs() < 5e-6, "{hog:?}: {squares} is not {}", case.sumsq);
    }
}

#[test]
fn cells_are_what_pixels_vote_for() {
    // A ramp of 3 a column: each gradient is 6 to the right, at either end 0.
    let data = (0..8 * 8).map(|i| 3.0 * (i % 8) as f32).collect();
    let cells = Hog::new()
        .orientations(4)
        .pixels_per_cell(4, 4)
        .cells(&Array::new([8, 8], data).unwrap())
        .unwrap();
    assert_eq!((cells.rows(), cells.columns(), cells.orientations()), (2, 2, 4));
    for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        assert_eq!(cells.histogram(row, column).unwrap(), [4.5, 0.0, 0.0, 0.0]);
    }
    assert_eq!((cells.angle(0), cells.angle(3), cells.max()), (22.5, 157.5, 4.5));
    assert!(cells.histogram(2, 0).is_err() && cells.histogram(0, 2).is_err());
}

#[test]
fn labels_and_targets_stay() {
    let x = Array::new([2, 4, 4, 1], (0..32).map(|v| (v * v % 256) as f32).collect()).unwrap();
    let data = Dataset::new(x, vec![1, 0], ["a", "b"]).unwrap();
    let data = data.with_binary("b").unwrap();
    let hog = Hog::new().pixels_per_cell(2, 2).cells_per_block(1, 1);
    let out = hog.transform(&data).unwrap();
    assert_eq!((out.x().shape(), out.labels()), (&[2, 36][..], data.labels()));
    assert_eq!((out.y(), out.row_numbers()), (data.y(), data.row_numbers()));
    assert_eq!((out.columns().len(), out.columns()[35].as_str()), (36, "x35"));
    let none = data.take(&[]).unwrap();
    assert_eq!(hog.transform(&none).unwrap().x().shape(), [0, 36]);
}

#[test]
fn what_cannot_be_computed_is_refused() {
    let says = |result: Result<Array>, words: &str| {
        let text = result.unwrap_err().to_string();
        assert!(text.contains(words), "{text}");
    };
    let picture = Array::zeros([16, 16]).unwrap();
    says(Hog::new().features(&picture), "at least 24 rows and 24 columns");
    let hog = Hog::new().cells_per_block(1, 1);
    assert!(hog.features(&picture).unwrap().data().iter().all(|v| *v == 0.0));
    says(hog.features(&Array::zeros([16]).unwrap()), "(height, width)");
    says(hog.features(&Array::zeros([16, 16, 3]).unwrap()), "multichannel(true)");
    says(hog.features(&Array::zeros([16, 16, 0]).unwrap()), "one channel");
    says(hog.features(&Array::zeros([0, 0]).unwrap()), "at least 8 rows");
    says(hog.orientations(0).features(&picture), "orientations is 0");
    says(hog.pixels_per_cell(0, 1).features(&picture), "pixels_per_cell, rows is 0");
    says(hog.cells_per_block(1, usize::MAX).features(&picture), "cells_per_block");
    let mut odd = picture;
    odd.data_mut()[17] = f32::NAN;
    says(hog.features(&odd), "pixel 17 is NaN");
    odd.data_mut()[17] = -1.0;
    assert!(hog.features(&odd).is_ok());
    says(hog.transform_sqrt(true).features(&odd), "pixel 17 is -1");
    let fine = Hog::new().pixels_per_cell(1, 1).cells_per_block(1, 1).orientations(1 << 15);
    assert_eq!(fine.feature_len(1 << 20, 1 << 20, 1).unwrap(), 1 << 55);
    assert!(fine.feature_len(1 << 30, 1 << 30, 1).is_err());
    assert!(
        hog.transform(&Dataset::new(Array::zeros([2]).unwrap(), vec![0, 0], ["a"]).unwrap())
            .is_err()
    );
}
