//! The sleep-stage report's grid ("tuner, 2nd try") as a study that survives its process: `cargo
//! run --release --example tune_sleep_stages [quick]`. Kill it and run it again: it continues.
//!
//! `bench EPOCHS` runs the same in a new file and prints the time, to be compared with
//! `benches/peers/keras_tuner_grid.py`. `memory TRIALS` runs many small trials and prints the
//! resident size.

use dfdx_lab::data::datasets;
use dfdx_lab::prelude::*;
use std::time::Instant;

fn grid(hp: &mut Hp) -> Result<Model> {
    Sequential::new([25])
        .add(Dense::new(8).activation(hp.choice("activation", [Relu, Sigmoid])))
        .add(Dense::new(8).activation(hp.choice("activation2nd", [Relu, Sigmoid])))
        .add(Dense::new(3).activation(Softmax))
        .compile(Adam::new(0.001), CategoricalCrossentropy::new(), [F1Score::weighted()])
}

fn search(epochs: usize) -> Search {
    GridSearch::new(grid)
        .fit(Fit::epochs(epochs))
        .prepare(Pipeline::new().standard_scaler())
        .objective("val_f1_score")
        .cross_validate(KFold::new(3).shuffle(42))
        .seed(42)
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, or: usize| arguments.get(i).and_then(|a| a.parse().ok()).unwrap_or(or);
    let folder = std::env::temp_dir().join("dfdx-lab-tune-sleep-stages");
    match arguments.first().map(String::as_str) {
        Some("bench") => bench(&folder, number(1, 100)),
        Some("memory") => memory(&folder, number(1, 2000)),
        Some("quick") => {
            let data = datasets::sleep_stages_quick()?.train_data(frequencies(1..=25))?;
            println!("{}", search(20).run(&data, folder.join("quick.db"))?);
            Ok(())
        }
        _ => {
            let data = datasets::sleep_stages()?.train_data(frequencies(1..=25))?;
            println!("{}", search(100).run(&data, folder.join("sleep.db"))?);
            Ok(())
        }
    }
}

fn bench(folder: &std::path::Path, epochs: usize) -> Result<()> {
    let data = datasets::sleep_stages()?.train_data(frequencies(1..=25))?;
    let place = folder.join(format!("bench-{}.db", std::process::id()));
    let begin = Instant::now();
    let study = search(epochs).verbose(0).run(&data, &place)?;
    let seconds = begin.elapsed().as_secs_f64();
    println!("{study}");
    let rows = data.len();
    println!("{rows} rows, 4 trials of 3 folds of {epochs} epochs: {seconds:.2} s");
    Study::delete(&place, &study.name())?;
    std::fs::remove_file(&place).map_err(|e| Error::io(&place, e))
}

fn memory(folder: &std::path::Path, trials: usize) -> Result<()> {
    let data = datasets::sleep_stages_quick()?.train_data(frequencies(1..=25))?;
    let data = data.take(&(0..300).collect::<Vec<_>>())?;
    let place = folder.join(format!("memory-{}.db", std::process::id()));
    let search = RandomSearch::new(|hp| {
        let units = hp.int("units", 4..=64);
        let rate = hp.log_float("rate", 1e-4..=1e-1);
        Sequential::new([25])
            .add(Dense::new(units).activation(hp.choice("activation", [Relu, Tanh])))
            .add(Dense::new(3).activation(Softmax))
            .compile(Adam::new(rate), CategoricalCrossentropy::new(), ["accuracy"])
    });
    let search = search.fit(Fit::epochs(2).validation_split(0.2)).seed(1).verbose(0);
    let mut at = 100.min(trials);
    while at <= trials {
        let begin = Instant::now();
        search.clone().max_trials(at).run(&data, &place)?;
        println!("{at} trials: {} kB, {:.2} s", resident(), begin.elapsed().as_secs_f64());
        at += 100.max(trials / 10);
    }
    Study::delete(&place, &search.run(&data, &place)?.name())?;
    std::fs::remove_file(&place).map_err(|e| Error::io(&place, e))
}

/// Resident kilobytes, if the system reports them.
fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.split_whitespace().next()).unwrap_or("?").to_string()
}
