//! Outputs with several places, such as the steps of a sequence, and what cannot be asked of them.

use super::model::Model;
use crate::error::{Error, Result};

/// Losses and metrics that take a whole row for one distribution over the classes.
const OF_A_ROW: [&str; 15] = [
    "accuracy",
    "auc",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "f1_score",
    "kl_divergence",
    "precision",
    "recall",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
];

impl Model {
    /// Refuses losses and metrics of one distribution a row where the output has one at each of
    /// several places, such as the steps of a sequence: Keras takes the last axis alone, and here
    /// they would take all places for one.
    pub(super) fn check_places(&self) -> Result<()> {
        let of_a_row = |name: &str| {
            let name = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
            OF_A_ROW.contains(&name)
        };
        let layers = self.network.layers();
        for layer in self.network.outputs().iter().map(|at| &layers[*at]) {
            let shape = layer.op.output();
            if shape.len() < 2 {
                continue;
            }
            let mut used: Vec<String> = match self.loss.0.by_output() {
                Some(losses) => {
                    let own = losses.places().filter(|place| place.name == layer.name);
                    own.map(|place| place.loss.0.name().to_string()).collect()
                }
                None => vec![self.loss.0.name().to_string()],
            };
            // A metric of one output among several has its name in front.
            let prefix = format!("{}_", layer.name);
            used.extend(self.metrics.iter().map(|metric| {
                let name = metric.0.name();
                name.strip_prefix(&prefix).map_or(name.clone(), str::to_string)
            }));
            if let Some(name) = used.iter().find(|name| of_a_row(name)) {
                return Err(Error::argument(
                    format!("{name} of an output of the shape"),
                    format!("{shape:?}"),
                    "one distribution a row: an output of one axis",
                )
                .hint(
                    "Flatten or a recurrent layer without return_sequences makes a row of it; \
                     squared and absolute errors take outputs of any shape",
                ));
            }
        }
        Ok(())
    }
}
