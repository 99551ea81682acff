//! A layer of a model as Keras' files have it.

use crate::config::Object;
use crate::nn::inbound::Source;

/// A layer, and where its weights lie.
pub(super) struct Part {
    /// The layer as Keras wrote it.
    pub layer: Object,
    /// Its unique name: Keras' if that is not taken.
    pub name: String,
    /// The outputs of parts or inputs that it takes, for each of its calls.
    pub from: Vec<Vec<Source>>,
    /// Its group in a weights file of Keras 3.
    pub group: String,
    /// The name of the layer of the outermost model that it belongs to.
    pub top: String,
    /// The axis of a batch normalization, where it was counted from the front.
    pub axis: Option<usize>,
}
