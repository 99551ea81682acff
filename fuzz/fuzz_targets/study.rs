#![no_main]
//! A study's database with foreign values in its cells: it is listed, shown as a table, drawn and
//! copied, and asked for a trial.

use dfdx_lab::prelude::*;
use dfdx_lab_fuzz::{file, folder};
use rusqlite::Connection;
use std::sync::OnceLock;

/// The cells that a try overwrites, by table and column.
const CELLS: [&str; 20] = [
    "trial_params SET distribution_json",
    "trial_params SET param_value",
    "trial_params SET param_name",
    "trial_values SET value",
    "trial_values SET value_type",
    "trial_values SET objective",
    "trial_intermediate_values SET intermediate_value",
    "trial_intermediate_values SET intermediate_value_type",
    "trial_intermediate_values SET step",
    "trial_user_attributes SET value_json",
    "trial_system_attributes SET value_json",
    "study_user_attributes SET value_json",
    "study_system_attributes SET value_json",
    "trials SET state",
    "trials SET number",
    "trials SET datetime_start",
    "trials SET datetime_complete",
    "study_directions SET direction",
    "studies SET study_name",
    "version_info SET schema_version",
];

/// The bytes of a small study that this library wrote.
fn pristine() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let path = folder().join("pristine.db");
        let study = Study::open(&path, "s", [Direction::Minimize]).expect("a study");
        let study = study.seed(1).expect("a seed");
        for n in 0..8 {
            let mut trial = study.ask().expect("a trial");
            let x: f64 = trial.float("x", 0.0..=1.0);
            let rate: f64 = trial.log_float("rate", 1e-4..=1.0);
            let units: i64 = trial.int_step("units", 2..=8, 2);
            let kind = trial.choice("kind", ["relu", "tanh"]);
            trial.set_attribute("note", "a text").expect("an attribute");
            trial.report(0, x + 1.0).expect("a report");
            trial.report(1, x).expect("a report");
            let value = x * x - rate + units as f64 + kind.len() as f64;
            match n {
                6 => study.tell_pruned(&mut trial).expect("an end"),
                7 => study.tell_failed(&mut trial, "so").expect("an end"),
                _ => study.tell(&mut trial, value).expect("an end"),
            }
        }
        drop(study);
        let own = Connection::open(&path).expect("the database");
        own.pragma_update(None, "journal_mode", "DELETE").expect("one file");
        drop(own);
        std::fs::read(&path).expect("its bytes")
    })
}

fn ask(study: &Study) -> Result<()> {
    let mut trial = study.ask()?;
    let x: f64 = trial.float("x", 0.0..=1.0);
    let rate: f64 = trial.log_float("rate", 1e-4..=1.0);
    let units: i64 = trial.int_step("units", 2..=8, 2);
    let _ = trial.choice("kind", ["relu", "tanh"]);
    assert!(
        (0.0..=1.0).contains(&x) && (1e-4..=1.0).contains(&rate) && [2, 4, 6, 8].contains(&units)
    );
    study.tell(&mut trial, x + rate)
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let path = file("study.db", pristine());
    {
        let own = Connection::open(&path).expect("the database");
        own.pragma_update(None, "foreign_keys", false).expect("a setting");
        // Which cell, which rows (all, or one in four), and the text for it.
        for part in bytes.split(|byte| *byte == 0).take(4) {
            let [cell, rows, text @ ..] = part else { continue };
            let set = CELLS[usize::from(*cell) % CELLS.len()];
            let which = if rows % 4 == 0 { "" } else { " WHERE rowid % 4 = ?2 % 4" };
            let query = format!("UPDATE OR IGNORE {set} = ?1{which}");
            let text = String::from_utf8_lossy(text);
            // A column of numbers turns the text of a number into a number.
            let _ = match which {
                "" => own.execute(&query, (&text,)),
                _ => own.execute(&query, (&text, rows)),
            };
        }
    }
    let _ = Study::list(&path);
    let Ok(study) = Study::load(&path, "s") else { return };
    let _ = (study.trials(), study.best_trial(), study.best_params(), study.pareto_front());
    let _ = (study.best_trials(3), study.results_summary(), study.search_space_summary());
    let _ = (study.trials_table(), study.cv_results(), study.history(0));
    let _ = (study.plot_optimization_history(), study.plot_parallel_coordinates());
    let _ = (study.plot_slices(), study.plot_convergence(), study.plot_rungs());
    let _ = study.copy("memory", "copy");
    let _ = ask(&study);
    let _ = ask(&study.sampler(RandomSampler));
});
