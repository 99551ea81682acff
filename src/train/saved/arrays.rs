//! A model's arrays in a file, and their descriptions.

use super::header::{About, Aim, Form, StepAbout};
use super::within_file;
use crate::data::{StepParts, Targets};
use crate::error::{Error, Result};
use crate::io::weights::{Contents, Head, Tensor, content};
use crate::optim::MAX_SLOTS;
use crate::train::History;
use crate::train::model::Model;
use crate::train::schema::Schema;
use std::path::Path;

/// The most steps that a file may claim, so that counting on cannot overflow.
const MOST_STEPS: u64 = 1 << 53;

/// Adds a model's arrays under names that begin with `prefix`.
pub(super) fn write<'a>(
    model: &'a Model,
    prefix: &str,
    tensors: &mut Vec<Tensor<'a>>,
) -> Result<About> {
    for (layer, spec, range) in model.network.weights() {
        let name = format!("{prefix}{layer}/{}", spec.name);
        tensors.push(Tensor::f32(name, spec.shape.clone(), &model.weights[range]));
    }
    for (i, slot) in model.state.slots.iter().enumerate().filter(|(_, slot)| !slot.is_empty()) {
        tensors.push(Tensor::f32(slot_name(prefix, i), vec![slot.len()], slot));
    }
    for (name, values) in model.state.more().into_iter().filter(|(_, values)| !values.is_empty()) {
        let name = format!("{prefix}optimizer:{name}");
        tensors.push(Tensor::f32(name, vec![values.len()], values));
    }
    let history = &model.history;
    let epochs: Vec<f64> = history.epochs().iter().map(|e| *e as f64).collect();
    if !epochs.is_empty() {
        tensors.push(Tensor::f64(format!("{prefix}history:epoch"), epochs));
    }
    let names: Vec<String> = history.names().map(String::from).collect();
    for (i, name) in names.iter().enumerate() {
        let values = history.get(name).unwrap_or_default();
        tensors.push(Tensor::f64(series_name(prefix, i, name), values));
    }
    let data = model.schema.as_ref().map(|schema| {
        let steps = schema.pipeline.to_parts();
        let pipeline = steps.into_iter().enumerate().map(|(i, step)| {
            let mut arrays = Vec::new();
            for (name, shape, values) in step.arrays {
                let tensor = Tensor::f64(step_name(prefix, i, &name), values).shaped(shape);
                tensors.push(tensor);
                arrays.push(name);
            }
            let StepParts { class_name, settings, columns, .. } = step;
            StepAbout { class_name, settings: settings.into(), columns, arrays }
        });
        Form {
            pipeline: pipeline.collect(),
            columns: schema.columns.clone(),
            classes: schema.classes.clone(),
            targets: Aim::from(&schema.targets),
        }
    });
    let (config, code) = match model.to_config() {
        Ok(config) => (Some(config.to_value()), None),
        Err(error) => (None, Some(error.to_string())),
    };
    Ok(About {
        config,
        code,
        optimizer: model.optimizer.to_config().to_value(),
        seed: model.seed,
        steps: model.state.steps,
        learning_rate: model.state.learning_rate.map(f64::from),
        data,
        history: names,
        frozen: model.frozen_layers(),
    })
}

fn slot_name(prefix: &str, slot: usize) -> String {
    format!("{prefix}optimizer:slot_{slot}")
}

fn series_name(prefix: &str, place: usize, name: &str) -> String {
    format!("{prefix}history:{place}/{name}")
}

fn step_name(prefix: &str, step: usize, array: &str) -> String {
    format!("{prefix}pipeline:{step}/{array}")
}

/// Checks that a file has the arrays of a model without weights, with their shapes; returns the names
/// of the weights.
pub(super) fn check(
    path: &Path,
    model: &Model,
    about: &About,
    prefix: &str,
    head: &Head,
) -> Result<Vec<String>> {
    let mut all = 0;
    let mut names = Vec::new();
    for (layer, spec, _) in model.network.weights() {
        let name = format!("{prefix}{layer}/{}", spec.name);
        has(path, head, &name, &spec.shape)?;
        names.push(name);
        all += spec.len();
    }
    let own = model.optimizer.to_config().to_value();
    let (then, now) = (&about.optimizer["class_name"], &own["class_name"]);
    if then != now {
        return Err(content(path, format!("the model in it has the optimizer {then}, not {now}")));
    }
    for slot in 0..model.optimizer.rule.slots() {
        has(path, head, &slot_name(prefix, slot), &[all])?;
    }
    let common = &model.optimizer.common;
    let more = [
        ("average", common.ema.is_some()),
        ("accumulated", common.gradient_accumulation_steps.is_some()),
    ];
    for (name, _) in more.into_iter().filter(|(_, kept)| *kept) {
        has(path, head, &format!("{prefix}optimizer:{name}"), &[all])?;
    }
    Ok(names)
}

fn has(path: &Path, head: &Head, name: &str, shape: &[usize]) -> Result<()> {
    match head.shapes.get(name) {
        Some(found) if found == shape => Ok(()),
        Some(found) => {
            let problem = format!("{name} has the shape {found:?}, and the model's has {shape:?}");
            Err(content(path, problem))
        }
        None => Err(content(path, format!("the array {name} of the model is missing"))),
    }
}

/// Gives a model the arrays of a file that [`check`] found there.
pub(super) fn fill(
    path: &Path,
    mut model: Model,
    about: About,
    prefix: &str,
    contents: &mut Contents,
) -> Result<Model> {
    let damaged = |what: &str| content(path, format!("the model in it is damaged: {what}"));
    let mut take = |name: String| {
        contents.take_f32(&name).ok_or_else(|| damaged(&format!("{name} is not of type F32")))
    };
    let mut weights = Vec::with_capacity(model.network.weight_count());
    for (layer, spec, _) in model.network.weights() {
        weights.extend(take(format!("{prefix}{layer}/{}", spec.name))?);
    }
    model.weights = weights;
    let mut slots: [Vec<f32>; MAX_SLOTS] = Default::default();
    for (i, slot) in slots.iter_mut().enumerate().take(model.optimizer.rule.slots()) {
        *slot = take(slot_name(prefix, i))?;
    }
    model.state.slots = slots;
    if model.optimizer.common.ema.is_some() {
        model.state.average = take(format!("{prefix}optimizer:average"))?;
    }
    if model.optimizer.common.gradient_accumulation_steps.is_some() {
        model.state.accumulated = take(format!("{prefix}optimizer:accumulated"))?;
    }
    if about.steps > MOST_STEPS {
        return Err(damaged("it claims more steps than any training takes"));
    }
    model.state.steps = about.steps;
    model.state.learning_rate = about.learning_rate.map(|rate| rate as f32);
    model.seed = about.seed;
    model.history = history(prefix, &about.history, contents)
        .ok_or_else(|| damaged("its history is not as long as its epochs"))?;
    model.schema = match about.data {
        Some(form) => Some(schema(prefix, form, contents).map_err(|e| within_file(path, e))?),
        None => None,
    };
    Ok(model)
}

fn history(prefix: &str, names: &[String], contents: &mut Contents) -> Option<History> {
    let epochs = contents.take_f64(&format!("{prefix}history:epoch")).unwrap_or_default();
    let mut series = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let values = contents.take_f64(&series_name(prefix, i, name))?;
        series.push((name.clone(), Some(values).filter(|v| v.len() == epochs.len())?));
    }
    History::from_parts(epochs.iter().map(|e| *e as usize).collect(), series)
}

fn schema(prefix: &str, form: Form, contents: &mut Contents) -> Result<Schema> {
    let mut steps = Vec::new();
    for (i, about) in form.pipeline.into_iter().enumerate() {
        let place = format!("step {} of the pipeline, {}", i + 1, about.class_name);
        let mut arrays = Vec::new();
        for name in &about.arrays {
            let full = step_name(prefix, i, name);
            let shape = contents.tensors.get(&full).map(|t| t.shape.clone()).unwrap_or_default();
            let values = contents.take_f64(&full).ok_or_else(|| {
                Error::argument(format!("{place}: {name}"), "missing", "an array of type F64")
            })?;
            arrays.push((name.clone(), shape, values));
        }
        let serde_json::Value::Object(settings) = about.settings else {
            return Err(Error::argument(place, "without settings", "an object of them"));
        };
        let StepAbout { class_name, columns, .. } = about;
        steps.push(StepParts { class_name, settings, columns, arrays });
    }
    let targets = form.targets.into_targets(&form.classes)?;
    let pipeline = crate::data::FittedPipeline::of_parts(steps)?;
    Ok(Schema { pipeline, columns: form.columns, classes: form.classes, targets })
}

impl From<&Targets> for Aim {
    fn from(targets: &Targets) -> Self {
        match targets {
            Targets::OneHot => Aim::OneHot,
            Targets::PlusMinus(class) => Aim::PlusMinus(class.clone()),
            Targets::Binary(class) => Aim::Binary(class.clone()),
            Targets::Values(names) => Aim::Values(names.clone()),
            Targets::None => Aim::None,
        }
    }
}

impl Aim {
    fn into_targets(self, classes: &[String]) -> Result<Targets> {
        Ok(match self {
            Aim::OneHot => Targets::OneHot,
            Aim::PlusMinus(class) | Aim::Binary(class) if !classes.contains(&class) => {
                let expected = "one of the classes";
                return Err(Error::argument("the class of the targets", class, expected));
            }
            Aim::PlusMinus(class) => Targets::PlusMinus(class),
            Aim::Binary(class) => Targets::Binary(class),
            Aim::Values(names) => Targets::Values(names),
            Aim::None => Targets::None,
        })
    }
}
