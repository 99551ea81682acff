//! The JSON text in the metadata of a model's file: everything except the arrays.

use crate::error::{Error, Result};
use crate::io::json;
use crate::io::weights::{Head, content};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::path::Path;

/// The name of the text in the metadata.
pub(in crate::train) const KEY: &str = "dfdx-lab";

/// The version of the format that this library writes, and the latest that it reads.
pub(super) const FORMAT: u64 = 1;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Model,
    Ensemble,
}

/// Everything but the arrays.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    pub format: u64,
    /// The version of the library that wrote the file.
    pub version: String,
    /// When, in UTC.
    pub saved: String,
    pub kind: Kind,
    pub models: Vec<About>,
}

/// One model.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct About {
    /// Layers, optimiser, loss and metrics in Keras' form; missing where one of them is code.
    pub config: Option<Json>,
    /// Why there is no configuration.
    pub code: Option<String>,
    pub optimizer: Json,
    pub seed: u64,
    /// Steps that the optimiser has taken.
    pub steps: u64,
    /// The learning rate that a callback has set in place of the optimiser's.
    pub learning_rate: Option<f64>,
    pub data: Option<Form>,
    /// The names of what was logged, in their order.
    pub history: Vec<String>,
    /// The names of the layers that are frozen; the configuration, where there is one, says it too.
    #[serde(default)]
    pub frozen: Vec<String>,
}

/// The form of the data that a model was fitted on.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Form {
    pub columns: Vec<String>,
    pub classes: Vec<String>,
    pub targets: Aim,
    pub pipeline: Vec<StepAbout>,
}

/// The kind of targets.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Aim {
    OneHot,
    PlusMinus(String),
    Binary(String),
    Values(Vec<String>),
    None,
}

/// A fitted step of a pipeline.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StepAbout {
    pub class_name: String,
    pub settings: Json,
    /// The names of the columns that it was fitted on.
    pub columns: Vec<String>,
    /// The names of its arrays.
    pub arrays: Vec<String>,
}

impl Header {
    /// Reads the text from the file's metadata.
    ///
    /// # Errors
    /// If the file holds no model, or a later version of the library wrote it.
    pub fn of(path: &Path, head: &Head) -> Result<Self> {
        let Some(text) = head.notes.get(KEY) else {
            return Err(content(
                path,
                "it holds weights but no model: make the model by its code and call load_weights",
            ));
        };
        let damaged = |what: &str| content(path, format!("the model in it is damaged: {what}"));
        let json = json::parse(text, |_| Json::Null).ok_or_else(|| damaged("it is no JSON"))?;
        let format = json.get("format").and_then(Json::as_u64);
        let Some(format @ 1..) = format else { return Err(damaged("it has no format's number")) };
        if format > FORMAT {
            let version = json.get("version").and_then(Json::as_str).unwrap_or("unknown");
            return Err(newer(path, version, format));
        }
        serde_json::from_value(json).map_err(|e| damaged(&e.to_string()))
    }
}

fn newer(path: &Path, version: &str, format: u64) -> Error {
    let version: String = version.chars().take(40).collect();
    content(
        path,
        format!(
            "dfdx-lab {version} wrote it, in format {format}; this is dfdx-lab {}, which reads \
             formats up to {FORMAT}: take the newer version of the library",
            env!("CARGO_PKG_VERSION")
        ),
    )
}
