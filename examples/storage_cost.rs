//! The time of a trial in a storage: it is created, gets three parameters and, if asked for, three
//! reports, and is finished.
//!
//! ```sh
//! cargo run --release --example storage_cost -- file.db 300 0
//! ```
//! Prints milliseconds a trial; before each, all trials are read, as a sampler does.
//! benches/peers/storage_cost.py runs it beside Optuna.

use dfdx_lab::tune::{Choice, Direction, Distribution, TrialState, storage};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let place = args.next().unwrap_or(":memory:".to_string());
    let trials: usize = args.next().map_or(Ok(300), |n| n.parse())?;
    let reports: i64 = args.next().map_or(Ok(0), |n| n.parse())?;
    let storage = storage::open(place.as_str())?;
    let study = storage.create_study("cost", &[Direction::Minimize])?;
    let float = Distribution::Float { low: 1e-5, high: 0.1, step: None, log: true };
    let int = Distribution::Int { low: 1, high: 64, step: 1, log: false };
    let choices = vec![Choice::Text("relu".into()), Choice::Text("tanh".into())];
    let categorical = Distribution::Categorical { choices };
    let begin = Instant::now();
    for trial in 0..trials {
        let before = storage.trials(study)?;
        let (id, _) = storage.create_trial(study, None)?;
        storage.set_param(id, "rate", 1e-3, &float)?;
        storage.set_param(id, "units", (trial % 64 + 1) as f64, &int)?;
        storage.set_param(id, "activation", (trial % 2) as f64, &categorical)?;
        for step in 0..reports {
            storage.report(id, step, 0.5)?;
        }
        storage.finish(id, TrialState::Complete, &[before.len() as f64])?;
    }
    println!("{:.4}", begin.elapsed().as_secs_f64() * 1e3 / trials as f64);
    Ok(())
}
