//! A fitted pipeline as the first operations of a graph.

mod hog;
mod tables;

use super::has_none;
use crate::data::{Fitted, FittedPipeline};
use crate::error::{Error, Result};
use crate::io::onnx::{Attribute, Graph, Kind};
use tables::Texts;

/// Adds the inputs and the steps; gives back the value that the network takes, rows of this shape.
///
/// Steps are computed in double precision, as the library has them: of a large column with small
/// differences single precision would leave nothing.
pub(super) fn write(
    graph: &mut Graph,
    input: &str,
    pipeline: &FittedPipeline,
    shape: &[usize],
) -> Result<String> {
    if pipeline.is_empty() {
        graph.input(input, shape, Kind::Float);
        return Ok(input.to_string());
    }
    let texts = Texts::of(pipeline);
    let before = raw(pipeline, shape);
    let value = match pipeline.columns() {
        Some(columns) if !texts.is_empty() => texts.inputs(graph, columns)?,
        _ => {
            graph.input(input, &before, Kind::Float);
            cast(graph, input, Kind::Double)
        }
    };
    let mut rows = Rows { graph, texts: &texts, value, shape: before, step: String::new() };
    for (i, (step, columns)) in pipeline.parts().enumerate() {
        rows.step = format!("step_{}", i + 1);
        rows.pass(step, columns)?;
    }
    if rows.shape != shape {
        let expected = format!("the network takes rows of shape {shape:?}");
        return Err(Error::shape("the model's pipeline", &rows.shape, expected));
    }
    let value = rows.value;
    Ok(cast(graph, &value, Kind::Float))
}

fn cast(graph: &mut Graph, value: &str, to: Kind) -> String {
    graph.node("Cast", &[value], &[Attribute::Int("to", to as i64)])
}

/// Rows on their way through the steps, in double precision.
struct Rows<'a> {
    graph: &'a mut Graph,
    texts: &'a Texts,
    value: String,
    shape: Vec<usize>,
    /// What constants of the step are called by.
    step: String,
}

impl Rows<'_> {
    fn pass(&mut self, step: &Fitted, columns: &[String]) -> Result<()> {
        match step {
            Fitted::Standard(scaler) => self.line(scaler.mean(), scaler.scale()),
            Fitted::MinMax(scaler) => self.line(scaler.min(), scaler.range()),
            Fitted::Robust(scaler) => self.line(scaler.center(), scaler.scale()),
            // At the other end of the network.
            Fitted::Targets(..) => {}
            Fitted::Select(select) => self.choose(select.indices()),
            Fitted::Pca(pca) => {
                let [mean, components, _] = pca.parts();
                let (width, kept) = (mean.len(), pca.n_components());
                let scales = pca.scales();
                let turned = (0..width * kept).map(|at| {
                    let (column, component) = (at / kept, at % kept);
                    components[component * width + column] / scales[component]
                });
                let turned: Vec<f64> = turned.collect();
                let mean = self.doubles("mean", &[width], mean);
                let turned = self.doubles("components", &[width, kept], &turned);
                self.then("Sub", &mean);
                self.then("MatMul", &turned);
                self.shape = vec![kept];
            }
            Fitted::Hog(hog, Some(picture)) => self.hog(hog, picture)?,
            Fitted::Log1p => {
                let one = self.graph.double(1.0);
                self.then("Add", &one);
                self.value = self.graph.node("Log", &[&self.value], &[]);
            }
            Fitted::Power(power) => {
                self.yeo_johnson(&power.lambda);
                self.line(&power.mean, &power.scale);
            }
            Fitted::Impute(imputer) => self.impute(imputer, columns)?,
            Fitted::Encode(encoder) => self.encode(encoder, columns)?,
            Fitted::On(names, step) => self.on_some(names, step, columns)?,
            other @ (Fitted::Hog(_, None) | Fitted::ByHand(_)) => {
                let what = "Model::save_onnx: a step of the pipeline";
                let hint = match other {
                    Fitted::Hog(..) => {
                        "the file that the model was loaded from does not tell the shape of the \
                         pictures: fit the model again. Model::save_onnx_of_prepared writes the \
                         network alone"
                    }
                    _ => {
                        "Model::save_onnx_of_prepared writes the network alone, for rows that are \
                         prepared by Model::prepare"
                    }
                };
                return Err(has_none(what, other).hint(hint));
            }
        }
        Ok(())
    }

    fn doubles(&mut self, what: &str, shape: &[usize], values: &[f64]) -> String {
        self.graph.doubles(&format!("{}_{what}", self.step), shape, values)
    }

    fn ints(&mut self, what: &str, values: impl IntoIterator<Item = usize>) -> String {
        let values: Vec<i64> = values.into_iter().map(|v| v as i64).collect();
        self.graph.ints(&format!("{}_{what}", self.step), &values)
    }

    /// Puts an operation with this second operand behind.
    fn then(&mut self, op: &str, operand: &str) {
        self.value = self.graph.node(op, &[&self.value, operand], &[]);
    }

    /// `(x - offset) / scale`, column by column.
    fn line(&mut self, offset: &[f64], scale: &[f64]) {
        // A scaler sees a picture as a row of as many columns.
        let picture = offset.len() == self.shape.iter().product::<usize>();
        let axes = if picture { self.shape.clone() } else { vec![offset.len()] };
        let offset = self.doubles("offset", &axes, offset);
        let scale = self.doubles("scale", &axes, scale);
        self.then("Sub", &offset);
        self.then("Div", &scale);
    }

    /// The columns in these places.
    fn columns(&mut self, places: &[usize]) -> String {
        let places = self.ints("columns", places.iter().copied());
        self.graph.node("Gather", &[&self.value, &places], &[Attribute::Int("axis", 1)])
    }

    /// Leaves the columns in these places.
    fn choose(&mut self, places: &[usize]) {
        self.value = self.columns(places);
        self.shape = vec![places.len()];
    }

    /// The transform of Yeo and Johnson: one power for what is above 0, another for what is below,
    /// each of which leaves 0 where it is.
    fn yeo_johnson(&mut self, lambda: &[f64]) {
        let (graph, value) = (&mut *self.graph, &self.value);
        let zero = graph.double(0.0);
        let above = graph.node("Max", &[value, &zero], &[]);
        let below = graph.node("Neg", &[value], &[]);
        let below = graph.node("Max", &[&below, &zero], &[]);
        let above = self.power(&above, lambda);
        let below = self.power(&below, &lambda.iter().map(|l| 2.0 - l).collect::<Vec<_>>());
        self.value = self.graph.node("Sub", &[&above, &below], &[]);
    }

    /// `((1 + x)^λ - 1) / λ` of what is not negative, which is `ln(1 + x)` for a λ of 0.
    fn power(&mut self, x: &str, lambda: &[f64]) -> String {
        /// Below it the difference would lose too many digits, and three terms of the series are exact.
        const SMALL: f64 = 1e-5;
        let width = [lambda.len()];
        let is_small = |l: &f64| l.abs() < SMALL;
        let of = |f: &dyn Fn(&f64) -> f64| lambda.iter().map(f).collect::<Vec<f64>>();
        let exponent = self.doubles("lambda", &width, lambda);
        let divisor = of(&|l| if is_small(l) { 1.0 } else { *l });
        let divisor = self.doubles("divisor", &width, &divisor);
        let small = self.doubles("small", &width, &of(&|l| f64::from(is_small(l))));
        let large = self.doubles("large", &width, &of(&|l| f64::from(!is_small(l))));
        let [one, half, sixth] = [1.0, 0.5, 1.0 / 6.0].map(|v| self.graph.double(v));
        let graph = &mut *self.graph;
        let mut node = |op: &str, inputs: &[&str]| graph.node(op, inputs, &[]);
        let more = node("Add", &[x, &one]);
        let log = node("Log", &[&more]);
        let y = node("Mul", &[&log, &exponent]);
        // ln(1 + x) (1 + y/2 + y²/6)
        let terms = node("Mul", &[&y, &sixth]);
        let terms = node("Add", &[&terms, &half]);
        let terms = node("Mul", &[&terms, &y]);
        let terms = node("Add", &[&terms, &one]);
        let series = node("Mul", &[&terms, &log]);
        let series = node("Mul", &[&series, &small]);
        let grown = node("Exp", &[&y]);
        let direct = node("Sub", &[&grown, &one]);
        let direct = node("Div", &[&direct, &divisor]);
        let direct = node("Mul", &[&direct, &large]);
        node("Add", &[&direct, &series])
    }
}

/// Adds what takes the network's outputs to the targets' own units, in double precision likewise.
pub(super) fn unscale(graph: &mut Graph, value: String, pipeline: &FittedPipeline) -> String {
    let Some((scale, offset)) = pipeline.target_units() else { return value };
    let axes = [scale.len()];
    let scale = graph.doubles("targets_scale", &axes, &scale);
    let offset = graph.doubles("targets_offset", &axes, &offset);
    let value = cast(graph, &value, Kind::Double);
    let value = graph.node("Mul", &[&value, &scale], &[]);
    let value = graph.node("Add", &[&value, &offset], &[]);
    cast(graph, &value, Kind::Float)
}

/// The shape of a row before the steps, from that after them.
fn raw(pipeline: &FittedPipeline, after: &[usize]) -> Vec<usize> {
    let named = pipeline.columns().filter(|columns| !columns.is_empty());
    let hog = pipeline.parts().find_map(|(step, _)| match step {
        Fitted::Hog(_, picture) => picture.clone(),
        _ => None,
    });
    match (hog, named) {
        (Some(picture), _) => picture,
        (None, Some(columns)) => vec![columns.len()],
        (None, None) => {
            let steps: Vec<_> = pipeline.parts().map(|(step, _)| step).collect();
            steps.into_iter().rev().fold(after.to_vec(), |shape, step| match step {
                Fitted::Select(select) => vec![select.names().len()],
                Fitted::Pca(pca) => vec![pca.mean().len()],
                _ => shape,
            })
        }
    }
}
