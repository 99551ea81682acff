//! The three CSV files: written once into a cache folder, or a person's own.

use super::constants::VERSION;
use super::{Mouse, Recording, Row, simulate};
use crate::data::datasets::cache;
use crate::{Error, Result};
use rayon::prelude::*;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Names of the files, in the order of [`Mouse::ALL`].
pub const FILE_NAMES: [&str; 3] =
    ["EEG_mouse_data_1.csv", "EEG_mouse_data_2.csv", "EEG_mouse_data_test.csv"];

/// The seed of the simulated files: one whose recordings are typical, as the networks of the
/// reports reach on them what they reach on the mean of many seeds and on the real recordings.
pub const SEED: u64 = 2;

/// The small sample in the repository's `data/quick/sleep-stages`, in the order of [`FILE_NAMES`].
pub(super) const SAMPLE: [&str; 3] = [
    include_str!("../../../data/quick/sleep-stages/EEG_mouse_data_1.csv"),
    include_str!("../../../data/quick/sleep-stages/EEG_mouse_data_2.csv"),
    include_str!("../../../data/quick/sleep-stages/EEG_mouse_data_test.csv"),
];

/// Where the three files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Mouse 1, mouse 2, test mouse.
    pub paths: [PathBuf; 3],
    /// Which of them are simulated; the others are a person's own.
    pub simulated: [bool; 3],
}

/// Makes sure that the three files exist, and says where.
///
/// The files are looked for in `folder`, or else in the folder that the environment variable
/// `DFDX_LAB_DATA` names, or else in `dfdx-lab` in the platform's cache folder (`$XDG_CACHE_HOME`
/// or `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`). Your own files are found there under
/// [`FILE_NAMES`], or in its sub-folder `sleep-stages`; they are never written to. Missing files
/// are simulated, about 250 MB, in a sub-folder named after the version of the simulator.
///
/// # Errors
/// When no cache folder is known, or a file cannot be written.
pub fn files(folder: Option<&Path>) -> Result<Files> {
    let (own, made) = places(&cache::root(folder)?);
    let mut files = Files { paths: made, simulated: [true; 3] };
    for (i, mouse) in Mouse::ALL.into_iter().enumerate() {
        if let Some(own) = own[i].iter().find(|path| path.is_file()) {
            (files.paths[i], files.simulated[i]) = (own.clone(), false);
        } else if !files.paths[i].is_file() {
            write_csv(&simulate(mouse, SEED), &files.paths[i])?;
        }
    }
    Ok(files)
}

/// For each file where a person's own may be in a data folder, and where a simulated one is written.
pub(in crate::data) fn places(root: &Path) -> ([[PathBuf; 2]; 3], [PathBuf; 3]) {
    let folder = root.join("sleep-stages");
    let made = folder.join(format!("simulated-{VERSION}"));
    (
        FILE_NAMES.map(|name| [root.join(name), folder.join(name)]),
        FILE_NAMES.map(|name| made.join(name)),
    )
}

/// Makes sure that the files of the small sample exist (300, 300 and 150 rows, simulated, from the
/// repository's `data/quick/sleep-stages`), and says where: among the system's temporary files where the
/// data folder cannot be written. A person's own files are not looked for.
///
/// # Errors
/// As [`files`].
pub fn quick_files(folder: Option<&Path>) -> Result<Files> {
    let root = cache::writable(folder)?;
    let made = root.join("sleep-stages").join(format!("quick-{VERSION}"));
    let paths = FILE_NAMES.map(|name| made.join(name));
    for (path, text) in paths.iter().zip(SAMPLE) {
        if !path.is_file() {
            replace(path, |file| file.write_all(text.as_bytes()))?;
        }
    }
    Ok(Files { paths, simulated: [true; 3] })
}

/// Writes a recording as CSV: a header, then a row for each epoch, with `state` first where there
/// are states. Numbers are the shortest that read back to the same double. The file appears only
/// when it is complete, so it does no harm when two processes write it at once.
///
/// # Errors
/// When the folder or the file cannot be written, or the states are not as many as the rows.
pub fn write_csv(recording: &Recording, path: &Path) -> Result<()> {
    let rows = &recording.amplitudes;
    let states = recording.states.as_deref();
    if let Some(states) = states.filter(|states| states.len() != rows.len()) {
        let expected = format!("there are {} rows of amplitudes", rows.len());
        return Err(Error::shape("Recording::states", &[states.len()], expected));
    }
    replace(path, |file| {
        file.write_all(header(states.is_some()).as_bytes())?;
        // Formatted on all cores, a part at a time so that memory stays small.
        const PART: usize = 256;
        for (part, rows) in rows.chunks(PART * 32).enumerate() {
            let text: Vec<String> = rows
                .par_chunks(PART)
                .enumerate()
                .map(|(piece, rows)| {
                    let first = (part * 32 + piece) * PART;
                    let states = states.map(|states| &states[first..first + rows.len()]);
                    lines(states, rows, |text, number| {
                        // Rust prints no exponent by itself, and small amplitudes need one.
                        let small = number != 0.0 && number.abs() < 1e-4;
                        let _ = if small {
                            write!(text, "{number:e}")
                        } else {
                            write!(text, "{number}")
                        };
                    })
                })
                .collect();
            text.iter().try_for_each(|text| file.write_all(text.as_bytes()))?;
        }
        Ok(())
    })
}

pub(super) fn header(with_states: bool) -> String {
    let names: Vec<String> = (with_states.then(|| "state".to_string()).into_iter())
        .chain((1..=101).map(|k| format!("amplitude_around_{k}_Hertz")))
        .collect();
    names.join(",") + "\n"
}

/// The rows as lines of CSV, numbers by `print`.
pub(super) fn lines(
    states: Option<&[char]>,
    rows: &[Row],
    print: impl Fn(&mut String, f64),
) -> String {
    let mut text = String::with_capacity(rows.len() * 2400);
    for (i, row) in rows.iter().enumerate() {
        text.extend(states.map(|states| states[i]));
        for (k, &number) in row.iter().enumerate() {
            if k > 0 || states.is_some() {
                text.push(',');
            }
            print(&mut text, number);
        }
        text.push('\n');
    }
    text
}

/// Writes a file beside its place and renames it, so that no other process sees half of it.
fn replace(
    path: &Path,
    write: impl FnOnce(&mut std::io::BufWriter<std::fs::File>) -> std::io::Result<()>,
) -> Result<()> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let part = path.with_extension(format!(
        "{}-{}.part",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    ));
    let written = (|| {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = std::io::BufWriter::new(std::fs::File::create(&part)?);
        write(&mut file)?;
        file.into_inner().map_err(|error| error.into_error())?.sync_all()?;
        std::fs::rename(&part, path)
    })();
    written.map_err(|source| {
        let _ = std::fs::remove_file(&part);
        Error::io(path, source)
    })
}
