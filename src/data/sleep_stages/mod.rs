//! The sleep-stage recordings of three mice: simulator and files.
//!
//! The recordings themselves (EEG of mice in epochs of four seconds, each with the amplitudes
//! around 1, 2, … 101 Hz and, for two mice, the sleep state) are not public. [`simulate`] makes
//! recordings with the published bouts, moments, spectra and confusions; [`files`] writes them once
//! into a cache folder, or finds a person's own there.
//!
//! ```
//! use dfdx_lab::data::sleep_stages::{Mouse, simulate};
//!
//! let recording = simulate(Mouse::First, 42);
//! assert_eq!(recording.amplitudes.len(), 20258);
//! let states = recording.states.unwrap();
//! assert_eq!(states.iter().filter(|&&state| state == 'w').count(), 12172);
//! ```

mod constants;
mod files;
pub(super) mod random;
#[cfg(test)]
mod sample;
mod spectrum;
mod states;
#[cfg(test)]
mod tests;

pub(super) use files::places;
pub use files::{FILE_NAMES, Files, SEED, files, quick_files, write_csv};

/// The amplitudes around 1, 2, … 101 Hz in one epoch of four seconds.
pub type Row = [f64; 101];

/// A mouse of the recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// Mouse 1: 20258 labelled epochs, with strong movement artefacts around 1 Hz.
    First,
    /// Mouse 2: 20605 labelled epochs.
    Second,
    /// The test mouse: 80109 epochs without labels, 16 of them invalid.
    Test,
}

impl Mouse {
    /// All three, in the order of their files.
    pub const ALL: [Mouse; 3] = [Mouse::First, Mouse::Second, Mouse::Test];

    /// The number of epochs, which are the rows of its file.
    pub fn rows(self) -> usize {
        match self {
            Mouse::First => 20258,
            Mouse::Second => 20605,
            Mouse::Test => 80109,
        }
    }
}

/// The recording of one mouse.
#[derive(Clone, PartialEq)]
pub struct Recording {
    /// The state of each epoch: 'w' awake, 'n' NREM, 'r' REM; none for the test mouse.
    pub states: Option<Vec<char>>,
    /// One row for each epoch. An invalid epoch of the test mouse has -0.25 in its first column,
    /// -1 in its last and 0 in all others.
    pub amplitudes: Vec<Row>,
}

/// How many epochs there are, and whether their states are known.
impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let states = if self.states.is_some() { "with" } else { "without" };
        write!(f, "Recording({} epochs, {states} states)", self.amplitudes.len())
    }
}

/// Makes the recording of one mouse. The same seed gives the same bits on every machine, with any
/// number of threads.
pub fn simulate(mouse: Mouse, seed: u64) -> Recording {
    let (states, amplitudes) = simulate_all(mouse, seed);
    Recording { states: (mouse != Mouse::Test).then_some(states), amplitudes }
}

/// As [`simulate`], with the states of the test mouse too.
fn simulate_all(mouse: Mouse, seed: u64) -> (Vec<char>, Vec<Row>) {
    let stream = (mouse as u64) << 32;
    let states = states::sequence(mouse, &mut random::Random::new(seed, stream));
    let amplitudes = spectrum::amplitudes(mouse, &states, seed, stream + 1);
    (states, amplitudes)
}
