//! Attention of a sequence to itself.

use super::dropout::fill_mask;
use super::inbound::CAUSAL;
use super::layer::{Backward, Forward, Layer, Op, WeightSpec};
use super::masks::MaskFlow;
use super::settings::{WeightSettings, sum_settings, weight_settings};
use super::size::{LONGEST, sequence};
use super::{Activation, Initializer, Regularizer};
use crate::config::{Config, Settings, configured, within, wrong};
use crate::error::{Error, Result};
use crate::kernels::{Matrix, add_columns, matmul, vectorized};
use serde_json::json;

/// Attention of a sequence (steps, features) to itself by several heads, as Keras'
/// `MultiHeadAttention` called with one sequence as query, value and key (Vaswani et al., 2017):
/// each head weights the steps by `softmax(Q Kᵀ / √key_dim)` and sums their values, and a last
/// product maps the outputs of all heads back to the features of the input. Steps masked by
/// [`Masking`](super::Masking) or `mask_zero` are not attended to.
///
/// The kernels of query, key and value have shape (features, heads, `key_dim`), or `value_dim` for
/// the value; that of the output has shape (heads, `value_dim`, features). Kernels are initialized
/// by `GlorotUniform`, biases by zeros.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let net = Sequential::new([12, 8])
///     .add(MultiHeadAttention::new(2, 4))
///     .add(LayerNormalization::new())
///     .add(GlobalAveragePooling1D::new());
/// let shapes: Vec<Vec<usize>> =
///     net.build()?.layers().iter().map(|layer| layer.op.output().to_vec()).collect();
/// assert_eq!(shapes, [vec![12, 8], vec![12, 8], vec![8]]);
/// assert_eq!(net.count_params()?, 3 * (8 * 8 + 8) + (8 * 8 + 8) + 16);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MultiHeadAttention {
    num_heads: usize,
    key_dim: usize,
    value_dim: Option<usize>,
    dropout: f32,
    use_causal_mask: bool,
    use_bias: bool,
    kernel: WeightSettings,
    bias: WeightSettings,
    activity_regularizer: Regularizer,
}

impl MultiHeadAttention {
    /// A layer with this many heads, whose queries and keys have length `key_dim`.
    pub fn new(num_heads: usize, key_dim: usize) -> Self {
        MultiHeadAttention {
            num_heads,
            key_dim,
            value_dim: None,
            dropout: 0.0,
            use_causal_mask: false,
            use_bias: true,
            kernel: WeightSettings::new(Initializer::GlorotUniform),
            bias: WeightSettings::new(Initializer::Zeros),
            activity_regularizer: Regularizer::default(),
        }
    }

    /// The length of a head's values; `key_dim` by default.
    pub fn value_dim(mut self, value_dim: usize) -> Self {
        self.value_dim = Some(value_dim);
        self
    }

    /// The share of attention weights that is dropped while training; 0 by default.
    pub fn dropout(mut self, rate: impl Into<f64>) -> Self {
        self.dropout = rate.into() as f32;
        self
    }

    /// Whether each step attends only to itself and earlier steps, as for text generation; false by
    /// default. In Keras this is an argument of the call.
    pub fn use_causal_mask(mut self, use_causal_mask: bool) -> Self {
        self.use_causal_mask = use_causal_mask;
        self
    }

    fn values(&self) -> usize {
        self.value_dim.unwrap_or(self.key_dim)
    }
}

sum_settings!(MultiHeadAttention);
weight_settings!(MultiHeadAttention:
    "each kernel" starting "glorot uniform" at kernel =
        kernel_initializer, kernel_regularizer, kernel_constraint;
    "each bias" starting "zeros" at bias =
        bias_initializer, bias_regularizer, bias_constraint
);

configured!(MultiHeadAttention as "keras.layers" "MultiHeadAttention",
    |from| {
        over_steps(from)?;
        MultiHeadAttention::new(from.get("num_heads")?, from.get("key_dim")?)
    },
    num_heads = num_heads,
    key_dim = key_dim,
    value_dim = value_dim,
    dropout = dropout,
    use_causal_mask = use_causal_mask,
    use_bias = use_bias,
    activity_regularizer = activity_regularizer;
    weights kernel = kernel, bias = bias;
    fixed use_gate = false
);

/// Refuses attention along axes other than the steps, which Keras has.
fn over_steps(from: &Settings<'_>) -> Result<()> {
    match from.json("attention_axes") {
        Some(json) if !json.is_null() && *json != json!([1]) && *json != json!(1) => {
            let error = wrong(json, "[1], the steps, the only ones there are here");
            Err(within(error, "MultiHeadAttention: attention_axes"))
        }
        _ => Ok(()),
    }
}

impl Layer for MultiHeadAttention {
    fn config(&self) -> Result<Config> {
        let mut config = Config::of(self);
        // An argument of the call in Keras, not a setting of the layer.
        if !self.use_causal_mask {
            config.settings_mut().remove(CAUSAL);
        }
        Ok(config)
    }

    fn class_name(&self) -> &str {
        "MultiHeadAttention"
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let sizes = [
            ("number of heads", self.num_heads),
            ("key_dim", self.key_dim),
            ("value_dim", self.values()),
        ];
        for (what, size) in sizes {
            if !(1..=LONGEST).contains(&size) {
                let expected = format!("from 1 to {LONGEST}");
                return Err(Error::argument(format!("MultiHeadAttention: {what}"), size, expected));
            }
        }
        if !(0.0..1.0).contains(&self.dropout) {
            let what = "MultiHeadAttention: the dropout";
            return Err(Error::argument(what, self.dropout, "from 0 up, below 1"));
        }
        let [steps, features] = sequence("MultiHeadAttention", input)?;
        if steps > LONGEST {
            let expected = format!("at most {LONGEST} steps");
            return Err(Error::shape("MultiHeadAttention", input, expected));
        }
        let (heads, keys, values) = (self.num_heads, self.key_dim, self.values());
        let mut weights = Vec::new();
        let mut add = |[kernel, bias]: [&'static str; 2], from: &[usize], to: &[usize]| {
            weights.push(self.kernel.spec(kernel, [from, to].concat()));
            if self.use_bias {
                weights.push(self.bias.spec(bias, to));
            }
        };
        add(["query_kernel", "query_bias"], &[features], &[heads, keys]);
        add(["key_kernel", "key_bias"], &[features], &[heads, keys]);
        add(["value_kernel", "value_bias"], &[features], &[heads, values]);
        add(["output_kernel", "output_bias"], &[heads, values], &[features]);
        Ok(Box::new(AttentionOp {
            output: [steps, features],
            heads,
            keys,
            values,
            layer: self.clone(),
            weights,
        }))
    }
}

struct AttentionOp {
    /// Steps and features, of the input as well.
    output: [usize; 2],
    heads: usize,
    keys: usize,
    values: usize,
    layer: MultiHeadAttention,
    weights: Vec<WeightSpec>,
}

/// The parts of the scratch: what the forward pass keeps, and the gradients by it.
struct Kept<'a> {
    query: &'a mut [f32],
    key: &'a mut [f32],
    value: &'a mut [f32],
    /// The outputs of all heads.
    found: &'a mut [f32],
    /// The heads' attention weights.
    shares: &'a mut [f32],
    /// These with dropout, and the dropout mask; empty without dropout.
    dropped: &'a mut [f32],
    mask: &'a mut [f32],
    by_query: &'a mut [f32],
    by_key: &'a mut [f32],
    by_value: &'a mut [f32],
    by_found: &'a mut [f32],
    /// Of one head.
    by_shares: &'a mut [f32],
    room: &'a mut [f32],
}

impl AttentionOp {
    fn lengths(&self, rows: usize) -> [usize; 13] {
        let [steps, _] = self.output;
        let all = rows * steps;
        let (keys, values) = (all * self.heads * self.keys, all * self.heads * self.values);
        let shares = all * self.heads * steps;
        let dropped = if self.layer.dropout > 0.0 { shares } else { 0 };
        let room = steps * self.keys.max(self.values);
        [
            keys,
            keys,
            values,
            values,
            shares,
            dropped,
            dropped,
            keys,
            keys,
            values,
            values,
            steps * steps,
            room,
        ]
    }

    fn kept<'a>(&self, scratch: &'a mut [f32], rows: usize) -> Kept<'a> {
        let mut rest = scratch;
        let parts = self.lengths(rows).map(|length| {
            let (part, after) = std::mem::take(&mut rest).split_at_mut(length);
            rest = after;
            part
        });
        let [query, key, value, found, shares, dropped, mask, rest @ ..] = parts;
        let [by_query, by_key, by_value, by_found, by_shares, room] = rest;
        Kept {
            query,
            key,
            value,
            found,
            shares,
            dropped,
            mask,
            by_query,
            by_key,
            by_value,
            by_found,
            by_shares,
            room,
        }
    }

    /// Calls `hide` for each place of a head's scores that is not looked at: of masked steps, whether
    /// they look or are looked at, and of later ones.
    fn each_hidden(&self, mask: Option<&[f32]>, row: usize, mut hide: impl FnMut(usize)) {
        let [steps, _] = self.output;
        let mask = mask.map(|mask| &mask[row * steps..][..steps]);
        if mask.is_none() && !self.layer.use_causal_mask {
            return;
        }
        let counts = |step: usize| mask.is_none_or(|mask| mask[step] != 0.0);
        for query in 0..steps {
            for key in 0..steps {
                let later = self.layer.use_causal_mask && key > query;
                if later || !counts(query) || !counts(key) {
                    hide(query * steps + key);
                }
            }
        }
    }

    /// The kernels and biases of query, key, value and output.
    fn parts<'a>(&self, mut weights: &'a [f32]) -> [(&'a [f32], Option<&'a [f32]>); 4] {
        let [_, features] = self.output;
        let (keys, values) = (self.heads * self.keys, self.heads * self.values);
        let shapes = [(features, keys), (features, keys), (features, values), (values, features)];
        shapes.map(|(from, to)| {
            let (kernel, rest) = weights.split_at(from * to);
            let (bias, rest) = rest.split_at(if self.layer.use_bias { to } else { 0 });
            weights = rest;
            (kernel, self.layer.use_bias.then_some(bias))
        })
    }

    fn parts_mut<'a>(&self, weights: &'a mut [f32]) -> [(&'a mut [f32], &'a mut [f32]); 4] {
        let [_, features] = self.output;
        let (keys, values) = (self.heads * self.keys, self.heads * self.values);
        let shapes = [(features, keys), (features, keys), (features, values), (values, features)];
        let mut rest = weights;
        shapes.map(|(from, to)| {
            let bias = if self.layer.use_bias { to } else { 0 };
            let (part, after) = std::mem::take(&mut rest).split_at_mut(from * to + bias);
            rest = after;
            part.split_at_mut(from * to)
        })
    }
}

/// The score of a step that is not looked at, as Keras' `dot_product_attention` has it: a row of
/// nothing else becomes even.
const HIDDEN: f32 = -0.7 * f32::MAX;

/// `y = x kernel + bias`, for as many rows as there are.
fn product(x: &[f32], from: usize, (kernel, bias): (&[f32], Option<&[f32]>), y: &mut [f32]) {
    let to = kernel.len() / from;
    if let Some(bias) = bias {
        y.chunks_exact_mut(to).for_each(|row| row.copy_from_slice(bias));
    }
    let shape = [y.len() / to, to, from];
    matmul(shape, Matrix::rows(x, from), Matrix::rows(kernel, to), y, bias.is_some());
}

/// Writes the gradients of such a product by kernel and bias.
fn by_weights(x: &[f32], from: usize, dy: &[f32], (kernel, bias): (&mut [f32], &mut [f32])) {
    let to = kernel.len() / from;
    let shape = [from, to, dy.len() / to];
    matmul(shape, Matrix::transposed(x, from), Matrix::rows(dy, to), kernel, false);
    if !bias.is_empty() {
        bias.fill(0.0);
        add_columns(dy, bias);
    }
}

/// The gradient by what goes into such a product, added if `more`.
fn by_input(dy: &[f32], kernel: &[f32], from: usize, dx: &mut [f32], more: bool) {
    let to = kernel.len() / from;
    let shape = [dy.len() / to, from, to];
    matmul(shape, Matrix::rows(dy, to), Matrix::transposed(kernel, to), dx, more);
}

/// Puts rows of `width` into every `stride`-th place.
fn spread(rows: &[f32], width: usize, stride: usize, to: &mut [f32]) {
    for (row, to) in rows.chunks_exact(width).zip(to.chunks_mut(stride)) {
        to[..width].copy_from_slice(row);
    }
}

impl Op for AttentionOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn weights(&self) -> &[WeightSpec] {
        &self.weights
    }

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Passes
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
        self.lengths(1).iter().sum()
    }

    fn scratch_for(&self, rows: usize) -> usize {
        self.lengths(rows).iter().sum()
    }

    fn activity_regularizer(&self) -> Regularizer {
        self.layer.activity_regularizer
    }

    fn writes_gradients(&self) -> bool {
        true
    }

    fn work(&self) -> usize {
        let [steps, features] = self.output;
        let width = self.heads * (self.keys + self.values);
        2 * steps * width * features + steps * steps * width
    }

    fn forward(&self, pass: Forward<'_>) {
        let [steps, features] = self.output;
        let (heads, d, v) = (self.heads, self.keys, self.values);
        let kept = self.kept(pass.scratch, pass.rows);
        let [query, key, value, output] = self.parts(pass.weights);
        product(pass.x, features, query, kept.query);
        product(pass.x, features, key, kept.key);
        product(pass.x, features, value, kept.value);
        let scale = 1.0 / (d as f32).sqrt();
        let queries = &mut *kept.query;
        vectorized(|| queries.iter_mut().for_each(|q| *q *= scale));
        fill_mask(kept.mask, self.layer.dropout, pass.training.then_some(pass.seed));
        for row in 0..pass.rows {
            for head in 0..heads {
                let (at, to) = ((row * steps * heads + head) * d, (row * steps * heads + head) * v);
                let queries = Matrix::strided(&kept.query[at..], heads * d, 1);
                let keys = Matrix::strided(&kept.key[at..], 1, heads * d);
                let values = Matrix::strided(&kept.value[to..], heads * v, 1);
                let place = (row * heads + head) * steps * steps..;
                let shares = &mut kept.shares[place.clone()][..steps * steps];
                matmul([steps, steps, d], queries, keys, shares, false);
                self.each_hidden(pass.mask, row, |at| shares[at] = HIDDEN);
                Activation::Softmax.apply(shares, steps);
                let shares = if kept.mask.is_empty() {
                    &*shares
                } else {
                    let dropped = &mut kept.dropped[place.clone()][..steps * steps];
                    let mask = &kept.mask[place];
                    dropped
                        .iter_mut()
                        .zip(shares.iter().zip(mask))
                        .for_each(|(t, (s, m))| *t = s * m);
                    &*dropped
                };
                let room = &mut kept.room[..steps * v];
                matmul([steps, v, steps], Matrix::rows(shares, steps), values, room, false);
                spread(room, v, heads * v, &mut kept.found[to..]);
            }
        }
        product(kept.found, heads * v, output, pass.y);
    }

    fn backward(&self, pass: Backward<'_>) {
        let [steps, features] = self.output;
        let (heads, d, v) = (self.heads, self.keys, self.values);
        let kept = self.kept(pass.scratch, pass.rows);
        let [query, key, value, output] = self.parts(pass.weights);
        let [to_query, to_key, to_value, to_output] = self.parts_mut(pass.gradients);
        by_weights(kept.found, heads * v, pass.dy, to_output);
        by_input(pass.dy, output.0, heads * v, kept.by_found, false);
        for row in 0..pass.rows {
            for head in 0..heads {
                let (at, to) = ((row * steps * heads + head) * d, (row * steps * heads + head) * v);
                let (by_key, by_value) = (heads * d, heads * v);
                let place = (row * heads + head) * steps * steps..;
                let shares = &kept.shares[place.clone()][..steps * steps];
                let dropped = if kept.mask.is_empty() {
                    shares
                } else {
                    &kept.dropped[place.clone()][..steps * steps]
                };
                let by_found = Matrix::strided(&kept.by_found[to..], by_value, 1);
                let room = &mut kept.room[..steps * v];
                matmul(
                    [steps, v, steps],
                    Matrix::transposed(dropped, steps),
                    by_found,
                    room,
                    false,
                );
                spread(room, v, by_value, &mut kept.by_value[to..]);
                let values = Matrix::strided(&kept.value[to..], 1, by_value);
                let by_shares = &mut *kept.by_shares;
                matmul([steps, steps, v], by_found, values, by_shares, false);
                if !kept.mask.is_empty() {
                    by_shares.iter_mut().zip(&kept.mask[place]).for_each(|(d, m)| *d *= m);
                }
                Activation::Softmax.backward(shares, &[], by_shares, steps);
                self.each_hidden(pass.mask, row, |at| by_shares[at] = 0.0);
                let room = &mut kept.room[..steps * d];
                let keys = Matrix::strided(&kept.key[at..], by_key, 1);
                matmul([steps, d, steps], Matrix::rows(by_shares, steps), keys, room, false);
                spread(room, d, by_key, &mut kept.by_query[at..]);
                let queries = Matrix::strided(&kept.query[at..], by_key, 1);
                let turned = Matrix::transposed(by_shares, steps);
                matmul([steps, d, steps], turned, queries, room, false);
                spread(room, d, by_key, &mut kept.by_key[at..]);
            }
        }
        let scale = 1.0 / (d as f32).sqrt();
        let by_query = &mut *kept.by_query;
        vectorized(|| by_query.iter_mut().for_each(|q| *q *= scale));
        by_weights(pass.x, features, kept.by_query, to_query);
        by_weights(pass.x, features, kept.by_key, to_key);
        by_weights(pass.x, features, kept.by_value, to_value);
        if let Some(dx) = pass.dx {
            by_input(kept.by_query, query.0, features, dx, false);
            by_input(kept.by_key, key.0, features, dx, true);
            by_input(kept.by_value, value.0, features, dx, true);
        }
    }
}
