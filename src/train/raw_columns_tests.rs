//! Models on tables with text and missing values, from the table to a single row.

use super::RowValue;
use crate::prelude::*;

fn table() -> Table {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/raw_columns.csv");
    Table::read(path).unwrap()
}

fn steps() -> Pipeline {
    Pipeline::new().impute(Fill::Median).one_hot().standard_scaler()
}

fn model(inputs: usize) -> Model {
    let net = Sequential::new([inputs]).add(Dense::new(4).activation(Relu));
    let net = net.add(Dense::new(2).activation(Softmax));
    net.compile(Adam::new(0.01), "categorical_crossentropy", ["accuracy"]).unwrap()
}

#[track_caller]
fn says<T>(result: Result<T>, parts: &[&str]) {
    let Err(error) = result else { panic!("no error") };
    let text = error.to_string();
    parts.iter().for_each(|part| assert!(text.contains(part), "'{text}' does not say '{part}'"));
}

#[test]
fn a_model_prepares_raw_rows_also_after_it_was_saved() {
    let data = Dataset::from_table_all(&table(), "survived").unwrap();
    let parts = data.train_test_split(0.25, 1).unwrap();
    let mut model = model(10);
    let fit = Fit::epochs(3).verbose(0).validation_split(0.2).prepare(steps());
    model.fit(&parts.train, fit).unwrap();
    assert_eq!(model.columns(), ["age", "fare", "class", "sex", "port", "change"]);
    assert_eq!(model.features().len(), 10);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.dfdx");
    model.save(&path).unwrap();
    let loaded = Model::load(&path).unwrap();
    assert_eq!(model.predict(&parts.test).unwrap(), loaded.predict(&parts.test).unwrap());
    let row = (
        ("age", 22.0),
        ("fare", 7.25),
        ("class", 3),
        ("sex", "male"),
        ("port", "S"),
        ("change", 0),
    );
    let one = loaded.predict_one(row).unwrap();
    let text = [
        ("sex", "male"),
        ("age", "22"),
        ("fare", "7.25"),
        ("class", "3"),
        ("port", "S"),
        ("change", "0"),
    ];
    assert_eq!(one, model.predict_one(text).unwrap());
    // What is missing is imputed, in whichever way it is said.
    let gap = |age: RowValue| {
        let row = (
            ("age", age),
            ("fare", 7.25),
            ("class", 3),
            ("sex", "male"),
            ("port", ""),
            ("change", 0),
        );
        loaded.predict_one(row).unwrap()
    };
    assert_eq!(gap(RowValue::Missing), gap(f64::NAN.into()));
    assert_eq!(gap(None::<f64>.into()), gap("".into()));
    assert_ne!(gap(RowValue::Missing), gap(70.0.into()));
    let wrong = (
        ("age", "old"),
        ("fare", 7.25),
        ("class", 3),
        ("sex", "male"),
        ("port", "S"),
        ("change", 0),
    );
    says(loaded.predict_one(wrong), &["'age'", "numbers"]);
    let unseen =
        (("age", 1), ("fare", 7.25), ("class", 3), ("sex", "x"), ("port", "S"), ("change", 0));
    says(loaded.predict_one(unseen), &["'sex'", "'x'", "handle_unknown"]);
    // Read by onnxruntime in tests/interchange.rs.
    loaded.save_onnx(folder.path().join("m.onnx")).unwrap();
}

#[test]
fn what_is_missing_in_the_pipeline_is_said_before_the_work() {
    let data = Dataset::from_table_all(&table(), "survived").unwrap();
    let fit = |steps: Pipeline| Fit::epochs(1).verbose(0).prepare(steps);
    let plain = Fit::epochs(1).verbose(0);
    says(model(6).fit(&data, &plain), &["Model::fit", "'sex'", ".one_hot()"]);
    says(KFold::new(3).fit(&model(6), &data, &plain), &["'sex'", ".one_hot()"]);
    says(model(10).fit(&data, fit(Pipeline::new().one_hot())), &["'change'", ".impute("]);
    let (_, bare) = Pipeline::new().one_hot().fit_transform(&data).unwrap();
    says(model(10).evaluate(&bare), &["'change'", ".impute("]);
    says(model(10).predict(&data), &["'sex'"]);
    let folds = KFold::new(3).shuffle(1).fit(&model(10), &data, fit(steps())).unwrap();
    assert_eq!(folds.models().len(), 3);
    says(data.plot_scatter("age", "sex"), &["'sex'", "text"]);
}
