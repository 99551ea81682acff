//! Masks that Keras loses on their way. A value has its mask as an attribute there, and
//! MultiHeadAttention takes it from the sequences that it is given. Most layers are told their masks
//! when a model is made, before that; attention and the merges that leave masked steps out look for
//! the attribute in each pass, and behind an attention they find none.

use crate::error::{Error, Result};
use crate::nn::inbound::ATTENTION;
use crate::nn::{BuiltLayer, Network, Port};

/// What looks for the masks of its inputs in each pass.
const LOOKS: [&str; 4] = [ATTENTION, "Multiply", "Maximum", "Minimum"];

/// Checks that each layer has the masks in Keras that it has here.
///
/// # Errors
/// If one has not: names it.
pub(super) fn check(who: &str, network: &Network) -> Result<()> {
    let Some(layer) = first(network) else { return Ok(()) };
    let what = format!("{who}: the mask of what layer '{}', a {},", layer.name, layer.class_name);
    let got = "lost in Keras, whose attention before it takes the mask away";
    Err(Error::argument(what + " takes", got, "there, since it leaves out masked steps here"))
}

/// The first layer with other masks in Keras.
fn first(network: &Network) -> Option<&BuiltLayer> {
    let (layers, masks) = (network.layers(), network.masks());
    // The layer whose output a layer gives again: the same value in Keras.
    let mut same: Vec<usize> = Vec::with_capacity(layers.len());
    // Whether an output has a mask there by now.
    let mut has: Vec<bool> = Vec::with_capacity(layers.len());
    for (i, layer) in layers.iter().enumerate() {
        let from: Vec<Option<usize>> = layer
            .inputs
            .iter()
            .map(|port| match *port {
                Port::Layer(before) => Some(same[before]),
                Port::Input(_) => None,
            })
            .collect();
        let found: Vec<bool> = from.iter().map(|at| at.is_some_and(|at| has[at])).collect();
        let looks = LOOKS.contains(&layer.class_name.as_str());
        let here = masks.of_inputs(i).iter().map(Option::is_some);
        if looks && !here.eq(found.iter().copied()) {
            return Some(layer);
        }
        // What it is told is what its output has, too.
        let told = layer.op.heeds_mask() && !looks || layer.class_name == "TimeDistributed";
        let makes = masks.of_inputs(i).iter().all(Option::is_none);
        let hands_on = match layer.class_name == ATTENTION {
            true => found.first() == Some(&true),
            false => found.iter().all(|found| *found),
        };
        has.push(masks.at_output(i) && (told || makes || hands_on));
        if layer.class_name == ATTENTION {
            from.into_iter().flatten().for_each(|at| has[at] = false);
        }
        same.push(match layer.inputs.as_slice() {
            [Port::Layer(before)] if layer.op.only_trains() => same[*before],
            _ => i,
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;
    use crate::train::keras::tests::golden;

    /// (tests/golden/make_keras_masked_files.py)
    #[test]
    fn a_second_attention_is_refused_by_name_and_its_weights_are_not() {
        let file = golden("masked_attention_twice.keras");
        let text = Model::load_keras(&file).unwrap_err().to_string();
        assert!(text.contains("'multi_head_attention_1'") && text.contains("mask"), "{text}");
        let net = Functional::load_keras(&file).unwrap();
        let mut model = net.compile("sgd", "mse", ()).unwrap();
        model.load_weights(&file).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let text = model.save_keras(folder.path().join("m.keras")).unwrap_err().to_string();
        assert!(text.contains("'multi_head_attention_1'") && text.contains("save_onnx"), "{text}");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        model.save_onnx(folder.path().join("m.onnx")).unwrap();
    }

    /// What is told its mask, and what has a mask of its own, is not lost.
    #[test]
    fn what_keeps_its_mask_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let x = Input::new([5, 2]);
        let steps = x.then(Masking::new());
        let seen = steps.then(MultiHeadAttention::new(1, 2));
        let sum = Add::new().apply([&steps, &seen]).then(LSTM::new(3).return_sequences(true));
        let again = sum.then(Dropout::new(0.1)).then(MultiHeadAttention::new(1, 2));
        let save = |out: &Node| {
            let model = Functional::new(&x, out).compile("sgd", "mse", ()).unwrap();
            model.save_keras(folder.path().join("m.keras"))
        };
        save(&again.then(GlobalAveragePooling1D::new())).unwrap();
        // Dropout gives Keras' attention the very sequence that the sum takes.
        let sum = Add::new().apply([&sum, &again]);
        let text = save(&Maximum::new().apply([&sum, &sum]).then(Flatten::new())).unwrap_err();
        assert!(text.to_string().contains("'maximum'"), "{text}");
    }
}
