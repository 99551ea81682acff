//! The workloads that training is measured on: the reports' networks on noise of the real shapes.

use dfdx_lab::prelude::*;

/// A network, and data for it.
pub struct Workload {
    pub name: &'static str,
    pub input: Vec<usize>,
    classes: usize,
    pub batch: usize,
    pub steps: usize,
    pub model: fn() -> Result<Model>,
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

/// All of them.
pub fn workloads() -> Vec<Workload> {
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

impl Workload {
    /// Noise and random classes for this many steps.
    pub fn data(&self, steps: usize) -> (Array, Array) {
        let rows = self.batch * steps;
        let mut shape = vec![rows];
        shape.extend(&self.input);
        let mut x = Array::zeros(shape).unwrap();
        Initializer::RandomNormal(0.0, 1.0).fill(x.data_mut(), &[rows], 1);
        let mut noise = vec![0.0; rows];
        Initializer::RandomUniform(0.0, self.classes as f32).fill(&mut noise, &[rows], 2);
        let mut y = Array::zeros([rows, self.classes]).unwrap();
        for (row, class) in y.data_mut().chunks_exact_mut(self.classes).zip(noise) {
            row[class as usize] = 1.0;
        }
        (x, y)
    }
}
