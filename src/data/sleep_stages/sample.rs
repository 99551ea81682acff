//! Makes the small sample in the repository's `data/quick/sleep-stages`, and checks it.

use super::{FILE_NAMES, Mouse, Row, SEED, files, simulate_all};

/// Epochs of one stretch.
const STRETCH: usize = 50;

/// The file of one mouse: stretches of epochs as they follow each other in the simulated
/// recording, numbers with three digits.
fn make(mouse: Mouse) -> String {
    let (states, rows) = simulate_all(mouse, SEED);
    let labelled = mouse != Mouse::Test;
    let mut text = files::header(labelled);
    for start in stretches(mouse, &states, &rows) {
        let range = start..start + STRETCH;
        let states = labelled.then(|| &states[range.clone()]);
        text += &files::lines(states, &rows[range], |text, number| {
            text.push_str(&match number {
                0.0 => "0".to_string(),
                small if small.abs() < 1e-3 => format!("{small:.2e}"),
                large => large.to_string(),
            });
        });
    }
    text
}

/// Starts of stretches, in order, chosen so that the states have the shares of the recording with
/// REM doubled; the first chosen of the test mouse holds an invalid row.
fn stretches(mouse: Mouse, states: &[char], rows: &[Row]) -> Vec<usize> {
    let wanted = [('w', 0.53), ('n', 0.33), ('r', 0.14)];
    let count = if mouse == Mouse::Test { 3 } else { 6 };
    let invalid = rows.iter().position(|row| row[0] < 0.0).map(|row| row / STRETCH * STRETCH);
    let mut chosen: Vec<usize> = invalid.into_iter().collect();
    while chosen.len() < count {
        let error = |start: usize| -> f64 {
            let picked = || chosen.iter().chain([&start]).flat_map(|&s| &states[s..s + STRETCH]);
            let epochs = (STRETCH * (chosen.len() + 1)) as f64;
            let miss = |&(letter, share): &(char, f64)| {
                (picked().filter(|&&state| state == letter).count() as f64 / epochs - share).abs()
            };
            wanted.iter().map(miss).sum()
        };
        let free = (0..states.len() - STRETCH)
            .step_by(STRETCH)
            .filter(|start| !chosen.contains(start))
            .min_by(|&a, &b| error(a).total_cmp(&error(b)));
        chosen.extend(free);
    }
    chosen.sort_unstable();
    chosen
}

/// Set `DFDX_LAB_WRITE_SAMPLE` to write the files anew after a change of the simulator.
#[test]
fn sample_is_what_the_simulator_makes() {
    for (i, mouse) in Mouse::ALL.into_iter().enumerate() {
        let made = make(mouse);
        if std::env::var_os("DFDX_LAB_WRITE_SAMPLE").is_some() {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/quick/sleep-stages");
            std::fs::write(std::path::Path::new(folder).join(FILE_NAMES[i]), made).unwrap();
        } else {
            // Line ends may have been changed by git.
            assert!(made.lines().eq(files::SAMPLE[i].lines()), "{mouse:?} differs");
        }
    }
}

#[test]
fn sample_has_every_state_and_an_invalid_row() {
    for text in &files::SAMPLE[..2] {
        assert_eq!(text.lines().count(), 301);
        for (state, least) in [("w,", 100), ("n,", 70), ("r,", 30)] {
            let count = text.lines().filter(|line| line.starts_with(state)).count();
            assert!(count >= least, "{count} rows of {state}");
        }
    }
    assert_eq!(files::SAMPLE[2].lines().count(), 151);
    assert_eq!(files::SAMPLE[2].lines().filter(|line| line.starts_with("-0.25,0,")).count(), 1);
}
