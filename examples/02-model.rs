//! A model: layers, fit, evaluate, predict, save and load. `cargo run --release --example 02-model`.

use dfdx_lab::prelude::*;

fn main() -> Result<()> {
    let digits = datasets::mnist_quick()?.rescaled(1.0 / 255.0)?;
    let mut model = Sequential::new([28, 28, 1])
        .add(Flatten::new())
        .add(Dense::new(32).activation(Relu))
        .add(Dense::new(10).activation(Softmax))
        .compile(Adam::new(0.01), CategoricalCrossentropy::new(), ["accuracy"])?;
    println!("{}", model.summary());
    let fit = Fit::epochs(5).validation_split(0.2).callback(EarlyStopping::new().patience(2));
    let history = model.fit(&digits.train, fit)?;
    println!("{history}");
    println!("test: {}", model.evaluate(&digits.test)?);
    println!("first classes: {:?}", model.predict_classes(&digits.test.head(5)?)?);
    let path = std::env::temp_dir().join("digits.dfdx");
    model.save(&path)?;
    let same = Model::load(&path)?;
    assert_eq!(same.flat_weights(), model.flat_weights());
    println!("saved to {}", path.display());
    Ok(())
}
