//! Schedules against Keras, step by step.

use super::*;
use crate::loss::checks::{floats, rules};

/// Compares with Keras within 1e-5 relative, and 1e-8 near 0, because Keras computes in f32.
fn follows_keras(schedule: impl Into<LearningRate>, name: &str) {
    let schedule = schedule.into();
    schedule.check("Adam").unwrap();
    let want = floats(&rules()["schedules"][name]);
    assert_eq!(want.len(), 151);
    for (step, want) in want.into_iter().enumerate() {
        let got = schedule.at(step as u64);
        let close = (got - want).abs() <= 1e-5 * want + 1e-8;
        assert!(close, "{name} step {step}: {got}, Keras {want}");
    }
}

#[test]
fn golden() {
    let exponential = ExponentialDecay::new(0.1, 30, 0.9);
    follows_keras(exponential, "exponential");
    follows_keras(exponential.staircase(true), "exponential_staircase");
    follows_keras(PiecewiseConstantDecay::new([10, 60], [0.5, 0.1, 0.02]), "piecewise");
    follows_keras(PolynomialDecay::new(0.1, 40), "polynomial");
    let cycle = PolynomialDecay::new(0.1, 40).end_learning_rate(0.01).power(0.5).cycle(true);
    follows_keras(cycle, "polynomial_power_cycle");
    follows_keras(InverseTimeDecay::new(0.1, 20, 0.5), "inverse_time");
    let stairs = InverseTimeDecay::new(0.1, 20, 0.5).staircase(true);
    follows_keras(stairs, "inverse_time_staircase");
    follows_keras(CosineDecay::new(0.1, 50).alpha(0.1), "cosine");
    follows_keras(CosineDecay::new(0.01, 50).alpha(0.05).warmup(0.2, 15), "cosine_warmup");
    let restarts = CosineDecayRestarts::new(0.1, 10);
    follows_keras(restarts.m_mul(0.8).alpha(0.02), "restarts");
    follows_keras(restarts.t_mul(1.0).m_mul(0.5), "restarts_even");
    follows_keras(restarts.t_mul(1.5), "restarts_slow");
}

#[test]
fn a_restart_is_never_missed() {
    // For example, the rounded logarithm of 3^5 divided by that of 3 is slightly below 5.
    for (factor, periods) in [(2u64, 40), (3, 25)] {
        let schedule = CosineDecayRestarts::new(0.1, 10).t_mul(factor as f64);
        let schedule = LearningRate::from(schedule);
        for period in 1..periods {
            let start = 10 * (factor.pow(period) - 1) / (factor - 1);
            assert_eq!(schedule.at(start), 0.1, "restart {period} of factor {factor}");
            assert!(schedule.at(start - 1) < 0.01);
        }
    }
}

#[test]
fn settings_outside_their_range_are_refused() {
    let says = |schedule: LearningRate, parts: &[&str]| {
        let text = schedule.check("Adam").unwrap_err().to_string();
        assert!(parts.iter().all(|p| text.contains(p)), "{text}");
    };
    says(ExponentialDecay::new(0.1, 0, 0.9).into(), &["Adam: ExponentialDecay: decay_steps", "0"]);
    says(ExponentialDecay::new(-0.1, 5, 0.9).into(), &["initial_learning_rate", "-0.1"]);
    says(ExponentialDecay::new(0.1, 5, f64::NAN).into(), &["decay_rate", "NaN"]);
    says(PiecewiseConstantDecay::new([10], [0.1]).into(), &["values", "1", "2"]);
    says(PiecewiseConstantDecay::new([9, 9], [0.1; 3]).into(), &["boundaries", "9", "above"]);
    says(PiecewiseConstantDecay::new([9], [0.1, -0.5]).into(), &["values", "-0.5"]);
    says(PolynomialDecay::new(0.1, 0).into(), &["decay_steps"]);
    says(PolynomialDecay::new(0.1, 9).power(-1.0).into(), &["power", "-1"]);
    says(InverseTimeDecay::new(0.1, 0, 0.5).into(), &["decay_steps"]);
    says(CosineDecay::new(0.1, 9).alpha(-1.0).into(), &["alpha", "-1"]);
    says(CosineDecay::new(0.1, 9).warmup(-0.1, 5).into(), &["warmup_target", "-0.1"]);
    says(CosineDecayRestarts::new(0.1, 9).t_mul(0.5).into(), &["t_mul", "0.5", "at least 1"]);
    assert_eq!(LearningRate::from(0.01).to_string(), "0.01");
    let shown = LearningRate::from(PolynomialDecay::new(0.1, 9)).to_string();
    assert_eq!(shown, "PolynomialDecay from 0.1");
}
