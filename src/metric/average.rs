//! Averages of a metric over classes.

/// How a metric is averaged over several classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Average {
    /// The metric of the counts of all classes together.
    Micro,
    /// The mean over the classes.
    Macro,
    /// The mean over the classes, weighted by their numbers of true samples.
    Weighted,
    /// The metric of one class, by its index.
    Class(usize),
}

impl Average {
    /// Keras' name; none for a single class.
    pub(super) fn keras(self) -> Option<&'static str> {
        match self {
            Average::Micro => Some("micro"),
            Average::Macro => Some("macro"),
            Average::Weighted => Some("weighted"),
            Average::Class(_) => None,
        }
    }
}
