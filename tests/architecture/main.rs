//! How the code is laid out: which way its parts depend on each other, and what stands in it twice.

mod circles;
mod code;
mod repetition;
mod rooms;
