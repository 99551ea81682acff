//! Refuses file names whose ending stands for another format: `model.save_weights` to a name that
//! ends in `.keras` would leave a file that Keras cannot read.

use crate::error::{Error, Result};
use std::path::Path;

/// What is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// A whole model; the ending decides between this library's format, Keras' and ONNX.
    Model,
    Ensemble,
    Weights,
    Onnx,
}

/// Endings of formats that are not written here.
const FOREIGN: [&str; 14] = [
    "npy", "npz", "csv", "json", "yaml", "parquet", "pt", "pth", "pkl", "pickle", "joblib", "pb",
    "tflite", "h5",
];

/// Checks the ending of a name.
///
/// # Errors
/// If it stands for another format; the error says which ending is right.
pub(super) fn check_end(who: &str, path: &Path, written: Written) -> Result<()> {
    let name = path.to_string_lossy();
    let end = path.extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default();
    let foreign = FOREIGN.contains(&end.as_str()) || end == "hdf5";
    let (wrong, expected, hint) = match written {
        Written::Model => (
            foreign,
            ".dfdx, or .keras for Keras and .onnx for ONNX",
            "Keras' older form .h5 is read and not written; save_weights writes weights",
        ),
        Written::Ensemble => (
            foreign || ["keras", "onnx"].contains(&end.as_str()),
            ".dfdx",
            "other programs take one model: models() gives them, and each has save_keras and \
             save_onnx",
        ),
        Written::Weights => (
            (foreign || ["keras", "onnx", "dfdx"].contains(&end.as_str()))
                && end != "npz"
                && !name.ends_with(".weights.h5"),
            ".safetensors, .npz or .weights.h5",
            "Model::save writes the whole model, as .dfdx, .keras or .onnx",
        ),
        Written::Onnx => (end != "onnx", ".onnx", "Model::save and save_keras write other files"),
    };
    if !wrong {
        return Ok(());
    }
    let what = format!("{who}: the ending of the file's name");
    Err(Error::argument(what, format!("'{name}'"), expected).hint(hint))
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn no_file_is_named_for_a_format_that_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let net = Sequential::new([2]).add(Dense::new(2).activation(Softmax));
        let model = net.compile("adam", "categorical_crossentropy", ()).unwrap();
        let ensemble = Ensemble::new([model.clone(), model.clone()]).unwrap();
        let at = |end: &str| folder.path().join(format!("m{end}"));
        let says = |done: Result<()>, parts: &[&str]| {
            let text = done.unwrap_err().to_string();
            assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        };
        for end in [".keras", ".onnx", ".h5", ".npz"] {
            says(ensemble.save(at(end)), &[end, ".dfdx", "models()"]);
        }
        for end in [".keras", ".onnx", ".dfdx", ".h5", ".pt", ".json"] {
            says(model.save_weights(at(end)), &[end, ".weights.h5", "Model::save"]);
        }
        for end in [".h5", ".npz", ".pkl", ".JSON"] {
            says(model.save(at(end)), &[end, ".dfdx", ".keras"]);
        }
        for end in [".keras", ".dfdx", ""] {
            says(model.save_onnx(at(end)), &[".onnx"]);
            says(model.save_onnx_of_prepared(at(end)), &[".onnx"]);
        }
        let (x, y) = (Array::zeros([2, 2]).unwrap(), Array::zeros([2, 2]).unwrap());
        let fit = |checkpoint: ModelCheckpoint| {
            let fit = Fit::epochs(1).verbose(0).callback(checkpoint);
            model.clone().fit((&x, &y), fit).map(|_| ())
        };
        says(fit(ModelCheckpoint::new(at(".npz"))), &[".npz", ".dfdx"]);
        says(fit(ModelCheckpoint::new(at(".keras")).save_weights_only(true)), &[".safetensors"]);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        for end in [".dfdx", ".keras", ".onnx", ".safetensors", ""] {
            model.save(at(end)).unwrap();
        }
        for end in [".weights.h5", ".npz", ".safetensors", ".w"] {
            model.save_weights(at(end)).unwrap();
        }
        ensemble.save(at(".dfdx")).unwrap();
        fit(ModelCheckpoint::new(at("-{epoch}.keras"))).unwrap();
    }
}
