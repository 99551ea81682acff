//! Weights in files.

use super::file_end::{Written, check_end};
use super::keras::{Form, whole};
use super::model::Model;
use super::saved;
use crate::array::Array;
use crate::error::Result;
use crate::io::npz::{load_npz, save_npz};
use crate::io::weights::{Tensor, Values, content, head, read, write};
use std::path::Path;

impl Model {
    /// Writes the weights as a safetensors file of `float32` arrays, named as in
    /// [`weight_names`](Self::weight_names). The file is written completely or not at all.
    ///
    /// If the name ends in `.weights.h5`, it is Keras' file of that kind, with the optimiser's
    /// state, for `model.load_weights` of the same layers in Keras. If it ends in `.npz`, it is a
    /// NumPy archive of `arr_0`, `arr_1`, … in the order of Keras' `get_weights()`:
    /// `model.set_weights([z[f"arr_{i}"] for i in range(len(z))])`.
    ///
    /// The pipeline of the last fit is not included, nor is the optimiser's state, except in
    /// `.weights.h5`.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([4]).add(Dense::new(3).activation(Softmax));
    /// let model = net.compile(Adam::new(0.01), CategoricalCrossentropy::new(), ())?.seed(7);
    /// # let folder = std::env::temp_dir().join(format!("dfdx-lab-weights-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("best.safetensors");
    /// model.save_weights(&path)?;
    /// let mut other = net.compile(Adam::new(0.01), CategoricalCrossentropy::new(), ())?;
    /// other.load_weights(&path)?;
    /// assert_eq!(other.flat_weights(), model.flat_weights());
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save_weights(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        check_end("Model::save_weights", path, Written::Weights)?;
        let weights = self.weights()?;
        match path.extension().and_then(|end| end.to_str()) {
            Some("h5") => return self.write_keras_weights(path),
            Some("npz") => {
                let named = weights.iter().enumerate().map(|(i, w)| (format!("arr_{i}"), w));
                return save_npz(path, named);
            }
            _ => {}
        }
        let named = self.weight_names().into_iter().zip(&weights);
        let tensors: Vec<Tensor<'_>> =
            named.map(|(name, w)| Tensor::f32(name, w.shape().to_vec(), w.data())).collect();
        write(path, &tensors, &[])
    }

    /// Sets the weights from a safetensors file that [`save_weights`](Self::save_weights) or
    /// [`save`](Self::save) wrote, or another program with the same names; or from a file of Keras:
    /// `.weights.h5`, `.keras`, or the `.h5` of Keras 2; or from an `.npz` archive of arrays in the
    /// order of Keras' `get_weights()`, as `numpy.savez("w.npz", *model.get_weights())` writes it.
    /// The kind of file is recognised by its content.
    ///
    /// The optimiser's state is not changed.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, or holds other arrays than the model has; the error
    /// names the first one that differs, and nothing is changed.
    pub fn load_weights(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        match Form::of_file(path)? {
            Form::Archive | Form::Weights => {
                let weights = self.weights_of_keras(path, whole(path)?)?;
                return self.set_flat_weights(&weights);
            }
            Form::Arrays => return self.load_arrays(path),
            Form::Other => {}
        }
        let old = self.weights()?;
        let names = self.weight_names();
        let head = head(path)?;
        // A file of a whole model holds more; its own check bounds the sizes.
        let whole = head.notes.contains_key(saved::KEY);
        let own = old.iter().map(|w| w.data().len() * 4).sum();
        let mut contents = read(path, if whole { head.size } else { own })?;
        if whole {
            contents.tensors.retain(|name, _| !name.contains(':'));
        }
        let mut weights = Vec::with_capacity(old.len());
        for (name, old) in names.iter().zip(&old) {
            let Some(tensor) = contents.tensors.remove(name) else {
                let there: Vec<String> = contents.tensors.into_keys().collect();
                let problem = format!(
                    "the model's {name} is missing; arrays that are not the model's: {}",
                    if there.is_empty() { "nothing".to_string() } else { there.join(", ") }
                );
                return Err(content(path, problem));
            };
            if tensor.shape != old.shape() {
                let problem = format!(
                    "{name} has the shape {:?}, and the model's has {:?}",
                    tensor.shape,
                    old.shape()
                );
                return Err(content(path, problem));
            }
            let Values::F32(values) = tensor.values else {
                return Err(content(path, format!("{name} is of type F64, and F32 is needed")));
            };
            weights.push(Array::new(tensor.shape, values.into_owned())?);
        }
        if let Some(name) = contents.tensors.keys().next() {
            return Err(content(path, format!("it holds {name}, which the model does not have")));
        }
        self.set_weights(&weights)
    }

    /// Sets the weights from an archive of arrays in Keras' order.
    fn load_arrays(&mut self, path: &Path) -> Result<()> {
        let archive = load_npz(path)?;
        let mut names = archive.names();
        // In the order of numpy.savez' numbers, which may differ from that in the archive.
        let number = |name: &str| name.strip_prefix("arr_").and_then(|n| n.parse::<usize>().ok());
        if names.iter().all(|name| number(name).is_some()) {
            names.sort_by_key(|name| number(name));
        }
        let own = self.weight_names();
        if names.len() != own.len() {
            let (found, problem) = (names.len(), "arrays, and the model has");
            return Err(content(path, format!("it holds {found} {problem} {}", own.len())));
        }
        let arrays: Result<Vec<Array>> = names.iter().map(|name| archive.array(name)).collect();
        self.set_weights(&arrays?).map_err(|e| content(path, e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    fn model(units: usize) -> Model {
        Sequential::new([4])
            .add(Dense::new(units).activation(Relu))
            .add(Dense::new(2).activation(Softmax))
            .compile(Adam::new(0.01), CategoricalCrossentropy::new(), ())
            .unwrap()
            .seed(3)
    }

    #[test]
    fn what_does_not_fit_is_named_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        model(5).save_weights(&path).unwrap();
        // The header is readable by any safetensors reader.
        let bytes = std::fs::read(&path).unwrap();
        let header = String::from_utf8_lossy(&bytes[8..200]).to_string();
        assert!(header.contains("dense/kernel") && header.contains("[4,5]"), "{header}");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no part is left");

        let mut other = model(6);
        let before = other.flat_weights().to_vec();
        let says = |result: Result<()>, parts: &[&str]| {
            let text = result.unwrap_err().to_string();
            assert!(parts.iter().all(|p| text.contains(p)), "{text}");
        };
        says(other.load_weights(&path), &["dense/kernel", "[4, 5]", "[4, 6]"]);
        assert_eq!(other.flat_weights(), before);
        says(other.load_weights(folder.path().join("none")), &["none"]);

        let deeper = Sequential::new([4]).add(Dense::new(5)).add(Dense::new(2)).add(Dense::new(2));
        let mut deeper = deeper.compile(Adam::new(0.01), MeanSquaredError::new(), ()).unwrap();
        says(deeper.load_weights(&path), &["dense_2/kernel is missing"]);
        let mut flat = Sequential::new([4])
            .add(Dense::new(5))
            .compile(Adam::new(0.01), MeanSquaredError::new(), ())
            .unwrap();
        says(flat.load_weights(&path), &["dense_1/", "model does not have"]);
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        let mut model = model(5);
        model.save_weights(&path).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let before = model.flat_weights().to_vec();
        let mut refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let error = model.load_weights(&path).unwrap_err().to_string();
            assert!(error.contains("w.safetensors"), "{error}");
            error
        };
        for (bytes, says) in [(&b"\x89HDF\r\n\x1a\n\0"[..], "HDF5"), (b"\x80\x04\x95", "pickle")] {
            let error = refused(bytes);
            assert!(error.contains(says), "{error}");
        }
        for cut in [0, 7, 8, 40, whole.len() - 1] {
            refused(&whole[..cut]);
        }
        // A header that claims more than there is, and shapes whose product overflows.
        let mut bytes = whole.clone();
        bytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        refused(&bytes);
        let header = r#"{"dense/kernel":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,0]}}"#;
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        refused(&bytes);
        refused(&vec![0; 2 << 20]);
        // Larger than the header's room beside the weights.
        let wide = super::tests::model(100_000);
        wide.save_weights(folder.path().join("wide.safetensors")).unwrap();
        let error = refused(&std::fs::read(folder.path().join("wide.safetensors")).unwrap());
        assert!(error.contains("larger"), "{error}");
        assert_eq!(model.flat_weights(), before);
    }
}
