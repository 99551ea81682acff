//! Gradients of a batch of one row, left as their factors.
//!
//! One row's gradient by the weights of a dense layer is the outer product of two vectors, its inputs
//! and the slopes of its sums. Written out it is as large as the weights, and is read only once, by
//! the optimiser: with the weights and their moments it would just not fit into a core's own cache.
//! So the layer leaves the two vectors, and the update multiplies them block by block.

use crate::kernels::{HALF, rows_of_first, vectorized};
use crate::nn::{Network, Regularizer};
use crate::optim::Optimizer;
use std::ops::Range;

/// Weights whose gradients are left as factors.
#[derive(Clone, Debug)]
pub(super) struct Factors {
    pub layer: usize,
    /// The place of the weights among all.
    pub range: Range<usize>,
    rows: usize,
    columns: usize,
}

/// The weights whose gradients a fit with batches of so many rows leaves as factors: those that
/// nothing but the optimiser reads. `penalized` are the weights with a penalty.
pub(super) fn of(
    network: &Network,
    optimizer: &Optimizer,
    penalized: &[(Regularizer, Range<usize>)],
    batch: usize,
) -> Vec<Factors> {
    if batch != 1 || optimizer.common.takes_all_gradients() {
        return Vec::new();
    }
    let found = network.layers().iter().enumerate().filter_map(|(i, layer)| {
        let [rows, columns] = layer.op.outer_product()?;
        let range = layer.weights.start..layer.weights.start + rows * columns;
        let penalized = penalized.iter().any(|(_, other)| *other == range);
        let alone = network.trainable().contains(&range);
        let free = alone && !penalized && network.used_once(i);
        (free && rows + columns <= range.len()).then_some(Factors {
            layer: i,
            range,
            rows,
            columns,
        })
    });
    found.collect()
}

/// The first of two members' share of those of them that are divided, so that each has about half of
/// the network's weights in all.
pub(super) fn share_of_first(network: &Network, all: &[Factors]) -> f32 {
    let weights: usize = network.trainable().iter().map(|range| range.len()).sum();
    let divided = all.iter().filter(|f| f.rows_of_first(0.0) < f.rows);
    let divided: usize = divided.map(|f| f.range.len()).sum();
    let others = weights - divided;
    let more = (weights as f32 / 2.0 - others as f32).max(0.0);
    if divided == 0 { HALF } else { more / divided as f32 }
}

impl Factors {
    fn rows_of_first(&self, share: f32) -> usize {
        rows_of_first([self.rows, self.columns], share)
    }

    /// How many of the weights the first of two members owns.
    pub fn owned_by_first(&self, share: f32) -> usize {
        self.rows_of_first(share) * self.columns
    }

    /// Writes the gradients of the weights from `first` on, counted among all; `kept` is what the
    /// layer left: the gradient by the sums, and then the input.
    pub fn multiply(&self, kept: &[f32], first: usize, to: &mut [f32]) {
        let (dy, x) = kept.split_at(self.columns);
        let first = first - self.range.start;
        let (mut row, mut column) = (first / self.columns, first % self.columns);
        vectorized(|| {
            let mut rest = &mut to[..];
            while !rest.is_empty() {
                let len = (self.columns - column).min(rest.len());
                let (own, after) = std::mem::take(&mut rest).split_at_mut(len);
                let x = x[row];
                own.iter_mut().zip(&dy[column..]).for_each(|(g, dy)| *g = x * dy);
                (row, column, rest) = (row + 1, 0, after);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Recipe;
    use crate::optim::{Clip, Optimizer};
    use crate::prelude::*;
    use crate::train::parity_tests::{one_hot, set_waves, wave};

    fn dense(units: usize) -> Dense {
        Dense::new(units).activation(Relu)
    }

    /// With the layers whose gradients are left as factors.
    fn nets() -> Vec<(Recipe, &'static [usize])> {
        let input = || Sequential::new([300]);
        let plain = input().add(dense(130)).add(dense(90)).add(Dense::new(4));
        let narrow = input().add(dense(40)).add(Dense::new(4));
        let penalty = Regularizer::l2(0.01);
        let mixed = input()
            .add(dense(130))
            .add(dense(90).kernel_regularizer(penalty).activation(Gelu))
            .add(Dense::new(4));
        let x = Input::new([300]);
        let same = Dense::new(300).activation(Tanh).shared();
        let twice = same.apply(&same.apply(&x)).then(Dense::new(4));
        let shared = Functional::new(&x, &twice);
        vec![
            (plain.into(), &[0, 1]),
            (narrow.into(), &[0]),
            (mixed.into(), &[0]),
            (shared.into(), &[]),
        ]
    }

    /// A value is clipped only above 1e30, but a step that clips has the gradients of all weights.
    #[test]
    fn factors_learn_as_gradients_that_are_written_out() {
        let (x, y) = (wave(&[12, 300], 0.37, 1.0), one_hot(12, 4));
        for (net, expected) in nets() {
            for rule in ["adam", "sgd", "ftrl"] {
                for (batch, threads) in [(1, 1), (1, 2), (5, 2)] {
                    let [by_factors, written] = [false, true].map(|clips| {
                        let mut optimizer = Optimizer::named(rule).unwrap();
                        if clips {
                            optimizer.common.clip = Clip::Value(1e30);
                        }
                        let mut model = net.compile(optimizer, "mse", ()).unwrap();
                        set_waves(&mut model);
                        let found = of(&model.network, &model.optimizer, &model.penalized, batch);
                        let found: Vec<_> = found.iter().map(|f| f.layer).collect();
                        let expected = if clips || batch > 1 { &[][..] } else { expected };
                        assert_eq!(found, expected);
                        let fit = Fit::epochs(2).batch_size(batch).threads(threads).verbose(0);
                        model.fit((&x, &y), fit).unwrap();
                        model.flat_weights().to_vec()
                    });
                    assert_eq!(by_factors, written, "{rule}, {batch} rows, {threads} threads");
                }
            }
        }
    }
}
