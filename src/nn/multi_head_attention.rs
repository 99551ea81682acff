//! Attention of a sequence to itself or to another one: the settings.

use super::attention::{Attention, Side};
use super::graph::{Merge, Node};
use super::inbound::{ATTENTION, CAUSAL};
use super::layer::{Layer, Op};
use super::settings::{WeightSettings, sum_settings, weight_settings};
use super::size::{LONGEST, sequence};
use super::{Initializer, Regularizer};
use crate::config::{Config, Settings, configured, within, wrong};
use crate::error::{Error, Result};
use serde_json::json;
use std::sync::Arc;

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
/// With [`attend`](Self::attend) a sequence looks at another one, as a translation at its original.
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

    /// What the steps of `query` find in those of `value`, as Keras'
    /// `MultiHeadAttention(2, 4)(query, value)`: as many steps and features as `query` has. Masked
    /// steps of `value` are not looked at; the output has the mask of `query`.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let (sentence, original) = (Input::new([5, 8]), Input::new([7, 6]));
    /// let seen = MultiHeadAttention::new(2, 4).attend(&sentence, &original);
    /// assert_eq!(seen.shape()?, [5, 8]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn attend(self, query: &Node, value: &Node) -> Node {
        if query.is(value) {
            return self.apply(query);
        }
        Node::of_merge(Arc::new(CrossAttention(self)), vec![query.clone(), value.clone()])
    }

    /// The same with keys of a sequence of their own, which has as many steps as `value`: Keras'
    /// `MultiHeadAttention(2, 4)(query, value, key)`.
    pub fn attend_by_key(self, query: &Node, value: &Node, key: &Node) -> Node {
        if value.is(key) {
            return self.attend(query, value);
        }
        let inputs = vec![query.clone(), value.clone(), key.clone()];
        Node::of_merge(Arc::new(CrossAttention(self)), inputs)
    }

    /// The operation for a query, a value and a key of these shapes; the key is the value where it is
    /// not there, and the value the query.
    fn op(&self, inputs: &[&[usize]]) -> Result<Box<dyn Op>> {
        let values = self.value_dim.unwrap_or(self.key_dim);
        let sizes =
            [("number of heads", self.num_heads), ("key_dim", self.key_dim), ("value_dim", values)];
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
        let mut sides = Vec::with_capacity(inputs.len());
        for input in inputs {
            let [steps, features] = sequence(ATTENTION, input)?;
            if steps > LONGEST {
                let expected = format!("at most {LONGEST} steps");
                return Err(Error::shape(ATTENTION, input, expected));
            }
            sides.push(Side { steps, features });
        }
        if let [_, value, key] = sides[..]
            && value.steps != key.steps
        {
            let expected = format!("it is the key of a value of {} steps", value.steps);
            return Err(Error::shape(ATTENTION, inputs[2], expected));
        }
        let query = sides[0];
        let value = sides.get(1).copied().unwrap_or(query);
        let key = sides.get(2).copied().unwrap_or(value);
        let (heads, keys) = (self.num_heads, self.key_dim);
        let mut weights = Vec::new();
        let mut add = |[kernel, bias]: [&'static str; 2], from: &[usize], to: &[usize]| {
            weights.push(self.kernel.spec(kernel, [from, to].concat()));
            if self.use_bias {
                weights.push(self.bias.spec(bias, to));
            }
        };
        add(["query_kernel", "query_bias"], &[query.features], &[heads, keys]);
        add(["key_kernel", "key_bias"], &[key.features], &[heads, keys]);
        add(["value_kernel", "value_bias"], &[value.features], &[heads, values]);
        add(["output_kernel", "output_bias"], &[heads, values], &[query.features]);
        Ok(Box::new(Attention {
            query,
            value,
            key,
            inputs: inputs.len(),
            output: [query.steps, query.features],
            heads,
            keys,
            values,
            dropout: self.dropout,
            causal: self.use_causal_mask,
            use_bias: self.use_bias,
            activity_regularizer: self.activity_regularizer,
            weights,
        }))
    }

    /// The layer from its configuration, for a query and a value, or a key as well.
    pub(in crate::nn) fn read_cross(config: &Config) -> Result<Arc<dyn Merge>> {
        let reader = config.reader();
        Ok(Arc::new(CrossAttention(<Self as crate::config::Configured>::read(&reader)?)))
    }
}

/// Attention of a sequence to another one.
#[derive(Clone, Debug)]
struct CrossAttention(MultiHeadAttention);

impl Merge for CrossAttention {
    fn class_name(&self) -> &str {
        ATTENTION
    }

    fn build(&self, inputs: &[&[usize]]) -> Result<Box<dyn Op>> {
        self.0.op(inputs)
    }

    fn config(&self) -> Result<Config> {
        Layer::config(&self.0)
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
        self.op(&[input])
    }
}
