//! The bridge to dfdx, both ways: a dfdx module is used as a layer, a trained model becomes a dfdx
//! module, and a network is one operation on dfdx's tape. Custom layers and losses are dfdx code.
//!
//! dfdx's prelude and this library's share names (`Adam`, `Sgd`, `Tanh`, `Softmax`, `Dropout`, …).
//! This library's prelude therefore has all of dfdx under `dx`, as in `dx::Linear<25, 8>` and
//! `dx::Adam`; [`tensors`] has dfdx's traits, shapes, and the modules whose names do not collide.

mod custom_layer;
mod custom_loss;
mod export;
mod grad_cam;
mod inputs;
mod module;
mod on_tape;
mod parts;
pub mod prelu;
mod probe;
pub mod tape;
pub mod tensors;

pub use custom_layer::{CustomLayer, LayerWeights, TapedWeights};
pub use custom_loss::{CustomLoss, TapedValue};
pub use inputs::{ModuleInput, ModuleOutput, Picture, Row, Sequence, Tokens};
pub use module::{DfdxLayer, DfdxModule, DfdxSequence, DfdxTokens};
pub use on_tape::OnTape;
pub use tape::{Rows, TapedRows, Weights};

/// dfdx's prelude and optimisers, as in `dx::Linear<25, 8>`, `dx::ReLU` and `dx::Adam`.
/// [`PReLU`](prelu::PReLU) and [`PReLU1D`](prelu::PReLU1D) are this library's versions, which take
/// batches of any size.
pub mod dx {
    pub use super::prelu::{PReLU, PReLU1D};
    pub use dfdx::optim::*;
    pub use dfdx::prelude::*;
}

/// The names that a notebook uses.
pub mod prelude {
    pub use super::dx;
    pub use super::{CustomLayer, CustomLoss, DfdxLayer, DfdxModule, DfdxSequence, DfdxTokens};
}

#[cfg(test)]
mod custom_tests;
#[cfg(test)]
mod export_tests;
#[cfg(test)]
mod module_tests;
