//! Cross-validation of two models, and whether they differ: `cargo run --release --example 04-folds`.

use dfdx_lab::prelude::*;

fn model(units: usize) -> Result<Model> {
    Sequential::new([25])
        .add(Dense::new(units).activation(Relu))
        .add(Dense::new(3).activation(Softmax))
        .compile(Adam::new(0.01), CategoricalCrossentropy::new(), [F1Score::weighted()])
}

fn main() -> Result<()> {
    let data = datasets::sleep_stages_quick()?.train_data(frequencies(1..=25))?;
    let fit = Fit::epochs(5).prepare(Pipeline::new().standard_scaler()).verbose(0);
    let folds = KFold::new(3).shuffle(42);
    let small = folds.fit(&model(2)?, &data, &fit)?;
    let large = folds.fit(&model(16)?, &data, &fit)?;
    println!("2 units:\n{small}\n16 units:\n{large}");
    println!("{}", large.confusion_matrix());
    let [a, b] = [&small, &large].map(|folds| folds.scores("val_f1_score"));
    println!("{}", stats::paired_t_test(&a?, &b?)?);
    Ok(())
}
