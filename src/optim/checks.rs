//! Optimisers against Keras' weights, step by step.

use super::*;
use crate::loss::checks::{fixture, floats, rules};
use serde_json::Value;
use std::ops::Range;

/// Follows Keras for ten steps on one array of weights.
pub fn follows_keras(optimizer: impl Into<Optimizer>, name: &str) {
    let one = std::slice::from_ref(&(0..4));
    follows(optimizer.into(), name, &fixture()["trajectories"][name], one, 1.0);
}

/// Follows Keras for ten steps on several arrays, with gradients multiplied by `scale`.
pub fn follows_keras_on(
    optimizer: impl Into<Optimizer>,
    name: &str,
    arrays: &[Range<usize>],
    scale: f32,
) {
    follows(optimizer.into(), name, &rules()["trajectories"][name], arrays, scale);
}

/// Weights with their slots, for one step after the other.
pub struct Weights {
    optimizer: Optimizer,
    pub w: Vec<f32>,
    slots: [Vec<f32>; MAX_SLOTS],
    step: u64,
}

impl Weights {
    pub fn new(optimizer: impl Into<Optimizer>, w: Vec<f32>) -> Self {
        let optimizer = optimizer.into();
        optimizer.check().unwrap();
        let slots = std::array::from_fn(|s| match s < optimizer.rule.slots() {
            true => vec![optimizer.rule.slot_start(s); w.len()],
            false => vec![],
        });
        Weights { optimizer, w, slots, step: 0 }
    }

    /// Makes one step, updating the weights in two parts that are split at `cut`.
    pub fn step(&mut self, g: &mut [f32], arrays: &[Range<usize>], cut: usize) {
        self.optimizer.common.clip.apply(g, arrays.iter().cloned());
        let step = Step {
            number: self.step + 1,
            learning_rate: self.optimizer.common.learning_rate.at(self.step),
        };
        self.step += 1;
        let slots = self.slots.each_mut().map(|s| {
            let cut = cut.min(s.len());
            s.split_at_mut(cut)
        });
        let [a, b, c] = slots;
        let (w0, w1) = self.w.split_at_mut(cut);
        for (w, g, s) in [(w0, &g[..cut], [a.0, b.0, c.0]), (w1, &g[cut..], [a.1, b.1, c.1])] {
            self.optimizer.decay(step, w);
            self.optimizer.rule.update(step, w, g, s);
        }
    }
}

/// Compares with Keras within 1e-5 relative (2e-6 absolute near 0), because the formulas are
/// evaluated in another order in f32. However the weights are split, the bits are the same.
fn follows(optimizer: Optimizer, name: &str, want: &Value, arrays: &[Range<usize>], scale: f32) {
    let golden = fixture();
    let mut whole = Weights::new(optimizer.clone(), floats(&golden["w0"]));
    let mut cut = Weights::new(optimizer, floats(&golden["w0"]));
    let gradients = golden["grads"].as_array().unwrap();
    for (i, (g, want)) in gradients.iter().zip(want.as_array().unwrap()).enumerate() {
        let g: Vec<f32> = floats(g).iter().map(|g| g * scale).collect();
        whole.step(&mut g.clone(), arrays, 4);
        cut.step(&mut g.clone(), arrays, 1);
        assert_eq!(whole.w, cut.w, "{name} step {i}");
        for (got, want) in whole.w.iter().zip(floats(want)) {
            let difference = (got - want).abs();
            assert!(difference <= 1e-5 * want.abs() + 2e-6, "{name} step {i}: {got} {want}");
        }
    }
}

#[test]
fn names_are_those_of_keras() {
    for known in ALL {
        let optimizer = (known.make)();
        optimizer.check().unwrap();
        let again = Optimizer::named(&optimizer.rule.name().to_lowercase()).unwrap();
        assert_eq!(format!("{again:?}"), format!("{optimizer:?}"));
        assert!(optimizer.rule.slots() <= MAX_SLOTS);
    }
    let error = "adma".into_optimizer().unwrap_err().to_string();
    assert!(error.contains("'adma'") && error.contains("adamax"), "{error}");
}

#[test]
fn settings_outside_their_range_are_refused() {
    let says = |optimizer: Optimizer, parts: &[&str]| {
        let text = optimizer.check().unwrap_err().to_string();
        assert!(parts.iter().all(|p| text.contains(p)), "{text}");
    };
    says(Sgd::new(-0.1).into(), &["SGD", "learning rate", "-0.1", "at least 0"]);
    says(Sgd::new(f32::NAN).into(), &["learning rate", "NaN"]);
    says(Sgd::new(0.1).momentum(1.5).into(), &["SGD: momentum", "1.5", "from 0 to 1"]);
    says(Adam::default().beta_1(1.0).into(), &["Adam: beta_1", "1", "less than 1"]);
    says(Adam::default().beta_2(-0.1).into(), &["Adam: beta_2", "-0.1"]);
    says(AdamW::default().beta_2(1.2).into(), &["AdamW: beta_2", "1.2"]);
    says(RmsProp::default().rho(f32::NAN).into(), &["RMSprop: rho", "NaN"]);
    says(Adam::default().epsilon(-1.0).into(), &["epsilon", "-1"]);
    says(Adagrad::default().initial_accumulator_value(-1.0).into(), &["accumulator", "-1"]);
    says(Lion::default().beta_1(0.0).into(), &["Lion: beta_1", "above 0"]);
    says(Ftrl::default().learning_rate_power(0.5).into(), &["learning_rate_power", "0.5"]);
    says(Ftrl::default().l1_regularization_strength(-1.0).into(), &["l1", "-1"]);
    says(Adam::default().weight_decay(-0.01).into(), &["Adam: weight_decay", "-0.01"]);
    says(Adam::default().clipnorm(0.0).into(), &["clipnorm", "above 0"]);
    let two = Adam::default().clipnorm(1.0).clipvalue(0.5);
    says(two.into(), &["clipnorm 1 together with clipvalue 0.5", "one of"]);
    let again: Optimizer = Adam::default().clipnorm(1.0).clipnorm(2.0).into();
    assert_eq!((again.check().is_ok(), again.common.clip), (true, Clip::Norm(2.0)));
}
