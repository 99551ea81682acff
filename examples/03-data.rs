//! A table with texts and gaps, prepared by a pipeline: `cargo run --release --example 03-data`.

use dfdx_lab::prelude::*;

const ROWS: &str = "age,port,fare,survived
22,S,7.25,no
38,C,71.28,yes
26,S,,yes
35,S,53.1,yes
,Q,8.46,no
54,S,51.86,no
2,S,21.08,no
27,S,11.13,yes
14,C,30.07,yes
58,S,26.55,yes
20,S,8.05,no
39,,31.28,no
";

fn main() -> Result<()> {
    let path = std::env::temp_dir().join("dfdx-lab-03-data.csv");
    std::fs::write(&path, ROWS).map_err(|e| Error::io(&path, e))?;
    let table = Table::read_csv(&path)?;
    println!("{table}");
    let data = Dataset::from_table(&table, "survived", ["age", "port", "fare"])?;
    // The pipeline learns from the training rows alone, and the model keeps it.
    let steps = Pipeline::new().impute(Fill::Median).one_hot().standard_scaler();
    let mut model = Sequential::new([6])
        .add(Dense::new(4).activation(Relu))
        .add(Dense::new(2).activation(Softmax))
        .compile("adam", "categorical_crossentropy", ["accuracy"])?;
    model.fit(&data, Fit::epochs(100).batch_size(4).prepare(steps).verbose(0))?;
    println!("{}", model.evaluate(&data)?);
    // One row of raw values goes through the same steps.
    println!("{}", model.predict_one((("age", 30.0), ("port", "S"), ("fare", 20.0)))?);
    Ok(())
}
