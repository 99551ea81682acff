//! The sleep-stage report's experiments outside a notebook:
//! `cargo run --release --example sleep_stages [quick]`.

use dfdx_lab::data::datasets;
use dfdx_lab::prelude::*;
use std::time::Instant;

fn main() -> Result<()> {
    let quick = std::env::args().any(|a| a == "quick");
    let start = Instant::now();
    let mice = if quick { datasets::sleep_stages_quick()? } else { datasets::sleep_stages()? };
    println!("{mice}\nread in {:.1} s", start.elapsed().as_secs_f64());
    let folds = KFold::new(3).shuffle(42);
    let scaled = |epochs: usize| {
        let fit = Fit::epochs(if quick { epochs / 10 } else { epochs }).verbose(0);
        fit.prepare(Pipeline::new().standard_scaler())
    };
    let data = mice.train_data(frequencies(1..=25))?;

    let awake = data.clone();
    let awake = Dataset::from_table(&mice.train, "state", awake.columns().to_vec())?
        .with_classes(&SleepStages::awake_or_asleep())?
        .with_plus_minus("awake")?;
    let model = Sequential::new([25])
        .add(Dense::new(4).activation(Tanh))
        .add(Dense::new(1).activation(Tanh))
        .compile(Sgd::new(1e-4).momentum(0.9), MeanSquaredError::new(), ())?;
    tell("experiment 1, awake or asleep", &folds.fit(&model, &awake, scaled(50))?, start);

    let model = |inputs: usize, hidden: Activation| {
        Sequential::new([inputs])
            .add(Dense::new(8).activation(hidden))
            .add(Dense::new(3).activation(Softmax))
    };
    let loss = CategoricalCrossentropy::new();
    let sgd = Sgd::new(0.001).momentum(0.99);
    let second = model(25, Relu).compile(sgd, loss, ())?;
    tell("experiment 2, three states", &folds.fit(&second, &data, scaled(50))?, start);

    let all = mice.train_data(frequencies(1..=101))?;
    let best = model(50, LeakyRelu).compile(Adam::new(0.001), loss, ())?;
    let fit = scaled(100).prepare(Pipeline::new().select_k_best(50).standard_scaler());
    tell("the 50 best columns", &folds.fit(&best, &all, fit)?, start);

    let window = mice.train_data(frequencies(1..=25))?.past_window(4)?;
    let past = model(125, Relu).compile(Adam::new(0.001), loss, ())?;
    tell("a past window of 4 epochs", &folds.fit(&past, &window, scaled(50))?, start);
    Ok(())
}

fn tell(what: &str, folds: &Folds, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    println!("\n{what} (after {seconds:.1} s)\n{}", folds.confusion_matrix().report());
}
