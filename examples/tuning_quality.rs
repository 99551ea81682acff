//! How good and how fast the samplers are, compared with scikit-optimize and Optuna.
//!
//! `cargo run --release --example tuning_quality -- [peers.json]` prints the median over 20 seeds
//! of the best value after 50 calls on Branin, Hartmann 6 and a function with choices. The file is
//! written by `benches/peers/tuning_quality.py`. With `cost` instead of a file it prints how long
//! TPE's 1000th ask and 50 calls of the Gaussian process take; `benches/peers/tuning_cost.py`
//! prints the same for the others.

use dfdx_lab::error::{Error, Result};
use dfdx_lab::tune::sampler::{
    Context, ForestSampler, GpSampler, RandomSampler, Sampler, TpeSampler,
};
use dfdx_lab::tune::{Attributes, Choice, Direction, Distribution, Param, Trial, TrialState};
use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::sync::Arc;
use std::time::Instant;

const CALLS: u64 = 50;
const SEEDS: u64 = 20;

fn branin(x: &[f64]) -> f64 {
    let (b, c, t) = (5.1 / (4.0 * PI * PI), 5.0 / PI, 1.0 / (8.0 * PI));
    (x[1] - b * x[0] * x[0] + c * x[0] - 6.0).powi(2) + 10.0 * (1.0 - t) * x[0].cos() + 10.0
}

fn hartmann6(x: &[f64]) -> f64 {
    const ALPHA: [f64; 4] = [1.0, 1.2, 3.0, 3.2];
    const A: [[f64; 6]; 4] = [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ];
    const P: [[f64; 6]; 4] = [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ];
    let row = |(a, p): (&[f64; 6], &[f64; 6])| -> f64 {
        a.iter().zip(p).zip(x).map(|((a, p), x)| a * (x - p).powi(2)).sum()
    };
    let rows = A.iter().zip(&P).map(row);
    -ALPHA.iter().zip(rows).map(|(alpha, sum)| alpha * (-sum).exp()).sum::<f64>()
}

/// Like a network's loss: each optimiser has its own best rate, and width and dropout interact.
fn mixed(x: &[f64]) -> f64 {
    let kind = x[0] as usize;
    let width = (x[2] / 48.0).log2();
    [0.0, 0.05, 0.15][kind]
        + 0.3 * (x[1].log10() - [-3.0, -3.5, -1.0][kind]).powi(2)
        + 0.1 * width * width
        + 2.0 * (x[3] - 0.2 - 0.05 * width).powi(2)
        + if x[4] == 1.0 { 0.0 } else { 0.1 }
}

struct Problem {
    name: &'static str,
    space: Vec<Distribution>,
    f: fn(&[f64]) -> f64,
}

fn problems() -> Vec<Problem> {
    let float = |low, high| Distribution::Float { low, high, step: None, log: false };
    let kinds = ["adam", "rmsprop", "sgd"].map(|kind| Choice::Text(kind.to_string()));
    let space = vec![
        Distribution::Categorical { choices: kinds.to_vec() },
        Distribution::Float { low: 1e-5, high: 1.0, step: None, log: true },
        Distribution::Int { low: 8, high: 256, step: 1, log: false },
        float(0.0, 0.8),
        Distribution::Categorical { choices: vec![Choice::Bool(false), Choice::Bool(true)] },
    ];
    vec![
        Problem { name: "branin", space: vec![float(-5.0, 10.0), float(0.0, 15.0)], f: branin },
        Problem { name: "hartmann6", space: vec![float(0.0, 1.0); 6], f: hartmann6 },
        Problem { name: "mixed", space, f: mixed },
    ]
}

/// Seconds that this thread has computed, which other programs do not lengthen; seconds since
/// `begun` on systems that do not report that.
fn clock(begun: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    match text.split_whitespace().next().and_then(|n| n.parse::<f64>().ok()) {
        Some(nanoseconds) => nanoseconds / 1e9,
        None => begun.elapsed().as_secs_f64(),
    }
}

/// The best value of a search, and how long its last ask takes, repeated a few times.
fn search(
    sampler: &dyn Sampler,
    of: &Problem,
    calls: u64,
    seed: u64,
    repeats: u32,
) -> Result<(f64, f64)> {
    let space: Vec<Arc<Distribution>> = of.space.iter().cloned().map(Arc::new).collect();
    let mut trials: Vec<Arc<Trial>> = Vec::new();
    let (mut best, mut seconds) = (f64::INFINITY, 0.0);
    let start = Instant::now();
    for number in 0..calls {
        let context = Context {
            study: of.name,
            trials: &trials,
            directions: &[Direction::Minimize],
            number,
            seed: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number),
        };
        let proposal = sampler.propose(&context)?;
        if number + 1 == calls {
            let begun = clock(start);
            for _ in 0..repeats {
                std::hint::black_box(sampler.propose(&context)?);
            }
            seconds = (clock(start) - begun) / f64::from(repeats.max(1));
        }
        let mut params = Vec::new();
        for (i, distribution) in space.iter().enumerate() {
            let name = format!("x{i}");
            let given = proposal.values.iter().find(|(n, _, _)| *n == name);
            let internal = match given {
                Some((_, _, value)) => *value,
                None => sampler.one(&context, &name, distribution)?,
            };
            params.push(Param { name, distribution: Arc::clone(distribution), internal });
        }
        let x: Vec<f64> = params.iter().map(|param| param.internal).collect();
        let value = (of.f)(&x);
        best = f64::min(best, value);
        trials.push(Arc::new(Trial {
            id: number as i64 + 1,
            number,
            state: TrialState::Complete,
            values: vec![value],
            params,
            intermediate: BTreeMap::new(),
            user: Attributes::new(),
            system: proposal.notes,
            started: None,
            completed: None,
        }));
    }
    Ok((best, seconds))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => 0.5 * (values[n / 2 - 1] + values[n / 2]),
    }
}

fn quality(peers: Option<&str>) -> Result<()> {
    let peers: serde_json::Value = match peers {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
            serde_json::from_str(&text).map_err(|e| Error::argument("the file", e, "JSON"))?
        }
        None => serde_json::Value::Null,
    };
    let samplers: [(&dyn Sampler, &str); 4] = [
        (&TpeSampler::new(), "tpe"),
        (&ForestSampler::new(), "forest"),
        (&GpSampler::new(), "gp"),
        (&RandomSampler::new(), "random"),
    ];
    println!("{:10} {:8} {:>10} {:>10} {:>6}", "function", "sampler", "ours", "peer's", "seeds");
    for problem in problems() {
        for (sampler, name) in samplers {
            let bests: Result<Vec<f64>> =
                (0..SEEDS).map(|seed| Ok(search(sampler, &problem, CALLS, seed, 0)?.0)).collect();
            let key = |seed: u64| format!("{name} {} {seed}", problem.name);
            let theirs: Vec<f64> =
                (0..SEEDS).filter_map(|seed| peers.get(key(seed))?["best"].as_f64()).collect();
            let n = theirs.len();
            let (ours, theirs) = (median(bests?), median(theirs));
            println!("{:10} {name:8} {ours:10.4} {theirs:10.4} {n:6}", problem.name);
        }
    }
    Ok(())
}

fn cost() -> Result<()> {
    let problems = problems();
    for problem in &problems {
        let asks: Result<Vec<f64>> = (0..5)
            .map(|seed| Ok(search(&TpeSampler::new(), problem, 1000, seed, 100)?.1))
            .collect();
        println!("TPE's 1000th ask, {}: {:.3} ms", problem.name, median(asks?) * 1e3);
    }
    for problem in &problems {
        let start = Instant::now();
        let begun = clock(start);
        search(&GpSampler::new(), problem, CALLS, 0, 0)?;
        let seconds = clock(start) - begun;
        println!("{CALLS} calls of the Gaussian process, {}: {seconds:.2} s", problem.name);
    }
    Ok(())
}

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("cost") => cost(),
        peers => quality(peers),
    }
}
