#![no_main]
//! HDF5 files: as a model of Keras 2, and as the weights of an existing model.

use dfdx_lab::prelude::*;
use dfdx_lab_fuzz::file;
use std::cell::RefCell;

thread_local! {
    /// With the layers of tests/golden/keras_files/mlp.weights.h5.
    static MODEL: RefCell<Model> = RefCell::new(
        Sequential::new([4])
            .add(Dense::new(5).activation(Tanh))
            .add(Dense::new(3).activation(Softmax))
            .compile("nadam", "categorical_crossentropy", ())
            .expect("a model"),
    );
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let path = file("a.h5", bytes);
    if let Ok(model) = Model::load_keras(&path) {
        assert_eq!(model.flat_weights().len(), model.count_params());
    }
    MODEL.with(|model| {
        let mut model = model.borrow_mut();
        let before = model.flat_weights().to_vec();
        if model.load_weights(&path).is_err() {
            let bits = |w: &[f32]| w.iter().map(|w| w.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&before), bits(model.flat_weights()));
        }
    });
});
