//! What graphs compute is tested by tests/interchange.rs with onnxruntime; here, what is refused.

use crate::prelude::*;

fn says(model: &Model, of_prepared: bool, parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.onnx");
    let done =
        if of_prepared { model.save_onnx_of_prepared(&path) } else { model.save_onnx(&path) };
    let text = done.unwrap_err().to_string();
    assert!(parts.iter().all(|p| text.contains(p)), "{text}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn code_of_ones_own_is_refused_by_name() {
    let own = CustomLayer::new("Twice", 4, |x, _| x * 2.0);
    let net = Sequential::new([4]).add(Dense::new(4)).add(own);
    let model = net.compile("sgd", "mse", ()).unwrap();
    says(&model, false, &["'twice'", "'Twice'", "code"]);
}

/// Data that were prepared and then changed by hand are what no graph can make of raw rows.
#[test]
fn a_step_without_an_operation_is_refused_by_name() {
    let x = Array::new([8, 3], (0..24).map(|i| (i as f32 * 0.7).sin()).collect()).unwrap();
    let data = Dataset::new(x, (0..8).map(|i| i % 2).collect(), ["a", "b"]).unwrap();
    let ready = Pipeline::new().standard_scaler().fit_transform(&data).unwrap().1;
    let two = ready.select_columns(["x0", "x2"]).unwrap();
    let net = Sequential::new([2]).add(Dense::new(2).activation(Softmax));
    let mut model = net.compile("sgd", "categorical_crossentropy", ()).unwrap();
    model.fit(&two, Fit::epochs(1).verbose(0)).unwrap();
    says(&model, false, &["a step of the pipeline", "save_onnx_of_prepared"]);
    let folder = tempfile::tempdir().unwrap();
    model.save_onnx_of_prepared(folder.path().join("m.onnx")).unwrap();
}
