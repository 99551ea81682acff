#![no_main]
//! Whole models and ensembles: what is loaded, saved and loaded again is the same, and predicts.

use dfdx_lab::prelude::*;
use dfdx_lab_fuzz::{file, folder};

/// A model whose largest layer has more values does not predict, since that takes memory for them.
const MOST: usize = 1 << 12;

fn check(model: &Model) {
    let again = folder().join("again.dfdx");
    model.save(&again).expect("what was loaded can be saved");
    let same = Model::load(&again).expect("what was saved can be loaded");
    let bits = |m: &Model| m.flat_weights().iter().map(|w| w.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(model), bits(&same));
    assert_eq!((model.classes(), model.columns()), (same.classes(), same.columns()));
    let Ok(network) = model.recipe().build() else { return };
    let volume = |shape: &[usize]| shape.iter().product::<usize>();
    let layers = network.layers().iter().map(|layer| volume(layer.op.output()));
    if layers.chain([volume(network.input())]).max() <= Some(MOST) {
        let row = match model.columns().len() {
            0 => vec![0.5; volume(network.input())],
            columns => vec![0.5; columns],
        };
        let _ = model.predict_one(row);
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let path = file("m.dfdx", bytes);
    if let Ok(model) = Model::load(&path) {
        check(&model);
    }
    if let Ok(ensemble) = Ensemble::load(&path) {
        ensemble.models().iter().for_each(check);
    }
});
