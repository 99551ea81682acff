//! The layout of the code: which way its parts depend on each other, and what is repeated in it.

mod circles;
mod code;
mod repetition;
mod rooms;
