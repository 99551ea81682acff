//! An epoch of a few steps of each workload, measured by criterion.

mod common;

use common::workloads;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dfdx_lab::prelude::*;

/// Steps an epoch: enough that the start of a fit does not count.
const STEPS: usize = 20;

fn training(c: &mut Criterion) {
    let mut group = c.benchmark_group("training");
    group.sample_size(10).throughput(Throughput::Elements(STEPS as u64));
    for w in workloads() {
        let (x, y) = w.data(STEPS.min(w.steps));
        let mut model = (w.model)().expect("the workload's layers fit together");
        let fit = Fit::epochs(1).batch_size(w.batch).verbose(0);
        group.bench_function(w.name, |b| b.iter(|| model.fit((&x, &y), fit.clone())));
    }
    group.finish();
}

fn predicting(c: &mut Criterion) {
    let mut group = c.benchmark_group("predicting");
    group.sample_size(10);
    for w in workloads() {
        let (x, _) = w.data(STEPS.min(w.steps));
        let model = (w.model)().expect("the workload's layers fit together");
        group.throughput(Throughput::Elements(x.rows() as u64));
        group.bench_function(w.name, |b| b.iter(|| model.predict(&x)));
    }
    group.finish();
}

criterion_group!(benches, training, predicting);
criterion_main!(benches);
