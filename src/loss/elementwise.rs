//! What the losses that look at each output on its own share.

/// The mean of `loss(target, prediction)` over the outputs of a sample; `loss` gives a value and
/// its derivative by the prediction.
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

/// -1, 0 or 1; what is no number stays none.
#[inline(always)]
pub(super) fn sign(x: f32) -> f32 {
    if x == 0.0 { 0.0 } else { x.signum() }
}
