//! One worker of a search that many processes on many machines share through a PostgreSQL
//! database. Start one worker for each machine or core; `slurm.sh` does so as a Slurm array,
//! `kubernetes.yaml` as a Kubernetes job.
//!
//! ```text
//! export DFDX_LAB_STUDY=postgresql://user:password@host:5432/sweep
//! cargo run --release --example sweep            # works until the study has all its trials
//! cargo run --release --example sweep -- status  # shows how far it is
//! ```
//!
//! `DFDX_LAB_TRIALS` sets the total number of trials (100). `DFDX_LAB_QUICK=1` takes the small data
//! that come with the library; the whole data are fetched at the first run, into `DFDX_LAB_DATA` if
//! that is set. Every worker asks the database what to try next. A worker that is killed loses its
//! current epoch: another one continues its trial if they share the working folder, and otherwise
//! begins the trial again.

use dfdx_lab::data::datasets;
use dfdx_lab::prelude::*;

const STUDY: &str = "clothes";

fn network(hp: &mut Hp) -> Result<Model> {
    let layers: usize = hp.int("layers", 1..=4);
    let units: usize = hp.log_int("units", 16..=256);
    let activation = hp.choice("activation", [Relu, Elu, Tanh]);
    let dropout: f32 = hp.float("dropout", 0.0..=0.5);
    let mut network = Sequential::new([784]);
    for _ in 0..layers {
        network = network.add(Dense::new(units).activation(activation)).add(Dropout::new(dropout));
    }
    network.add(Dense::new(10).activation(Softmax)).compile(
        Adam::new(hp.log_float("learning_rate", 1e-4..=1e-2)),
        CategoricalCrossentropy::new(),
        ["accuracy"],
    )
}

fn main() -> Result<()> {
    let place = std::env::var("DFDX_LAB_STUDY").map_err(|_| {
        Error::argument("DFDX_LAB_STUDY", "not set", "the study's database, as in the first lines")
    })?;
    match std::env::args().nth(1).as_deref() {
        Some("status") => {
            let study = Study::load(&place, STUDY)?;
            println!("{}\n{}", study.results_summary()?, study.best_trials(5)?);
            Ok(())
        }
        Some(other) => Err(Error::argument("the command", other, "nothing or `status`")),
        None => work(&place),
    }
}

fn work(place: &str) -> Result<()> {
    let quick = std::env::var_os("DFDX_LAB_QUICK").is_some();
    let trials = match std::env::var("DFDX_LAB_TRIALS") {
        Err(_) => 100,
        Ok(text) => text
            .parse()
            .map_err(|_| Error::argument("DFDX_LAB_TRIALS", text, "the number of trials"))?,
    };
    let clothes = if quick { datasets::fashion_mnist_quick()? } else { datasets::fashion_mnist()? };
    let clothes = clothes.flattened()?.rescaled(1.0 / 255.0)?;
    let study = TpeSearch::new(network)
        .fit(Fit::epochs(10).batch_size(64).validation_split(0.2))
        .pruner(MedianPruner::new())
        .objective("val_accuracy")
        .name(STUDY)
        .max_trials(trials)
        .seed(1)
        .run(&clothes.train, place)?;
    println!("{study}");
    Ok(())
}
