//! Pooling over windows, and over whole pictures.

use super::IntoPadding;
use super::layer::{Backward, Forward, Layer, Op};
use super::size::{Padding, Size, picture};
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};
use crate::kernels::Pooling;

/// Declares a pooling layer over windows.
macro_rules! windows {
    ($(#[$doc:meta])* $name:ident, $class:literal, $average:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            pool_size: Size,
            strides: Option<Size>,
            padding: Padding,
        }

        impl $name {
            /// Windows of this size: a number, or a pair (height, width).
            pub fn new(pool_size: impl Into<Size>) -> Self {
                $name { pool_size: pool_size.into(), strides: None, padding: Padding::Valid }
            }

            /// Pixels from one window to the next: a number, or a pair; the window's size by
            /// default.
            pub fn strides(mut self, strides: impl Into<Size>) -> Self {
                self.strides = Some(strides.into());
                self
            }

            /// What happens at the edges; [`Padding::Valid`] by default.
            pub fn padding(mut self, padding: impl IntoPadding) -> Self {
                self.padding = padding.into_padding();
                self
            }
        }

        configured!($name as "keras.layers" $class, |from| $name::new(from.get::<Size>("pool_size")?),
            pool_size = pool_size, strides = strides, padding = padding; fixed data_format = "channels_last");

        impl Layer for $name {
            configured_layer!();

            fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
                let strides = self.strides.unwrap_or(self.pool_size);
                windows_op($class, input, self.pool_size, strides, self.padding, $average)
            }
        }
    };
}

windows! {
    /// The largest value of each window and channel, as Keras' `MaxPooling2D`. The gradient goes to
    /// the first of equal values.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([5, 5, 3]).add(MaxPooling2D::new(2).padding(Padding::Same)).build()?;
    /// assert_eq!(net.output(), [3, 3, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    MaxPooling2D, "MaxPooling2D", false
}

windows! {
    /// The average of each window and channel, as Keras' `AveragePooling2D`; pixels outside the
    /// picture do not count.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([5, 5, 3]).add(AveragePooling2D::new(3).strides(2)).build()?;
    /// assert_eq!(net.output(), [2, 2, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    AveragePooling2D, "AveragePooling2D", true
}

fn windows_op(
    class: &str,
    input: &[usize],
    size: Size,
    strides: Size,
    padding: Padding,
    average: bool,
) -> Result<Box<dyn Op>> {
    size.check(&format!("{class}: the pool size"))?;
    strides.check(&format!("{class}: the strides"))?;
    padding.check_not_causal(class)?;
    let input = picture(class, input)?;
    let pooling = Pooling::new(input, size.axes(), strides.axes(), padding == Padding::Same)
        .ok_or_else(|| {
            Error::shape(
                class,
                &input,
                format!(
                    "its windows need pictures of at least {} x {} pixels: pool less often, or use \
                     .padding(Padding::Same)",
                    size.height, size.width
                ),
            )
        })?;
    Ok(Box::new(PoolingOp { output: pooling.output().to_vec(), pooling, average }))
}

/// Declares a pooling layer over all places of a sample: its documentation, its class, the axes that
/// `keepdims` keeps, and its operation.
macro_rules! global_pooling {
    (
        $(#[$doc:meta])* $name:ident, $class:literal, $axes:literal,
        |$input:ident, $keepdims:ident| $build:expr
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name {
            keepdims: bool,
        }

        impl $name {
            /// A layer that gives one value for each channel.
            pub fn new() -> Self {
                Self::default()
            }

            #[doc = concat!("Whether the output keeps the ", $axes, ", with length 1; false by default.")]
            pub fn keepdims(mut self, keepdims: bool) -> Self {
                self.keepdims = keepdims;
                self
            }
        }

        configured!($name as "keras.layers" $class, |from| $name::new(),
            keepdims = keepdims; fixed data_format = "channels_last");

        impl Layer for $name {
            configured_layer!();

            fn build(&self, $input: &[usize]) -> Result<Box<dyn Op>> {
                let $keepdims = self.keepdims;
                $build
            }
        }
    };
}
pub(super) use global_pooling;

fn global_op(class: &str, input: &[usize], keepdims: bool, average: bool) -> Result<Box<dyn Op>> {
    let input = picture(class, input)?;
    let [height, width, channels] = input;
    let all = [height, width];
    let pooling = Pooling::new(input, all, all, false)
        .ok_or_else(|| Error::shape(class, &input, "it needs pictures"))?;
    let output = if keepdims { vec![1, 1, channels] } else { vec![channels] };
    Ok(Box::new(PoolingOp { output, pooling, average }))
}

global_pooling! {
    /// The average of each channel over the whole picture, as Keras' `GlobalAveragePooling2D`.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([5, 5, 3]).add(GlobalAveragePooling2D::new()).build()?;
    /// assert_eq!(net.output(), [3]);
    /// # Ok::<(), Error>(())
    /// ```
    GlobalAveragePooling2D, "GlobalAveragePooling2D", "axes of height and width",
    |input, keepdims| global_op("GlobalAveragePooling2D", input, keepdims, true)
}

global_pooling! {
    /// The largest value of each channel over the whole picture, as Keras' `GlobalMaxPooling2D`. The
    /// gradient goes to the first of equal values.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([5, 5, 3]).add(GlobalMaxPooling2D::new().keepdims(true)).build()?;
    /// assert_eq!(net.output(), [1, 1, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    GlobalMaxPooling2D, "GlobalMaxPooling2D", "axes of height and width",
    |input, keepdims| global_op("GlobalMaxPooling2D", input, keepdims, false)
}

/// Windows, reduced channel by channel.
pub(super) struct PoolingOp {
    pub output: Vec<usize>,
    pub pooling: Pooling,
    pub average: bool,
}

impl Op for PoolingOp {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn forward(&self, pass: Forward<'_>) {
        if self.average {
            self.pooling.average(pass.x, pass.y);
        } else {
            self.pooling.max(pass.x, pass.y);
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let Some(dx) = pass.dx else { return };
        if self.average {
            self.pooling.average_backward(pass.dy, dx);
        } else {
            self.pooling.max_backward(pass.x, pass.y, pass.dy, dx);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::nn::prelude::*;

    #[test]
    fn impossible_ones_are_explained() {
        let says = |net: Sequential, parts: &[&str]| {
            let text = net.build().unwrap_err().to_string();
            assert!(parts.iter().all(|p| text.contains(p)), "{text}");
        };
        let small = || Sequential::new([1, 4, 2]);
        says(small().add(MaxPooling2D::new(2)), &["'max_pooling2d'", "[1, 4, 2]", "2 x 2"]);
        let zero = AveragePooling2D::new(2).strides((1, 0));
        says(small().add(zero), &["'average_pooling2d'", "strides", "(1, 0)"]);
        says(small().add(MaxPooling2D::new(0)), &["pool size", "(0, 0)"]);
        says(Sequential::new([4]).add(MaxPooling2D::new(2)), &["[4]", "height, width, channels"]);
        says(Sequential::new([4]).add(GlobalMaxPooling2D::new()), &["'global_max_pooling2d'"]);
    }
}
