//! Recurrent layers.

pub mod bidirectional;
mod cell;
pub mod gru;
mod kept;
pub mod lstm;
mod sequence;
mod settings;
pub mod simple_rnn;
mod steps;

pub use bidirectional::{MergeMode, Recurrent};

use gru::GRU;
use lstm::LSTM;
use simple_rnn::SimpleRNN;

type Built = Box<dyn super::Op>;
