//! Trained models as plain dfdx modules.

use super::module::short_type_name;
use super::parts::{self, Part, Parts};
use crate::error::{Error, Result};
use crate::nn::{
    Activation, BuiltLayer, Constraint, Initializer, Network, Regularizer, WeightSpec,
};
use crate::train::Model;
use dfdx::prelude::{BuildOnDevice, Cpu};

impl Model {
    /// The trained network as a plain dfdx module, for `forward`, dfdx's optimisers, `ZeroGrads`
    /// and its safetensors files.
    ///
    /// `M` is a type from which dfdx builds a module: a tuple of its modules, or your own type. A
    /// `Dense` matches a `Linear` (or an `UnbiasedLinear` if it has no bias), and its activation
    /// the module that follows; `Dropout` may be missing on either side. A `BatchNormalization` of
    /// rows matches a `BatchNorm1D`, which takes over its moving averages, epsilon and momentum, a
    /// `LayerNormalization` a `LayerNorm1D`, and a `PReLU` of rows a `dx::PReLU1D`. Kernels are
    /// transposed, because dfdx stores them as (outputs, inputs). The activations of your own types
    /// cannot be checked, because dfdx exposes only their tensors.
    ///
    /// ```
    /// use dfdx_lab::bridge::tensors::*;
    /// use dfdx_lab::prelude::*;
    /// let model = Sequential::new([2])
    ///     .add(Dense::new(4).activation(Relu))
    ///     .add(Dense::new(3))
    ///     .compile("adam", "mse", ())?;
    /// let module = model.to_dfdx::<(dx::Linear<2, 4>, ReLU, dx::Linear<4, 3>)>()?;
    /// let x: Tensor<Rank1<2>, f32, _> = Cpu::default().tensor([0.5, -1.0]);
    /// let y = module.forward(x).array();
    /// let same = model.predict(&Array::new([1, 2], vec![0.5, -1.0])?)?;
    /// assert!((y[0] - same.data()[0]).abs() < 1e-6);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If model and module differ; the error names the first layer that does not match.
    pub fn to_dfdx<M: BuildOnDevice<Cpu, f32>>(&self) -> Result<M::Built> {
        let name = short_type_name::<M>();
        let template = parts::read(&M::build_on_device(&Cpu::default()));
        let filled = arrange(self.network(), self.flat_weights(), &name, template)?;
        Ok(parts::build(&Cpu::default(), &filled.values, &filled.scalars))
    }
}

/// Fills the module's tensors and settings from the network's.
fn arrange(network: &Network, weights: &[f32], module: &str, template: Parts) -> Result<Parts> {
    if !network.is_chain() {
        let expected = "layers one after the other, as in a dfdx tuple";
        return Err(Error::argument(
            "Model::to_dfdx: the model",
            "a graph that branches",
            expected,
        )
        .hint("use model.on_tape(), which takes every graph"));
    }
    check_kinds(network, module)?;
    let mut filled = Parts { values: Vec::with_capacity(template.values.len()), ..template };
    let mut tensors = filled.tensors.iter();
    for layer in network.layers() {
        for (spec, own) in tensors_of(layer, weights) {
            let Some(part) = tensors.next() else {
                return Err(misfit(&layer.name, &describe(&spec), module, "no further tensor"));
            };
            match (spec.shape.as_slice(), part.shape.as_slice()) {
                ([inputs, outputs], [o, i])
                    if spec.name == "kernel" && (i, o) == (inputs, outputs) =>
                {
                    let row = |o: usize| (0..*inputs).map(move |i| i * outputs + o);
                    filled.values.extend((0..*outputs).flat_map(row).map(|at| own[at]));
                }
                (ours, theirs) if ours == theirs && (ours.len() < 2 || spec.name != "kernel") => {
                    filled.values.extend(own);
                }
                _ => {
                    let theirs = describe_part(part);
                    return Err(misfit(&layer.name, &describe(&spec), module, &theirs));
                }
            }
            if spec.name == "gamma" && !set_numbers(layer, part, &mut filled.scalars) {
                let theirs = describe_part(part);
                return Err(misfit(&layer.name, "epsilon", module, &theirs));
            }
        }
    }
    if let Some(part) = tensors.next() {
        return Err(Error::argument(
            format!("Model::to_dfdx: {module}"),
            describe_part(part),
            "no tensor after those of the model's layers",
        ));
    }
    Ok(filled)
}

/// A layer's tensors. dfdx's normalizations always have a gamma and a beta, so missing ones are
/// added as 1 and 0.
fn tensors_of(layer: &BuiltLayer, weights: &[f32]) -> Vec<(WeightSpec, Vec<f32>)> {
    let mut at = layer.weights.start;
    let held = layer.op.weights().iter().map(|spec| {
        at += spec.len();
        (spec.clone(), weights[at - spec.len()..at].to_vec())
    });
    let mut held: Vec<_> = held.collect();
    if [OF_BATCHES, OF_LAYERS].contains(&layer.class_name.as_str()) {
        let channels = layer.op.output().last().copied().unwrap_or(0);
        for (place, (name, value)) in [("gamma", 1.0), ("beta", 0.0)].into_iter().enumerate() {
            if held.iter().all(|(spec, _)| spec.name != name) {
                let spec = WeightSpec {
                    name,
                    shape: vec![channels],
                    initializer: Initializer::Zeros,
                    regularizer: Regularizer::default(),
                    constraint: Constraint::default(),
                    trainable: true,
                };
                held.insert(place, (spec, vec![value; channels]));
            }
        }
    }
    held
}

/// Sets the numbers of the module that this tensor belongs to from the layer's; returns whether the
/// module has them all.
fn set_numbers(layer: &BuiltLayer, part: &Part, scalars: &mut [(String, f64)]) -> bool {
    let place = part.name.rsplit_once('.').map_or(String::new(), |(place, _)| format!("{place}."));
    layer.op.numbers().into_iter().all(|(name, number)| {
        let own = format!("{place}{name}");
        let Some(scalar) = scalars.iter_mut().find(|(theirs, _)| *theirs == own) else {
            return false;
        };
        // Keras' momentum is the weight of the old average, dfdx's that of the new value. Converted
        // by way of decimal text, to get the number as it was written.
        let number: f64 = number.to_string().parse().unwrap_or(f64::from(number));
        scalar.1 = if name == "momentum" { 1.0 - number } else { number };
        true
    })
}

/// Compares the layers with the modules of a tuple, as far as these are dfdx's own types.
fn check_kinds(network: &Network, module: &str) -> Result<()> {
    let mut theirs = elements(module).into_iter().filter(|e| !e.starts_with("Dropout"));
    for layer in network.layers() {
        // The type of such a layer is unknown here; from here on only tensors are compared.
        if layer.class_name == "DfdxModule" {
            return Ok(());
        }
        for kind in kinds(layer)? {
            match theirs.next() {
                Some(element) if base(&element) == kind => {}
                // Types that are not dfdx's are compared by their tensors.
                Some(element) if !KNOWN.contains(&base(&element)) => return Ok(()),
                Some(element) => return Err(misfit(&layer.name, &kind, module, &element)),
                None => return Err(misfit(&layer.name, &kind, module, "nothing")),
            }
        }
    }
    match theirs.next() {
        Some(more) if KNOWN.contains(&base(&more)) => Err(Error::argument(
            format!("Model::to_dfdx: {module}"),
            more,
            "nothing after the model's last layer",
        )),
        _ => Ok(()),
    }
}

/// dfdx's modules that have an equal layer here.
const KNOWN: [&str; 12] = [
    "Linear",
    "UnbiasedLinear",
    "BatchNorm1D",
    "LayerNorm1D",
    "PReLU1D",
    "ReLU",
    "Sigmoid",
    "Tanh",
    "Softmax",
    "Exp",
    "AccurateGeLU",
    "LogSoftmax",
];

const OF_BATCHES: &str = "BatchNormalization";
const OF_LAYERS: &str = "LayerNormalization";

/// The dfdx modules that equal a layer, with its activation.
fn kinds(layer: &BuiltLayer) -> Result<Vec<String>> {
    let own = match layer.class_name.as_str() {
        "Dense" if layer.op.weights().len() == 2 => vec!["Linear".to_string()],
        "Dense" => vec!["UnbiasedLinear".to_string()],
        // For samples with more axes, dfdx normalizes another axis, the second.
        OF_BATCHES if layer.op.output().len() == 1 => vec!["BatchNorm1D".to_string()],
        OF_LAYERS => vec!["LayerNorm1D".to_string()],
        "PReLU" if layer.op.output().len() == 1 => vec!["PReLU1D".to_string()],
        "Activation" | "Dropout" | "GaussianNoise" | "Flatten" => Vec::new(),
        _ => {
            return Err(Error::argument(
                format!("Model::to_dfdx: layer '{}'", layer.name),
                &layer.class_name,
                "Dense, BatchNormalization and PReLU of rows, LayerNormalization, Activation, Dropout, \
                 Flatten or a dfdx module",
            )
            .hint("use model.on_tape(), which takes every layer"));
        }
    };
    let activation = match layer.op.activation() {
        Activation::Linear => None,
        Activation::Relu => Some("ReLU"),
        Activation::Sigmoid => Some("Sigmoid"),
        Activation::Tanh => Some("Tanh"),
        Activation::Softmax => Some("Softmax"),
        Activation::Exponential => Some("Exp"),
        Activation::Gelu => Some("AccurateGeLU"),
        other => {
            return Err(Error::argument(
                format!("Model::to_dfdx: layer '{}', its activation", layer.name),
                format!("{other:?}"),
                "one that dfdx also has: Relu, Sigmoid, Tanh, Softmax, Exponential, Gelu",
            )
            .hint("use model.on_tape(), which takes every layer"));
        }
    };
    Ok(own.into_iter().chain(activation.map(str::to_string)).collect())
}

/// The modules of a tuple and of nested tuples: `(Linear<2, 4>, (ReLU, Tanh))` has three.
fn elements(module: &str) -> Vec<String> {
    let Some(inner) = module.strip_prefix('(').and_then(|m| m.strip_suffix(')')) else {
        return vec![module.to_string()];
    };
    let (mut found, mut depth, mut current) = (Vec::new(), 0, String::new());
    for c in inner.chars() {
        match c {
            '(' | '<' => depth += 1,
            ')' | '>' => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 {
            found.push(std::mem::take(&mut current));
        } else {
            current.push(c);
        }
    }
    found.push(current);
    let found = found.iter().map(|e| e.trim()).filter(|e| !e.is_empty());
    found.flat_map(elements).collect()
}

fn base(element: &str) -> &str {
    element.split('<').next().unwrap_or(element)
}

fn describe(spec: &WeightSpec) -> String {
    format!("{} of shape {:?}", spec.name, spec.shape)
}

fn describe_part(part: &Part) -> String {
    format!("tensor '{}' of shape {:?}", part.name, part.shape)
}

fn misfit(layer: &str, ours: &str, module: &str, theirs: &str) -> Error {
    Error::argument(
        format!("Model::to_dfdx: the part of {module} for layer '{layer}'"),
        theirs,
        format!("what fits the layer's {ours}"),
    )
    .hint("dfdx keeps a kernel as (outputs, inputs)")
}
