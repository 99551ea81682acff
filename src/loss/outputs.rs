//! A loss for each output of a functional model.

use super::{Loss, LossFunction};
use crate::config::Value;
use crate::error::{Error, Result};
use serde_json::{Value as Json, json};
use std::ops::Range;

/// Losses by the names of the outputs, each with a weight, made from a list of names and losses.
///
/// The loss of a sample is the sum of its outputs' losses, each times its weight (Keras'
/// `loss_weights`).
#[derive(Clone, Debug)]
pub(crate) struct Losses {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    output: String,
    loss: Loss,
    weight: f32,
    /// The columns of the output's values in a target and in a prediction.
    truth: Range<usize>,
    prediction: Range<usize>,
    places: usize,
}

/// An output of a model: its name, and the number of values in a sample.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub name: String,
    pub width: usize,
    /// The number of places: the product of all axes except the last.
    pub places: usize,
    /// Whether a mask selects the places that count.
    pub masked: bool,
}

/// The columns of an output's values in a target and in a prediction.
#[derive(Clone, Debug)]
pub(crate) struct OutputPlace {
    pub name: String,
    pub truth: Range<usize>,
    pub prediction: Range<usize>,
    pub loss: Loss,
    pub places: usize,
}

impl Losses {
    pub(crate) fn new(parts: Vec<(String, Loss, f64)>) -> Self {
        let part = |(output, loss, weight): (String, Loss, f64)| Part {
            output,
            loss,
            weight: weight as f32,
            truth: 0..0,
            prediction: 0..0,
            places: 1,
        };
        Losses { parts: parts.into_iter().map(part).collect() }
    }

    /// The losses in the order of the outputs, with their columns.
    ///
    /// # Errors
    /// If an output has no loss or two, or a loss has no output.
    pub(crate) fn of_outputs(&self, outputs: &[Output]) -> Result<Losses> {
        let names = || outputs.iter().map(|o| o.name.as_str()).collect::<Vec<_>>().join(", ");
        for (i, part) in self.parts.iter().enumerate() {
            if !outputs.iter().any(|output| output.name == part.output) {
                let got = format!("'{}'", part.output);
                let expected = format!("one of the model's: {}", names());
                return Err(Error::argument("compile: the output of a loss", got, expected)
                    .hint("Node::name gives an output its name"));
            }
            if self.parts[..i].iter().any(|before| before.output == part.output) {
                let got = format!("two for '{}'", part.output);
                return Err(Error::argument("compile: the losses", got, "one for each output"));
            }
            if !(part.weight.is_finite() && part.weight >= 0.0) {
                let what = format!("compile: the weight of the loss of '{}'", part.output);
                return Err(Error::argument(what, part.weight, "a finite number, at least 0"));
            }
        }
        let (mut truth, mut prediction) = (0, 0);
        let mut parts = Vec::new();
        for Output { name, width, places, .. } in outputs {
            let Some(part) = self.parts.iter().find(|part| part.output == *name) else {
                let got = format!("none for '{name}'");
                let expected = format!("one for each output: {}", names());
                return Err(Error::argument("compile: the losses", got, expected).hint(
                    "a weight of 0 leaves an output out of the loss, as in (\"kind\", \"mse\", 0.0)",
                ));
            };
            let loss = part.loss.at_places(*places, false);
            // A class number is one value at each place, however many the output has.
            let fits = |values: usize| loss.0.check(values, *width).is_ok();
            let values = [*width, *places].into_iter().find(|n| fits(*n)).unwrap_or(1);
            parts.push(Part {
                loss,
                places: *places,
                truth: truth..truth + values,
                prediction: prediction..prediction + width,
                ..part.clone()
            });
            (truth, prediction) = (truth + values, prediction + width);
        }
        Ok(Losses { parts })
    }

    /// The columns of the outputs' values.
    pub(crate) fn places(&self) -> impl Iterator<Item = OutputPlace> {
        self.parts.iter().map(|part| OutputPlace {
            name: part.output.clone(),
            truth: part.truth.clone(),
            prediction: part.prediction.clone(),
            loss: part.loss.clone(),
            places: part.places,
        })
    }

    /// The values of Keras' `loss` and `loss_weights`.
    ///
    /// # Errors
    /// If a loss is custom code.
    pub(crate) fn to_values(&self) -> Result<(Json, Json)> {
        let mut losses = serde_json::Map::new();
        let mut weights = serde_json::Map::new();
        for part in &self.parts {
            losses.insert(part.output.clone(), part.loss.to_config()?.to_value());
            weights.insert(part.output.clone(), json!(f64::from(part.weight)));
        }
        let plain = self.parts.iter().all(|part| part.weight == 1.0);
        Ok((losses.into(), if plain { Json::Null } else { weights.into() }))
    }

    /// Makes the losses from Keras' `loss` and `loss_weights`, both by name or in the order of
    /// these outputs.
    pub(crate) fn from_values(loss: &Json, weights: &Json, outputs: &[String]) -> Result<Loss> {
        let named = |json: &Json, name: &str| -> Option<Json> {
            let place = outputs.iter().position(|output| output == name);
            match json {
                Json::Object(object) if !object.contains_key("class_name") => {
                    object.get(name).cloned()
                }
                Json::Array(list) => place.and_then(|place| list.get(place).cloned()),
                Json::Null => None,
                one => Some(one.clone()),
            }
        };
        let mut parts = Vec::new();
        for output in outputs {
            let missing = || Error::argument(format!("the loss of '{output}'"), "missing", "given");
            let loss = Loss::from_value(&named(loss, output).ok_or_else(missing)?)?;
            let weight = match named(weights, output) {
                Some(Json::Null) | None => 1.0,
                Some(json) => f64::from_value(&json)?,
            };
            parts.push((output.clone(), loss, weight));
        }
        Ok(Losses::new(parts).into())
    }
}

impl Loss {
    /// The loss for a model with these outputs side by side: each output's own loss, or this one
    /// for all.
    ///
    /// # Errors
    /// If an output has no loss or two, or a loss has no output.
    pub(crate) fn of_outputs(&self, outputs: &[Output]) -> Result<Loss> {
        match (self.0.by_output(), outputs) {
            (Some(losses), [_]) => {
                let part = losses.of_outputs(outputs)?.parts.remove(0);
                match part.weight {
                    1.0 => Ok(part.loss.at_places(outputs[0].places, outputs[0].masked)),
                    weight => {
                        let expected = "1: the model has one output";
                        Err(Error::argument("compile: the weight of the loss", weight, expected))
                    }
                }
            }
            (Some(losses), _) => Ok(losses.of_outputs(outputs)?.into()),
            (None, [one]) => Ok(self.at_places(one.places, one.masked)),
            (None, _) => {
                let each = outputs.iter().map(|o| (o.name.clone(), self.clone(), 1.0));
                Ok(Losses::new(each.collect()).of_outputs(outputs)?.into())
            }
        }
    }
}

/// The values of these columns, row by row.
fn columns(values: &[f32], width: usize, range: &Range<usize>) -> Vec<f32> {
    values.chunks_exact(width.max(1)).flat_map(|row| row[range.clone()].iter().copied()).collect()
}

impl LossFunction for Losses {
    fn name(&self) -> &str {
        "losses"
    }

    fn by_output(&self) -> Option<&Losses> {
        Some(self)
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        let mut total = 0.0;
        for part in &self.parts {
            let gradient = &mut gradient[part.prediction.clone()];
            let (truth, prediction) =
                (&truth[part.truth.clone()], &prediction[part.prediction.clone()]);
            total += part.weight * part.loss.0.sample(truth, prediction, gradient);
            gradient.iter_mut().for_each(|g| *g *= part.weight);
        }
        total
    }

    fn check_settings(&self) -> Result<()> {
        self.parts.iter().try_for_each(|part| part.loss.check())
    }

    fn check_values(&self, targets: &[f32], _outputs: usize) -> Result<()> {
        let width = self.parts.last().map_or(0, |part| part.truth.end);
        self.parts.iter().try_for_each(|part| {
            let own = columns(targets, width, &part.truth);
            let check = part.loss.0.check_values(&own, part.prediction.len());
            check.map_err(|e| e.about(&format!("output '{}'", part.output)))
        })
    }

    fn check(&self, targets: usize, _outputs: usize) -> Result<()> {
        let width = self.parts.last().map_or(0, |part| part.truth.end);
        if targets == width {
            return Ok(());
        }
        let each = self.parts.iter().map(|part| format!("{} {}", part.output, part.truth.len()));
        let each = each.collect::<Vec<_>>().join(", ");
        let expected = format!("{width}, the outputs' one after the other: {each}");
        Err(Error::argument("the number of values in a target", targets, expected)
            .hint("Array::beside puts the targets of several outputs side by side"))
    }
}
