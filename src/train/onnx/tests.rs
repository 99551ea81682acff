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

#[test]
fn a_step_without_an_operation_is_refused_by_name() {
    let pictures = Array::new([4, 8, 8, 1], (0..256).map(|i| (i % 7) as f32).collect()).unwrap();
    let data = Dataset::new(pictures, vec![0, 1, 0, 1], ["a", "b"]).unwrap();
    let hog = Hog::new().pixels_per_cell(4, 4).cells_per_block(1, 1);
    let pipeline = Pipeline::new().hog(hog).standard_scaler();
    let inputs = pipeline.fit_transform(&data).unwrap().1.x().row_len();
    let net = Sequential::new([inputs]).add(Dense::new(2).activation(Softmax));
    let mut model = net.compile("sgd", "categorical_crossentropy", ()).unwrap();
    model.fit(&data, Fit::epochs(1).prepare(pipeline).verbose(0)).unwrap();
    says(&model, false, &["HOG", "save_onnx_of_prepared"]);
    let folder = tempfile::tempdir().unwrap();
    model.save_onnx_of_prepared(folder.path().join("m.onnx")).unwrap();
}
