//! One thread's share of a batch: its activations and gradients, allocated once and used in every
//! step.

use super::factors::Factors;
use super::operands::{self, Call, Operands, Slopes};
use crate::kernels::{share_rows, vectorized};
use crate::loss::LossFunction;
use crate::nn::{Flow, MergeInputs, Network, derive_seed};

/// Buffers for up to a fixed number of rows.
pub(super) struct Lane {
    rows: usize,
    /// Gathered inputs, if the rows are not consecutive.
    x: Vec<f32>,
    /// Each input by itself, where there are several.
    inputs: Vec<Vec<f32>>,
    y: Vec<f32>,
    outputs: Vec<Vec<f32>>,
    /// Which steps count, as the network's masks have it.
    masks: Vec<Vec<f32>>,
    /// The network's outputs side by side, where there are several.
    joined: Vec<f32>,
    scratch: Vec<Vec<f32>>,
    /// The gradients with respect to the layers' outputs, as the network's plan has them.
    deltas: Vec<Vec<f32>>,
    /// A gradient that is added to one of them.
    spare: Vec<f32>,
    /// The gradient with respect to the network's output.
    slope: Vec<f32>,
    pub gradients: Vec<f32>,
    /// Those of one use of a shared layer.
    room: Vec<f32>,
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
    /// The layers that leave their weights' gradients as factors.
    pub factors: &'a [Factors],
    pub source: Source<'a>,
}

impl Lane {
    /// About the number of floats that a batch of this size takes in so many lanes; saturates.
    pub fn floats(
        network: &Network,
        rows: usize,
        targets: usize,
        training: bool,
        lanes: usize,
    ) -> usize {
        let sizes = network.layers().iter().map(|l| l.len());
        let input = network.input().iter().product::<usize>();
        let ends = input.saturating_mul(network.inputs().len().min(2)) + targets;
        let deltas = if training { network.plan().floats() } else { 0 };
        let kept = network.layers().iter().map(|l| l.op.scratch());
        let deltas = deltas.saturating_add(network.masks().floats());
        let row = sizes.chain(kept).fold(ends.saturating_add(deltas), usize::saturating_add);
        let weights = if training { lanes * network.weight_count() } else { 0 };
        row.saturating_mul(rows).saturating_add(weights)
    }

    pub fn new(network: &Network, rows: usize, targets: usize, training: bool) -> Self {
        let width: usize = network.output().iter().product();
        let several = |places: usize| if places > 1 { rows } else { 0 };
        let inputs =
            network.inputs().iter().map(|i| vec![0.0; several(network.inputs().len()) * i.len()]);
        // One output's gradient is written where the backward pass takes it from; without
        // learning, a loss still needs room for the gradient of one sample.
        let slope = match training {
            true => several(network.outputs().len()) * width,
            false => width,
        };
        Lane {
            rows: 0,
            x: vec![0.0; rows * network.input().iter().product::<usize>()],
            inputs: inputs.collect(),
            y: vec![0.0; rows * targets],
            outputs: network.layers().iter().map(|l| vec![0.0; rows * l.len()]).collect(),
            masks: network.masks().buffers(rows),
            joined: vec![0.0; several(network.outputs().len()) * width],
            scratch: network.layers().iter().map(|l| vec![0.0; l.op.scratch_for(rows)]).collect(),
            deltas: if training { network.plan().buffers(rows) } else { Vec::new() },
            spare: if training { network.plan().spare(rows) } else { Vec::new() },
            slope: vec![0.0; slope],
            gradients: if training { vec![0.0; network.weight_count()] } else { Vec::new() },
            room: if training { vec![0.0; network.gradient_room()] } else { Vec::new() },
            penalty: 0.0,
            loss: 0.0,
        }
    }

    /// The targets of the last forward pass.
    pub fn targets(&self, targets: usize) -> &[f32] {
        &self.y[..self.rows * targets]
    }

    /// Which steps of the only output of the last forward pass count, where it has a mask.
    pub fn mask(&self, network: &Network) -> Option<&[f32]> {
        output_mask(network, &self.masks, self.rows)
    }

    /// The outputs of the last forward pass.
    pub fn predictions(&self, network: &Network) -> &[f32] {
        predictions(network, &self.outputs, &self.joined, self.rows)
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
        let network = task.network;
        gather(task.source.x, task.source.x_len, which, rows, &mut self.x, false);
        gather(task.source.y, task.source.y_len, which, rows, &mut self.y, true);
        let x = inputs(task.source, which, rows, &self.x);
        if network.inputs().len() > 1 {
            operands::split(x, &mut self.inputs, network.inputs().iter().map(|i| i.len()));
        }
        for (i, layer) in network.layers().iter().enumerate() {
            let (before, after) = self.outputs.split_at_mut(i);
            let from = Operands { network, rows, x, inputs: &self.inputs, outputs: before };
            let y = &mut after[0][..rows * layer.len()];
            let training = seed.is_some() && layer.trains();
            let seed = derive_seed(seed.unwrap_or(0), i as u64);
            let scratch = &mut self.scratch[i][..layer.op.scratch_for(rows)];
            let call = Call { from, layer: i, masks: &self.masks, weights: task.weights };
            call.forward(training, seed, y, scratch);
            if !self.masks.is_empty() {
                let x = from.get(layer.inputs[0]);
                network.masks().compute(i, &*layer.op, x, rows, &mut self.masks);
            }
            let penalty = layer.op.activity_regularizer();
            if !penalty.is_none() {
                self.penalty += penalty.penalty(&after[0][..rows * layer.len()]);
            }
        }
        if network.outputs().len() > 1 {
            let outputs = network.outputs().iter();
            let outputs = outputs.map(|at| (&self.outputs[*at][..], network.layers()[*at].len()));
            operands::join(rows, outputs, &mut self.joined);
        }
    }

    /// Sums the losses; writes the gradient by the outputs where there is room for it.
    fn loss(&mut self, task: Task<'_>, which: Rows<'_>, scale: f32) {
        let network = task.network;
        let width: usize = network.output().iter().product();
        let targets = task.source.y_len;
        let training = scale != 0.0;
        let Lane { outputs, masks, joined, deltas, slope, rows, y, .. } = self;
        // As Keras has it, the mean over all steps of the batch that count.
        let mask = output_mask(network, masks, *rows);
        let counted: f32 = mask.map_or(0.0, |mask| mask.iter().sum());
        let share = if counted > 0.0 { *rows as f32 / counted } else { 0.0 };
        let slopes = match network.outputs() {
            [one] if training => &mut deltas[network.plan().slot(*one)],
            _ => slope,
        };
        let predictions = predictions(network, outputs, joined, *rows);
        let mut total = 0.0f64;
        for (r, (p, y)) in predictions.chunks_exact(width).zip(y.chunks_exact(targets)).enumerate()
        {
            let place = if training { r * width } else { 0 };
            let gradient = &mut slopes[place..place + width];
            let masked = mask.map(|mask| &mask[r * mask.len() / *rows..][..mask.len() / *rows]);
            let value = if let Some(mask) = masked {
                share * task.loss.sample_masked(y, p, gradient, mask, task.fused)
            } else if task.fused {
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
                let factor = weight * scale * if masked.is_some() { share } else { 1.0 };
                gradient.iter_mut().for_each(|g| *g *= factor);
            }
        }
        if training && let several @ [_, _, ..] = network.outputs() {
            let mut at = 0;
            for &output in several {
                let own = network.layers()[output].len();
                let to = deltas[network.plan().slot(output)].chunks_exact_mut(own);
                let rows = slope.chunks_exact(width).take(*rows);
                rows.zip(to).for_each(|(from, to)| to.copy_from_slice(&from[at..at + own]));
                at += own;
            }
        }
        self.loss = total + self.penalty;
    }

    fn backward(&mut self, task: Task<'_>, which: Rows<'_>, scale: f32) {
        let rows = self.rows;
        let network = task.network;
        let layers = network.layers();
        let x = inputs(task.source, which, rows, &self.x);
        let Lane { outputs, inputs, masks, deltas, spare, scratch, gradients, room, .. } = self;
        let from = Operands { network, rows, x, inputs, outputs };
        for (i, layer) in layers.iter().enumerate().rev() {
            if !network.plan().learns(i) {
                continue;
            }
            let slot = network.plan().slot(i);
            let y = &outputs[i][..rows * layer.len()];
            let penalty = layer.op.activity_regularizer();
            if !penalty.is_none() {
                penalty.add_gradient(y, &mut deltas[slot][..y.len()], scale);
            }
            let scratch = &mut scratch[i][..layer.op.scratch_for(rows)];
            let call = Call { from, layer: i, masks, weights: task.weights };
            for input in 0..layer.inputs.len() {
                let len = call.get(input).len();
                pass_on(network.plan().flow(i, input), slot, deltas, spare, len, |dy, dx| {
                    if dx.is_none() && !layer.learns() {
                        return;
                    }
                    let before_activation = task.fused && network.outputs() == [i];
                    let dy = &mut dy[..y.len()];
                    let (gradients, room, scratch) = (&mut *gradients, &mut *room, &mut *scratch);
                    let factors = task.factors.iter().any(|f| f.layer == i);
                    let slopes =
                        Slopes { y, dy, before_activation, factors, dx, gradients, room, scratch };
                    call.backward(input, slopes);
                });
            }
        }
    }
}

/// Hands the gradient of one buffer on to another, of which `len` values are meant, or nowhere.
fn pass_on(
    flow: Flow,
    slot: usize,
    deltas: &mut [Vec<f32>],
    spare: &mut [f32],
    len: usize,
    work: impl FnOnce(&mut [f32], Option<&mut [f32]>),
) {
    match flow {
        Flow::Nowhere => work(&mut deltas[slot], None),
        Flow::Add(to) => {
            let spare = &mut spare[..len];
            work(&mut deltas[slot], Some(spare));
            vectorized(|| deltas[to].iter_mut().zip(spare.iter()).for_each(|(d, s)| *d += s));
        }
        Flow::Write(to) => {
            // A layer's buffer is free again only when the gradient has left it.
            if let Ok([dy, dx]) = deltas.get_disjoint_mut([slot, to]) {
                work(dy, Some(&mut dx[..len]));
            }
        }
    }
}

/// The mask of the network's only output.
fn output_mask<'a>(network: &Network, masks: &'a [Vec<f32>], rows: usize) -> Option<&'a [f32]> {
    match network.outputs() {
        [one] => network.masks().output(*one, rows, masks),
        _ => None,
    }
}

/// The network's outputs for this many rows.
fn predictions<'a>(
    network: &Network,
    outputs: &'a [Vec<f32>],
    joined: &'a [f32],
    rows: usize,
) -> &'a [f32] {
    match network.outputs() {
        [one] => &outputs[*one][..rows * network.layers()[*one].len()],
        _ => &joined[..rows * network.output().iter().product::<usize>()],
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
        Rows::Listed(_) if len == 0 => {}
        Rows::Listed(list) => {
            share_rows(&mut to[..rows * len], len, |first, to| {
                for (row, out) in list[first..].iter().zip(to.chunks_exact_mut(len)) {
                    out.copy_from_slice(&from[*row as usize * len..][..len]);
                }
            });
        }
    }
}
