//! Helpers for losses that compare each output separately.

/// The mean of `loss(target, prediction)` over the outputs of a sample; `loss` returns a value and
/// its derivative with respect to the prediction.
#[inline(always)]
pub(super) fn mean(
    truth: &[f32],
    prediction: &[f32],
    gradient: &mut [f32],
    loss: impl Fn(f32, f32) -> (f32, f32),
) -> f32 {
    let n = prediction.len() as f32;
    let mut sum = 0.0;
    for ((y, p), g) in truth.iter().zip(prediction).zip(gradient) {
        let (value, slope) = loss(*y, *p);
        sum += value;
        *g = slope / n;
    }
    sum / n
}

/// -1, 0 or 1; NaN stays NaN.
#[inline(always)]
pub(super) fn sign(x: f32) -> f32 {
    if x == 0.0 { 0.0 } else { x.signum() }
}
