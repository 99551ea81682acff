//! The sleep-stage recordings of mice: simulator and reader.
