//! Attention of a sequence to itself or to another one: the operation.

mod scratch;

use super::dropout::fill_mask;
use super::graph::{MergeBackward, MergeForward, Merging};
use super::layer::{Backward, Forward, Op, WeightSpec};
use super::masks::MaskFlow;
use super::products::{by_input, by_weights, product, spread};
use super::{Activation, Regularizer};
use crate::kernels::{Matrix, matmul, vectorized};
use scratch::Extent;

/// The shape of one of its sequences.
#[derive(Clone, Copy)]
pub(super) struct Side {
    pub steps: usize,
    pub features: usize,
}

pub(super) struct Attention {
    pub query: Side,
    pub value: Side,
    /// As many steps as the value.
    pub key: Side,
    /// How many of these are given: the query alone, with the value, or with the key as well.
    pub inputs: usize,
    /// Steps and features, those of the query.
    pub output: [usize; 2],
    pub heads: usize,
    pub keys: usize,
    pub values: usize,
    pub dropout: f32,
    pub causal: bool,
    pub use_bias: bool,
    pub activity_regularizer: Regularizer,
    pub weights: Vec<WeightSpec>,
}

/// A pass' samples of the query, the value and the key, and which of their steps count.
struct Given<'a> {
    x: [&'a [f32]; 3],
    masks: [Option<&'a [f32]>; 3],
}

impl Attention {
    fn extent(&self) -> Extent {
        Extent {
            looking: self.query.steps,
            seen: self.value.steps,
            heads: self.heads,
            keys: self.keys,
            values: self.values,
            drops: self.dropout > 0.0,
        }
    }

    /// Calls `hide` for each place of a head's scores that is not looked at: of masked steps, whether
    /// they look or are looked at, and of later ones.
    fn each_hidden(&self, masks: [Option<&[f32]>; 3], row: usize, mut hide: impl FnMut(usize)) {
        if masks.iter().all(Option::is_none) && !self.causal {
            return;
        }
        let seen = self.value.steps;
        let [by_query, by_value, by_key] = masks;
        let counts = |mask: Option<&[f32]>, steps: usize, step: usize| {
            mask.is_none_or(|mask| mask[row * steps + step] != 0.0)
        };
        for query in 0..self.query.steps {
            let looks = counts(by_query, self.query.steps, query);
            for key in 0..seen {
                let later = self.causal && key > query;
                let is_seen = counts(by_value, seen, key) && counts(by_key, seen, key);
                if later || !looks || !is_seen {
                    hide(query * seen + key);
                }
            }
        }
    }

    /// What goes in and out of the products of query, key, value and output.
    fn shapes(&self) -> [(usize, usize); 4] {
        let (keys, values) = (self.heads * self.keys, self.heads * self.values);
        [
            (self.query.features, keys),
            (self.key.features, keys),
            (self.value.features, values),
            (values, self.query.features),
        ]
    }

    /// Their kernels and biases.
    fn parts<'a>(&self, mut weights: &'a [f32]) -> [(&'a [f32], Option<&'a [f32]>); 4] {
        self.shapes().map(|(from, to)| {
            let (kernel, rest) = weights.split_at(from * to);
            let (bias, rest) = rest.split_at(if self.use_bias { to } else { 0 });
            weights = rest;
            (kernel, self.use_bias.then_some(bias))
        })
    }

    fn parts_mut<'a>(&self, weights: &'a mut [f32]) -> [(&'a mut [f32], &'a mut [f32]); 4] {
        let mut rest = weights;
        self.shapes().map(|(from, to)| {
            let bias = if self.use_bias { to } else { 0 };
            let (part, after) = std::mem::take(&mut rest).split_at_mut(from * to + bias);
            rest = after;
            part.split_at_mut(from * to)
        })
    }

    /// Query, value and key out of the inputs that are given.
    fn given<T: Copy>(&self, get: impl Fn(usize) -> T) -> [T; 3] {
        let value = get(1.min(self.inputs - 1));
        let key = get(2.min(self.inputs - 1));
        [get(0), value, key]
    }

    fn compute(
        &self,
        rows: usize,
        given: &Given<'_>,
        dropping: Option<u64>,
        weights: &[f32],
        scratch: &mut [f32],
        y: &mut [f32],
    ) {
        let (looking, seen) = (self.query.steps, self.value.steps);
        let (heads, d, v) = (self.heads, self.keys, self.values);
        let kept = self.extent().kept(scratch, rows);
        let [query, key, value, output] = self.parts(weights);
        let [of_query, of_value, of_key] = given.x;
        product(of_query, self.query.features, query, kept.query);
        product(of_key, self.key.features, key, kept.key);
        product(of_value, self.value.features, value, kept.value);
        let scale = 1.0 / (d as f32).sqrt();
        let queries = &mut *kept.query;
        vectorized(|| queries.iter_mut().for_each(|q| *q *= scale));
        fill_mask(kept.mask, self.dropout, dropping);
        let size = looking * seen;
        for row in 0..rows {
            for head in 0..heads {
                let (of_query, of_key) = (row * looking * heads + head, row * seen * heads + head);
                let queries = Matrix::strided(&kept.query[of_query * d..], heads * d, 1);
                let keys = Matrix::strided(&kept.key[of_key * d..], 1, heads * d);
                let values = Matrix::strided(&kept.value[of_key * v..], heads * v, 1);
                let place = (row * heads + head) * size..;
                let shares = &mut kept.shares[place.clone()][..size];
                matmul([looking, seen, d], queries, keys, shares, false);
                self.each_hidden(given.masks, row, |at| shares[at] = HIDDEN);
                Activation::Softmax.apply(shares, seen);
                let shares = if kept.mask.is_empty() {
                    &*shares
                } else {
                    let dropped = &mut kept.dropped[place.clone()][..size];
                    let mask = &kept.mask[place];
                    dropped
                        .iter_mut()
                        .zip(shares.iter().zip(mask))
                        .for_each(|(t, (s, m))| *t = s * m);
                    &*dropped
                };
                let room = &mut kept.room[..looking * v];
                matmul([looking, v, seen], Matrix::rows(shares, seen), values, room, false);
                spread(room, v, heads * v, &mut kept.found[of_query * v..]);
            }
        }
        product(kept.found, heads * v, output, y);
    }

    /// The gradients by the weights; those by the products of query, key and value stay in the
    /// scratch.
    fn slopes(
        &self,
        rows: usize,
        given: &Given<'_>,
        weights: &[f32],
        dy: &[f32],
        gradients: &mut [f32],
        scratch: &mut [f32],
    ) {
        let (looking, seen) = (self.query.steps, self.value.steps);
        let (heads, d, v) = (self.heads, self.keys, self.values);
        let kept = self.extent().kept(scratch, rows);
        let [_, _, _, output] = self.parts(weights);
        let [to_query, to_key, to_value, to_output] = self.parts_mut(gradients);
        by_weights(kept.found, heads * v, dy, to_output);
        by_input(dy, output.0, heads * v, kept.by_found, false);
        let size = looking * seen;
        for row in 0..rows {
            for head in 0..heads {
                let (of_query, of_key) = (row * looking * heads + head, row * seen * heads + head);
                let (by_key, by_value) = (heads * d, heads * v);
                let place = (row * heads + head) * size..;
                let shares = &kept.shares[place.clone()][..size];
                let dropped = match kept.mask.is_empty() {
                    true => shares,
                    false => &kept.dropped[place.clone()][..size],
                };
                let by_found = Matrix::strided(&kept.by_found[of_query * v..], by_value, 1);
                let room = &mut kept.room[..seen * v];
                let turned = Matrix::transposed(dropped, seen);
                matmul([seen, v, looking], turned, by_found, room, false);
                spread(room, v, by_value, &mut kept.by_value[of_key * v..]);
                let values = Matrix::strided(&kept.value[of_key * v..], 1, by_value);
                let by_shares = &mut *kept.by_shares;
                matmul([looking, seen, v], by_found, values, by_shares, false);
                if !kept.mask.is_empty() {
                    by_shares.iter_mut().zip(&kept.mask[place]).for_each(|(d, m)| *d *= m);
                }
                Activation::Softmax.backward(shares, &[], by_shares, seen);
                self.each_hidden(given.masks, row, |at| by_shares[at] = 0.0);
                let room = &mut kept.room[..looking * d];
                let keys = Matrix::strided(&kept.key[of_key * d..], by_key, 1);
                matmul([looking, d, seen], Matrix::rows(by_shares, seen), keys, room, false);
                spread(room, d, by_key, &mut kept.by_query[of_query * d..]);
                let room = &mut kept.room[..seen * d];
                let queries = Matrix::strided(&kept.query[of_query * d..], by_key, 1);
                let turned = Matrix::transposed(by_shares, seen);
                matmul([seen, d, looking], turned, queries, room, false);
                spread(room, d, by_key, &mut kept.by_key[of_key * d..]);
            }
        }
        let scale = 1.0 / (d as f32).sqrt();
        let by_query = &mut *kept.by_query;
        vectorized(|| by_query.iter_mut().for_each(|q| *q *= scale));
        let [of_query, of_value, of_key] = given.x;
        by_weights(of_query, self.query.features, kept.by_query, to_query);
        by_weights(of_key, self.key.features, kept.by_key, to_key);
        by_weights(of_value, self.value.features, kept.by_value, to_value);
    }

    /// The gradient by one of the inputs, behind [`slopes`](Self::slopes).
    fn by_one(
        &self,
        input: usize,
        rows: usize,
        weights: &[f32],
        scratch: &mut [f32],
        dx: &mut [f32],
    ) {
        let kept = self.extent().kept(scratch, rows);
        let [query, key, value, _] = self.parts(weights);
        // What the input is taken for.
        let parts = self.given(|place| place);
        let mut more = false;
        for (part, (dy, kernel, side)) in [
            (0, (&*kept.by_query, query.0, self.query)),
            (2, (&*kept.by_key, key.0, self.key)),
            (1, (&*kept.by_value, value.0, self.value)),
        ] {
            if parts[part] == input {
                by_input(dy, kernel, side.features, dx, more);
                more = true;
            }
        }
    }
}

/// The score of a step that is not looked at, as Keras' `dot_product_attention` has it: a row of
/// nothing else becomes even.
pub(crate) const HIDDEN: f32 = -0.7 * f32::MAX;

impl Op for Attention {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn weights(&self) -> &[WeightSpec] {
        &self.weights
    }

    fn merging(&self) -> Option<&dyn Merging> {
        (self.inputs > 1).then_some(self)
    }

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::PassesFirst
    }

    fn heeds_mask(&self) -> bool {
        true
    }

    fn keras_groups(&self) -> Vec<(String, usize)> {
        let count = self.weights.len() / 4;
        ["query_dense", "key_dense", "value_dense", "output_dense"]
            .map(|group| (group.into(), count))
            .into()
    }

    fn scratch(&self) -> usize {
        self.extent().lengths(1).iter().sum()
    }

    fn scratch_for(&self, rows: usize) -> usize {
        self.extent().lengths(rows).iter().sum()
    }

    fn activity_regularizer(&self) -> Regularizer {
        self.activity_regularizer
    }

    fn writes_gradients(&self) -> bool {
        true
    }

    fn work(&self) -> usize {
        let (looking, seen) = (self.query.steps, self.value.steps);
        let products: usize = self.shapes().map(|(from, to)| from * to).iter().sum();
        products * looking.max(seen) + looking * seen * self.heads * (self.keys + self.values)
    }

    fn forward(&self, pass: Forward<'_>) {
        let given = Given { x: [pass.x; 3], masks: [pass.mask; 3] };
        let dropping = pass.training.then_some(pass.seed);
        self.compute(pass.rows, &given, dropping, pass.weights, pass.scratch, pass.y);
    }

    fn backward(&self, pass: Backward<'_>) {
        let Backward { rows, x, dy, dx, weights, gradients, scratch, mask, .. } = pass;
        let given = Given { x: [x; 3], masks: [mask; 3] };
        self.slopes(rows, &given, weights, dy, gradients, scratch);
        if let Some(dx) = dx {
            self.by_one(0, rows, weights, scratch, dx);
        }
    }
}

impl Merging for Attention {
    fn forward(&self, pass: MergeForward<'_>) {
        let inputs = pass.inputs;
        let given = Given {
            x: self.given(|input| inputs.get(input)),
            masks: self.given(|input| inputs.mask(input)),
        };
        let dropping = pass.training.then_some(pass.seed);
        self.compute(pass.rows, &given, dropping, pass.weights, pass.scratch, pass.y);
    }

    fn backward(&self, pass: MergeBackward<'_>) {
        let MergeBackward { rows, inputs, input, dy, dx, weights, gradients, scratch, .. } = pass;
        if input == 0 {
            let given = Given {
                x: self.given(|input| inputs.get(input)),
                masks: self.given(|input| inputs.mask(input)),
            };
            self.slopes(rows, &given, weights, dy, gradients, scratch);
        }
        if !dx.is_empty() {
            self.by_one(input, rows, weights, scratch, dx);
        }
    }
}
