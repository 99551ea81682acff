//! One thread's share of a batch: its activations and gradients, allocated once and used in every
//! step.

use crate::loss::LossFunction;
use crate::nn::{Backward, BuiltLayer, Forward, Network, derive_seed};

/// Buffers for up to a fixed number of rows.
pub(super) struct Lane {
    rows: usize,
    /// Gathered inputs, if the rows are not consecutive.
    x: Vec<f32>,
    y: Vec<f32>,
    outputs: Vec<Vec<f32>>,
    scratch: Vec<Vec<f32>>,
    /// The gradients with respect to two neighbouring layers' outputs, by turns.
    deltas: [Vec<f32>; 2],
    pub gradients: Vec<f32>,
    /// The penalties on the layers' outputs.
    penalty: f64,
    /// The sum of the samples' weighted losses and penalties.
    pub loss: f64,
}

/// Which rows of the data a lane works on.
#[derive(Clone, Copy)]
pub(super) enum Rows<'a> {
    /// One after the other from here.
    From(usize),
    /// These, in this order.
    Listed(&'a [u32]),
}

/// The data that all lanes read.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub x: &'a [f32],
    pub x_len: usize,
    pub y: &'a [f32],
    pub y_len: usize,
    /// A factor for each sample's loss.
    pub weights: Option<&'a [f32]>,
}

/// A task for a lane, the same for all lanes of a step.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub network: &'a Network,
    pub weights: &'a [f32],
    pub loss: &'a dyn LossFunction,
    /// Whether the loss is computed together with the last activation.
    pub fused: bool,
    pub source: Source<'a>,
}

impl Lane {
    /// About the number of floats that a batch of this size takes in all its lanes; saturates.
    pub fn floats(network: &Network, rows: usize, targets: usize, training: bool) -> usize {
        let sizes = || network.layers().iter().map(|l| l.op.output().iter().product::<usize>());
        let input = network.input().iter().product::<usize>();
        let widest = if training { 2 * sizes().max().unwrap_or(0) } else { 0 };
        // Scratch is at most about as large as the outputs, and counted with them.
        let row = sizes().fold(input + targets + widest, |sum, n| sum.saturating_add(2 * n));
        let weights = if training { 2 * network.weight_count() } else { 0 };
        row.saturating_mul(rows).saturating_add(weights)
    }

    pub fn new(network: &Network, rows: usize, targets: usize, training: bool) -> Self {
        let sizes = || network.layers().iter().map(|l| l.op.output().iter().product::<usize>());
        let widest = sizes().max().unwrap_or(0);
        // Without learning, a loss still needs room for the gradient of one sample.
        let delta = if training { rows * widest } else { widest };
        Lane {
            rows: 0,
            x: vec![0.0; rows * network.input().iter().product::<usize>()],
            y: vec![0.0; rows * targets],
            outputs: sizes().map(|n| vec![0.0; rows * n]).collect(),
            scratch: network.layers().iter().map(|l| vec![0.0; l.op.scratch_for(rows)]).collect(),
            deltas: [vec![0.0; delta], vec![0.0; if training { delta } else { 0 }]],
            gradients: if training { vec![0.0; network.weight_count()] } else { Vec::new() },
            penalty: 0.0,
            loss: 0.0,
        }
    }

    /// The targets of the last forward pass.
    pub fn targets(&self, targets: usize) -> &[f32] {
        &self.y[..self.rows * targets]
    }

    /// The outputs of the last forward pass.
    pub fn predictions(&self, network: &Network) -> &[f32] {
        let n: usize = network.output().iter().product();
        match self.outputs.last() {
            Some(out) => &out[..self.rows * n],
            None => &[],
        }
    }

    /// Predicts `rows` rows, and computes their loss.
    pub fn evaluate(&mut self, task: Task<'_>, which: Rows<'_>, rows: usize) {
        self.forward(task, which, rows, None);
        self.loss(task, which, 0.0);
    }

    /// Predicts without a loss.
    pub fn predict(&mut self, task: Task<'_>, which: Rows<'_>, rows: usize) {
        self.forward(task, which, rows, None);
    }

    /// Computes the loss of `rows` rows and its gradient by the weights, each sample counted
    /// `scale` times.
    pub fn train(&mut self, task: Task<'_>, which: Rows<'_>, rows: usize, scale: f32, seed: u64) {
        for layer in task.network.layers().iter().filter(|l| !l.op.writes_gradients()) {
            self.gradients[layer.weights.clone()].fill(0.0);
        }
        self.forward(task, which, rows, Some(seed));
        self.loss(task, which, scale);
        self.backward(task, which, scale);
    }

    fn forward(&mut self, task: Task<'_>, which: Rows<'_>, rows: usize, seed: Option<u64>) {
        self.rows = rows;
        self.penalty = 0.0;
        gather(task.source.x, task.source.x_len, which, rows, &mut self.x, false);
        gather(task.source.y, task.source.y_len, which, rows, &mut self.y, true);
        for (i, layer) in task.network.layers().iter().enumerate() {
            let (before, after) = self.outputs.split_at_mut(i);
            let x = match before.last() {
                Some(previous) => {
                    let n: usize = task.network.layers()[i - 1].op.output().iter().product();
                    &previous[..rows * n]
                }
                None => inputs(task.source, which, rows, &self.x),
            };
            let n: usize = layer.op.output().iter().product();
            layer.op.forward(Forward {
                rows,
                training: seed.is_some() && layer.trains(),
                seed: derive_seed(seed.unwrap_or(0), i as u64),
                x,
                y: &mut after[0][..rows * n],
                weights: &task.weights[layer.weights.clone()],
                scratch: &mut self.scratch[i][..layer.op.scratch_for(rows)],
            });
            let penalty = layer.op.activity_regularizer();
            if !penalty.is_none() {
                self.penalty += penalty.penalty(&after[0][..rows * n]);
            }
        }
    }

    /// Sums the losses; writes the gradient by the outputs where there is room for it.
    fn loss(&mut self, task: Task<'_>, which: Rows<'_>, scale: f32) {
        let width: usize = task.network.output().iter().product();
        let targets = task.source.y_len;
        let training = scale != 0.0;
        let predictions = match self.outputs.last() {
            Some(out) => &out[..self.rows * width],
            None => &[],
        };
        let mut total = 0.0f64;
        for (r, (p, y)) in
            predictions.chunks_exact(width).zip(self.y.chunks_exact(targets)).enumerate()
        {
            let place = if training { r * width } else { 0 };
            let gradient = &mut self.deltas[0][place..place + width];
            let value = if task.fused {
                task.loss.sample_fused(y, p, gradient)
            } else {
                task.loss.sample(y, p, gradient)
            };
            let weight = match (task.source.weights, which) {
                (None, _) => 1.0,
                (Some(w), Rows::From(first)) => w[first + r],
                (Some(w), Rows::Listed(list)) => w[list[r] as usize],
            };
            total += (value * weight) as f64;
            if training {
                let factor = weight * scale;
                gradient.iter_mut().for_each(|g| *g *= factor);
            }
        }
        self.loss = total + self.penalty;
    }

    fn backward(&mut self, task: Task<'_>, which: Rows<'_>, scale: f32) {
        let rows = self.rows;
        let layers = task.network.layers();
        // Nothing before the first layer that learns needs a gradient.
        let Some(first) = layers.iter().position(BuiltLayer::learns) else { return };
        let [mut dy, mut dx] = self.deltas.each_mut().map(|d| d.as_mut_slice());
        for (i, layer) in layers.iter().enumerate().skip(first).rev() {
            let size = |i: usize| layers[i].op.output().iter().product::<usize>();
            let x = match i.checked_sub(1) {
                Some(previous) => &self.outputs[previous][..rows * size(previous)],
                None => inputs(task.source, which, rows, &self.x),
            };
            let y = &self.outputs[i][..rows * size(i)];
            let penalty = layer.op.activity_regularizer();
            if !penalty.is_none() {
                penalty.add_gradient(y, &mut dy[..y.len()], scale);
            }
            layer.op.backward(Backward {
                rows,
                x,
                y,
                dy: &mut dy[..rows * size(i)],
                before_activation: task.fused && i + 1 == layers.len(),
                dx: (i > first).then(|| &mut dx[..rows * size(i - 1)]),
                weights: &task.weights[layer.weights.clone()],
                gradients: &mut self.gradients[layer.weights.clone()],
                scratch: &mut self.scratch[i][..layer.op.scratch_for(rows)],
            });
            std::mem::swap(&mut dy, &mut dx);
        }
    }
}

/// The inputs of a lane: in place if they are consecutive, otherwise gathered.
fn inputs<'a>(source: Source<'a>, which: Rows<'_>, rows: usize, gathered: &'a [f32]) -> &'a [f32] {
    match which {
        Rows::From(first) => &source.x[first * source.x_len..(first + rows) * source.x_len],
        Rows::Listed(_) => &gathered[..rows * source.x_len],
    }
}

fn gather(from: &[f32], len: usize, which: Rows<'_>, rows: usize, to: &mut [f32], always: bool) {
    match which {
        Rows::From(first) if always => {
            to[..rows * len].copy_from_slice(&from[first * len..(first + rows) * len]);
        }
        Rows::From(_) => {}
        Rows::Listed(list) => {
            for (row, out) in list[..rows].iter().zip(to.chunks_exact_mut(len.max(1))) {
                out.copy_from_slice(&from[*row as usize * len..][..len]);
            }
        }
    }
}
