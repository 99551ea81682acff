//! The hot kernels, each beside the code that it is compared with.

#![allow(unsafe_code)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dfdx_lab::kernels::{Convolution, Matrix, Pooling, matmul};
use dfdx_lab::nn::{Backward, Forward, Layer};
use dfdx_lab::optim::{MAX_SLOTS, Step};
use dfdx_lab::prelude::*;
use std::hint::black_box;

fn noise(n: usize) -> Vec<f32> {
    let mut v = vec![0.0; n];
    Initializer::RandomNormal(0.0, 1.0).fill(&mut v, &[n], 1);
    v
}

/// The matrix products of a dense layer, one thread, beside those of the gemm crate.
fn products(c: &mut Criterion) {
    // Rows of a lane, inputs and outputs of the first and second layers of the reports' networks.
    for [rows, inputs, units] in [
        [128, 784, 128],
        [128, 128, 256],
        [32, 300, 300],
        [64, 784, 200],
        [32, 25, 8],
        [1, 784, 128],
    ] {
        let (x, w, dy) = (noise(rows * inputs), noise(inputs * units), noise(rows * units));
        let mut out = vec![0.0; rows * units];
        let mut dw = vec![0.0; inputs * units];
        let mut dx = vec![0.0; rows * inputs];
        let mut group = c.benchmark_group(format!("{rows}x{inputs}x{units}"));
        group.throughput(Throughput::Elements((rows * inputs * units) as u64));
        group.sample_size(20);
        let [m, n, k] = [rows, units, inputs];
        group.bench_function("forward", |b| {
            b.iter(|| {
                matmul(
                    [m, n, k],
                    Matrix::rows(&x, k),
                    Matrix::rows(&w, n),
                    black_box(&mut out),
                    false,
                )
            })
        });
        group.bench_function("forward gemm", |b| {
            b.iter(|| gemm([m, n, k], (&x, k, 1), (&w, n, 1), &mut out))
        });
        let [m, n, k] = [inputs, units, rows];
        group.bench_function("weights", |b| {
            b.iter(|| {
                let x = Matrix::transposed(&x, inputs);
                matmul([m, n, k], x, Matrix::rows(&dy, n), black_box(&mut dw), false)
            })
        });
        group.bench_function("weights gemm", |b| {
            b.iter(|| gemm([m, n, k], (&x, 1, inputs), (&dy, n, 1), &mut dw))
        });
        let [m, n, k] = [rows, inputs, units];
        group.bench_function("inputs", |b| {
            b.iter(|| {
                let w = Matrix::transposed(&w, units);
                matmul([m, n, k], Matrix::rows(&dy, k), w, black_box(&mut dx), false)
            })
        });
        group.bench_function("inputs gemm", |b| {
            b.iter(|| gemm([m, n, k], (&dy, k, 1), (&w, 1, units), &mut dx))
        });
        group.finish();
    }
}

type Strided<'a> = (&'a [f32], usize, usize);

fn gemm([m, n, k]: [usize; 3], (a, a_rs, a_cs): Strided, (b, b_rs, b_cs): Strided, c: &mut [f32]) {
    // SAFETY: the caller's slices hold m x k, k x n and m x n elements at these strides.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            black_box(c.as_mut_ptr()),
            1,
            n as isize,
            false,
            a.as_ptr(),
            a_cs as isize,
            a_rs as isize,
            b.as_ptr(),
            b_cs as isize,
            b_rs as isize,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        )
    }
}

/// One sample through the convolutions of the reports' networks.
fn convolutions(c: &mut Criterion) {
    for (input, filters, same) in [
        ([28, 28, 1], 8, true),
        ([14, 14, 8], 16, true),
        ([28, 28, 1], 4, false),
        ([26, 26, 4], 8, false),
    ] {
        let Some(conv) = Convolution::new(input, filters, [3, 3], [1, 1], [1, 1], same) else {
            continue;
        };
        let x = noise(input.iter().product());
        let dz = noise(conv.output().iter().product());
        let (kernel, bias) = (noise(conv.kernel_len()), noise(filters));
        let mut y = dz.clone();
        let mut dx = x.clone();
        let mut dw = kernel.clone();
        let mut workspace = vec![0.0; conv.workspace()];
        let mut work = conv.start(&mut workspace, Some(&kernel));
        let mut group = c.benchmark_group(format!("{input:?} by {filters} 3x3"));
        group.throughput(Throughput::Elements(conv.multiplications() as u64));
        group.bench_function("forward", |b| {
            b.iter(|| conv.forward(&mut work, &x, &kernel, Some(&bias), true, black_box(&mut y)))
        });
        group.bench_function("weights", |b| {
            b.iter(|| conv.kernel_gradient(&mut work, &x, &dz, black_box(&mut dw)))
        });
        group.bench_function("inputs", |b| {
            b.iter(|| conv.input_gradient(&mut work, &dz, black_box(&mut dx)))
        });
        group.finish();
    }
}

fn poolings(c: &mut Criterion) {
    let Some(pooling) = Pooling::new([28, 28, 8], [2, 2], [2, 2], false) else { return };
    let x = noise(28 * 28 * 8);
    let (mut y, mut dx) = (vec![0.0; 14 * 14 * 8], x.clone());
    let dy = noise(y.len());
    let mut group = c.benchmark_group("pooling 28x28x8 by 2x2");
    group.throughput(Throughput::Elements(x.len() as u64));
    group.bench_function("average", |b| b.iter(|| pooling.average(&x, black_box(&mut y))));
    group.bench_function("average backward", |b| {
        b.iter(|| pooling.average_backward(&dy, black_box(&mut dx)))
    });
    group.bench_function("max", |b| b.iter(|| pooling.max(&x, black_box(&mut y))));
    group.bench_function("max backward", |b| {
        b.iter(|| pooling.max_backward(&x, &y, &dy, black_box(&mut dx)))
    });
    group.finish();
}

/// One pass of each layer over a lane of 64 samples, forward and backward.
fn layers(c: &mut Criterion) {
    let cases: Vec<(&str, Box<dyn Layer>, Vec<usize>)> = vec![
        ("batch normalization of 14x14x16", Box::new(BatchNormalization::new()), vec![14, 14, 16]),
        ("dropout of 784", Box::new(Dropout::new(0.5)), vec![784]),
        ("relu of 784", Box::new(Relu), vec![784]),
        ("tanh of 784", Box::new(Tanh), vec![784]),
        ("sigmoid of 784", Box::new(Sigmoid), vec![784]),
        ("gelu of 784", Box::new(Gelu), vec![784]),
        ("softmax of 10", Box::new(Softmax), vec![10]),
    ];
    const ROWS: usize = 64;
    for (name, layer, input) in cases {
        let op = layer.build(&input).expect("the shapes fit");
        let (inputs, outputs): (usize, usize) =
            (input.iter().product(), op.output().iter().product());
        let count: usize = op.weights().iter().map(|w| w.len()).sum();
        let (x, weights, upstream) = (noise(ROWS * inputs), noise(count), noise(ROWS * outputs));
        let mut y = vec![0.0; ROWS * outputs];
        let mut dy = upstream.clone();
        let (mut dx, mut gradients) = (vec![0.0; ROWS * inputs], vec![0.0; count]);
        let mut scratch = vec![0.0; op.scratch_for(ROWS)];
        let mut group = c.benchmark_group(name);
        group.sample_size(20).throughput(Throughput::Elements((ROWS * inputs) as u64));
        group.bench_function("forward", |b| {
            b.iter(|| {
                op.forward(Forward {
                    mask: None,
                    rows: ROWS,
                    training: true,
                    seed: 1,
                    x: &x,
                    y: &mut y,
                    weights: &weights,
                    scratch: &mut scratch,
                })
            })
        });
        group.bench_function("backward", |b| {
            b.iter(|| {
                dy.copy_from_slice(&upstream);
                op.backward(Backward {
                    mask: None,
                    rows: ROWS,
                    x: &x,
                    y: &y,
                    dy: &mut dy,
                    before_activation: false,
                    factors: false,
                    dx: Some(&mut dx),
                    weights: &weights,
                    gradients: &mut gradients,
                    scratch: &mut scratch,
                })
            })
        });
        group.finish();
    }
}

/// One update of 100000 weights by each optimiser.
fn updates(c: &mut Criterion) {
    const N: usize = 100_000;
    let mut group = c.benchmark_group("update");
    group.sample_size(20).throughput(Throughput::Elements(N as u64));
    let names = [
        "sgd", "rmsprop", "adam", "adamw", "adagrad", "adadelta", "adamax", "nadam", "lion", "ftrl",
    ];
    for name in names {
        let optimizer = Optimizer::named(name).expect("a Keras name");
        let rule = optimizer.rule();
        let (mut w, g) = (noise(N), noise(N));
        let mut slots: [Vec<f32>; MAX_SLOTS] = std::array::from_fn(|s| match s < rule.slots() {
            true => vec![rule.slot_start(s); N],
            false => Vec::new(),
        });
        let step = Step { number: 10, learning_rate: 1e-6 };
        group.bench_function(name, |b| {
            b.iter(|| rule.update(step, &mut w, &g, slots.each_mut().map(|s| s.as_mut_slice())))
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(std::time::Duration::from_millis(200))
        .measurement_time(std::time::Duration::from_millis(600));
    targets = products, layers, updates, convolutions, poolings
}
criterion_main!(benches);
