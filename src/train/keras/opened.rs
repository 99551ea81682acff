//! A file of Keras, opened: what the model is, and where its weights are.

use super::form::{Form, in_file, whole};
use super::stack::Stack;
use super::{OWN_METRICS, compiled, kept_masks, lost_masks, variables, weights};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::io::hdf5::Hdf5;
use crate::io::{keras_archive, known};
use crate::nn::{BuiltLayer, Network, Recipe};
use crate::train::Model;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;

/// A file of Keras that says what the model is.
pub(super) struct Opened {
    pub stack: Stack,
    compiled: Option<Json>,
    /// The seed, in a file that this library wrote.
    seed: Option<Json>,
    file: Hdf5,
}

impl Opened {
    pub fn of(path: &Path) -> Result<Self> {
        let bytes = whole(path)?;
        let read = || match Form::of(&bytes) {
            Form::Archive => Opened::of_archive(path, &bytes),
            Form::Weights => {
                let file = Hdf5::new(path, bytes)?;
                Opened::of_hdf5(file)?.map_err(|_| {
                    let problem = "weights alone, without the layers";
                    Error::argument("the file", problem, "a model")
                        .hint("Model::load_weights reads them into a model of the same layers")
                })
            }
            Form::Arrays | Form::Other => Err(Error::argument(
                "the file",
                known::what(&bytes).unwrap_or("of another kind"),
                "a model of Keras, as .keras and .h5 files are",
            )),
        };
        read().map_err(|e| in_file(path, e))
    }

    pub fn of_archive(path: &Path, bytes: &[u8]) -> Result<Self> {
        let archive = keras_archive::unpack(path, bytes)?;
        let config = Config::from_json(&archive.config)?;
        let beside = |key: &str| config.beside.get(key).cloned();
        let mut compiled = beside("compile_config").as_ref().and_then(compiled::translated);
        if let (Some(compiled), Some(metrics)) = (&mut compiled, beside(OWN_METRICS)) {
            compiled["metrics"] = metrics;
        }
        Ok(Opened {
            stack: Stack::of(&config)?,
            compiled,
            seed: beside("seed"),
            file: Hdf5::new(path, archive.weights)?,
        })
    }

    /// The file itself comes back if it holds weights alone.
    pub fn of_hdf5(file: Hdf5) -> Result<Result<Self, Hdf5>> {
        let Some(text) = file.text("", "model_config")? else { return Ok(Err(file)) };
        let config = Config::from_json(&text)?;
        let compiled = file.text("", "training_config")?;
        let compiled = compiled.and_then(|text| serde_json::from_str::<Json>(&text).ok());
        let compiled = compiled.as_ref().and_then(compiled::translated);
        Ok(Ok(Opened { stack: Stack::of(&config)?, compiled, seed: None, file }))
    }

    /// The layers, with the shapes worked out and found in the file; no memory is taken for the
    /// weights.
    pub fn network(&self) -> Result<(Recipe, Network, Vec<String>)> {
        let recipe = Recipe::from_config(&self.stack.config()?)?;
        let (network, names) = self.found(&recipe)?;
        Ok((recipe, network, names))
    }

    /// The network of these layers, and the names of its weights in the file.
    pub fn found(&self, recipe: &Recipe) -> Result<(Network, Vec<String>)> {
        let network = recipe.build()?;
        let parts = &self.stack.parts;
        // A graph's layers may stand in another order than the file's.
        let mut places: Vec<usize> = (0..network.layers().len()).collect();
        if let Recipe::Functional(_) = recipe {
            let named = network.own_layers();
            let named: BTreeMap<&str, usize> = named.map(|(i, l)| (l.name.as_str(), i)).collect();
            places = parts.iter().filter_map(|p| named.get(p.name.as_str()).copied()).collect();
        }
        let layers: Vec<&BuiltLayer> = places.iter().map(|at| &network.layers()[*at]).collect();
        for (layer, part) in layers.iter().zip(parts) {
            let axes = layer.op.output().len();
            if let Some(axis) = part.axis.filter(|axis| *axis != axes) {
                let what = format!("layer '{}': the axis", layer.name);
                return Err(Error::argument(what, axis, format!("the last, {axes}")));
            }
        }
        kept_masks::check(&self.stack, &network)?;
        let mut names = weights::names(&self.file, &layers, parts)?.into_iter();
        let mut own: Vec<Vec<String>> = vec![Vec::new(); network.layers().len()];
        for (layer, at) in layers.iter().zip(&places) {
            own[*at] = names.by_ref().take(layer.op.weights().len()).collect();
        }
        let names = own.concat();
        weights::check_shapes(&self.file, &network, &names)?;
        Ok((network, names))
    }

    pub fn model(mut self) -> Result<Model> {
        let (_, network, names) = self.network()?;
        let alone = "Sequential::load_keras or Functional::load_keras reads the layers, and load_weights \
                     the weights, of the same file";
        lost_masks::check("Model::load_keras", &network).map_err(|e| e.hint(alone))?;
        let Some(compiled) = self.compiled.take() else {
            return Err(Error::argument("the model", "not compiled", "compiled").hint(alone));
        };
        let mut config = self.stack.config()?;
        config.beside.insert("compile_config".into(), compiled);
        if let Some(seed) = self.seed.take() {
            config.beside.insert("seed".into(), seed);
        }
        let mut model = Model::from_config(&config).map_err(|e| e.hint(alone))?;
        model.set_flat_weights(&weights::read(&self.file, &network, &names)?)?;
        let variables = weights::optimizer_names(&self.file)?;
        if let Some(state) = variables::read(&model, &self.file, &variables)? {
            model.state = state;
        }
        Ok(model)
    }

    /// The file and the names of the weights in it, once they are found to be those of a network.
    pub fn names_for(self, network: &Network) -> Result<(Hdf5, Vec<String>)> {
        let (_, own, names) = self.network()?;
        let count = own.weights().count();
        let expected = network.weights().count();
        if count != expected {
            let what = "the number of arrays in the file";
            return Err(Error::argument(what, count, format!("{expected}, as the model has")));
        }
        Ok((self.file, names))
    }
}
