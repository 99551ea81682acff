//! Folders of pictures by class, as Keras' `image_dataset_from_directory` reads them.

mod budget;
mod decode;
#[cfg(test)]
mod format_tests;
mod list;
mod load;
mod progress;
mod resize;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use super::{Dataset, ImageData};
use crate::array::Array;
use crate::error::{Error, Result};
pub use resize::ResizeMethod;

/// The largest side a picture is resized to.
const LARGEST_SIDE: usize = 1 << 15;

/// The channels of pictures that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ColorMode {
    /// One channel: 0.299 red + 0.587 green + 0.114 blue, rounded (ITU-R BT.601, which JPEG's own
    /// brightness is and TensorFlow's `rgb_to_grayscale` uses).
    Grayscale,
    /// Three channels: red, green, blue.
    #[default]
    Rgb,
}

impl ColorMode {
    /// The number of channels.
    pub fn channels(self) -> usize {
        match self {
            ColorMode::Grayscale => 1,
            ColorMode::Rgb => 3,
        }
    }
}

/// A folder of pictures by class, to be read into arrays.
///
/// [`load`](Self::load) reads the Kaggle layout, `train`, `val` and `test` with a folder for each
/// class in them; [`load_flat`](Self::load_flat) reads one folder with a folder for each class.
/// Names, order and defaults are those of Keras' `image_dataset_from_directory`: classes are the
/// folders' names, sorted; files are sorted by name. Hidden files and folders, system files
/// (`__MACOSX`, `Thumbs.db`, `desktop.ini`) and files that describe pictures are left out:
/// `README`, `LICENSE`, and names that end with `.md`, `.txt`, `.csv`, `.json`, `.xml` and the
/// like.
///
/// Pictures are JPEG, PNG, BMP, GIF (the first picture of an animation) or WebP, recognised by
/// their content and not by their name. 16-bit channels are reduced to 8 bits, transparency is
/// dropped, and an orientation in EXIF is not applied (all as in TensorFlow's `decode_image`,
/// except that it rounds 16 bits down). Values are 0 … 255. JPEG is decoded by the accurate inverse
/// DCT; Keras uses TensorFlow's fast one, which differs by some levels.
///
/// Files are decoded on all cores, each directly into its place in the result, so that memory stays
/// within the result's size and about 200 MB.
///
/// ```
/// use dfdx_lab::data::ImageFolder;
/// # let folder = std::env::temp_dir().join(format!("dfdx-lab-folder-{}", std::process::id()));
/// # let pixels = image::RgbImage::from_pixel(8, 6, image::Rgb([200, 100, 50]));
/// # for class in ["cat", "dog"] {
/// #     std::fs::create_dir_all(folder.join(class))?;
/// #     pixels.save(folder.join(class).join("1.png"))?;
/// # }
/// let pets = ImageFolder::new(&folder).size(3, 4).load_flat()?;
/// assert_eq!(pets.x().shape(), [2, 3, 4, 3]);
/// assert_eq!(pets.classes(), ["cat", "dog"]);
/// let grey = ImageFolder::new(&folder).size(3, 4).grayscale().load_flat()?;
/// assert_eq!(grey.x().data()[0], 124.0);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageFolder {
    path: PathBuf,
    height: usize,
    width: usize,
    color_mode: ColorMode,
    interpolation: ResizeMethod,
    classes: Option<Vec<String>>,
    skip_broken: bool,
    verbose: u8,
}

impl ImageFolder {
    /// The folder at `path`; by default pictures are read as 256 × 256 in colour.
    pub fn new(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        ImageFolder {
            path: std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()),
            height: 256,
            width: 256,
            color_mode: ColorMode::default(),
            interpolation: ResizeMethod::default(),
            classes: None,
            skip_broken: false,
            verbose: 1,
        }
    }

    /// Resizes every picture to this height and width in pixels (Keras: `image_size`).
    pub fn size(mut self, height: usize, width: usize) -> Self {
        (self.height, self.width) = (height, width);
        self
    }

    /// Reads pictures as grey or in colour, whatever the files are.
    pub fn color_mode(mut self, mode: ColorMode) -> Self {
        self.color_mode = mode;
        self
    }

    /// One channel of brightness.
    pub fn grayscale(self) -> Self {
        self.color_mode(ColorMode::Grayscale)
    }

    /// Three channels, which is the default.
    pub fn rgb(self) -> Self {
        self.color_mode(ColorMode::Rgb)
    }

    /// The method of resizing; bilinear by default.
    pub fn interpolation(mut self, interpolation: ResizeMethod) -> Self {
        self.interpolation = interpolation;
        self
    }

    /// Leaves out pictures that cannot be read, which are an error by default.
    /// [`ImageData::skipped`] lists those of [`load`](Self::load).
    pub fn skip_broken(mut self, skip: bool) -> Self {
        self.skip_broken = skip;
        self
    }

    /// Reads the folders of these classes only, the classes in this order (Keras: `class_names`).
    pub fn classes<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.classes = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// 1, the default, prints on standard error how many files were found and, if reading takes
    /// long, the progress, at most a line a second. 0 prints nothing.
    pub fn verbose(mut self, verbose: u8) -> Self {
        self.verbose = verbose;
        self
    }

    /// Reads the Kaggle layout: folders `train` and `test`, and `val` (or `validation`, `valid`)
    /// if it is there, each with a folder for each class.
    ///
    /// # Errors
    /// If a folder is missing, has no class folder, or has files where class folders are expected;
    /// if a class folder is empty; if the parts have different classes; if there is not enough
    /// memory for the result; if pictures cannot be read and [`skip_broken`](Self::skip_broken) is
    /// not set (the error names up to ten of them).
    pub fn load(&self) -> Result<ImageData> {
        self.check()?;
        let parts = list::parts(&self.path)?;
        let train = list::classes(&parts.train, self.classes.as_deref())?;
        // All folders are looked at before the first picture is read.
        let of = |folder: &PathBuf| list::same_classes(folder, &train, &parts.train);
        let (validation, test) = (parts.validation.as_ref().map(of).transpose()?, of(&parts.test)?);
        let mut skipped = Vec::new();
        let mut read = |files: &list::Files| -> Result<Dataset> {
            let (data, broken) = load::read(self, files)?;
            skipped.extend(broken);
            Ok(data)
        };
        let train = read(&train)?;
        let validation = validation.as_ref().map(&mut read).transpose()?;
        let test = read(&test)?;
        Ok(ImageData { train, validation, test, skipped })
    }

    /// Reads one folder that has a folder for each class.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_flat(&self) -> Result<Dataset> {
        self.check()?;
        let files = list::classes(&self.path, self.classes.as_deref())?;
        Ok(load::read(self, &files)?.0)
    }

    /// Reads one part of the Kaggle layout, such as `"train"`: the folder of this name.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_split(&self, name: &str) -> Result<Dataset> {
        ImageFolder { path: self.path.join(name), ..self.clone() }.load_flat()
    }

    /// Reads one picture, given by a path or a name within the folder, with the folder's size and
    /// colours, as an array of shape (1, height, width, channels) for a prediction.
    ///
    /// ```no_run
    /// use dfdx_lab::data::ImageFolder;
    /// let picture = ImageFolder::new("pets").size(64, 64).load_one("my-own-cat.jpg")?;
    /// assert_eq!(picture.shape(), [1, 64, 64, 3]);
    /// # Ok::<(), dfdx_lab::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the file cannot be read or is not a picture.
    pub fn load_one(&self, picture: impl AsRef<Path>) -> Result<Array> {
        self.check()?;
        let picture = picture.as_ref();
        let within = self.path.join(picture);
        load::one(self, if within.exists() { &within } else { picture })
    }

    fn check(&self) -> Result<()> {
        for (what, side) in [("height", self.height), ("width", self.width)] {
            if side == 0 || side > LARGEST_SIDE {
                let expected = format!("1 to {LARGEST_SIDE} pixels");
                return Err(Error::argument(
                    format!("ImageFolder::size: the {what}"),
                    side,
                    expected,
                ));
            }
        }
        match self.verbose {
            0 | 1 => Ok(()),
            v => Err(Error::argument("ImageFolder::verbose", v, "0 or 1")),
        }
    }
}
