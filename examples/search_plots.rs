//! Draws every plot of a search, for a few kinds of studies, as PNG files:
//! `cargo run --release --example search_plots -- folder`.

use dfdx_lab::prelude::*;
use std::path::{Path, PathBuf};

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| std::env::temp_dir().join("dfdx-lab-search-plots"));
    std::fs::create_dir_all(&folder).map_err(|e| Error::io(&folder, e))?;
    branin(&folder)?;
    all(&network()?, &folder, "network")?;
    all(&conditional()?, &folder, "conditional")?;
    all(&small(1)?, &folder, "single")?;
    all(&small(0)?, &folder, "empty")?;
    all(&hyperband()?.study(), &folder, "hyperband")?;
    println!("{}", folder.display());
    Ok(())
}

fn all(study: &Study, folder: &Path, name: &str) -> Result<()> {
    for (plot, figure) in [
        ("convergence", study.plot_convergence()?),
        ("regret", study.plot_regret(None)?),
        ("history", study.plot_optimization_history()?),
        ("evaluations", study.plot_evaluations()?),
        ("objective", study.plot_objective()?),
        ("parallel", study.plot_parallel_coordinates()?),
        ("slices", study.plot_slices()?),
        ("importance", study.plot_importance()?),
        ("rungs", study.plot_rungs()?),
    ] {
        println!("{figure}");
        figure.save(folder.join(format!("{name}-{plot}.png")))?;
    }
    Ok(())
}

/// Branin's function with a choice that raises its values, minimised by four samplers.
fn branin(folder: &Path) -> Result<()> {
    let space = Space::new().real("x1", -5.0..=10.0).real("x2", 0.0..=15.0);
    let space = space.categorical("lift", ["none", "small", "large"]);
    let f = |at: &Point| {
        let (x, y) = (at.real("x1")?, at.real("x2")?);
        let pi = std::f64::consts::PI;
        let bowl = (y - 5.1 * x * x / (4.0 * pi * pi) + 5.0 * x / pi - 6.0).powi(2);
        let lift = match at.text("lift")?.as_str() {
            "none" => 0.0,
            "small" => 5.0,
            _ => 40.0,
        };
        Ok(bowl + 10.0 * (1.0 - 1.0 / (8.0 * pi)) * x.cos() + 10.0 + lift)
    };
    let gp = gp_minimize(&space, f).n_calls(40).seed(1).run("memory")?;
    all(&gp, folder, "branin")?;
    let mut studies = vec![("gp".to_string(), gp)];
    for seed in 1..=3 {
        let forest = forest_minimize(&space, f).n_calls(40).seed(seed);
        studies.push(("forest".to_string(), forest.run("memory")?));
        let random = dummy_minimize(&space, f).n_calls(40).seed(seed);
        studies.push(("random".to_string(), random.run("memory")?));
    }
    let figure = plot::convergence_of_with(&studies, &PlotOptions::new().title("Branin"))?;
    figure.save(folder.join("several-convergence.png"))
}

/// What the result of a search over a small network might be, with pruned and failed trials.
fn network() -> Result<Study> {
    let study = Study::open("memory", "network", [Direction::Maximize])?.seed(3)?;
    let study = study.sampler(TpeSampler::new()).pruner(MedianPruner::new());
    study.optimize(50, |trial| {
        let rate: f64 = trial.log_float("learning_rate", 1e-4..=1e-1);
        let layers: i64 = trial.int("num_layers", 1..=5);
        let units: i64 = trial.int("num_units", 16..=512);
        let batch: i64 = trial.log_int("batch_size", 8..=256);
        let activation = trial.choice("activation", ["relu", "sigmoid", "tanh"]);
        if trial.number() % 17 == 5 {
            return Err(Error::Training("out of memory".to_string()));
        }
        let best = 0.985
            - 0.05 * (rate.log10() + 2.7).powi(2)
            - 0.01 * (layers - 2).pow(2) as f64
            - 0.02 * (units as f64 / 300.0 - 1.0).powi(2)
            - 0.004 * (batch as f64).log2()
            - if activation == "sigmoid" { 0.12 } else { 0.0 };
        for epoch in 1..=12 {
            let wobble = ((trial.seed() % 997) as f64 * 0.7 + epoch as f64 * 1.9).sin() * 0.006;
            let now = best - 0.5 * (-0.45 * epoch as f64).exp() + wobble;
            if trial.report(epoch, now)? {
                return trial.pruned();
            }
        }
        Ok(best)
    })?;
    Ok(study)
}

/// Twelve parameters with long names, some of which exist only for some choices.
fn conditional() -> Result<Study> {
    let study = Study::open("memory", "conditional", [Direction::Minimize])?.seed(5)?;
    study.optimize(80, |trial| {
        let mut loss = 0.2;
        let layers: i64 = trial.int("number_of_convolutional_layers", 1..=3);
        for layer in 0..layers {
            let filters: i64 = trial.log_int(&format!("filters_of_layer_{layer}"), 8..=128);
            loss += 0.05 * ((filters as f64).log2() - 5.0).powi(2);
        }
        let names = ["Adam(0.001)", "RMSprop(0.001)", "SGD with momentum(0.01, 0.9)"];
        let optimizer = trial.choice("optimizer", names);
        if optimizer.starts_with("SGD") {
            let momentum: f64 = trial.float("momentum_of_stochastic_gradient_descent", 0.0..=0.99);
            loss += (momentum - 0.9).abs();
        }
        if trial.boolean("dropout") {
            loss += trial.float("dropout_rate", 0.0..=0.6) - 0.2;
        }
        let l2: f64 = trial.log_float("l2", 1e-6..=1e-2);
        let kernel = trial.choice("kernel_size", [3, 5, 7]);
        let init = trial.choice("initializer", ["he_normal", "glorot_uniform"]);
        let decay: f64 = trial.float("decay", 0.0..=1.0);
        loss += 0.1 * (l2.log10() + 4.0).abs() + 0.02 * f64::from(kernel) + 0.1 * decay;
        Ok(if init == "he_normal" { loss } else { 30.0 * loss })
    })?;
    Ok(study)
}

fn small(trials: usize) -> Result<Study> {
    let study = Study::open("memory", "small", [Direction::Minimize])?.seed(1)?;
    study
        .optimize(trials, |trial| Ok(trial.float("x", 0.0..=1.0) + trial.float("y", 0.0..=1.0)))?;
    Ok(study)
}

fn hyperband() -> Result<ModelStudy> {
    let noise = |i: usize, j: usize| {
        (((i * 3 + j) as f32 * 12.9898).sin() * 43_758.547).fract().abs() - 0.5
    };
    let feature = |k: usize| f32::from(k / 3 % 3 == k % 3) + 1.6 * noise(k / 3, k % 3);
    let x = Array::new([360, 3], (0..360 * 3).map(feature).collect())?;
    let data = Dataset::new(x, (0..360).map(|i| i % 3).collect(), ["a", "b", "c"])?;
    let search = Hyperband::new(|hp: &mut Hp| {
        let units: usize = hp.int("units", 4..=64);
        Sequential::new([3])
            .add(Dense::new(units).activation(hp.choice("activation", [Relu, Tanh])))
            .add(Dense::new(3).activation(Softmax))
            .compile(
                Adam::new(hp.log_float("rate", 1e-4..=1e-1)),
                CategoricalCrossentropy::new(),
                ["accuracy"],
            )
    });
    let search = search.max_epochs(27).fit(Fit::epochs(27).validation_split(0.25));
    search.objective("val_loss").seed(2).verbose(0).run(&data, "memory")
}
