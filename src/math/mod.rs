//! Distribution functions that several rooms need.

pub mod normal;
pub mod tails;
