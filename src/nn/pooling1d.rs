//! Pooling over windows of sequences, and over whole sequences.

use super::IntoPadding;
use super::layer::{Backward, Forward, Layer, Op};
use super::pooling::{PoolingOp, global_pooling};
use super::size::{Length, Padding, sequence};
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};
use crate::kernels::Pooling;

/// Declares a pooling layer over windows.
macro_rules! windows {
    ($(#[$doc:meta])* $name:ident, $class:literal, $average:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            pool_size: Length,
            strides: Option<Length>,
            padding: Padding,
        }

        impl $name {
            /// Windows of this many steps.
            pub fn new(pool_size: usize) -> Self {
                $name { pool_size: Length(pool_size), strides: None, padding: Padding::Valid }
            }

            /// Steps from one window to the next; the window's size by default.
            pub fn strides(mut self, strides: usize) -> Self {
                self.strides = Some(Length(strides));
                self
            }

            /// The padding at the ends; [`Padding::Valid`] by default.
            pub fn padding(mut self, padding: impl IntoPadding) -> Self {
                self.padding = padding.into_padding();
                self
            }
        }

        configured!($name as "keras.layers" $class,
            |from| $name::new(from.get::<Length>("pool_size")?.0),
            pool_size = pool_size, strides = strides, padding = padding;
            fixed data_format = "channels_last");

        impl Layer for $name {
            configured_layer!();

            fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
                let strides = self.strides.unwrap_or(self.pool_size);
                self.pool_size.check(concat!($class, ": the pool size"))?;
                strides.check(concat!($class, ": the strides"))?;
                self.padding.check_not_causal($class)?;
                let [steps, channels] = sequence($class, input)?;
                let (size, same) = (self.pool_size.0, self.padding == Padding::Same);
                let pooling = Pooling::new([1, steps, channels], [1, size], [1, strides.0], same);
                let pooling = pooling.ok_or_else(|| {
                    let expected = format!(
                        "its windows need sequences of at least {size} steps: pool less often, or \
                         use .padding(Padding::Same)"
                    );
                    Error::shape($class, input, expected)
                })?;
                let output = pooling.output()[1..].to_vec();
                Ok(Box::new(PoolingOp { output, pooling, average: $average }))
            }
        }
    };
}

windows! {
    /// The largest value of each window of steps, channel by channel, as Keras' `MaxPooling1D`. The
    /// gradient goes to the first of equal values.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([9, 3]).add(MaxPooling1D::new(2).padding(Padding::Same)).build()?;
    /// assert_eq!(net.output(), [5, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    MaxPooling1D, "MaxPooling1D", false
}

windows! {
    /// The average of each window of steps, channel by channel, as Keras' `AveragePooling1D`: steps
    /// outside the sequence do not count.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([9, 3]).add(AveragePooling1D::new(3).strides(2)).build()?;
    /// assert_eq!(net.output(), [4, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    AveragePooling1D, "AveragePooling1D", true
}

/// Pooling over whole sequences; averages leave out masked steps.
struct GlobalOp {
    inner: PoolingOp,
    steps: usize,
    channels: usize,
}

impl GlobalOp {
    /// The mask, if this pooling uses it.
    fn heeded<'a>(&self, mask: Option<&'a [f32]>) -> Option<&'a [f32]> {
        mask.filter(|_| self.inner.average)
    }

    /// Calls `of(sample, step, share)` for each step that counts, with its share of the average. A
    /// sample without such a step has the average 0, where Keras gives NaN.
    fn shares(&self, mask: &[f32], mut of: impl FnMut(usize, usize, f32)) {
        for (sample, mask) in mask.chunks_exact(self.steps).enumerate() {
            let count: f32 = mask.iter().sum();
            let counted = (0..self.steps).filter(|step| mask[*step] != 0.0);
            counted.for_each(|step| of(sample, sample * self.steps + step, 1.0 / count));
        }
    }
}

impl Op for GlobalOp {
    fn output(&self) -> &[usize] {
        self.inner.output()
    }

    fn heeds_mask(&self) -> bool {
        self.inner.average
    }

    fn forward(&self, pass: Forward<'_>) {
        let Some(mask) = self.heeded(pass.mask) else { return self.inner.forward(pass) };
        let n = self.channels;
        pass.y.fill(0.0);
        self.shares(mask, |sample, step, share| {
            let from = &pass.x[step * n..][..n];
            pass.y[sample * n..][..n].iter_mut().zip(from).for_each(|(y, x)| *y += x * share);
        });
    }

    fn backward(&self, pass: Backward<'_>) {
        let Some(mask) = self.heeded(pass.mask) else { return self.inner.backward(pass) };
        let Some(dx) = pass.dx else { return };
        let n = self.channels;
        dx.fill(0.0);
        self.shares(mask, |sample, step, share| {
            let from = &pass.dy[sample * n..][..n];
            dx[step * n..][..n].iter_mut().zip(from).for_each(|(d, g)| *d = g * share);
        });
    }
}

fn global_op(class: &str, input: &[usize], keepdims: bool, average: bool) -> Result<Box<dyn Op>> {
    let [steps, channels] = sequence(class, input)?;
    let all = [1, steps];
    let pooling = Pooling::new([1, steps, channels], all, all, false)
        .ok_or_else(|| Error::shape(class, input, "it needs sequences"))?;
    let output = if keepdims { vec![1, channels] } else { vec![channels] };
    let inner = PoolingOp { output, pooling, average };
    Ok(Box::new(GlobalOp { inner, steps, channels }))
}

global_pooling! {
    /// The average of each channel over all steps, as Keras' `GlobalAveragePooling1D`, without steps
    /// that [`Masking`](super::Masking) or `mask_zero` masked.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([9, 3]).add(GlobalAveragePooling1D::new()).build()?;
    /// assert_eq!(net.output(), [3]);
    /// # Ok::<(), Error>(())
    /// ```
    GlobalAveragePooling1D, "GlobalAveragePooling1D", "axis of steps",
    |input, keepdims| global_op("GlobalAveragePooling1D", input, keepdims, true)
}

global_pooling! {
    /// The largest value of each channel over all steps, as Keras' `GlobalMaxPooling1D`. The
    /// gradient goes to the first of equal values.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([9, 3]).add(GlobalMaxPooling1D::new().keepdims(true)).build()?;
    /// assert_eq!(net.output(), [1, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    GlobalMaxPooling1D, "GlobalMaxPooling1D", "axis of steps",
    |input, keepdims| global_op("GlobalMaxPooling1D", input, keepdims, false)
}
