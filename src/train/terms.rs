//! The settings and data on which the result of a fit depends, as text that can be kept and
//! compared.

use super::backup::digest;
use super::fit::{Fit, ValidationData};
use super::inputs::{Samples, TrainingData};
use super::model::Model;
use crate::array::Array;
use sha2::{Digest, Sha256};

impl Fit {
    /// By name; not the epochs, nor how it is shown and how fast it runs.
    pub(crate) fn terms(&self) -> Vec<(&'static str, String)> {
        let held_out = |data: &ValidationData| match data {
            ValidationData::Dataset(data) => TrainingData::Dataset(data).terms(),
            ValidationData::Arrays(x, y) => told(x, y),
        };
        let held_out_beside = |data: &ValidationData| match data {
            ValidationData::Dataset(data) => TrainingData::Dataset(data).terms_beside(),
            ValidationData::Arrays(..) => "none".into(),
        };
        let list = |all: Vec<String>| if all.is_empty() { "none".into() } else { all.join("; ") };
        let steps = self.steps_per_epoch.map_or("all".into(), |steps| steps.to_string());
        vec![
            ("batch size", self.batch_size.to_string()),
            ("shuffle", self.shuffle.to_string()),
            ("validation split", self.validation_split.to_string()),
            ("validation data", self.validation.as_ref().map_or("none".into(), held_out)),
            (
                "texts and doubles of the validation data",
                self.validation.as_ref().map_or("none".into(), held_out_beside),
            ),
            ("validation frequency", self.validation_freq.to_string()),
            ("initial epoch", self.initial_epoch.to_string()),
            ("steps per epoch", steps),
            ("class weights", format!("{:?}", self.weighting.classes)),
            ("sample weights", weights(self.weighting.samples.as_deref())),
            ("pipeline", format!("{:?}", self.pipeline)),
            ("callbacks", list(self.callbacks.iter().map(|c| format!("{c:?}")).collect())),
        ]
    }
}

impl Model {
    /// A digest of the layers, the optimiser and the loss with all their settings, behind the
    /// version of the library, which may come to write them down in another way.
    pub(crate) fn terms(&self) -> String {
        let code = |told: crate::Result<crate::config::Config>, name: String| {
            told.map_or(name, |config| config.to_json())
        };
        let parts = [
            code(self.recipe.to_config(), format!("{:?}", self.recipe)),
            self.optimizer.to_config().to_json(),
            code(self.loss.to_config(), self.loss.to_string()),
        ];
        format!("{} {}", env!("CARGO_PKG_VERSION"), hash(parts.join("\n").as_bytes()))
    }
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl TrainingData<'_> {
    /// How many samples of which shape, and a digest of their numbers.
    pub(crate) fn terms(self) -> String {
        let samples = Samples::from(self);
        told(samples.x, samples.y)
    }

    /// A digest of the texts and doubles that samples have besides their numbers.
    pub(crate) fn terms_beside(self) -> String {
        match self {
            TrainingData::Dataset(data) if !data.beside_singles().is_empty() => {
                format!("digest {}", hash(&data.beside_singles()))
            }
            _ => "none".into(),
        }
    }
}

fn told(x: &Array, y: &Array) -> String {
    let digest = digest(digest(0, x.data()), y.data());
    format!("{:?} with targets {:?}, digest {digest:016x}", x.shape(), y.shape())
}

fn weights(weights: Option<&[f32]>) -> String {
    weights.map_or("none".into(), |w| format!("{}, digest {:016x}", w.len(), digest(0, w)))
}
