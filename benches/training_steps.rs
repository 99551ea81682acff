//! Milliseconds of a training step, workload by workload, printed as
//! `NAME <x> ms/step (min … max …)`, so that another program can be measured in turn with it.
//!
//! `cargo bench --bench training_steps -- [PART OF A NAME …]`

mod common;

use common::workloads;
use dfdx_lab::prelude::*;
use std::time::Instant;

fn main() -> Result<()> {
    // Cargo itself adds --bench.
    let only: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    for w in workloads() {
        if !only.is_empty() && !only.iter().any(|o| w.name.contains(o.as_str())) {
            continue;
        }
        let (x, y) = w.data(w.steps);
        let mut model = (w.model)()?;
        let epoch =
            |model: &mut Model| model.fit((&x, &y), Fit::epochs(1).batch_size(w.batch).verbose(0));
        epoch(&mut model)?;
        let mut times = Vec::new();
        for _ in 0..5 {
            let start = Instant::now();
            epoch(&mut model)?;
            times.push(start.elapsed().as_secs_f64() * 1e3 / w.steps as f64);
        }
        times.sort_by(f64::total_cmp);
        let (min, median, max) = (times[0], times[2], times[4]);
        println!("{} {median:.4} ms/step (min {min:.4} max {max:.4})", w.name);
    }
    Ok(())
}
