//! The variables of Keras' optimisers, in their order, and what corresponds to them here.

use crate::error::Result;
use crate::io::hdf5::{Hdf5, Tree};
use crate::nn::Network;
use crate::optim::{LearningRate, Optimizer};
use crate::train::model::Model;
use crate::train::optimizer_state::OptimizerState;
use std::ops::Range;

/// A variable of an optimiser.
enum Variable {
    /// The steps taken.
    Iterations,
    /// The learning rate, unless it follows a schedule.
    LearningRate,
    /// The moving average of a weight.
    Average(Range<usize>, Vec<usize>),
    /// The gradients of a weight since the last step.
    Accumulated(Range<usize>, Vec<usize>),
    /// What a slot holds for a weight.
    Slot(usize, Range<usize>, Vec<usize>),
    /// Nadam's product of weakened momenta over the steps taken, which follows from their number.
    Product,
}

/// All of them in Keras' order (Keras 3.15, `build` of each optimiser).
fn variables(optimizer: &Optimizer, network: &Network) -> Vec<Variable> {
    let mut all = vec![Variable::Iterations];
    if let LearningRate::Constant(_) = optimizer.common.learning_rate {
        all.push(Variable::LearningRate);
    }
    let name = optimizer.rule().name();
    // These optimisers interleave two variables per weight; others list one variable after the other.
    let pairs = ["Adam", "AdamW", "Adamax", "Nadam", "Adadelta", "Ftrl"].contains(&name);
    let slots: Vec<usize> = match name {
        // Keras leaves out the momenta that this library keeps and never reads.
        "RMSprop" if !has_momentum(optimizer) && optimizer.rule().slots() == 3 => vec![0, 2],
        _ => (0..optimizer.rule().slots()).collect(),
    };
    let (together, alone) = slots.split_at(if pairs { 2 } else { 0 });
    let trained = || network.trained();
    let arrays = || trained().map(|(spec, range)| (range, spec.shape.clone()));
    if optimizer.common.ema.is_some() {
        all.extend(arrays().map(|(range, shape)| Variable::Average(range, shape)));
    }
    if optimizer.common.gradient_accumulation_steps.is_some() {
        all.extend(arrays().map(|(range, shape)| Variable::Accumulated(range, shape)));
    }
    for (spec, range) in trained() {
        let slot = |s: &usize| Variable::Slot(*s, range.clone(), spec.shape.clone());
        all.extend(together.iter().map(slot));
    }
    for s in alone {
        all.extend(trained().map(|(spec, range)| Variable::Slot(*s, range, spec.shape.clone())));
    }
    if name == "Nadam" {
        all.push(Variable::Product);
    }
    all
}

fn has_momentum(optimizer: &Optimizer) -> bool {
    let momentum = optimizer.to_config().settings().get("momentum").and_then(|m| m.as_f64());
    momentum.is_some_and(|m| m != 0.0)
}

/// Keras' product `Π β₁ (1 - ½ 0.96ⁱ)` over the steps taken.
fn product(optimizer: &Optimizer, steps: u64) -> f32 {
    let beta = optimizer.to_config().settings().get("beta_1").and_then(|b| b.as_f64());
    let (beta, mut product) = (beta.unwrap_or(0.9), 1.0);
    for i in 1..=steps {
        product *= beta * (1.0 - 0.5 * 0.96f64.powf(i as f64));
        if product == 0.0 {
            break;
        }
    }
    product as f32
}

/// Writes the variables into a group.
pub(super) fn write<'a>(model: &'a Model, into: &mut Tree<'a>) {
    let (optimizer, state) = (&model.optimizer, &model.state);
    for (i, variable) in variables(optimizer, &model.network).into_iter().enumerate() {
        let name = i.to_string();
        match variable {
            Variable::Iterations => into.whole(name, state.steps.min(i64::MAX as u64) as i64),
            Variable::LearningRate => into.number(name, model.learning_rate() as f32),
            Variable::Average(range, shape) => into.array(name, &shape, &state.average[range]),
            Variable::Accumulated(range, shape) => {
                into.array(name, &shape, &state.accumulated[range]);
            }
            Variable::Slot(s, range, shape) => into.array(name, &shape, &state.slots[s][range]),
            Variable::Product => {
                into.number(name, product(optimizer, optimizer.steps_of(state.steps)));
            }
        }
    }
}

/// Reads the variables from arrays of these names; nothing if there is no state, or that of an
/// optimiser that has not begun.
pub(super) fn read(model: &Model, file: &Hdf5, names: &[String]) -> Result<Option<OptimizerState>> {
    let mut wanted = variables(&model.optimizer, &model.network);
    let plain = |v: &Variable| matches!(v, Variable::Iterations | Variable::LearningRate);
    let slots = !wanted.iter().all(plain);
    // A single number is the learning rate of an optimiser that has not made a step.
    let rate = match names.get(1) {
        Some(second) => file.shape(second)?.is_some_and(|shape| shape.is_empty()),
        None => false,
    };
    if names.len() + 1 == wanted.len() && !rate {
        // Keras 2 does not count the learning rate among them.
        wanted.retain(|variable| !matches!(variable, Variable::LearningRate));
    }
    let begun = names.len() == wanted.len();
    if !begun && slots || names.is_empty() {
        return Ok(None);
    }
    let mut state = model.state.clone();
    for (variable, name) in wanted.into_iter().zip(names) {
        match variable {
            Variable::Iterations => {
                let steps = file.whole(name)?.unwrap_or(0);
                state.steps = u64::try_from(steps).unwrap_or(0);
            }
            Variable::LearningRate => {
                let rate = file.numbers(name, &[])?.first().copied();
                let own = model.optimizer.common.learning_rate.at(0);
                state.learning_rate = rate.filter(|r| *r != own && r.is_finite() && *r >= 0.0);
            }
            Variable::Average(range, shape) => {
                state.average[range].copy_from_slice(&file.numbers(name, &shape)?);
            }
            Variable::Accumulated(range, shape) => {
                state.accumulated[range].copy_from_slice(&file.numbers(name, &shape)?);
            }
            Variable::Slot(s, range, shape) => {
                state.slots[s][range].copy_from_slice(&file.numbers(name, &shape)?);
            }
            Variable::Product => {}
        }
    }
    Ok(Some(state))
}
