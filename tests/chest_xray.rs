//! The 5856 chest X-rays, if they are at hand: every picture is read, in bounded memory.

use std::path::PathBuf;
use std::time::Instant;

use dfdx_lab::prelude::*;

fn folder() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let near = ["../shared/data", "../../shared/data"].map(|data| root.join(data));
    let told = std::env::var_os("DFDX_LAB_TEST_DATA").map(PathBuf::from);
    told.into_iter().chain(near).map(|data| data.join("chest-xray")).find(|data| data.is_dir())
}

/// The peak of this process' resident bytes, if the system reports it.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kilobytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[test]
fn all_x_rays_are_read_within_their_size_and_200_mb() {
    let Some(folder) = folder() else {
        println!("skipped: there is no chest-xray in ../shared/data or DFDX_LAB_TEST_DATA");
        return;
    };
    let start = Instant::now();
    let data = ImageFolder::new(folder).size(128, 128).grayscale().load().expect("pictures");
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(data.train.classes(), ["NORMAL", "PNEUMONIA"]);
    assert_eq!(data.train.class_counts(), [1341, 3875]);
    assert_eq!(data.validation.as_ref().map(Dataset::class_counts), Some(vec![8, 8]));
    assert_eq!(data.test.class_counts(), [234, 390]);
    assert_eq!(data.train.x().shape(), [5216, 128, 128, 1]);
    assert!(data.skipped().is_empty());
    // X-rays are neither black nor white.
    let mean = data.test.x().data().iter().map(|&v| f64::from(v)).sum::<f64>()
        / data.test.x().data().len() as f64;
    assert!((100.0..150.0).contains(&mean), "{mean}");
    println!("5856 pictures in {seconds:.1} s");
    let Some(peak) = peak() else { return };
    let size = 5856 * 128 * 128 * 4;
    println!("at most {} MB, the pictures {} MB", peak >> 20, size >> 20);
    assert!(peak < size + (200 << 20), "{peak} bytes for {size}");
}
