//! Picture data sets, in the parts that their publishers gave them.

use std::fmt;

use super::Dataset;
use crate::error::Result;
use crate::html;

/// Pictures to train on, to validate with where there are such, and to test with.
///
/// `x` of each part has shape (pictures, height, width, channels) with values 0 … 255, as Keras'
/// `load_data` gives them; labels have the classes' names; targets are one-hot. Each method applies
/// to all parts and leaves the set as it is.
///
/// ```
/// use dfdx_lab::data::datasets;
/// let digits = datasets::mnist_quick()?.only_classes(["2", "7"])?.rescaled(1.0 / 255.0)?;
/// assert_eq!(digits.train.x().shape()[1..], [28, 28, 1]);
/// assert_eq!(digits.test.classes(), ["2", "7"]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone)]
pub struct ImageData {
    /// The pictures to train on.
    pub train: Dataset,
    /// The pictures for validation, if the set has this part.
    pub validation: Option<Dataset>,
    /// The pictures to test with.
    pub test: Dataset,
    /// The files that were left out because they could not be read.
    pub(super) skipped: Vec<String>,
}

impl ImageData {
    /// A set of these parts; `None` if it has no validation part.
    pub fn new(train: Dataset, validation: impl Into<Option<Dataset>>, test: Dataset) -> ImageData {
        ImageData { train, validation: validation.into(), test, skipped: Vec::new() }
    }

    /// Multiplies every value by `factor`; `1.0 / 255.0` scales bytes to 0 … 1.
    ///
    /// # Errors
    /// As [`Dataset::rescaled`].
    pub fn rescaled(&self, factor: f32) -> Result<ImageData> {
        self.each(|part| part.rescaled(factor))
    }

    /// Each picture as one row of numbers: shape (pictures, height × width × channels).
    ///
    /// # Errors
    /// As [`Dataset::flattened`].
    pub fn flattened(&self) -> Result<ImageData> {
        self.each(Dataset::flattened)
    }

    /// The pictures of these classes only, the classes in the order given.
    ///
    /// # Errors
    /// As [`Dataset::only_classes`].
    pub fn only_classes<S: Into<String>>(
        &self,
        names: impl IntoIterator<Item = S>,
    ) -> Result<ImageData> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        self.each(|part| part.only(names.clone()))
    }

    /// The first `n` pictures of each part, or all where there are fewer.
    ///
    /// # Errors
    /// As [`Dataset::head`].
    pub fn head(&self, n: usize) -> Result<ImageData> {
        self.each(|part| part.head(n))
    }

    /// `n` pictures of each part drawn at random, each class in its share; all where there are no
    /// more than `n`.
    ///
    /// # Errors
    /// As [`Dataset::sample`].
    pub fn sample(&self, n: usize, seed: u64) -> Result<ImageData> {
        self.each(|part| part.sample(n, seed))
    }

    fn each(&self, step: impl Fn(&Dataset) -> Result<Dataset>) -> Result<ImageData> {
        Ok(ImageData {
            train: step(&self.train)?,
            validation: self.validation.as_ref().map(&step).transpose()?,
            test: step(&self.test)?,
            skipped: self.skipped.clone(),
        })
    }

    /// The files that [`ImageFolder::skip_broken`](super::ImageFolder::skip_broken) left out, each
    /// with the reason; none of a set that was read whole.
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }

    fn parts(&self) -> Vec<(&'static str, &Dataset)> {
        let validation = self.validation.iter().map(|part| ("validation", part));
        let train = std::iter::once(("train", &self.train));
        train.chain(validation).chain([("test", &self.test)]).collect()
    }

    fn caption(&self) -> String {
        let sides: Vec<String> =
            self.train.x().shape().iter().skip(1).map(usize::to_string).collect();
        let skipped = match self.skipped.len() {
            0 => String::new(),
            1 => " (1 broken file left out, see .skipped())".to_string(),
            n => format!(" ({n} broken files left out, see .skipped())"),
        };
        match sides.as_slice() {
            [numbers] => format!("Rows of {numbers} numbers{skipped}"),
            sides => format!("Pictures of {}{skipped}", sides.join(" × ")),
        }
    }

    fn head_row(&self) -> Vec<&'static str> {
        std::iter::once("class").chain(self.parts().iter().map(|part| part.0)).collect()
    }

    /// A row for each class with its pictures in each part, then the sums.
    fn rows(&self) -> Vec<Vec<String>> {
        let parts = self.parts();
        let counts: Vec<Vec<usize>> = parts.iter().map(|part| part.1.class_counts()).collect();
        let row = |(i, name): (usize, &String)| {
            let cells = counts.iter().map(|of| of.get(i).copied().unwrap_or(0).to_string());
            std::iter::once(name.clone()).chain(cells).collect()
        };
        let sums = parts.iter().map(|part| part.1.len().to_string());
        let sums = std::iter::once("all".to_string()).chain(sums).collect();
        self.train.classes().iter().enumerate().map(row).chain([sums]).collect()
    }

    /// The pictures' shape and how many each part has of each class, as HTML.
    pub fn to_html(&self) -> String {
        html::table(&self.caption(), &self.head_row(), &self.rows())
    }
}

crate::html::debug_as_display!(ImageData);

impl fmt::Display for ImageData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&html::text_table(&self.caption(), &self.head_row(), &self.rows()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;

    fn part(n: usize) -> Dataset {
        let x = Array::new([n, 2, 2, 1], vec![51.0; 4 * n]).unwrap();
        Dataset::new(x, (0..n).map(|i| i % 2).collect(), ["<no>", "yes"]).unwrap()
    }

    #[test]
    fn every_part_takes_each_step() {
        let data = ImageData::new(part(8), part(2), part(5));
        assert_eq!(
            data.to_string(),
            "Pictures of 2 × 2 × 1\nclass  train  validation  test\n<no>       4           1     3\n\
             yes        4           1     2\nall        8           2     5"
        );
        assert!(data.to_html().contains("&lt;no&gt;"), "{}", data.to_html());
        let data = data.only_classes(["yes"]).unwrap().rescaled(1.0 / 255.0).unwrap();
        let data = data.flattened().unwrap().head(2).unwrap();
        for (_, part) in data.parts() {
            assert_eq!(part.x().shape()[1..], [4]);
            assert!(part.x().data().iter().all(|&v| v == 51.0 / 255.0 || (v - 0.2).abs() < 1e-7));
            assert_eq!(part.classes(), ["yes"]);
        }
        assert_eq!((data.train.len(), data.test.len()), (2, 2));
    }

    #[test]
    fn no_validation_part_is_no_column() {
        let data = ImageData::new(part(8), None, part(6));
        assert!(data.to_string().contains("class  train  test"), "{data}");
        assert_eq!(data.sample(4, 1).unwrap().test.class_counts(), [2, 2]);
    }
}
