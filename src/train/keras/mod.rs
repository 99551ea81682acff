//! Models and weights in Keras' files, both ways: `.keras`, `.weights.h5`, and the `.h5` of
//! Keras 2.

mod compiled;
mod form;
mod kept_masks;
mod lost_masks;
mod opened;
mod part;
mod stack;
mod told_masks;
mod variables;
mod weights;
mod wires;

use super::model::Model;
use crate::data::Fitted;
use crate::error::{Error, Result};
use crate::io::hdf5::Hdf5;
use crate::io::keras_archive;
use crate::live;
use crate::nn::{BuiltLayer, Functional, Recipe, Rescaling, Sequential, inbound};
use form::in_file;
use opened::Opened;
use std::path::Path;

pub(super) use form::{Form, whole};

/// The key of metrics that Keras does not have.
const OWN_METRICS: &str = "dfdx_lab_metrics";

impl Model {
    /// Writes the model as a `.keras` archive: layers, weights, optimiser with all it remembers,
    /// loss and metrics. `keras.models.load_model` (Keras 3; seen with 3.15.1) makes the same
    /// model of it, which predicts the same within 1e-5 and goes on training from there, and
    /// [`load_keras`](Self::load_keras) reads it here. The file is there whole or not at all. A stack with
    /// attention becomes a functional model, since Keras' `Sequential` cannot call that layer.
    ///
    /// The pipeline of the last fit is not part of it: Keras' model takes prepared rows, as
    /// [`prepare`](Self::prepare) makes them. Where the targets were scaled, a `Rescaling` layer at
    /// its end gives predictions in the targets' own units. Metrics that Keras has no class for (as macro
    /// precision) are kept for this library and left out of what Keras compiles.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([4]).add(Dense::new(3).activation(Softmax));
    /// let model = net.compile("adam", "categorical_crossentropy", ["accuracy"])?.seed(7);
    /// # let folder = std::env::temp_dir().join(format!("dfdx-lab-keras-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("iris.keras");
    /// model.save_keras(&path)?; // keras.models.load_model("iris.keras")
    /// let same = Model::load_keras(&path)?;
    /// assert_eq!(same.flat_weights(), model.flat_weights());
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the name does not end in `.keras`, as Keras demands; if a layer, the loss or a metric is
    /// custom code, which the error names; if the file cannot be written.
    pub fn save_keras(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        if path.extension().is_none_or(|end| end != "keras") {
            let what = "Model::save_keras: the file's name";
            return Err(Error::argument(what, path.display(), "one that ends in .keras")
                .hint("Keras reads no other"));
        }
        lost_masks::check("Model::save_keras", &self.network).map_err(|e| {
            e.hint("save_onnx writes what the model does, and save_weights its weights")
        })?;
        let rescaled = self.ending_in_units()?;
        let model = rescaled.as_ref().unwrap_or(self);
        let graph = model.as_keras_can_call_it()?;
        let model = graph.as_ref().unwrap_or(model);
        let mut config = model.to_config()?;
        if let Some(compiled) = config.beside.get_mut("compile_config")
            && let Some(metrics) = compiled::without_own_metrics(compiled)
        {
            config.beside.insert(OWN_METRICS.into(), metrics);
        }
        let weights = weights::write(model).bytes(path)?;
        keras_archive::write(path, &config.to_json(), &weights)?;
        self.say_what_keras_takes();
        Ok(())
    }

    /// If the targets were scaled, the model with a last layer that undoes the scaling.
    fn ending_in_units(&self) -> Result<Option<Model>> {
        let Some((scale, offset)) = self.pipeline().target_units() else { return Ok(None) };
        self.check_units_of_one_output("Model::save_keras")?;
        let single = |list: Vec<f64>| list.iter().map(|v| *v as f32).collect::<Vec<f32>>();
        let layer = Rescaling::new(single(scale)).offset(single(offset));
        let mut model = self.clone();
        model.recipe = model.recipe.add(layer);
        let network = model.recipe.build()?;
        model.take_network(network);
        Ok(Some(model))
    }

    /// A stack with attention as a graph: Keras calls that layer with query and value, which its
    /// `Sequential` cannot.
    fn as_keras_can_call_it(&self) -> Result<Option<Model>> {
        let attends = |layer: &BuiltLayer| layer.class_name == inbound::ATTENTION;
        if !self.network.layers().iter().any(attends) {
            return Ok(None);
        }
        let mut model = self.clone();
        model.recipe = model.recipe.into_graph();
        let network = model.recipe.build()?;
        model.take_network(network);
        Ok(Some(model))
    }

    /// Prints once what Keras' file does not hold.
    fn say_what_keras_takes(&self) {
        let pipeline = self.pipeline();
        let steps: Vec<String> = pipeline
            .parts()
            .filter(|(step, _)| !matches!(step, Fitted::Targets(..)))
            .map(|(step, _)| step.to_string())
            .collect();
        let mut notes = Vec::new();
        if !steps.is_empty() {
            notes.push(format!(
                "note: Keras' model takes rows that are prepared ({}); save_onnx writes the \
                 preparation too.\n",
                steps.join(", ")
            ));
        }
        if pipeline.target_units().is_some() {
            notes.push(
                "note: Keras' model ends in a Rescaling layer, which takes scaled targets back to \
                 their own units; a loss that Keras computes is of those.\n"
                    .to_string(),
            );
        }
        notes.iter().filter(|line| self.said.first(line)).for_each(|line| live::print(line));
    }

    /// Reads a model that Keras saved, as `.keras` or in the older form `.h5`, or that
    /// [`save_keras`](Self::save_keras) wrote: layers, weights, optimiser with all it remembers,
    /// loss and metrics.
    ///
    /// Keras' `Sequential` and functional models are read where their layers exist here and are used
    /// once each; models within models are opened. A functional model whose layers stand one after
    /// the other becomes a stack; [`Functional::load_keras`] keeps it a graph. Files of Keras 2 and 3
    /// are read. No code that a file holds is run.
    ///
    /// ```no_run
    /// use dfdx_lab::prelude::*;
    /// let model = Model::load_keras("mnist.keras")?;
    /// model.summary()
    /// # ; Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the file cannot be read or is damaged; if a layer is code (as `Lambda`) or does not exist
    /// here, which names the layer and its class; if the model is not compiled or was
    /// compiled with something that does not exist here: then
    /// [`Sequential::load_keras`] reads the layers, and [`load_weights`](Self::load_weights) the
    /// weights.
    pub fn load_keras(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Opened::of(path)?.model().map_err(|e| in_file(path, e))
    }

    /// The weights that a file of Keras holds for this model, if it is one.
    pub(super) fn weights_of_keras(&self, path: &Path, bytes: Vec<u8>) -> Result<Vec<f32>> {
        let read = || {
            let (file, names) = match Form::of(&bytes) {
                Form::Weights => {
                    let file = Hdf5::new(path, bytes)?;
                    match Opened::of_hdf5(file)? {
                        Ok(opened) => opened.names_for(&self.network)?,
                        Err(file) => {
                            let names = weights::names_alone(&file, &self.network)?;
                            (file, names)
                        }
                    }
                }
                _ => Opened::of_archive(path, &bytes)?.names_for(&self.network)?,
            };
            weights::read(&file, &self.network, &names)
        };
        read().map_err(|e| in_file(path, e))
    }

    /// The weights and what the optimiser remembers, as Keras' `.weights.h5`.
    pub(super) fn write_keras_weights(&self, path: &Path) -> Result<()> {
        let bytes = weights::write(self).bytes(path)?;
        crate::io::atomic::write_atomic(path, &bytes)
    }
}

impl Sequential {
    /// Reads the layers alone of a model that Keras saved, as [`Model::load_keras`] does, to
    /// compile them with an optimiser, loss and metrics of your choice.
    ///
    /// ```no_run
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::load_keras("base.keras")?;
    /// let mut model = net.compile(Adam::new(0.001), MeanSquaredError::new(), ())?;
    /// model.load_weights("base.keras")?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As `Model::load_keras`, whatever the model was compiled with.
    pub fn load_keras(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let opened = Opened::of(path)?;
        let stack = || match opened.network()? {
            (Recipe::Sequential(net), ..) => Ok(net),
            (Recipe::Functional(_), ..) => {
                let expected = "layers one after the other";
                Err(Error::argument("the model", "a graph that branches", expected)
                    .hint("Functional::load_keras reads it"))
            }
        };
        stack().map_err(|e| in_file(path, e))
    }
}

impl Functional {
    /// Reads the layers alone of a model that Keras saved, as [`Model::load_keras`] does, with the
    /// names that they have there, to compile them with an optimiser, loss and metrics of your choice.
    ///
    /// ```no_run
    /// use dfdx_lab::prelude::*;
    /// let net = Functional::load_keras("resnet.keras")?;
    /// let mut model = net.compile(Adam::new(0.001), MeanSquaredError::new(), ())?;
    /// model.load_weights("resnet.keras")?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As `Model::load_keras`, whatever the model was compiled with.
    pub fn load_keras(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let opened = Opened::of(path)?;
        let graph = || {
            let graph = Functional::from_config(&opened.stack.functional()?)?;
            opened.found(&graph.clone().into())?;
            Ok(graph)
        };
        graph().map_err(|e| in_file(path, e))
    }
}

#[cfg(test)]
mod frozen_tests;
#[cfg(test)]
pub(super) mod tests;
