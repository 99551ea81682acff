//! Gradient checks of a user's dfdx code, before a model is built with it.

use crate::nn::{Backward, Forward, Op};

/// Number of samples.
const ROWS: usize = 2;

/// An operation with the inputs and weights at which it is checked.
pub(super) struct Probe<'a> {
    op: &'a dyn Op,
    x: Vec<f32>,
    weights: Vec<f32>,
    /// The gradient with respect to the outputs.
    factors: Vec<f32>,
}

/// Irregular numbers from -1 to 1.
fn number(i: usize) -> f32 {
    (i as f32 * 1.37 + 0.4).sin()
}

impl<'a> Probe<'a> {
    /// A probe for samples of `inputs` elements, at these weights.
    pub fn new(
        op: &'a dyn Op,
        inputs: usize,
        example: fn(usize) -> f32,
        weights: Vec<f32>,
    ) -> Self {
        let outputs = ROWS * op.output().iter().product::<usize>();
        Probe {
            op,
            x: (0..ROWS * inputs).map(example).collect(),
            weights,
            factors: (0..outputs).map(|i| number(i + 90)).collect(),
        }
    }

    /// As [`new`](Self::new), at irregular inputs and weights.
    pub fn anywhere(op: &'a dyn Op, inputs: usize) -> Self {
        let weights: usize = op.weights().iter().map(|spec| spec.len()).sum();
        Self::new(op, inputs, number, (0..weights).map(|i| number(i + 40)).collect())
    }

    fn forward(&self, x: &[f32], weights: &[f32], scratch: &mut [f32]) -> Vec<f32> {
        let mut y = vec![0.0; self.factors.len()];
        let pass = Forward {
            rows: ROWS,
            training: true,
            seed: 0,
            x,
            y: &mut y,
            weights,
            scratch,
            mask: None,
        };
        self.op.forward(pass);
        y
    }

    /// The gradients, with respect to the inputs and the weights, of the outputs times fixed
    /// factors.
    pub fn backward(&self) -> (Vec<f32>, Vec<f32>) {
        let mut scratch = vec![0.0; self.op.scratch_for(ROWS)];
        let y = self.forward(&self.x, &self.weights, &mut scratch);
        let (mut dx, mut dw) = (vec![0.0; self.x.len()], vec![0.0; self.weights.len()]);
        self.op.backward(Backward {
            rows: ROWS,
            x: &self.x,
            y: &y,
            dy: &mut self.factors.clone(),
            before_activation: false,
            factors: false,
            dx: Some(&mut dx),
            weights: &self.weights,
            gradients: &mut dw,
            scratch: &mut scratch,
            mask: None,
        });
        (dx, dw)
    }

    /// The first wrong gradient: "the inputs" or a weight's name, with the derivatives along a
    /// fixed direction by the tape and by finite differences.
    ///
    /// The finite difference is central and taken at two widths. If the two differ, a kink is
    /// nearby, and the gradient is not judged.
    pub fn wrong_gradient(&self) -> Option<(String, f64, f64)> {
        let (dx, dw) = self.backward();
        let inputs = [("the inputs".to_string(), &dx, 0..self.x.len())];
        let mut at = 0;
        let weights = self.op.weights().iter().map(|spec| {
            let range = at..at + spec.len();
            at = range.end;
            (format!("the weight '{}'", spec.name), &dw, range)
        });
        let of_inputs = inputs.len();
        let parts: Vec<_> = inputs.into_iter().chain(weights).collect();
        parts.into_iter().enumerate().find_map(|(i, (name, gradient, range))| {
            let by_weights = i >= of_inputs;
            let value = |width: f32| -> f64 {
                let mut moved = if by_weights { self.weights.clone() } else { self.x.clone() };
                moved[range.clone()].iter_mut().enumerate().for_each(|(k, v)| {
                    *v += width * number(k + 7);
                });
                let (x, w) = if by_weights { (&self.x, &moved) } else { (&moved, &self.weights) };
                let mut scratch = vec![0.0; self.op.scratch_for(ROWS)];
                let y = self.forward(x, w, &mut scratch);
                y.iter().zip(&self.factors).map(|(y, f)| f64::from(*y) * f64::from(*f)).sum()
            };
            let slope = |width: f32| (value(width) - value(-width)) / f64::from(2.0 * width);
            let (wide, narrow) = (slope(2e-2), slope(1e-2));
            let got = gradient[range.clone()].iter().enumerate();
            let got: f64 = got.map(|(k, g)| f64::from(*g) * f64::from(number(k + 7))).sum();
            let size = narrow.abs().max(got.abs()).max(1e-2);
            let smooth = (wide - narrow).abs() < 0.005 * size;
            (smooth && (got - narrow).abs() > 0.02 * size).then_some((name, got, narrow))
        })
    }
}
