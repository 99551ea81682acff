//! Convolution for processors without AVX2; the compiler vectorises the filters as far as it can.

use super::plan::Plan;

const WIDTH: usize = 8;

pub(super) fn correlate(
    plan: &Plan,
    x: &[f32],
    kernel: &[f32],
    bias: Option<&[f32]>,
    relu: bool,
    y: &mut [f32],
) {
    let n = plan.channels;
    for (pixel, out) in y.chunks_exact_mut(n).enumerate() {
        let (r, c) = (pixel / plan.columns, pixel % plan.columns);
        let x = &x[r * plan.row_step + c * plan.pixel_step..];
        for (j, out) in out.chunks_mut(WIDTH).enumerate() {
            let mut sums = [0.0f32; WIDTH];
            if let Some(bias) = bias {
                sums[..out.len()].copy_from_slice(&bias[j * WIDTH..][..out.len()]);
            }
            let mut rows = kernel.chunks_exact(n);
            for offset in &plan.runs {
                for (v, row) in x[*offset..][..plan.run].iter().zip(&mut rows) {
                    let row = &row[j * WIDTH..][..out.len()];
                    sums.iter_mut().zip(row).for_each(|(s, w)| *s += v * w);
                }
            }
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = if relu && sum < 0.0 { 0.0 } else { sum };
            }
        }
    }
}

pub(super) fn correlate_kernel(plan: &Plan, x: &[f32], dy: &[f32], gradient: &mut [f32]) {
    let n = plan.channels;
    for (tap, gradient) in gradient.chunks_exact_mut(n).enumerate() {
        let at = plan.runs[tap / plan.run] + tap % plan.run;
        for (j, gradient) in gradient.chunks_mut(WIDTH).enumerate() {
            let mut sums = [0.0f32; WIDTH];
            for (pixel, dy) in dy.chunks_exact(n).enumerate() {
                let (r, c) = (pixel / plan.columns, pixel % plan.columns);
                let v = x[at + r * plan.row_step + c * plan.pixel_step];
                let dy = &dy[j * WIDTH..][..gradient.len()];
                sums.iter_mut().zip(dy).for_each(|(s, d)| *s += v * d);
            }
            gradient.iter_mut().zip(sums).for_each(|(g, s)| *g += s);
        }
    }
}
