//! Filling beyond the edges of a picture, and interpolation between its pixels.

use crate::config::named;

/// The pixels of a transformed picture beyond the edges of the original, as Keras' `fill_mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FillMode {
    /// The same value everywhere: `k k k k | a b c d | k k k k`.
    Constant,
    /// The picture mirrored at its edge: `d c b a | a b c d | d c b a`.
    #[default]
    Reflect,
    /// The picture again: `a b c d | a b c d | a b c d`.
    Wrap,
    /// The nearest pixel: `a a a a | a b c d | d d d d`.
    Nearest,
}

/// The interpolation between pixels, as Keras' `interpolation`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interpolation {
    /// The value of the nearest pixel.
    Nearest,
    /// The mean of the four nearest pixels, weighted by distance.
    #[default]
    Bilinear,
}

named!(FillMode: Constant = "constant", Reflect = "reflect", Wrap = "wrap", Nearest = "nearest");
named!(Interpolation: Nearest = "nearest", Bilinear = "bilinear");

impl FillMode {
    /// The place within the picture that stands for `v` along a side of `len` pixels, as
    /// TensorFlow's ImageProjectiveTransformV3, on which Keras relies, has it.
    #[inline(always)]
    pub(super) fn place(self, v: f32, len: usize) -> f32 {
        let last = (len - 1) as f32;
        if self == FillMode::Constant || (0.0..=last).contains(&v) {
            return v;
        }
        let len = len as f32;
        let inside = match self {
            FillMode::Constant | FillMode::Nearest => v,
            _ if last == 0.0 => 0.0,
            FillMode::Reflect => {
                let period = 2.0 * len;
                match v < 0.0 {
                    true => {
                        let v = v + period * (-v / period).trunc();
                        if v < -len { v + period } else { -v - 1.0 }
                    }
                    false => {
                        let v = v - period * (v / period).trunc();
                        if v >= len { period - v - 1.0 } else { v }
                    }
                }
            }
            // The original counts periods from the last pixel.
            FillMode::Wrap if v < 0.0 => v + len * ((-v / last).trunc() + 1.0),
            FillMode::Wrap => v - len * (v / last).trunc(),
        };
        inside.clamp(0.0, last)
    }
}
