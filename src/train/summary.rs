//! The table of a model's layers, as Keras prints it.

use super::model::Model;
use crate::html::escape;
use crate::loss::MeanSquaredError;
use crate::nn::{Functional, Place, Port, Recipe, Sequential};
use crate::optim::Sgd;
use std::fmt;
use std::ops::Range;

/// The result of [`Model::summary`]: a line for each layer, and the parameter counts.
#[derive(Clone, PartialEq)]
pub struct Summary {
    name: String,
    /// Name and class, output shape, parameters, whose outputs it takes.
    layers: Vec<[String; 4]>,
    /// Whether the last of these is shown, as Keras does where layers branch.
    connected: bool,
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
        let (connected, rows) = match &self.recipe {
            Recipe::Functional(graph) => {
                let places = graph.places().unwrap_or_default();
                let once = places.iter().enumerate().filter(|(_, place)| place.repeats.is_none());
                let rows = once.map(|(i, _)| self.row(i, &places)).collect();
                (!self.network.is_chain(), rows)
            }
            Recipe::Sequential(_) => {
                let rows = self.network.layers().iter();
                (
                    false,
                    rows.map(|l| row(&l.name, &l.class_name, l.op.output(), l.weights.len()))
                        .collect(),
                )
            }
        };
        // Keras counts the step number and the learning rate with the optimiser.
        let trainable: usize = self.network.trainable().iter().map(Range::len).sum();
        let more = [&self.state.average, &self.state.accumulated];
        let more = more.iter().filter(|kept| !kept.is_empty()).count();
        let kept = (self.optimizer.rule.slots() + more) * trainable + 2;
        Summary {
            name: self.recipe.name().into(),
            layers: rows,
            connected,
            trainable,
            frozen: self.network.weight_count() - trainable,
            optimizer: (self.state.steps > 0).then_some(kept),
        }
    }
}

impl Model {
    /// The row of an input or a layer of a graph. Of a shared layer, as Keras has it, the shape is
    /// that of its last use, and what all uses take stands there.
    fn row(&self, at: usize, all: &[Place]) -> [String; 4] {
        let mut uses: Vec<&Place> = vec![&all[at]];
        uses.extend(all.iter().filter(|place| place.repeats == Some(at)));
        uses.sort_by_key(|place| place.index);
        let place = uses[uses.len() - 1];
        let (shape, weights) = match place.port {
            Port::Input(input) => (self.network.inputs()[input].shape.as_slice(), 0),
            Port::Layer(layer) => {
                let layer = &self.network.layers()[layer];
                (layer.op.output(), layer.weights.len())
            }
        };
        let mut row = row(&place.name, &place.class_name, shape, weights);
        let from = uses.iter().flat_map(|place| &place.inputs).map(|from| &all[*from]);
        let from = from.map(|from| format!("{}[{}][0]", from.name, from.index));
        let from = from.collect::<Vec<_>>().join(", ");
        row[3] = if from.is_empty() { "-".into() } else { from };
        row
    }
}

fn row(name: &str, class_name: &str, shape: &[usize], weights: usize) -> [String; 4] {
    let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
    let shape = format!("(None, {})", shape.join(", "));
    [format!("{name} ({class_name})"), shape, thousands(weights), String::new()]
}

impl Functional {
    /// The layers with their output shapes, parameters and connections.
    ///
    /// # Errors
    /// If the layers do not fit together.
    pub fn summary(&self) -> crate::Result<Summary> {
        let model = self.compile(Sgd::default(), MeanSquaredError::new(), ())?;
        Ok(model.summary())
    }
}

impl Sequential {
    /// The layers with their output shapes and parameters.
    ///
    /// # Errors
    /// If the layers do not fit together.
    pub fn summary(&self) -> crate::Result<Summary> {
        let model = self.compile(Sgd::default(), MeanSquaredError::new(), ())?;
        Ok(model.summary())
    }
}

/// Widths inside the borders; Keras' table is 76 characters wide outside a terminal.
const WIDTHS: [usize; 3] = [33, 24, 15];
/// The same where connections are shown.
const CONNECTED_WIDTHS: [usize; 4] = [21, 19, 12, 19];
const TITLES: [&str; 4] = ["Layer (type)", "Output Shape", "Param #", "Connected to"];
/// The column of numbers, which stand to the right.
const NUMBERS: usize = 2;

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

    fn widths(&self) -> &'static [usize] {
        if self.connected { &CONNECTED_WIDTHS } else { &WIDTHS }
    }

    /// The table as HTML.
    pub fn to_html(&self) -> String {
        let columns = self.widths().len();
        let left = " style=\"text-align:left\"";
        let titles = TITLES[..columns].iter().map(|t| format!("<th{left}>{t}</th>"));
        let mut html = format!(
            "<b>Model: \"{}\"</b><table><thead><tr>{}</tr></thead><tbody>",
            escape(&self.name),
            titles.collect::<String>()
        );
        for row in &self.layers {
            let cells = row[..columns].iter().enumerate().map(|(i, cell)| {
                let style = if i == NUMBERS { "" } else { left };
                format!("<td{style}>{}</td>", escape(cell))
            });
            html += &format!("<tr>{}</tr>", cells.collect::<String>());
        }
        html += "</tbody></table>";
        for (what, n) in self.totals() {
            html += &format!("{what}: <b>{}</b> ({})<br>", thousands(n), bytes(n));
        }
        html
    }
}

crate::html::debug_as_display!(Summary);

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let rule = |left: &str, line: &str, middle: &str, right: &str| {
            let lines: Vec<String> = widths.iter().map(|w| line.repeat(*w)).collect();
            format!("{left}{}{right}", lines.join(middle))
        };
        writeln!(f, "Model: \"{}\"", self.name)?;
        writeln!(f, "{}", rule("┏", "━", "┳", "┓"))?;
        write_row(f, "┃", widths, &TITLES.map(String::from))?;
        writeln!(f, "{}", rule("┡", "━", "╇", "┩"))?;
        for (i, row) in self.layers.iter().enumerate() {
            if i > 0 {
                writeln!(f, "{}", rule("├", "─", "┼", "┤"))?;
            }
            write_row(f, "│", widths, row)?;
        }
        write!(f, "{}", rule("└", "─", "┴", "┘"))?;
        for (what, n) in self.totals() {
            write!(f, "\n {what}: {} ({})", thousands(n), bytes(n))?;
        }
        Ok(())
    }
}

/// One row, over several lines where a cell is too long for its column.
fn write_row(
    f: &mut fmt::Formatter<'_>,
    border: &str,
    widths: &[usize],
    cells: &[String; 4],
) -> fmt::Result {
    let parts: Vec<Vec<String>> =
        cells.iter().zip(widths).map(|(cell, width)| wrap(cell, width - 2)).collect();
    for line in 0..parts.iter().map(Vec::len).max().unwrap_or(0) {
        for (i, (part, width)) in parts.iter().zip(widths).enumerate() {
            let text = part.get(line).map_or("", String::as_str);
            let inner = width - 2;
            let right = i == NUMBERS;
            let cell = if right { format!("{text:>inner$}") } else { format!("{text:<inner$}") };
            write!(f, "{border} {cell} ")?;
        }
        writeln!(f, "{border}")?;
    }
    Ok(())
}

/// Broken at spaces; of a word that is too long for a line the end is left out, as in Keras' table.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let long = word.chars().count() > width;
        let cut: String = word.chars().take(width - 1).chain(['…']).collect();
        let word = if long { &cut } else { word };
        let last = lines.last_mut().expect("there is always a line");
        let used = last.chars().count();
        if used == 0 {
            *last = word.to_string();
        } else if used + 1 + word.chars().count() <= width {
            *last = format!("{last} {word}");
        } else {
            lines.push(word.to_string());
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
    fn long_names_are_cut_and_html_escaped() {
        assert_eq!(wrap("abcdefgh ij (Class)", 6), ["abcde…", "ij", "(Clas…"]);
        assert_eq!(wrap("a bc def", 4), ["a bc", "def"]);
        let mut summary = sleep().summary().unwrap();
        summary.layers[0][0] = "<script>".into();
        assert!(summary.to_html().contains("&lt;script&gt;"));
    }
}
