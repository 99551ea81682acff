//! Decoding a network's outputs into class indices.

use super::{Dataset, Targets};
use crate::array::{Array, argmax};
use crate::error::{Error, Result};

impl Dataset {
    /// The class of each row of a network's outputs, as an index into [`classes`](Self::classes):
    /// the largest output for one-hot targets, the side of 0 for -1 / +1 targets, and the side of 0.5
    /// for 0 / 1 targets.
    ///
    /// # Errors
    /// If the targets are not classes, there are more than two classes for a single output, or the
    /// outputs have another width than the targets.
    pub fn decode(&self, outputs: &Array) -> Result<Vec<usize>> {
        self.decode_around(None, outputs)
    }

    /// The same, with another threshold for a single output.
    pub(crate) fn decode_around(&self, middle: Option<f32>, outputs: &Array) -> Result<Vec<usize>> {
        let width = outputs.row_len();
        let (own, class) = match &self.targets {
            Targets::OneHot if width == self.classes.len() => {
                return Ok(outputs.data().chunks_exact(width).map(argmax).collect());
            }
            Targets::PlusMinus(class) if width == 1 => (0.0, self.class_index(class)?),
            Targets::Binary(class) if width == 1 => (0.5, self.class_index(class)?),
            Targets::OneHot | Targets::PlusMinus(_) | Targets::Binary(_) => {
                return Err(Error::shape(
                    "Dataset::decode: the outputs",
                    outputs.shape(),
                    format!("the targets have {} values a row", self.y.row_len()),
                ));
            }
            Targets::Values(_) | Targets::None => {
                return Err(Error::argument(
                    "Dataset::decode: the targets",
                    "no classes",
                    "one-hot, -1 / +1 or 0 / 1 targets",
                ));
            }
        };
        let middle = middle.unwrap_or(own);
        let [other] = (0..self.classes.len()).filter(|&c| c != class).collect::<Vec<_>>()[..]
        else {
            return Err(Error::argument(
                "Dataset::decode: the number of classes",
                self.classes.len(),
                "2 for a single output",
            )
            .hint("group the labels into two classes by Dataset::with_classes"));
        };
        Ok(outputs.data().iter().map(|v| if *v > middle { class } else { other }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_target() {
        let x = Array::zeros([3, 1]).unwrap();
        let data = Dataset::new(x, vec![0, 1, 1], ["awake", "asleep"]).unwrap();
        let two = Array::new([3, 2], vec![0.9, 0.1, 0.2, 0.8, 0.4, 0.6]).unwrap();
        assert_eq!(data.decode(&two).unwrap(), [0, 1, 1]);
        let one = Array::new([3, 1], vec![0.2, -0.3, 0.7]).unwrap();
        assert!(data.decode(&one).is_err());
        assert_eq!(data.with_plus_minus("awake").unwrap().decode(&one).unwrap(), [0, 1, 0]);
        assert_eq!(data.with_binary("awake").unwrap().decode(&one).unwrap(), [1, 1, 0]);
        // One against the rest: the rest is one class.
        let x = Array::new([3, 1], vec![0.0; 3]).unwrap();
        let three = Dataset::new(x, vec![0, 1, 2], ["a", "b", "c"]).unwrap();
        for data in [three.with_binary("a").unwrap(), three.with_plus_minus("a").unwrap()] {
            let right = Array::new([3, 1], vec![0.9, -0.4, -0.8]).unwrap();
            assert_eq!(data.decode(&right).unwrap(), data.labels());
            assert_eq!(
                (data.classes(), data.class_counts()),
                (&["not a", "a"].map(String::from)[..], vec![2, 1])
            );
        }
        assert!(three.with_binary("d").is_err());
    }
}
