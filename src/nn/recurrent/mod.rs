//! Recurrent layers.

mod bidirectional;
mod cell;
mod gru;
mod kept;
mod lstm;
mod sequence;
mod settings;
mod simple_rnn;

pub use bidirectional::{Bidirectional, MergeMode, Recurrent};
pub use gru::GRU;
pub use lstm::LSTM;
pub use simple_rnn::SimpleRNN;

type Built = Box<dyn super::Op>;
