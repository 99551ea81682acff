//! Whole models in one file: a safetensors file, from which any reader gets the weights by name.
//! Everything else is JSON in its metadata, and arrays whose names contain a colon.

mod arrays;
mod header;
#[cfg(test)]
mod tests;

use super::ensemble::Ensemble;
use super::file_end::{Written, check_end};
use super::keras::Form;
use super::model::{Model, assemble};
use crate::config::{Config, within};
use crate::error::{Error, Result};
use crate::io::time;
use crate::io::weights::{Contents, Head, Tensor, content, head, read, write};
pub(super) use header::KEY;
use header::{About, FORMAT, Header, Kind};
use std::collections::BTreeSet;
use std::path::Path;

impl Model {
    /// Writes the whole model into one file, usually named `.dfdx`: its layers, weights, optimiser with
    /// its state, loss and metrics, the form of its data (the fitted pipeline, names of columns and
    /// classes), the history of its last fit and its seed. A loaded model predicts the same bits, and
    /// training continues to the same bits.
    ///
    /// The file is a safetensors file: any reader of that format gets the weights as `float32`
    /// arrays under their [names](Self::weight_names), as in `dense/kernel`. It is written completely
    /// or not at all.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let data = Dataset::new(Array::new([4, 1], vec![1., 2., 8., 9.])?, vec![0, 0, 1, 1], ["low", "high"])?;
    /// let net = Sequential::new([1]).add(Dense::new(2).activation(Softmax));
    /// let mut model = net.compile(Adam::new(0.5), "categorical_crossentropy", ["accuracy"])?;
    /// model.fit(&data, Fit::epochs(40).verbose(0).prepare(Pipeline::new().standard_scaler()))?;
    /// # let folder = std::env::temp_dir().join(format!("dfdx-lab-model-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("level.dfdx");
    /// model.save(&path)?;
    ///
    /// let loaded = Model::load(&path)?;
    /// assert_eq!(loaded.predict_one([8.5])?.class(), Some("high"));
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// For custom layers, losses and metrics the file holds weights and names;
    /// [`load_with`](Self::load_with) reads them into a model that the same code makes.
    ///
    /// A name that ends in `.keras` or `.onnx` gives a file for those programs, as
    /// [`save_keras`](Self::save_keras) and [`save_onnx`](Self::save_onnx) write it, without the
    /// history and, in `.keras`, the pipeline.
    ///
    /// # Errors
    /// If the file cannot be written, or as the two.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        match path.extension().and_then(|end| end.to_str()) {
            Some("keras") => self.save_keras(path),
            Some("onnx") => self.save_onnx(path),
            _ => {
                check_end("Model::save", path, Written::Model)?;
                save(path, Kind::Model, &[self])
            }
        }
    }

    /// The model of a file that [`save`](Self::save) wrote, of this version of the library or an
    /// older one, or of a file of Keras as [`load_keras`](Self::load_keras) reads it. The kind of file
    /// is recognised by its content.
    ///
    /// # Errors
    /// If the file cannot be read, holds no whole model, a newer version of the library wrote it,
    /// or a part of the model is custom code, which the error names.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        load_one(path.as_ref(), None)
    }

    /// As [`load`](Self::load), for a model with a custom layer, loss or metric: `made` is a model
    /// that the same code makes, and everything else comes from the file.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// # use dfdx_lab::nn::Sequential;
    /// fn made() -> Result<Model> {
    ///     use dfdx_lab::dfdx::prelude::*;
    ///     let layer = CustomLayer::new("Doubled", 3, |x, _| x * 2.0);
    ///     dfdx_lab::nn::Sequential::new([3]).add(layer).add(Dense::new(1)).compile("adam", "mse", ())
    /// }
    /// # let folder = std::env::temp_dir().join(format!("dfdx-lab-with-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("own.dfdx");
    /// made()?.seed(7).save(&path)?;
    /// let model = Model::load_with(made()?, &path)?;
    /// assert_eq!(model.flat_weights(), made()?.seed(7).flat_weights());
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the file cannot be read, or its weights or optimiser are not those of `made`.
    pub fn load_with(made: Model, path: impl AsRef<Path>) -> Result<Self> {
        load_one(path.as_ref(), Some(made))
    }
}

impl Ensemble {
    /// Writes all models into one file, as [`Model::save`] does with one; the weights' names begin
    /// with the model's number, as in `0/dense/kernel`.
    ///
    /// # Errors
    /// If the name ends as files of another format do, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        check_end("Ensemble::save", path, Written::Ensemble)?;
        save(path, Kind::Ensemble, &self.models().iter().collect::<Vec<_>>())
    }

    /// The ensemble of a file that [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let (header, contents) = open(path)?;
        match header.kind {
            Kind::Ensemble => Ensemble::new(models(path, header, contents, None)?),
            Kind::Model => Err(content(path, "it holds one model: Model::load reads it")),
        }
    }
}

fn load_one(path: &Path, made: Option<Model>) -> Result<Model> {
    if made.is_none() && matches!(Form::of_file(path)?, Form::Archive | Form::Weights) {
        return Model::load_keras(path);
    }
    let (header, contents) = open(path)?;
    let ensemble = || content(path, "it holds an ensemble: Ensemble::load reads it");
    match header.kind {
        Kind::Model => models(path, header, contents, made)?.pop().ok_or_else(ensemble),
        Kind::Ensemble => Err(ensemble()),
    }
}

fn save(path: &Path, kind: Kind, models: &[&Model]) -> Result<()> {
    let mut tensors = Vec::new();
    let mut abouts = Vec::new();
    for (i, model) in models.iter().enumerate() {
        abouts.push(arrays::write(model, &prefix(kind, i), &mut tensors)?);
    }
    let mut names = BTreeSet::new();
    if let Some(twice) = tensors.iter().find(|t: &&Tensor<'_>| !names.insert(&t.name)) {
        let what = "Model::save: the name of a weight";
        return Err(Error::argument(what, format!("'{}'", twice.name), "another one than before"));
    }
    let header = Header {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        saved: time::text(time::now()),
        kind,
        models: abouts,
    };
    let text = serde_json::to_string(&header).map_err(|e| content(path, e.to_string()))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
    }
    write(path, &tensors, &[(KEY.to_string(), text)])
}

/// The prefix of the names of a model's arrays.
fn prefix(kind: Kind, index: usize) -> String {
    match kind {
        Kind::Model => String::new(),
        Kind::Ensemble => format!("{index}/"),
    }
}

/// A file with its metadata read, but not its arrays.
struct Unread {
    head: Head,
}

fn open(path: &Path) -> Result<(Header, Unread)> {
    let head = head(path)?;
    Ok((Header::of(path, &head)?, Unread { head }))
}

/// The models of a file. Everything that says how large something is has been compared with the
/// arrays that the file really has before memory is taken for it.
fn models(path: &Path, header: Header, unread: Unread, made: Option<Model>) -> Result<Vec<Model>> {
    let kind = header.kind;
    let mut empty = Vec::new();
    let mut names = BTreeSet::new();
    for (i, about) in header.models.iter().enumerate() {
        let model = match &made {
            Some(made) => {
                let mut made = made.clone();
                made.unfreeze(..).map_err(|e| within_file(path, e))?;
                made.freeze(about.frozen.clone()).map_err(|e| within_file(path, e))?;
                made
            }
            None => from_settings(path, about)?,
        };
        names.extend(arrays::check(path, &model, about, &prefix(kind, i), &unread.head)?);
        empty.push(model);
    }
    // Names of weights have no colon; all other names have one.
    let mut weights = unread.head.shapes.keys().filter(|name| !name.contains(':'));
    if let Some(name) = weights.find(|name| !names.contains(*name)) {
        return Err(content(path, format!("its array {name} does not belong to its model")));
    }
    let mut contents: Contents = read(path, unread.head.size)?;
    let pairs = empty.into_iter().zip(header.models).enumerate();
    pairs
        .map(|(i, (model, about))| {
            arrays::fill(path, model, about, &prefix(kind, i), &mut contents)
        })
        .collect()
}

/// A model without weights yet, from its configuration.
fn from_settings(path: &Path, about: &About) -> Result<Model> {
    let Some(config) = &about.config else {
        let code = about.code.as_deref().unwrap_or("a part of the model is code of your own");
        return Err(content(
            path,
            format!("{code}; make a model by the same code, and Model::load_with(made, path)"),
        ));
    };
    let made = Config::from_value(config).and_then(|config| {
        let parts = Model::parts_of(&config)?;
        assemble(parts)
    });
    made.map_err(|e| within_file(path, e))
}

/// The error for a file's content, with its path.
fn within_file(path: &Path, error: Error) -> Error {
    match within(error, "the model in it") {
        Error::Content { .. } | Error::Io { .. } => content(path, "the model in it is damaged"),
        other => content(path, other.to_string()),
    }
}
