//! How a figure of several classes becomes one.

/// How the values of several classes are averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Average {
    /// From the counts of all classes together.
    Micro,
    /// The mean over the classes.
    Macro,
    /// The mean over the classes, each weighted by its true samples.
    Weighted,
    /// That of one class, by its index.
    Class(usize),
}

impl Average {
    /// Keras' name of what makes one figure of all classes.
    pub(super) fn keras(self) -> Option<&'static str> {
        match self {
            Average::Micro => Some("micro"),
            Average::Macro => Some("macro"),
            Average::Weighted => Some("weighted"),
            Average::Class(_) => None,
        }
    }
}
