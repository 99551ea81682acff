//! The table of a model's layers, as Keras prints it.

use super::model::Model;
use crate::html::escape;
use crate::nn::Sequential;
use std::fmt;
use std::ops::Range;

/// The result of [`Model::summary`]: a line for each layer, and the parameter counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    name: String,
    /// Name and class, output shape, parameters.
    layers: Vec<[String; 3]>,
    trainable: usize,
    frozen: usize,
    /// Known once the model has been fitted, as in Keras.
    optimizer: Option<usize>,
}

impl Model {
    /// The layers with their output shapes and parameter counts; after a fit also the optimiser's
    /// state.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let model = Sequential::new([25])
    ///     .add(Dense::new(8).activation(Relu))
    ///     .add(Dense::new(3).activation(Softmax))
    ///     .compile(Adam::new(0.001), CategoricalCrossentropy::new(), ())?;
    /// assert!(model.summary().to_string().contains("Total params: 235"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn summary(&self) -> Summary {
        let layers = self.network.layers().iter().map(|layer| {
            let shape: Vec<String> = layer.op.output().iter().map(usize::to_string).collect();
            [
                format!("{} ({})", layer.name, layer.class_name),
                format!("(None, {})", shape.join(", ")),
                thousands(layer.weights.len()),
            ]
        });
        // Keras counts the step number and the learning rate with the optimiser.
        let trainable: usize = self.network.trainable().iter().map(Range::len).sum();
        let more = [&self.state.average, &self.state.accumulated];
        let more = more.iter().filter(|kept| !kept.is_empty()).count();
        let kept = (self.optimizer.rule.slots() + more) * trainable + 2;
        Summary {
            name: "sequential".into(),
            layers: layers.collect(),
            trainable,
            frozen: self.network.weight_count() - trainable,
            optimizer: (self.state.steps > 0).then_some(kept),
        }
    }
}

impl Sequential {
    /// The layers with their output shapes and parameters.
    ///
    /// # Errors
    /// If the layers do not fit together.
    pub fn summary(&self) -> crate::Result<Summary> {
        let model =
            self.compile(crate::optim::Sgd::default(), crate::loss::MeanSquaredError::new(), ())?;
        Ok(model.summary())
    }
}

/// Widths inside the borders; Keras' table is 76 characters wide outside a terminal.
const WIDTHS: [usize; 3] = [33, 24, 15];
const TITLES: [&str; 3] = ["Layer (type)", "Output Shape", "Param #"];

impl Summary {
    /// The counts below the table: what, how many.
    fn totals(&self) -> Vec<(&'static str, usize)> {
        let mut lines = vec![
            ("Total params", self.trainable + self.frozen + self.optimizer.unwrap_or(0)),
            ("Trainable params", self.trainable),
            ("Non-trainable params", self.frozen),
        ];
        lines.extend(self.optimizer.map(|n| ("Optimizer params", n)));
        lines
    }

    /// The table as HTML.
    pub fn to_html(&self) -> String {
        let mut html = format!(
            "<b>Model: \"{}\"</b><table><thead><tr>{}</tr></thead><tbody>",
            escape(&self.name),
            TITLES.map(|t| format!("<th style=\"text-align:left\">{t}</th>")).concat()
        );
        for [layer, shape, params] in &self.layers {
            html += &format!(
                "<tr><td style=\"text-align:left\">{}</td><td style=\"text-align:left\">{}</td>\
                 <td>{params}</td></tr>",
                escape(layer),
                escape(shape)
            );
        }
        html += "</tbody></table>";
        for (what, n) in self.totals() {
            html += &format!("{what}: <b>{}</b> ({})<br>", thousands(n), bytes(n));
        }
        html
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = |left: &str, line: &str, middle: &str, right: &str| {
            format!("{left}{}{right}", WIDTHS.map(|w| line.repeat(w)).join(middle))
        };
        writeln!(f, "Model: \"{}\"", self.name)?;
        writeln!(f, "{}", rule("┏", "━", "┳", "┓"))?;
        write_row(f, "┃", &TITLES.map(String::from))?;
        writeln!(f, "{}", rule("┡", "━", "╇", "┩"))?;
        for (i, row) in self.layers.iter().enumerate() {
            if i > 0 {
                writeln!(f, "{}", rule("├", "─", "┼", "┤"))?;
            }
            write_row(f, "│", row)?;
        }
        write!(f, "{}", rule("└", "─", "┴", "┘"))?;
        for (what, n) in self.totals() {
            write!(f, "\n {what}: {} ({})", thousands(n), bytes(n))?;
        }
        Ok(())
    }
}

/// One row, over several lines where a cell is too long for its column.
fn write_row(f: &mut fmt::Formatter<'_>, border: &str, cells: &[String; 3]) -> fmt::Result {
    let mut parts: [Vec<String>; 3] = Default::default();
    for ((cell, part), width) in cells.iter().zip(&mut parts).zip(WIDTHS) {
        *part = wrap(cell, width - 2);
    }
    for line in 0..parts.iter().map(Vec::len).max().unwrap_or(0) {
        for (i, (part, width)) in parts.iter().zip(WIDTHS).enumerate() {
            let text = part.get(line).map_or("", String::as_str);
            let inner = width - 2;
            let cell = if i == 2 { format!("{text:>inner$}") } else { format!("{text:<inner$}") };
            write!(f, "{border} {cell} ")?;
        }
        writeln!(f, "{border}")?;
    }
    Ok(())
}

/// Broken at spaces, and inside words that are too long for a line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        loop {
            let last = lines.last_mut().expect("there is always a line");
            let used = last.chars().count();
            let gap = usize::from(used > 0);
            if used + gap + word.len() <= width {
                last.push_str(&" ".repeat(gap));
                last.extend(&word);
                break;
            }
            if used > 0 {
                lines.push(String::new());
            } else {
                last.extend(word.drain(..width));
                lines.push(String::new());
            }
        }
    }
    lines
}

/// 1234567 as 1,234,567.
fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// The memory of this many `f32`, in Keras' units.
fn bytes(n: usize) -> String {
    let mut size = (n * 4) as f64;
    for unit in ["B", "KB", "MB", "GB"] {
        if size < 1024.0 {
            return format!("{size:.2} {unit}");
        }
        size /= 1024.0;
    }
    format!("{size:.2} TB")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    fn golden(name: &str) -> String {
        let text = include_str!("../../tests/golden/keras-summaries.json");
        let all: serde_json::Value = serde_json::from_str(text).unwrap();
        let lines = all[name].as_str().unwrap().lines().map(str::trim_end);
        lines.filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn sleep() -> Sequential {
        Sequential::new([25])
            .add(Dense::new(8).activation(Relu))
            .add(Dense::new(8).activation(Relu))
            .add(Dense::new(3).activation(Softmax))
    }

    fn mnist() -> Sequential {
        Sequential::new([784])
            .add(Dense::new(128).activation(Relu))
            .add(Dropout::new(0.3))
            .add(Dense::new(256).activation(Relu))
            .add(Dropout::new(0.3))
            .add(Dense::new(10))
            .add(Softmax)
    }

    #[test]
    fn is_keras_table_to_the_character() {
        for (name, net) in [("sleep", sleep()), ("mnist_dropout", mnist())] {
            let loss = CategoricalCrossentropy::new();
            let mut model = net.compile(Adam::default(), loss, ()).unwrap();
            assert_eq!(model.summary().to_string(), golden(&format!("{name}_plain")));
            assert_eq!(net.summary().unwrap(), model.summary());
            let x = Array::zeros([2, net.input_shape()[0]]).unwrap();
            let y = Array::zeros([2, model.network.output()[0]]).unwrap();
            model.fit((&x, &y), Fit::epochs(1).verbose(0)).unwrap();
            assert_eq!(model.summary().to_string(), golden(&format!("{name}_fitted")));
        }
    }

    #[test]
    fn long_names_are_wrapped_and_html_escaped() {
        assert_eq!(wrap("abcdefgh ij (Class)", 6), ["abcdef", "gh ij", "(Class", ")"]);
        let mut summary = sleep().summary().unwrap();
        summary.layers[0][0] = "<script>".into();
        assert!(summary.to_html().contains("&lt;script&gt;"));
    }
}
