//! Random values of a distribution.

use super::Context;
use crate::error::{Error, Result};
use crate::tune::Distribution;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A random generator seeded by the trial's seed and its purpose, so that the order in which
/// parameters are asked for does not matter.
pub(super) fn generator(context: &Context<'_>, purpose: &str) -> ChaCha8Rng {
    // FNV-1a. Any fixed hash will do, because the generator mixes the seed well.
    let hash = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    ChaCha8Rng::seed_from_u64(context.seed ^ hash)
}

/// Checks that values can be drawn from the distribution.
pub(super) fn check(name: &str, of: &Distribution) -> Result<()> {
    let what = || format!("the parameter '{name}'");
    let bad = |got: String, expected: &str| Err(Error::argument(what(), got, expected));
    match of {
        Distribution::Float { low, high, step, log } => {
            if !(low.is_finite() && high.is_finite() && low <= high) {
                return bad(format!("from {low} to {high}"), "between two numbers, low first");
            }
            if *log && (*low <= 0.0 || step.is_some()) {
                let step = step.map_or(String::new(), |step| format!(" by {step}"));
                let expected = "above 0 and without a step, because its scale is logarithmic";
                return bad(format!("from {low} to {high}{step}"), expected);
            }
            if let Some(step) = step.filter(|step| !(step.is_finite() && *step > 0.0)) {
                return bad(format!("in steps of {step}"), "in steps above 0");
            }
        }
        Distribution::Int { low, high, step, log } => {
            if low > high {
                return bad(format!("from {low} to {high}"), "between two numbers, low first");
            }
            if *log && *low < 1 {
                let expected = "at least 1, because its scale is logarithmic";
                return bad(format!("from {low} to {high}"), expected);
            }
            if *step < 1 {
                return bad(format!("in steps of {step}"), "in steps of at least 1");
            }
        }
        Distribution::Categorical { choices } => {
            if choices.is_empty() {
                return bad("without choices".to_string(), "one of at least one choice");
            }
        }
    }
    Ok(())
}

/// A random value of a checked distribution, in internal form. A float, or its logarithm, is
/// uniform; each point of a grid and each choice is equally likely.
pub(super) fn draw(rng: &mut ChaCha8Rng, of: &Distribution) -> f64 {
    match of {
        Distribution::Categorical { choices } => rng.gen_range(0..choices.len().max(1)) as f64,
        of => at(of, rng.r#gen::<f64>()),
    }
}

/// The quantile `u` of a checked distribution.
pub(super) fn at(of: &Distribution, u: f64) -> f64 {
    match of {
        Distribution::Float { low, high, step: None, log: false } => {
            // Not low + u (high - low), which overflows for the whole range of f64.
            of.nearest(low * (1.0 - u) + high * u)
        }
        Distribution::Float { low, high, step: None, log: true } => {
            let (a, b) = (low.ln(), high.ln());
            of.nearest((a + u * (b - a)).exp())
        }
        Distribution::Float { step: Some(_), .. } | Distribution::Int { log: false, .. } => {
            of.point((u * of.count().unwrap_or(1) as f64) as u64)
        }
        Distribution::Int { low, high, log: true, .. } => {
            let (a, b) = ((*low as f64 - 0.5).ln(), (*high as f64 + 0.5).ln());
            of.nearest((a + u * (b - a)).exp())
        }
        Distribution::Categorical { choices } => (u * choices.len() as f64).floor(),
    }
}
