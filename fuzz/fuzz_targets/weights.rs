#![no_main]
//! Weights in any form for an existing model: refused ones change nothing.

use dfdx_lab::prelude::*;
use dfdx_lab_fuzz::file;
use std::cell::RefCell;

thread_local! {
    /// With the layers of tests/golden/models/weights-0.1.0.safetensors.
    static MODEL: RefCell<Model> = RefCell::new(model());
}

fn model() -> Model {
    Sequential::new([3])
        .add(Dense::new(5).activation(Tanh))
        .add(BatchNormalization::new())
        .add(Dense::new(3).activation(Softmax))
        .compile("adam", "categorical_crossentropy", ())
        .expect("a model")
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    MODEL.with(|model| {
        let mut model = model.borrow_mut();
        for name in ["a.safetensors", "a.npz"] {
            let path = file(name, bytes);
            let before = model.flat_weights().to_vec();
            if model.load_weights(&path).is_err() {
                let bits = |w: &[f32]| w.iter().map(|w| w.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&before), bits(model.flat_weights()));
            }
        }
    });
});
