//! The windows that a convolution multiplies by its kernel.

use super::size::{Padding, Size};
use crate::config::{Object, Settings, Value};
use crate::error::{Error, Result};

/// The size of a convolution's windows and where they lie, with sizes over pictures or over steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows<S> {
    pub kernel_size: S,
    pub strides: S,
    pub dilation_rate: S,
    pub padding: Padding,
}

impl<S: Copy + Value> Windows<S> {
    /// Windows side by side, where `one` is the size 1, without padding.
    pub fn new(kernel_size: S, one: S) -> Self {
        Windows { kernel_size, strides: one, dilation_rate: one, padding: Padding::Valid }
    }

    pub fn write(&self, settings: &mut Object) {
        settings.insert("kernel_size".into(), self.kernel_size.to_value());
        settings.insert("strides".into(), self.strides.to_value());
        settings.insert("dilation_rate".into(), self.dilation_rate.to_value());
        settings.insert("padding".into(), self.padding.to_value());
    }

    pub fn read(&mut self, from: &Settings<'_>) -> Result<()> {
        from.read("kernel_size", &mut self.kernel_size)?;
        from.read("strides", &mut self.strides)?;
        from.read("dilation_rate", &mut self.dilation_rate)?;
        from.read("padding", &mut self.padding)
    }

    /// Whether the edges are padded so that strides of 1 keep the size.
    pub fn same(&self) -> bool {
        self.padding == Padding::Same
    }
}

impl Windows<Size> {
    /// Checks the sizes of a layer of this class.
    pub fn check(&self, class: &str) -> Result<()> {
        self.kernel_size.check(&format!("{class}: the kernel size"))?;
        self.strides.check(&format!("{class}: the strides"))?;
        self.dilation_rate.check(&format!("{class}: the dilation rate"))?;
        if self.strides.axes() != [1, 1] && self.dilation_rate.axes() != [1, 1] {
            let what = format!("{class}: the dilation rate");
            let expected = format!("1 with strides of {}", self.strides);
            return Err(Error::argument(what, self.dilation_rate, expected)
                .hint("strides and dilation cannot both be above 1"));
        }
        self.padding.check_not_causal(class)
    }

    /// The error for pictures that the kernel does not fit into.
    pub fn too_large(&self, class: &str, input: &[usize]) -> Error {
        let [kernel, dilation] = [self.kernel_size.axes(), self.dilation_rate.axes()];
        let reach = |a: usize| (kernel[a] - 1) * dilation[a] + 1;
        let expected = format!(
            "without padding its kernel needs pictures of at least {} x {} pixels: use a smaller \
             kernel, or .padding(Padding::Same)",
            reach(0),
            reach(1)
        );
        Error::shape(class, input, expected)
    }
}
