//! Dropout of whole channels.

use super::dropout::fill_mask;
use super::layer::{Backward, Forward, Layer, Op};
use super::masks::MaskFlow;
use super::size::{picture, sequence};
use crate::config::{configured, configured_layer};
use crate::error::{Error, Result};
use crate::kernels::vectorized;

macro_rules! spatial {
    ($(#[$doc:meta])* $name:ident, $class:literal, $shape:ident $(, fixed $key:ident = $value:tt)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            rate: f32,
        }

        impl $name {
            /// A layer that drops this share of the channels, at least 0 and less than 1.
            pub fn new(rate: impl Into<f64>) -> Self {
                $name { rate: rate.into() as f32 }
            }
        }

        configured!($name as "keras.layers" $class, |from| $name::new(from.get::<f64>("rate")?),
            rate = rate $(; fixed $key = $value)?);

        impl Layer for $name {
            configured_layer!();

            fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
                if !(0.0..1.0).contains(&self.rate) {
                    let what = concat!($class, ": the rate");
                    return Err(Error::argument(what, self.rate, "at least 0 and less than 1"));
                }
                let channels = *$shape($class, input)?.last().unwrap_or(&1);
                Ok(Box::new(Spatial { rate: self.rate, channels, output: input.to_vec() }))
            }
        }
    };
}

spatial! {
    /// Sets whole channels of a sequence (steps, channels) to 0 while training, a share `rate` of
    /// them, and scales the others by 1 / (1 - rate), as Keras' `SpatialDropout1D`; does nothing in
    /// prediction. Neighbouring steps are similar, so dropping single values would have little
    /// effect.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([20]).add(Embedding::new(1000, 8)).add(SpatialDropout1D::new(0.2));
    /// assert_eq!(net.build()?.output(), [20, 8]);
    /// # Ok::<(), Error>(())
    /// ```
    SpatialDropout1D, "SpatialDropout1D", sequence
}

spatial! {
    /// Sets whole channels of a picture (height, width, channels) to 0 while training, a share
    /// `rate` of them, and scales the others by 1 / (1 - rate), as Keras' `SpatialDropout2D`
    /// (Tompson et al., 2015); does nothing in prediction.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let net = Sequential::new([8, 8, 1]).add(Conv2D::new(4, 3)).add(SpatialDropout2D::new(0.2));
    /// assert_eq!(net.build()?.output(), [6, 6, 4]);
    /// # Ok::<(), Error>(())
    /// ```
    SpatialDropout2D, "SpatialDropout2D", picture, fixed data_format = "channels_last"
}

struct Spatial {
    rate: f32,
    channels: usize,
    output: Vec<usize>,
}

impl Spatial {
    fn apply(&self, values: &mut [f32], masks: &[f32]) {
        let samples = values.chunks_exact_mut(self.output.iter().product::<usize>().max(1));
        for (sample, mask) in samples.zip(masks.chunks_exact(self.channels)) {
            for position in sample.chunks_exact_mut(self.channels) {
                vectorized(|| position.iter_mut().zip(mask).for_each(|(v, m)| *v *= m));
            }
        }
    }
}

impl Op for Spatial {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn mask_flow(&self) -> MaskFlow {
        MaskFlow::Passes
    }

    fn scratch(&self) -> usize {
        self.channels
    }

    fn only_trains(&self) -> bool {
        true
    }

    fn forward(&self, pass: Forward<'_>) {
        pass.y.copy_from_slice(pass.x);
        fill_mask(pass.scratch, self.rate, pass.training.then_some(pass.seed));
        self.apply(pass.y, pass.scratch);
    }

    fn backward(&self, pass: Backward<'_>) {
        if let Some(dx) = pass.dx {
            dx.copy_from_slice(pass.dy);
            self.apply(dx, pass.scratch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // 4000 channels: four standard deviations of the share are 4 √(.3·.7/4000) = .029.
    #[test]
    fn whole_channels_are_dropped() {
        let op = SpatialDropout1D::new(0.3).build(&[5, 40]).unwrap();
        let rows = 100;
        let x = vec![2.0; rows * 200];
        let (mut y, mut scratch) = (vec![0.0; x.len()], vec![0.0; op.scratch_for(rows)]);
        let seed = 9;
        let (x, weights) = (&x[..], &[][..]);
        let y = &mut y[..];
        let scratch = &mut scratch[..];
        op.forward(Forward {
            rows,
            training: true,
            seed,
            x,
            y: &mut *y,
            weights,
            scratch,
            mask: None,
        });
        let dropped = y.iter().filter(|v| **v == 0.0).count() as f64 / y.len() as f64;
        assert!((dropped - 0.3).abs() < 0.029, "{dropped}");
        for sample in y.chunks_exact(200) {
            let steps: Vec<&[f32]> = sample.chunks_exact(40).collect();
            assert!(steps.iter().all(|step| step == &steps[0]));
            assert!(sample.iter().all(|v| *v == 0.0 || (*v - 2.0 / 0.7).abs() < 1e-6));
        }
        let error = SpatialDropout2D::new(1).build(&[2, 2, 2]).err().unwrap().to_string();
        assert!(error.contains("SpatialDropout2D") && error.contains('1'), "{error}");
    }
}
