//! The operation of a layer that changes each picture by numbers drawn for it.

use super::{Draws, Shape};
use crate::nn::layer::{Backward, Forward, Op};

/// What is done to one picture.
pub(super) trait Change: Send + Sync + 'static {
    /// How many numbers the change of a picture keeps for the gradient.
    fn kept(&self) -> usize;

    /// Draws and keeps the numbers, and writes the changed picture `y`.
    fn change(&self, draws: Draws, kept: &mut [f32], x: &[f32], y: &mut [f32]);

    /// Writes the gradient with respect to the picture `x`.
    fn gradient(&self, kept: &[f32], x: &[f32], dy: &[f32], dx: &mut [f32]);

    /// The number of multiplications for one picture.
    fn work(&self, shape: Shape) -> usize {
        shape.len()
    }
}

/// Changes pictures while training, and leaves them alone when predicting.
struct ChangeOp<C> {
    change: C,
    shape: Shape,
    output: [usize; 3],
}

/// The operation for pictures of this shape.
pub(super) fn op(shape: Shape, change: impl Change) -> Box<dyn Op> {
    let output = [shape.height, shape.width, shape.channels];
    Box::new(ChangeOp { change, shape, output })
}

impl<C: Change> Op for ChangeOp<C> {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn scratch(&self) -> usize {
        self.change.kept()
    }

    fn work(&self) -> usize {
        self.change.work(self.shape)
    }

    fn only_trains(&self) -> bool {
        true
    }

    fn forward(&self, pass: Forward<'_>) {
        if !pass.training {
            return pass.y.copy_from_slice(pass.x);
        }
        let n = self.shape.len();
        let pictures = pass.x.chunks_exact(n).zip(pass.y.chunks_exact_mut(n));
        let kept = pass.scratch.chunks_exact_mut(self.change.kept());
        for (row, ((x, y), kept)) in pictures.zip(kept).enumerate() {
            self.change.change(Draws::new(pass.seed, row), kept, x, y);
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let Some(dx) = pass.dx else { return };
        let n = self.shape.len();
        let gradients = pass.dy.chunks_exact(n).zip(dx.chunks_exact_mut(n));
        let kept = pass.scratch.chunks_exact(self.change.kept());
        for ((dy, dx), (x, kept)) in gradients.zip(pass.x.chunks_exact(n).zip(kept)) {
            self.change.gradient(kept, x, dy, dx);
        }
    }
}
