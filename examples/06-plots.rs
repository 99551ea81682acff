//! Plots as PNG, SVG and PDF: `cargo run --release --example 06-plots -- FOLDER`.

use dfdx_lab::prelude::*;
use std::path::PathBuf;

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "plots".to_string()));
    std::fs::create_dir_all(&folder).map_err(|e| Error::io(&folder, e))?;
    let digits = datasets::mnist_quick()?.rescaled(1.0 / 255.0)?;
    let mut model = Sequential::new([28, 28, 1])
        .add(Flatten::new())
        .add(Dense::new(10).activation(Softmax))
        .compile("adam", "categorical_crossentropy", ["accuracy"])?;
    let history = model.fit(&digits.train, Fit::epochs(5).validation_split(0.2).verbose(0))?;
    history.plot()?.save(folder.join("history.pdf"))?;
    model.confusion_matrix(&digits.test)?.plot()?.save(folder.join("confusion.svg"))?;
    let x: Vec<f64> = (0..100).map(|i| f64::from(i) / 10.0).collect();
    let waves = [("sine", x.iter().map(|x| x.sin()).collect::<Vec<_>>())];
    plot::lines(&x, &waves)?.save(folder.join("waves.png"))?;
    println!("three plots in {}", folder.display());
    Ok(())
}
