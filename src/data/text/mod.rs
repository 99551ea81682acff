//! Texts and lists of numbers as arrays.

mod pad_sequences;
mod text_vectorization;

pub use pad_sequences::{PadSequences, pad_sequences};
pub use text_vectorization::TextVectorization;
