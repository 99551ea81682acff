//! Layers that change the shape of a sample; its values stay in their order.

use super::layer::{Backward, Forward, Layer, Op};
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};

/// All values of a sample in one axis, the last axis changing fastest, as Keras' `Flatten`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// assert_eq!(Sequential::new([4, 4, 3]).add(Flatten::new()).build()?.output(), [48]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Flatten;

impl Flatten {
    /// A layer for samples of any shape.
    pub fn new() -> Self {
        Flatten
    }
}

configured!(Flatten as "keras.layers" "Flatten", |from| Flatten; fixed data_format = "channels_last");

impl Layer for Flatten {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        Ok(Box::new(Same { output: vec![input.iter().product()] }))
    }
}

/// The same values in another shape, as Keras' `Reshape`.
///
/// ```
/// use dfdx_lab::prelude::*;
/// assert_eq!(Sequential::new([784]).add(Reshape::new([28, 28, 1])).build()?.output(), [28, 28, 1]);
/// assert_eq!(Sequential::new([784]).add(Reshape::new([-1, 28])).build()?.output(), [28, 28]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reshape {
    target: Vec<isize>,
}

impl Reshape {
    /// The shape of a sample, without the batch axis; -1 for one length that follows from the
    /// others.
    pub fn new(target: impl Into<Vec<isize>>) -> Self {
        Reshape { target: target.into() }
    }
}

configured!(Reshape as "keras.layers" "Reshape", |from| Reshape::new(Vec::new()),
    target_shape = target);

impl Layer for Reshape {
    configured_layer!();

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        let values: usize = input.iter().product();
        let refused = || {
            let target = &self.target;
            Error::shape(
                "Reshape",
                input,
                format!("its {values} values do not fit into the target {target:?}"),
            )
        };
        if self.target.iter().any(|n| *n < -1) {
            return Err(refused());
        }
        let open = self.target.iter().filter(|n| **n == -1).count();
        let mut known = self.target.iter().filter(|n| **n >= 0);
        let known = known.try_fold(1usize, |all, n| all.checked_mul(*n as usize));
        let known = known.ok_or_else(refused)?;
        let rest = match open {
            0 if known == values => 1,
            1 if known > 0 && values.is_multiple_of(known) => values / known,
            _ => return Err(refused()),
        };
        let length = |n: &isize| if *n < 0 { rest } else { *n as usize };
        Ok(Box::new(Same { output: self.target.iter().map(length).collect() }))
    }
}

struct Same {
    output: Vec<usize>,
}

impl Op for Same {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn work(&self) -> usize {
        0
    }

    fn forward(&self, pass: Forward<'_>) {
        pass.y.copy_from_slice(pass.x);
    }

    fn backward(&self, pass: Backward<'_>) {
        if let Some(dx) = pass.dx {
            dx.copy_from_slice(pass.dy);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::nn::prelude::*;

    #[test]
    fn a_shape_that_does_not_fit_is_refused() {
        let targets = [vec![5, 5], vec![-1, 7], vec![-1, -1], vec![-2, 12], vec![0, -1], vec![12]];
        for target in targets {
            let text = Sequential::new([4, 6]).add(Reshape::new(target.clone())).build();
            let text = text.unwrap_err().to_string();
            let named = format!("{target:?}");
            for part in ["'reshape'", "[4, 6]", "24", &named] {
                assert!(text.contains(part), "{text}");
            }
        }
    }
}
