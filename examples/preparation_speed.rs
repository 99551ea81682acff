//! Measures the seconds to prepare data: histograms of oriented gradients of all 70000 digits of
//! MNIST, SMOTE's neighbours, principal components.
//!
//! `cargo run --release --example preparation_speed -- FOLDER [hog]`, where the folder holds
//! MNIST's image files as gzip; benches/hog.py measures scikit-image in turn with it.

use dfdx_lab::Array;
use dfdx_lab::data::{Dataset, Hog, Pca, Smote};
use std::io::Read as _;
use std::time::Instant;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The pixels of an IDX file of pictures, after its header of 16 bytes.
fn pixels(path: std::path::PathBuf) -> Result<Vec<f32>> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path)?).read_to_end(&mut bytes)?;
    Ok(bytes.get(16..).unwrap_or_default().iter().map(|b| f32::from(*b)).collect())
}

/// Prints the median of five measurements.
fn time(name: &str, mut work: impl FnMut() -> dfdx_lab::Result<()>) -> Result<()> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    println!("{name} {:.4} s (min {:.4} max {:.4})", times[2], times[0], times[4]);
    Ok(())
}

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or("the folder of MNIST's files is needed")?;
    let folder = std::path::Path::new(&folder);
    let mut x = pixels(folder.join("train-images-idx3-ubyte.gz"))?;
    x.extend(pixels(folder.join("t10k-images-idx3-ubyte.gz"))?);
    let n = x.len() / 784;
    let digits = Dataset::new(Array::new([n, 28, 28, 1], x)?, vec![0; n], ["digit"])?;
    for (orientations, cell) in [(8, 4), (1, 2), (8, 2), (8, 7), (32, 4)] {
        let hog =
            Hog::new().orientations(orientations).pixels_per_cell(cell, cell).cells_per_block(1, 1);
        let name = format!("hog_{orientations}_{cell}x{cell}_of_{n}");
        time(&name, || hog.transform(&digits).map(|_| ()))?;
    }
    if std::env::args().any(|a| a == "hog") {
        return Ok(());
    }
    let wave = (0..20_000 * 25).map(|i| ((i * i) as f32 * 0.37).sin()).collect();
    let labels = (0..20_000).map(|i| usize::from(i % 20_000 >= 10_001)).collect();
    let rows = Dataset::new(Array::new([20_000, 25], wave)?, labels, ["a", "b"])?;
    let smote = Smote::new();
    time("smote_neighbors_10001_of_25", || smote.neighbors(&rows, "a").map(|_| ()))?;
    let same = Dataset::new(rows.x().clone(), vec![0; 20_000], ["a"])?;
    time("smote_neighbors_20000_of_25", || smote.neighbors(&same, "a").map(|_| ()))?;
    let digits = digits.x().clone().reshape([n, 784])?;
    time("pca_50_of_70000_x_784", || Pca::new(50).fit(&digits).map(|_| ()))
}
