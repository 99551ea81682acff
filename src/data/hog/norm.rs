//! The normalisation of a block of cells.

/// The normalisation of a block `v`, with scikit-image's names; e is 1e-5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockNorm {
    /// `v / (Σ|v| + e)`.
    L1,
    /// The square root of [`L1`](Self::L1).
    L1Sqrt,
    /// `v / √(Σv² + e²)`.
    L2,
    /// [`L2`](Self::L2), then cut at 0.2, then L2 again (Lowe's way).
    L2Hys,
}

/// Numbers of the formulas.
pub(crate) mod constants {
    /// Keeps blocks of one colour from a division by 0.
    pub(crate) const EPS: f64 = 1e-5;
    /// Where L2-Hys cuts.
    pub(crate) const CUT: f64 = 0.2;
}
use constants::{CUT, EPS};

impl BlockNorm {
    /// Scales a block, whose values are not negative.
    pub(super) fn apply(self, block: &mut [f64]) {
        match self {
            BlockNorm::L1 => l1(block),
            BlockNorm::L1Sqrt => {
                l1(block);
                block.iter_mut().for_each(|v| *v = v.sqrt());
            }
            BlockNorm::L2 => l2(block),
            BlockNorm::L2Hys => {
                l2(block);
                block.iter_mut().for_each(|v| *v = v.min(CUT));
                l2(block);
            }
        }
    }
}

fn l1(block: &mut [f64]) {
    let sum = block.iter().sum::<f64>() + EPS;
    block.iter_mut().for_each(|v| *v /= sum);
}

fn l2(block: &mut [f64]) {
    let length = (block.iter().map(|v| v * v).sum::<f64>() + EPS * EPS).sqrt();
    block.iter_mut().for_each(|v| *v /= length);
}
