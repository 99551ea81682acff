//! A search for hyper-parameters that continues where it was stopped:
//! `cargo run --release --example 05-search`. Run it twice: the second time nothing is left to do.

use dfdx_lab::prelude::*;

fn model(hp: &mut Hp) -> Result<Model> {
    let units = hp.choice("units", [4, 8]);
    let activation = hp.choice("activation", [Relu, Sigmoid]);
    Sequential::new([25])
        .add(Dense::new(units).activation(activation))
        .add(Dense::new(3).activation(Softmax))
        .compile(Adam::new(0.01), CategoricalCrossentropy::new(), ["accuracy"])
}

fn main() -> Result<()> {
    let data = datasets::sleep_stages_quick()?.train_data(frequencies(1..=25))?;
    let path = std::env::temp_dir().join("dfdx-lab-05-search.db");
    let study = GridSearch::new(model)
        .fit(Fit::epochs(3).validation_split(0.2))
        .prepare(Pipeline::new().standard_scaler())
        .objective("val_accuracy")
        .seed(1)
        .run(&data, &path)?;
    println!("{}", study.best_trials(4)?);
    println!("the study is in {}, which Optuna opens too", path.display());
    Ok(())
}
