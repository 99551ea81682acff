//! Advice before a fit begins, if the model or its data look like a mistake.

use super::model::Model;
use super::preparing::{Prepared, Rows};
use crate::data::Targets;
use crate::nn::Activation::{self, HardSigmoid, Sigmoid, Softmax};

/// Layers that have an activation setting. Other layers may apply an activation in custom code.
const KNOWN: [&str; 3] = ["Dense", "Conv2D", "Activation"];

impl Model {
    /// A line for each probable mistake.
    pub(super) fn advice(&self, prepared: &Prepared<'_>) -> Vec<String> {
        let rows = [Some(&prepared.data), prepared.validation.as_ref()];
        let targets = rows.into_iter().flatten().find_map(|rows| {
            let samples = rows.samples();
            self.loss.0.odd_target(samples.y.data(), samples.y.row_len())
        });
        let frozen = self.all_frozen();
        let columns = blurred(&prepared.data);
        let blurred = self.blurred_targets(&prepared.data);
        [self.softmax_of_one(), self.missing_activation(), targets, columns, blurred, frozen]
            .into_iter()
            .flatten()
            .map(|line| format!("note: {line}"))
            .collect()
    }

    fn softmax_of_one(&self) -> Option<String> {
        let is_one =
            |op: &dyn crate::nn::Op| op.activation() == Softmax && op.output().last() == Some(&1);
        let layer = self.network.layers().iter().find(|layer| is_one(&*layer.op))?;
        Some(format!(
            "layer '{}' has a softmax over a single output, which is 1 whatever the input; two classes \
             take two outputs, or Dense::new(1).activation(Sigmoid)",
            layer.name
        ))
    }

    /// Targets that `f32` cannot tell apart: scaled ones are trained on as they are, but what is
    /// predicted and measured is `f32`.
    fn blurred_targets(&self, rows: &Rows<'_>) -> Option<String> {
        let Rows::Dataset(data) = rows else { return None };
        let scaled = |(scale, offset): (Vec<f64>, Vec<f64>)| {
            let blurred = |(s, o): (&f64, &f64)| o.abs() * f64::from(f32::EPSILON) > 0.02 * s;
            scale.iter().zip(&offset).position(blurred)
        };
        let place = data.prepared().target_units().and_then(scaled);
        let named = place.and_then(|place| match data.targets() {
            Targets::Values(names) => names.get(place).cloned(),
            _ => None,
        });
        let name = named.or_else(|| data.blurred_target())?;
        Some(format!(
            "the values of the target '{name}' lie so close together, far from 0, that f32 cannot tell \
             them apart, and predictions and metrics are f32; count them from a value near them, as \
             seconds since the first row"
        ))
    }

    fn all_frozen(&self) -> Option<String> {
        let frozen = self.network.trainable().is_empty() && self.network.weight_count() > 0;
        let text = "all layers that have weights are frozen: this fit changes nothing; \
                    unfreeze(\"dense\") lets it change one, unfreeze(..) all";
        frozen.then(|| text.to_string())
    }

    fn missing_activation(&self) -> Option<String> {
        let last = self.network.last()?;
        let found = last.op.activation();
        if let Some(taken) = self.loss.0.takes_logits()
            && [Sigmoid, HardSigmoid, Softmax].contains(&found)
        {
            return Some(format!(
                "{} takes logits, and the {taken:?} of them itself, but the last layer, '{}', ends with \
                 {found:?} already; leave that activation out, or from_logits(true)",
                self.loss, last.name
            ));
        }
        let wanted = self.loss.0.takes_probabilities()?;
        let known = KNOWN.contains(&last.class_name.as_str());
        if !known || [Sigmoid, HardSigmoid, Softmax].contains(&found) {
            return None;
        }
        let name = |activation: Activation| format!("{activation:?}");
        Some(format!(
            "{} takes probabilities, and the last layer, '{}', ends with {}; end it with \
             .activation({})",
            self.loss,
            last.name,
            if found == Activation::Linear { "no activation".to_string() } else { name(found) },
            name(wanted)
        ))
    }
}

/// Columns that `f32` cannot tell apart, where nothing has scaled them.
fn blurred(rows: &Rows<'_>) -> Option<String> {
    let Rows::Dataset(data) = rows else { return None };
    let column = data.blurred_column()?;
    Some(format!(
        "the values of column '{column}' lie so close together, far from 0, that f32 cannot tell them \
         apart; scale them by Fit::prepare(Pipeline::new().standard_scaler())"
    ))
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    fn said(net: Sequential, loss: &str, y: Vec<f32>, width: usize) -> Vec<String> {
        let mut model = net.compile("adam", loss, ()).unwrap();
        let rows = y.len() / width;
        let x = Array::new([rows, 2], (0..2 * rows).map(|v| v as f32).collect()).unwrap();
        let y = Array::new([rows, width], y).unwrap();
        // Printed, and once for a model and its clones.
        for model in [&mut model.clone(), &mut model] {
            model.fit((&x, &y), Fit::epochs(1)).unwrap();
        }
        model.said.all()
    }

    fn net(units: usize, activation: Activation) -> Sequential {
        Sequential::new([2]).add(Dense::new(units).activation(activation))
    }

    /// Training works on such targets, but no f32 can be the prediction of one.
    #[test]
    fn targets_that_f32_cannot_tell_apart_are_named() {
        let column = |f: fn(f64) -> f64| (0..40).map(|i| f(f64::from(i))).collect::<Vec<_>>();
        let frame = crate::polars::df!(
            "row" => column(|i| i / 40.0),
            "time" => column(|i| 1_700_000_000.0 + i),
            "age" => column(|i| 20.0 + i)
        );
        let table = Table::from_dataframe(frame.unwrap()).unwrap();
        for (target, scaled, lines) in
            [("time", true, 1), ("time", false, 1), ("age", true, 0), ("age", false, 0)]
        {
            let data = Dataset::regression(&table, [target], ["row"]).unwrap();
            let net = Sequential::new([1]).add(Dense::new(1));
            let mut model = net.compile(Adam::new(0.1), "mse", ()).unwrap();
            let steps = Pipeline::new().standard_scaler();
            let steps = if scaled { steps.scale_targets() } else { steps };
            model.fit(&data, Fit::epochs(200).batch_size(40).verbose(2).prepare(steps)).unwrap();
            let said = model.said.all();
            let named = said.iter().filter(|line| line.contains(&format!("'{target}'")));
            assert_eq!(named.count(), lines, "{target} {scaled}: {said:?}");
            // The regression line is computed from differences between rows.
            let loss = model.history().get("loss").unwrap().last().copied().unwrap();
            assert!(!scaled || loss < 0.01, "{target}: {loss}");
        }
    }

    #[test]
    fn a_line_where_something_is_probably_not_meant() {
        let has = |said: Vec<String>, words: &[&str]| {
            assert_eq!(said.len(), words.len(), "{said:?}");
            for words in words {
                assert!(said.iter().any(|line| line.contains(words)), "{said:?}");
            }
        };
        let bits = || vec![0.0, 1.0, 1.0, 0.0];
        let bce = "binary_crossentropy";
        has(said(net(1, Softmax), bce, bits(), 1), &["'dense' has a softmax over a single output"]);
        has(said(net(1, Sigmoid), bce, bits(), 1), &[]);
        has(said(net(1, Linear), bce, bits(), 1), &["'dense', ends with no activation"]);
        has(
            said(net(1, Tanh), bce, bits(), 1),
            &["ends with Tanh; end it with .activation(Sigmoid)"],
        );
        has(said(net(1, Sigmoid), bce, vec![-1.0, 1.0, 1.0, -1.0], 1), &["row 0 is -1"]);
        has(said(net(1, Sigmoid), bce, vec![0.0, 1.0, 255.0, 3.0], 1), &["row 2 is 255"]);
        let cce = "categorical_crossentropy";
        has(said(net(2, Linear), cce, bits(), 2), &[".activation(Softmax)"]);
        has(said(net(2, Softmax), cce, bits(), 2), &[]);
        has(said(net(2, Softmax), cce, vec![0.0, 1.0, 1.0, 1.0], 2), &["row 1 add up to 2"]);
        let sparse = "sparse_categorical_crossentropy";
        has(said(net(2, Relu), sparse, bits(), 1), &["ends with Relu"]);
        has(said(net(1, Linear), "mse", vec![-3.0, 255.0], 1), &[]);
        has(said(net(1, Linear), "poisson", vec![1.0, -2.0], 1), &["row 1 is -2"]);
        has(said(net(1, Linear), "hinge", vec![1.0, -2.0], 1), &["row 1 is -2"]);
        // An activation that is a layer is seen; other layers may end with one in custom code.
        let layer = net(2, Linear).add(Softmax);
        has(said(layer, cce, bits(), 2), &[]);
        has(said(net(2, Linear).add(Dropout::new(0.1)), cce, bits(), 2), &[]);
    }
}
