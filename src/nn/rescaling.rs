//! Scaling values inside a model.

use super::layer::{Backward, Forward, Layer, Op};
use super::masks::MaskFlow;
use crate::config::{Value, configured, configured_layer};
use crate::error::{Error, Result};
use crate::kernels::vectorized;
use serde_json::Value as Json;

/// `x · scale + offset`, as Keras' `Rescaling`: 1/255 brings grey levels to 0 … 1. Scale and offset
/// are a number, or one for each index of the last axis.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let grey = Rescaling::new(1.0 / 127.5).offset(-1.0);
/// let colours = Rescaling::new([1.0 / 255.0, 0.5 / 255.0, 1.0 / 255.0]);
/// # let _ = (grey, colours);
/// ```
#[derive(Clone, Debug)]
pub struct Rescaling {
    scale: Numbers,
    offset: Numbers,
}

/// A number, or one for each index of the last axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers(Vec<f32>);

impl From<f32> for Numbers {
    fn from(one: f32) -> Self {
        Numbers(vec![one])
    }
}

impl From<Vec<f32>> for Numbers {
    fn from(list: Vec<f32>) -> Self {
        Numbers(list)
    }
}

impl<const N: usize> From<[f32; N]> for Numbers {
    fn from(list: [f32; N]) -> Self {
        Numbers(list.to_vec())
    }
}

impl Value for Numbers {
    fn to_value(&self) -> Json {
        match self.0.as_slice() {
            [one] => one.to_value(),
            _ => self.0.to_value(),
        }
    }

    fn from_value(json: &Json) -> Result<Self> {
        // Keras writes an array as an object that holds the list.
        let json = json.pointer("/config/value").unwrap_or(json);
        match json {
            Json::Array(_) => Vec::from_value(json).map(Numbers),
            one => f32::from_value(one).map(Numbers::from),
        }
    }
}

impl Rescaling {
    /// A layer that multiplies by `scale`.
    pub fn new(scale: impl Into<Numbers>) -> Self {
        Rescaling { scale: scale.into(), offset: Numbers::from(0.0) }
    }

    /// Added after scaling; 0 by default.
    pub fn offset(mut self, offset: impl Into<Numbers>) -> Self {
        self.offset = offset.into();
        self
    }
}

configured!(Rescaling as "keras.layers" "Rescaling",
    |from| Rescaling::new(from.get::<Numbers>("scale")?),
    scale = scale, offset = offset);

impl Layer for Rescaling {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let last = input.last().copied().unwrap_or(1);
        for (what, numbers) in [("scale", &self.scale.0), ("offset", &self.offset.0)] {
            if let Some(bad) = numbers.iter().find(|v| !v.is_finite()) {
                return Err(Error::argument(format!("Rescaling: {what}"), bad, "finite"));
            }
            if numbers.len() != 1 && numbers.len() != last {
                let got = format!("{} numbers", numbers.len());
                let expected = format!("one, or {last}, the length of the last axis");
                return Err(Error::argument(format!("Rescaling: {what}"), got, expected));
            }
        }
        Ok(Box::new(RescalingOp { layer: self.clone(), output: input.to_vec() }))
    }
}

struct RescalingOp {
    layer: Rescaling,
    output: Vec<usize>,
}

impl Op for RescalingOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Passes
    }

    fn forward(&self, pass: Forward<'_>) {
        let (x, y) = (pass.x, pass.y);
        let (scale, offset) = (&self.layer.scale.0, &self.layer.offset.0);
        if let ([scale], [offset]) = (&scale[..], &offset[..]) {
            return vectorized(|| y.iter_mut().zip(x).for_each(|(y, x)| *y = x * scale + offset));
        }
        let n = self.output.last().copied().unwrap_or(1).max(1);
        for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
            *y = x * at(scale, i % n) + at(offset, i % n);
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let Some(dx) = pass.dx else { return };
        let (scale, dy) = (&self.layer.scale.0, pass.dy);
        if let [scale] = &scale[..] {
            return vectorized(|| {
                dx.iter_mut().zip(dy.iter()).for_each(|(dx, dy)| *dx = dy * scale)
            });
        }
        for (i, (dx, dy)) in dx.iter_mut().zip(dy.iter()).enumerate() {
            *dx = dy * at(scale, i % scale.len());
        }
    }
}

/// The number for this index of the last axis.
fn at(numbers: &[f32], place: usize) -> f32 {
    numbers.get(place).or(numbers.first()).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use crate::nn::prelude::*;
    use crate::{Array, Error};

    #[test]
    fn a_number_for_each_place_of_the_last_axis() -> Result<(), Error> {
        let layer = Rescaling::new([1.0, 10.0]).offset([0.5, 0.0]);
        let net = Sequential::new([2, 2]).add(layer);
        let model = net.compile("sgd", "mse", ())?;
        let y = model.predict(&Array::new([1, 2, 2], vec![1.0, 2.0, 3.0, 4.0])?)?;
        assert_eq!(y.data(), [1.5, 20.0, 3.5, 40.0]);
        let same = Sequential::from_config(&net.to_config()?)?;
        assert_eq!(format!("{same:?}"), format!("{net:?}"));
        let text = Sequential::new([3]).add(Rescaling::new([1.0, 2.0])).build().unwrap_err();
        assert!(text.to_string().contains("2 numbers"), "{text}");
        Ok(())
    }
}
