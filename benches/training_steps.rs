//! Milliseconds a step of training, workload by workload, printed as
//! `NAME <x> ms/step (min … max …)`, so that another program can be measured in turn with it.
//!
//! `cargo bench --bench training_steps -- [PART OF A NAME …]`

use dfdx_lab::prelude::*;
use std::time::Instant;

struct Workload {
    name: &'static str,
    input: Vec<usize>,
    classes: usize,
    batch: usize,
    steps: usize,
    model: fn() -> Result<Model>,
}

fn mlp(inputs: usize, hidden: &[usize], outputs: usize) -> Result<Model> {
    let net = hidden
        .iter()
        .fold(Sequential::new([inputs]), |net, &units| net.add(Dense::new(units).activation(Relu)));
    net.add(Dense::new(outputs).activation(Softmax)).compile(
        Adam::default(),
        CategoricalCrossentropy::new(),
        ["accuracy"],
    )
}

fn cnn_pw4() -> Result<Model> {
    Sequential::new([28, 28, 1])
        .add(Conv2D::new(8, 3).padding(Padding::Same).activation(Relu))
        .add(MaxPooling2D::new(2))
        .add(Dropout::new(0.2))
        .add(Conv2D::new(16, 3).padding(Padding::Same).activation(Relu))
        .add(MaxPooling2D::new(2))
        .add(Dropout::new(0.2))
        .add(Flatten::new())
        .add(Dense::new(200).activation(Relu))
        .add(Dropout::new(0.5))
        .add(Dense::new(10).activation(Softmax))
        .compile(Adam::default(), CategoricalCrossentropy::new(), ["accuracy"])
}

fn cnn_2v7() -> Result<Model> {
    Sequential::new([28, 28, 1])
        .add(Conv2D::new(4, 3).activation(Relu))
        .add(Conv2D::new(8, 3).activation(Relu))
        .add(MaxPooling2D::new(2))
        .add(Dropout::new(0.25))
        .add(Flatten::new())
        .add(Dense::new(16).activation(Relu))
        .add(Dropout::new(0.5))
        .add(Dense::new(2).activation(Softmax))
        .compile(RmsProp::default(), CategoricalCrossentropy::new(), ["accuracy"])
}

fn workloads() -> Vec<Workload> {
    let flat = |name, inputs, classes, batch, steps, model| Workload {
        name,
        input: vec![inputs],
        classes,
        batch,
        steps,
        model,
    };
    let picture = |name, classes, model| Workload {
        name,
        input: vec![28, 28, 1],
        classes,
        batch: 128,
        steps: 60,
        model,
    };
    vec![
        flat("sleep_mlp_25-8-8-3_b32", 25, 3, 32, 1000, || mlp(25, &[8, 8], 3)),
        flat("mnist_mlp_b1", 784, 10, 1, 1000, || mlp(784, &[128, 256], 10)),
        flat("mnist_mlp_b256", 784, 10, 256, 188, || mlp(784, &[128, 256], 10)),
        flat("fashion_mlp_7x300_b64", 784, 10, 64, 150, || mlp(784, &[300; 7], 10)),
        picture("pw4_cnn_b128", 10, cnn_pw4),
        picture("cnn_2v7_b128", 2, cnn_2v7),
    ]
}

fn main() -> Result<()> {
    // Cargo itself adds --bench.
    let only: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    for w in workloads() {
        if !only.is_empty() && !only.iter().any(|o| w.name.contains(o.as_str())) {
            continue;
        }
        let rows = w.batch * w.steps;
        let mut shape = vec![rows];
        shape.extend(&w.input);
        let mut x = Array::zeros(shape);
        Initializer::RandomNormal(0.0, 1.0).fill(x.data_mut(), &[rows], 1);
        let mut noise = vec![0.0; rows];
        Initializer::RandomUniform(0.0, w.classes as f32).fill(&mut noise, &[rows], 2);
        let mut y = Array::zeros([rows, w.classes]);
        for (row, class) in y.data_mut().chunks_exact_mut(w.classes).zip(noise) {
            row[class as usize] = 1.0;
        }
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
