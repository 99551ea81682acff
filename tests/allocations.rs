//! Counts a fit's calls of the allocator: steps allocate nothing once warm, and the peak is weights
//! and one batch.

#![allow(unsafe_code)]

use dfdx_lab::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

struct Counting;

static CALLS: AtomicUsize = AtomicUsize::new(0);
static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn taken(bytes: usize) {
    CALLS.fetch_add(1, Relaxed);
    PEAK.fetch_max(HELD.fetch_add(bytes, Relaxed) + bytes, Relaxed);
}

// SAFETY: every call goes unchanged to the system's allocator; counting touches only atomics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Counted as if both were in memory for a moment.
        taken(size);
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(old, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const FEATURES: usize = 100;
const HIDDEN: usize = 64;
const CLASSES: usize = 80;

fn data(rows: usize) -> (Array, Array) {
    let x = (0..rows * FEATURES).map(|i| (0.37 * i as f32).sin()).collect();
    let mut y = Array::zeros([rows, CLASSES]).unwrap();
    for (i, row) in y.data_mut().chunks_exact_mut(CLASSES).enumerate() {
        row[i * 7 % CLASSES] = 1.0;
    }
    (Array::new([rows, FEATURES], x).unwrap(), y)
}

fn model(optimizer: impl Into<dfdx_lab::optim::Optimizer>) -> Model {
    Sequential::new([FEATURES])
        .add(Dense::new(HIDDEN).activation(Relu))
        .add(Dropout::new(0.2))
        .add(Dense::new(CLASSES).activation(Softmax))
        .compile(optimizer, CategoricalCrossentropy::new(), (Accuracy::new(), F1Score::weighted()))
        .unwrap()
}

/// The number of calls that fits with this many steps an epoch make.
fn calls(steps: usize, batch: usize, fit: &Fit, mut model: Model) -> usize {
    let ((x, y), (val_x, val_y)) = (data(steps * batch), data(300));
    let fit = fit.clone().batch_size(batch).validation_data((&val_x, &val_y)).verbose(0);
    let before = CALLS.load(Relaxed);
    model.fit((&x, &y), fit).unwrap();
    CALLS.load(Relaxed) - before
}

/// One test, because the counters are those of the whole process.
#[test]
fn steps_take_nothing_and_the_peak_is_one_batch() {
    let plain = Fit::epochs(3).threads(1);
    let weighted = plain.clone().class_weight_balanced().callback(TerminateOnNan::new());
    for (name, fit) in [("plain", plain), ("weighted", weighted)] {
        for batch in [1, 8, 64] {
            for clip in [false, true] {
                let optimizer = || match clip {
                    true => Adam::new(1e-3).clipnorm(1.0),
                    false => Adam::new(1e-3),
                };
                // For each thread, the kernels keep room for the largest product so far.
                calls(200, batch, &fit, model(optimizer()));
                let few = calls(10, batch, &fit, model(optimizer()));
                let many = calls(200, batch, &fit, model(optimizer()));
                assert_eq!(
                    few, many,
                    "{name}, batch {batch}, clip {clip}: calls of 10 and 200 steps"
                );
            }
        }
    }
    let thousand = calls(1000, 8, &Fit::epochs(3).threads(1), model(Sgd::new(0.01)));
    let ten = calls(10, 8, &Fit::epochs(3).threads(1), model(Sgd::new(0.01)));
    assert_eq!(ten, thousand, "calls of 10 and 1000 steps");
    // Two threads: the pool itself takes blocks for its queue now and then.
    let two = Fit::epochs(3).threads(2);
    calls(10, 64, &two, model(Adam::new(1e-3)));
    let ten = calls(10, 64, &two, model(Adam::new(1e-3)));
    let many = calls(200, 64, &two, model(Adam::new(1e-3)));
    assert!(many.abs_diff(ten) <= 4, "two threads: {ten} calls for 10 steps, {many} for 200");

    // The peak, besides data and weights, which exist before: gradients, the order of the rows,
    // and the activations of a training batch and of a validation batch of 256.
    let (x, y) = data(20_000);
    let mut model = model(Adam::new(1e-3));
    let batch = 128;
    let floats_a_row = FEATURES + CLASSES // gathered inputs and targets
        + 2 * (HIDDEN + CLASSES) + HIDDEN // outputs, and what the layers keep
        + 2 * CLASSES.max(HIDDEN); // gradients by outputs
    let lanes = 2;
    let bound =
        4 * (lanes * model.count_params() + 20_000 + (batch + 256) * floats_a_row) + (64 << 10);
    let before = HELD.load(Relaxed);
    PEAK.store(before, Relaxed);
    let fit = Fit::epochs(2).batch_size(batch).validation_split(0.2).verbose(0);
    model.fit((&x, &y), fit).unwrap();
    let peak = PEAK.load(Relaxed) - before;
    assert!(peak <= bound, "the fit took {peak} bytes at its peak, the bound is {bound}");
    // Far less than a copy of the data, so that any copy would fail this test.
    assert!(bound * 8 < 4 * 20_000 * (FEATURES + CLASSES), "{bound}");
    let left = HELD.load(Relaxed).saturating_sub(before);
    assert!(left < 4096, "{left} bytes are left of a fit");
}
