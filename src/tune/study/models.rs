//! Model files beside a study's database.

use super::{Folder, Study};
use crate::error::{Error, Result};
use crate::train::Model;
use std::path::PathBuf;

impl Folder {
    /// The file of a trial's model, or of the model of one fold, counted from 0.
    pub fn model(&self, number: u64, fold: Option<usize>) -> PathBuf {
        self.path().join(format!("{}.dfdx", name(number, fold)))
    }

    /// The file in which earlier versions kept only the weights.
    pub fn weights(&self, number: u64, fold: Option<usize>) -> PathBuf {
        self.path().join(format!("{}.safetensors", name(number, fold)))
    }
}

fn name(number: u64, fold: Option<usize>) -> String {
    let fold = fold.map_or(String::new(), |f| format!("-fold-{}", f + 1));
    format!("trial-{number}{fold}")
}

impl Study {
    /// The best trial's model as it was fitted, loaded from its file beside the database. It needs
    /// no code of the search, so any program can load it. In a cross-validated search, it is the
    /// model of the first fold.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// # let folder = std::env::temp_dir().join(format!("dfdx-lab-best-{}", std::process::id()));
    /// # let place = folder.join("units.db");
    /// # let x = Array::new([8, 1], vec![0.0, 1.0, 2.0, 3.0, 0.5, 1.5, 2.5, 3.5])?;
    /// # let data = Dataset::new(x, vec![0, 0, 1, 1, 0, 0, 1, 1], ["low", "high"])?;
    /// GridSearch::new(|hp| {
    ///     Sequential::new([1])
    ///         .add(Dense::new(hp.choice("units", [2, 4])).activation(Relu))
    ///         .add(Dense::new(2).activation(Softmax))
    ///         .compile("adam", "categorical_crossentropy", ["accuracy"])
    /// })
    /// .fit(Fit::epochs(2).validation_split(0.25))
    /// .objective("val_accuracy")
    /// .verbose(0)
    /// .run(&data, &place)?;
    ///
    /// let model = Study::load(&place, "units")?.best_model()?;
    /// assert_eq!(model.predict(data.x())?.shape(), [8, 2]);
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If no trial is complete, the study keeps no models, or the model has custom code;
    /// [`ModelStudy::best_model`](crate::tune::search::ModelStudy::best_model) builds such a model.
    pub fn best_model(&self) -> Result<Model> {
        self.model(self.best_trial()?.number)
    }

    /// The best trial's models of all folds; one model in a search without folds.
    ///
    /// # Errors
    /// As [`best_model`](Self::best_model).
    pub fn best_models(&self) -> Result<Vec<Model>> {
        self.kept(self.best_trial()?.number)?.into_iter().map(Model::load).collect()
    }

    /// The fitted model of any trial that kept it (see
    /// [`Search::keep_best`](crate::tune::search::Search::keep_best)), like
    /// [`best_model`](Self::best_model).
    ///
    /// # Errors
    /// As [`best_model`](Self::best_model), and if the trial kept no model.
    pub fn model(&self, number: u64) -> Result<Model> {
        let first = self.kept(number)?.into_iter().next();
        Model::load(first.ok_or_else(|| self.not_kept(number))?)
    }

    /// The files of a trial's models, in the order of the folds.
    fn kept(&self, number: u64) -> Result<Vec<PathBuf>> {
        let folder = &self.inner.folder;
        let only = std::iter::once(folder.model(number, None));
        let folds = (0..).map(|fold| folder.model(number, Some(fold)));
        let files: Vec<PathBuf> = match folder.model(number, None).exists() {
            true => only.collect(),
            false => folds.take_while(|path| path.exists()).collect(),
        };
        if files.is_empty() { Err(self.not_kept(number)) } else { Ok(files) }
    }

    /// The error if a trial has no model.
    pub(crate) fn not_kept(&self, number: u64) -> Error {
        let folder = &self.inner.folder;
        let weights = [None, Some(0)].into_iter().any(|fold| folder.weights(number, fold).exists());
        let what = format!("the model of trial {number}");
        let error = Error::argument(what, "missing", format!("in {}", folder.path().display()));
        error.hint(match weights {
            true => "an earlier version kept its weights: the search that ran it builds the model",
            false => "a search keeps the best one, or more by Search::keep_best",
        })
    }
}
