//! Convolution by AVX2 instructions, with eight filters in a register.

use super::plan::Plan;
use std::arch::x86_64::*;

/// The number of sums in registers at a time; the other four registers hold operands.
const SUMS: usize = 12;
/// The number of taps that one register of filters sums at a time: with twelve, the compiler, which
/// loads operands ahead, would put sums on the stack.
const TAPS: usize = 10;

/// The number of filters in the last register, of up to `8 V` neighbouring filters.
#[derive(Clone, Copy)]
struct Filters {
    last: usize,
    mask: __m256i,
}

#[target_feature(enable = "avx2,fma")]
fn filters(n: usize, first: usize) -> (Filters, bool) {
    let left = (n - first).min(16);
    let last = if left > 8 { left - 8 } else { left };
    let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    let mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(last as i32), lanes);
    (Filters { last, mask }, left > 8)
}

/// # Safety
/// The slices must have the lengths of the plan, and the processor AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn correlate(
    plan: &Plan,
    x: &[f32],
    kernel: &[f32],
    bias: Option<&[f32]>,
    relu: bool,
    y: &mut [f32],
) {
    let n = plan.channels;
    for first in (0..n).step_by(16) {
        let (filters, two) = filters(n, first);
        let most = if two { SUMS / 2 } else { SUMS };
        // Blocks of nearly equal size: a short last one would have to wait for its own sums.
        let blocks = plan.columns.div_ceil(most);
        for row in 0..plan.rows {
            let mut from = 0;
            for block in 0..blocks {
                let to = plan.columns * (block + 1) / blocks;
                // SAFETY: pixels `from..to` of the row, the kernel from `first` on and the bias
                // lie inside their slices.
                unsafe {
                    let x = x.as_ptr().add(row * plan.row_step + from * plan.pixel_step);
                    let w = kernel.as_ptr().add(first);
                    let b = bias.map_or(std::ptr::null(), |b| b.as_ptr().add(first));
                    let y = y.as_mut_ptr().add((row * plan.columns + from) * n + first);
                    macro_rules! of {
                        ($($p:literal)*; $v:literal) => {
                            match to - from {
                                $($p => pixels::<$p, $v>(plan, x, w, b, relu, filters, y),)*
                                _ => {}
                            }
                        };
                    }
                    if two {
                        of!(1 2 3 4 5 6; 2);
                    } else {
                        of!(1 2 3 4 5 6 7 8 9 10 11 12; 1);
                    }
                }
                from = to;
            }
        }
    }
}

/// `P` neighbouring pixels by up to `8 V` filters.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn pixels<const P: usize, const V: usize>(
    plan: &Plan,
    x: *const f32,
    w: *const f32,
    bias: *const f32,
    relu: bool,
    filters: Filters,
    y: *mut f32,
) {
    let n = plan.channels;
    let step = plan.pixel_step;
    // SAFETY: the caller vouches for the pointers.
    unsafe {
        let mut sums = [[_mm256_setzero_ps(); V]; P];
        if !bias.is_null() {
            sums = [load(bias, filters.mask); P];
        }
        let mut w = w;
        for offset in &plan.runs {
            let mut x = x.add(*offset);
            for _ in 0..plan.run {
                let row: [__m256; V] = load(w, filters.mask);
                for (p, sum) in sums.iter_mut().enumerate() {
                    let v = _mm256_broadcast_ss(&*x.add(p * step));
                    for (s, r) in sum.iter_mut().zip(row) {
                        *s = _mm256_fmadd_ps(v, r, *s);
                    }
                }
                x = x.add(1);
                w = w.wrapping_add(n);
            }
        }
        if relu {
            // The instruction returns the second operand if one is NaN.
            let zero = _mm256_setzero_ps();
            sums.iter_mut().flatten().for_each(|s| *s = _mm256_max_ps(zero, *s));
        }
        for (p, sum) in sums.iter().enumerate() {
            store(y.add(p * n), sum, filters.last);
        }
    }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn load<const V: usize>(from: *const f32, mask: __m256i) -> [__m256; V] {
    let mut row = [_mm256_setzero_ps(); V];
    for (v, r) in row.iter_mut().enumerate() {
        // SAFETY: the caller vouches for full registers and the last one's masked share.
        *r = unsafe {
            let from = from.add(8 * v);
            if v + 1 < V { _mm256_loadu_ps(from) } else { _mm256_maskload_ps(from, mask) }
        };
    }
    row
}

/// Stores registers, the last one in part. It avoids masked stores, which take many times longer on
/// some processors.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn store<const V: usize>(to: *mut f32, row: &[__m256; V], last: usize) {
    for (v, r) in row.iter().enumerate() {
        // SAFETY: the caller vouches for full registers and `last` floats of the last one.
        unsafe {
            let to = to.add(8 * v);
            if v + 1 < V || last == 8 {
                _mm256_storeu_ps(to, *r);
            } else if last == 4 {
                _mm_storeu_ps(to, _mm256_castps256_ps128(*r));
            } else {
                let mut all = [0.0f32; 8];
                _mm256_storeu_ps(all.as_mut_ptr(), *r);
                std::ptr::copy_nonoverlapping(all.as_ptr(), to, last);
            }
        }
    }
}

/// # Safety
/// The slices must have the lengths of a plan of four channels and runs of whole registers, and the
/// processor AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn correlate_by_channel(plan: &Plan, x: &[f32], kernel: &[f32], y: &mut [f32]) {
    for row in 0..plan.rows {
        for from in (0..plan.columns).step_by(3) {
            // SAFETY: the pixels lie inside the picture and the output.
            unsafe {
                let x = x.as_ptr().add(row * plan.row_step + from * plan.pixel_step);
                let y = y.as_mut_ptr().add((row * plan.columns + from) * 4);
                match plan.columns - from {
                    1 => four_channels::<1>(plan, x, kernel.as_ptr(), y),
                    2 => four_channels::<2>(plan, x, kernel.as_ptr(), y),
                    _ => four_channels::<3>(plan, x, kernel.as_ptr(), y),
                }
            }
        }
    }
}

/// `P` neighbouring pixels by four channels, with eight products of each at a time.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn four_channels<const P: usize>(plan: &Plan, x: *const f32, w: *const f32, y: *mut f32) {
    let len = plan.runs.len() * plan.run;
    // SAFETY: the caller vouches for the pointers.
    unsafe {
        let mut sums = [[_mm256_setzero_ps(); 4]; P];
        let mut w = w;
        for offset in &plan.runs {
            for t in (0..plan.run).step_by(8) {
                let mut values = [_mm256_setzero_ps(); P];
                for (p, v) in values.iter_mut().enumerate() {
                    *v = _mm256_loadu_ps(x.add(offset + p * plan.pixel_step + t));
                }
                for c in 0..4 {
                    let row = _mm256_loadu_ps(w.add(c * len));
                    for (sums, v) in sums.iter_mut().zip(values) {
                        sums[c] = _mm256_fmadd_ps(v, row, sums[c]);
                    }
                }
                w = w.wrapping_add(8);
            }
        }
        for (p, [a, b, c, d]) in sums.into_iter().enumerate() {
            let halves = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
            let low = _mm256_castps256_ps128(halves);
            let all = _mm_add_ps(low, _mm256_extractf128_ps::<1>(halves));
            _mm_storeu_ps(y.add(4 * p), all);
        }
    }
}

/// # Safety
/// The slices must have the lengths of the plan, and the processor AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn correlate_kernel(plan: &Plan, x: &[f32], dy: &[f32], gradient: &mut [f32]) {
    let n = plan.channels;
    for first in (0..n).step_by(16) {
        let (filters, two) = filters(n, first);
        let most = if two { SUMS / 2 } else { TAPS };
        // Short runs are combined, so that there are enough sums to work on at a time.
        let together = (most / plan.run).clamp(1, 3);
        let blocks = plan.run.div_ceil(most);
        for (g, runs) in plan.runs.chunks(together).enumerate() {
            let mut from = 0;
            for block in 0..blocks {
                let to = plan.run * (block + 1) / blocks;
                let at = (g * together * plan.run + from) * n + first;
                // SAFETY: the runs, and the gradients of their taps, lie inside their slices.
                unsafe {
                    let x = x.as_ptr().add(from);
                    let d = dy.as_ptr().add(first);
                    let to_gradient = gradient.as_mut_ptr().add(at);
                    macro_rules! of {
                        ($(($g:literal, $($t:literal)*))*; $v:literal) => {
                            match (runs.len(), to - from) {
                                $($(($g, $t) => {
                                    taps::<$g, $t, $v>(plan, x, runs, d, filters, to_gradient)
                                })*)*
                                _ => {}
                            }
                        };
                    }
                    if two {
                        of!((1, 1 2 3 4 5 6) (2, 1 2 3) (3, 1 2); 2);
                    } else {
                        of!((1, 1 2 3 4 5 6 7 8 9 10) (2, 1 2 3 4 5) (3, 1 2 3); 1);
                    }
                }
                from = to;
            }
        }
    }
}

/// `T` neighbouring floats of `G` runs by up to `8 V` filters, summed over all pixels.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn taps<const G: usize, const T: usize, const V: usize>(
    plan: &Plan,
    x: *const f32,
    runs: &[usize],
    dy: *const f32,
    filters: Filters,
    gradient: *mut f32,
) {
    let n = plan.channels;
    // SAFETY: the caller vouches for the pointers.
    unsafe {
        let mut sums = [[[_mm256_setzero_ps(); V]; T]; G];
        let mut dy = dy;
        for row in 0..plan.rows {
            let mut at = [x; G];
            for (at, run) in at.iter_mut().zip(runs) {
                *at = x.add(row * plan.row_step + run);
            }
            for _ in 0..plan.columns {
                let d: [__m256; V] = load(dy, filters.mask);
                for (sums, at) in sums.iter_mut().zip(&mut at) {
                    for (t, sum) in sums.iter_mut().enumerate() {
                        let v = _mm256_broadcast_ss(&*at.add(t));
                        for (s, d) in sum.iter_mut().zip(d) {
                            *s = _mm256_fmadd_ps(v, d, *s);
                        }
                    }
                    *at = at.wrapping_add(plan.pixel_step);
                }
                dy = dy.wrapping_add(n);
            }
        }
        for (g, sums) in sums.iter().enumerate() {
            for (t, sum) in sums.iter().enumerate() {
                let to = gradient.add((g * plan.run + t) * n);
                let mut row: [__m256; V] = load(to, filters.mask);
                row.iter_mut().zip(sum).for_each(|(r, s)| *r = _mm256_add_ps(*r, *s));
                store(to, &row, filters.last);
            }
        }
    }
}
