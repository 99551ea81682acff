//! Models whose layers branch and merge, as Keras' functional models.

mod functional;
mod functional_config;
pub(crate) mod inbound;
mod merge;
pub(super) mod merges;
mod node;
mod order;
mod shared;

pub use functional::Functional;
pub(crate) use functional::Place;
pub use merge::{Merge, MergeBackward, MergeForward, MergeInputs, Merging};
pub use node::{Input, IntoNodes, Node};
pub use shared::Shared;
