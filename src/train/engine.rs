//! Steps over batches, on as many threads as there are.

use super::factors::{self, Factors};
use super::lane::{Lane, Rows, Source, Task};
use super::lanes::{self, add, add_up};
use super::model::Model;
use super::piece::Piece;
use crate::data::FittedPipeline;
use crate::error::Result;
use crate::kernels::{FlushDenormals, Team, vectorized};
use crate::memory;
use crate::metric::{Accumulator, Form};
use crate::nn::{LARGE, Network, derive_seed};
use crate::optim::{Clip, Step};
use std::rc::Rc;

/// Pieces that a large array is cut into at most, each updated on a thread of its own.
const MOST_PIECES: usize = 16;

/// Arrays that are updated in one round, if a batch is a single row.
const ARRAYS: usize = 8;

/// Weights that are updated together.
const BLOCK: usize = 8192;

/// Everything that a fit or an evaluation needs for its batches, allocated once.
pub(super) struct Engine {
    lanes: Vec<Lane>,
    metrics: Vec<Box<dyn Accumulator>>,
    /// Which of them leave out masked steps.
    heeding: Vec<bool>,
    /// Targets and predictions of the steps that count.
    counted: [Vec<f32>; 2],
    /// The threads that share the work, also with the other engine of a fit.
    team: Rc<Team>,
    fused: bool,
    factors: Vec<Factors>,
    /// What the first member of the team owns of the weights that meet a single row.
    share: f32,
    targets: usize,
    /// Gives metrics the targets and predictions in their own units, if the targets are scaled.
    units: Option<Units>,
    loss: f64,
    seen: f64,
}

/// Undoes a scaling of the targets.
struct Units {
    pipeline: FittedPipeline,
    truth: Vec<f32>,
    predictions: Vec<f32>,
}

impl Units {
    fn of(model: &Model) -> Option<Self> {
        let pipeline = model.pipeline();
        pipeline.target_scalers().next()?;
        Some(Units { pipeline, truth: Vec::new(), predictions: Vec::new() })
    }

    /// Takes in a lane's targets and predictions, which are as many.
    fn take(&mut self, truth: &[f32], predictions: &[f32]) {
        for (from, to) in [(truth, &mut self.truth), (predictions, &mut self.predictions)] {
            to.clear();
            to.extend_from_slice(from);
            for scaler in self.pipeline.target_scalers().rev() {
                scaler.undo(to);
            }
        }
    }
}

impl Engine {
    pub fn new(
        model: &Model,
        batch: usize,
        targets: usize,
        training: bool,
        team: Rc<Team>,
    ) -> Result<Self> {
        let network = &model.network;
        let lanes = lanes::count(network, batch, training);
        let floats = Lane::floats(network, batch, targets, training, lanes);
        memory::check("a batch and all that is computed of it", &[floats], size_of::<f32>())
            .map_err(|e| e.hint("take smaller batches"))?;
        let rows = batch.div_ceil(lanes);
        // A penalty on the last output comes between its loss and its activation.
        let last = network.last().filter(|l| l.op.activity_regularizer().is_none());
        let last = last.map(|l| l.op.activation());
        let outputs = network.output().iter().product();
        let factors = match training && lanes == 1 {
            true => factors::of(&model.network, &model.optimizer, &model.penalized, batch),
            false => Vec::new(),
        };
        let form = Form { targets, outputs, middle: model.middle() };
        Ok(Engine {
            lanes: (0..lanes).map(|_| Lane::new(network, rows, targets, training)).collect(),
            metrics: model.metrics.iter().map(|m| m.0.start(form)).collect(),
            heeding: match network.masked_output() {
                true => model.metrics.iter().map(|m| m.0.heeds_masks()).collect(),
                false => vec![false; model.metrics.len()],
            },
            counted: Default::default(),
            team,
            fused: last.is_some() && model.loss.0.fuses_with() == last,
            share: factors::share_of_first(&model.network, &factors),
            factors,
            targets,
            units: Units::of(model),
            loss: 0.0,
            seen: 0.0,
        })
    }

    /// Forgets the losses and metrics of the batches so far.
    pub fn reset(&mut self) {
        (self.loss, self.seen) = (0.0, 0.0);
        self.metrics.iter_mut().for_each(|m| m.reset());
    }

    /// The mean loss of the batches since the last reset.
    pub fn loss(&self) -> f64 {
        if self.seen == 0.0 { 0.0 } else { self.loss / self.seen }
    }

    /// The metrics of the batches since the last reset.
    pub fn metrics(&self) -> impl Iterator<Item = f64> {
        self.metrics.iter().map(|m| m.result())
    }

    /// Processes `rows` rows in all lanes: `work(lane, its rows, how many, which lane)`.
    fn run(
        &mut self,
        which: Rows<'_>,
        rows: usize,
        work: impl Fn(&mut Lane, Rows<'_>, usize, u64) + Sync,
    ) {
        let share = rows.div_ceil(self.lanes.len());
        let part = |lane: usize| {
            let first = (lane * share).min(rows);
            let count = share.min(rows - first);
            let which = match which {
                Rows::From(start) => Rows::From(start + first),
                Rows::Listed(list) => Rows::Listed(&list[first..first + count]),
            };
            (which, count)
        };
        let one = |index: usize, lane: &mut Lane| {
            let _denormals = FlushDenormals::new();
            let (which, count) = part(index);
            work(lane, which, count, index as u64);
        };
        match &mut self.lanes[..] {
            [lane] => self.team.lend(self.share, || one(0, lane)),
            lanes => self.team.each(lanes, one),
        }
    }

    /// Counts the last batch's loss and metrics in.
    fn account(&mut self, network: &Network, rows: usize, penalty: f64) {
        for lane in &self.lanes {
            self.loss += lane.loss;
            let (mut truth, mut predictions) =
                (lane.targets(self.targets), lane.predictions(network));
            if let Some(units) = &mut self.units {
                units.take(truth, predictions);
                (truth, predictions) = (units.truth.as_slice(), units.predictions.as_slice());
            }
            if let Some(mask) = lane.mask(network).filter(|_| self.heeding.contains(&true)) {
                for (from, to) in [truth, predictions].into_iter().zip(&mut self.counted) {
                    to.clear();
                    let steps = from.chunks_exact((from.len() / mask.len().max(1)).max(1));
                    let counted = steps.zip(mask).filter(|(_, mask)| **mask != 0.0);
                    counted.for_each(|(step, _)| to.extend_from_slice(step));
                }
            }
            for (metric, heeds) in self.metrics.iter_mut().zip(&self.heeding) {
                match heeds {
                    true => metric.update(&self.counted[0], &self.counted[1]),
                    false => metric.update(truth, predictions),
                }
            }
        }
        self.loss += penalty * rows as f64;
        self.seen += rows as f64;
    }

    /// One step of gradient descent on `rows` rows.
    pub fn train(&mut self, model: &mut Model, source: Source<'_>, which: Rows<'_>, rows: usize) {
        let scale = self.loss_scale(model) / rows as f32;
        let seed = derive_seed(model.seed, model.state.steps);
        let factors = std::mem::take(&mut self.factors);
        let task = Task { factors: &factors, ..model.task(source, self.fused) };
        self.run(which, rows, |lane, which, count, index| {
            lane.train(task, which, count, scale, derive_seed(seed, index));
        });
        self.factors = factors;
        let penalty = self.regularize(model);
        self.account(&model.network, rows, penalty);
        self.update(model);
    }

    /// Loss and metrics of `rows` rows, without learning.
    pub fn evaluate(&mut self, model: &Model, source: Source<'_>, which: Rows<'_>, rows: usize) {
        let task = model.task(source, self.fused);
        self.run(which, rows, |lane, which, count, _| lane.evaluate(task, which, count));
        self.account(&model.network, rows, model.penalty());
    }

    /// The outputs for `rows` rows, appended to `to`.
    pub fn predict(
        &mut self,
        model: &Model,
        source: Source<'_>,
        which: Rows<'_>,
        rows: usize,
        to: &mut Vec<f32>,
    ) {
        let task = model.task(source, self.fused);
        self.run(which, rows, |lane, which, count, _| lane.predict(task, which, count));
        for lane in &self.lanes {
            to.extend_from_slice(lane.predictions(&model.network));
        }
    }

    /// What the loss is multiplied by before its gradients are taken.
    fn loss_scale(&self, model: &Model) -> f32 {
        model.optimizer.common.loss_scale_factor.unwrap_or(1.0)
    }

    /// Adds the penalties' gradients to those of the first lane; their value is returned.
    fn regularize(&mut self, model: &Model) -> f64 {
        let mut penalty = 0.0;
        for (spec, range) in &model.penalized {
            let weights = &model.weights[range.clone()];
            penalty += spec.penalty(weights);
            let scale = self.loss_scale(model);
            spec.add_gradient(weights, &mut self.lanes[0].gradients[range.clone()], scale);
        }
        penalty
    }

    /// Lets the optimiser change the weights.
    fn update(&mut self, model: &mut Model) {
        let before = model.state.steps;
        model.state.steps += 1;
        let optimizer = &model.optimizer;
        let step = Step {
            number: optimizer.steps_of(before) + 1,
            // A rate set by a callback replaces the optimiser's own.
            learning_rate: match model.state.learning_rate {
                Some(rate) => rate,
                None => optimizer.common.learning_rate.at(model.state.steps - 1),
            },
        };
        // What the layers change themselves.
        for lane in &mut self.lanes {
            for range in model.network.moving() {
                let changes = &mut lane.gradients[range.clone()];
                let weights = &mut model.weights[range.clone()];
                weights.iter_mut().zip(changes.iter()).for_each(|(w, c)| *w -= c);
                changes.fill(0.0);
            }
        }
        let (first, others) = self.lanes.split_at_mut(1);
        let total = &mut first[0].gradients[..];
        let mut others: &[Lane] = others;
        let common = &optimizer.common;
        if common.takes_all_gradients() {
            add_up(total, 0, others);
            others = &[];
        }
        if let Some(factor) = common.loss_scale_factor {
            vectorized(|| total.iter_mut().for_each(|g| *g /= factor));
        }
        if let Some(batches) = common.gradient_accumulation_steps {
            let sum = &mut model.state.accumulated;
            if !model.state.steps.is_multiple_of(batches) {
                add(sum, total);
                follow(model, before);
                return;
            }
            let mean = |(g, sum): (&mut f32, &f32)| *g = (*g + sum) / batches as f32;
            vectorized(|| total.iter_mut().zip(&*sum).for_each(mean));
            sum.fill(0.0);
        }
        if common.clip != Clip::None {
            // A norm over all gradients is one over those that are used.
            let frozen = model.network.layers().iter().filter(|layer| !layer.trainable);
            frozen.for_each(|layer| total[layer.weights.clone()].fill(0.0));
            let arrays = model.network.trained().map(|(_, range)| range);
            optimizer.common.clip.apply(total, arrays);
        }
        let learn = |block: Piece<'_>, gradients: &[f32]| {
            optimizer.decay(step, block.weights);
            optimizer.rule.update(step, block.weights, gradients, block.slots);
        };
        // In blocks that stay in the first-level caches from one pass to the next.
        let by_total = |mut rest: Piece<'_>| {
            let _denormals = FlushDenormals::new();
            while !rest.weights.is_empty() {
                let mut block;
                (block, rest) = rest.split(BLOCK);
                let total = std::mem::take(&mut block.total);
                add_up(total, block.first, others);
                learn(block, total);
            }
        };
        let by_factors = |mut rest: Piece<'_>, factors: &Factors, kept: &[f32]| {
            let _denormals = FlushDenormals::new();
            let mut products = [0.0; BLOCK / 2];
            while !rest.weights.is_empty() {
                let block;
                (block, rest) = rest.split(BLOCK / 2);
                let products = &mut products[..block.weights.len()];
                factors.multiply(kept, block.first, products);
                learn(block, products);
            }
        };
        let part = |piece: &mut Piece<'_>| {
            let piece = std::mem::take(piece);
            match piece.factors {
                _ if piece.weights.is_empty() => {}
                Some((factors, kept)) => by_factors(piece, factors, kept),
                None => by_total(piece),
            }
        };
        let slots = model.state.slots.each_mut().map(|slots| slots.as_mut_slice());
        let mut rest = Piece::all(&mut model.weights, total, slots);
        // With a single row, what each of two members owns of the arrays.
        let mut owned: [[Piece<'_>; ARRAYS]; 2] = Default::default();
        let mut count = 0;
        let both = |owned: &mut [[Piece<'_>; ARRAYS]; 2]| {
            let all = |_: usize, pieces: &mut [Piece<'_>; ARRAYS]| pieces.iter_mut().for_each(part);
            match owned[1].iter().all(|piece| piece.weights.is_empty()) {
                true => all(0, &mut owned[0]),
                false => self.team.each(owned, all),
            }
        };
        for range in model.network.trainable() {
            let mut array;
            let frozen = range.start - rest.first;
            (_, rest) = rest.split(frozen);
            (array, rest) = rest.split(range.len());
            let factors = self.factors.iter().find(|factors| factors.range == *range);
            if let Some(factors) = factors {
                let kept: &mut [f32] = std::mem::take(&mut array.total);
                array.factors = Some((factors, kept));
            }
            if !self.factors.is_empty() {
                // Whoever reads a weight in the passes over a row updates it.
                let len = factors.map_or(range.len(), |f| f.owned_by_first(self.share));
                (owned[0][count], owned[1][count]) = array.split(len);
                count = (count + 1) % ARRAYS;
                if count == 0 {
                    both(&mut owned);
                }
                continue;
            }
            let members = (range.len() / (LARGE / 2)).clamp(1, MOST_PIECES);
            let members = members.min(self.team.members());
            let mut pieces: [Piece<'_>; MOST_PIECES] = Default::default();
            for (i, piece) in pieces[..members].iter_mut().enumerate() {
                let len = array.weights.len() / (members - i);
                (*piece, array) = array.split(len);
            }
            self.team.each(&mut pieces[..members], |_, piece| part(piece));
        }
        both(&mut owned);
        follow(model, before);
    }
}

/// What comes after a step: the average of the weights follows them, where `batches` came before
/// this one, and then they are held to their constraints, in Keras' order.
fn follow(model: &mut Model, batches: u64) {
    if let Some(ema) = model.optimizer.common.ema {
        let steps = model.optimizer.steps_of(batches);
        for range in model.network.trainable() {
            let average = &mut model.state.average[range.clone()];
            ema.follow(steps, average, &mut model.weights[range.clone()]);
        }
    }
    for (constraint, shape, range) in &model.constrained {
        constraint.apply(&mut model.weights[range.clone()], shape);
    }
}
