//! Matrix products by AVX2 and FMA instructions.

use super::blocked::{Operands, Out, Tiles};
use super::{MR, Matrix, NR, pack};
use std::arch::x86_64::*;

/// The tiles for processors that have them.
pub const TILES: Tiles =
    Tiles { rows: MR, columns: NR, tile: any_tile, row: tile::<1, 8>, pack: pack_block::<NR> };

/// # Safety
/// As [`tile`], of `height` rows.
#[target_feature(enable = "avx2,fma")]
unsafe fn any_tile(height: usize, args: Operands, out: Out) {
    // SAFETY: the caller vouches for the pointers.
    unsafe {
        match (height, out.2 > 8) {
            (6, true) => tile::<6, 2>(args, out),
            (5, true) => tile::<5, 2>(args, out),
            (4, true) => tile::<4, 2>(args, out),
            (3, true) => tile::<3, 2>(args, out),
            (2, true) => tile::<2, 2>(args, out),
            (_, true) => tile::<1, 2>(args, out),
            (6, false) => tile::<6, 1>(args, out),
            (5, false) => tile::<5, 1>(args, out),
            (4, false) => tile::<4, 1>(args, out),
            (3, false) => tile::<3, 1>(args, out),
            (2, false) => tile::<2, 1>(args, out),
            (_, false) => tile::<1, 1>(args, out),
        }
    }
}

/// Copies `columns` columns, beginning with `first`, of rows `p..p + kc` into panels of `W`
/// columns; the last one is filled up with zeros.
///
/// # Safety
/// `block` must hold `kc` times `columns` floats, rounded up to a multiple of `W` columns.
#[target_feature(enable = "avx2,fma")]
pub unsafe fn pack_block<const W: usize>(
    b: Matrix<'_>,
    [p, kc]: [usize; 2],
    [first, columns]: [usize; 2],
    block: *mut f32,
) {
    let whole = columns / W * W;
    // SAFETY: rows p..p + kc and columns first..first + columns lie inside the matrix, and
    // panel j / W begins at j * kc.
    unsafe {
        if b.column_stride == 1 && whole > 0 {
            for q in 0..kc {
                let row = b.data.as_ptr().add((p + q) * b.row_stride + first);
                for j in (0..whole).step_by(W) {
                    let to = block.add(j * kc + q * W);
                    for l in (0..W).step_by(8) {
                        _mm256_storeu_ps(to.add(l), _mm256_loadu_ps(row.add(j + l)));
                    }
                }
            }
        } else if b.row_stride == 1 && whole > 0 {
            for j in (0..whole).step_by(8) {
                let column = b.data.as_ptr().add((first + j) * b.column_stride + p);
                let to = block.add(j / W * W * kc + j % W);
                let mut q = 0;
                while q + 8 <= kc {
                    transpose::<W>(column.add(q), b.column_stride, to.add(q * W));
                    q += 8;
                }
                for q in q..kc {
                    for l in 0..8 {
                        *to.add(q * W + l) = *column.add(l * b.column_stride + q);
                    }
                }
            }
        } else if whole > 0 {
            for j in (0..whole).step_by(W) {
                let panel = std::slice::from_raw_parts_mut(block.add(j * kc), kc * W);
                pack::<W>(b, p, kc, first + j, W, panel);
            }
        }
        if columns > whole {
            let panel = std::slice::from_raw_parts_mut(block.add(whole * kc), kc * W);
            pack::<W>(b, p, kc, first + whole, columns - whole, panel);
        }
    }
}

/// Writes eight columns of eight elements as eight rows of a panel.
///
/// # Safety
/// All 64 elements must be readable at `from` and writable at `to`.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn transpose<const W: usize>(from: *const f32, stride: usize, to: *mut f32) {
    // SAFETY: the caller vouches for the pointers.
    unsafe {
        let r: [__m256; 8] = std::array::from_fn(|l| _mm256_loadu_ps(from.add(l * stride)));
        let t = [
            _mm256_unpacklo_ps(r[0], r[1]),
            _mm256_unpackhi_ps(r[0], r[1]),
            _mm256_unpacklo_ps(r[2], r[3]),
            _mm256_unpackhi_ps(r[2], r[3]),
            _mm256_unpacklo_ps(r[4], r[5]),
            _mm256_unpackhi_ps(r[4], r[5]),
            _mm256_unpacklo_ps(r[6], r[7]),
            _mm256_unpackhi_ps(r[6], r[7]),
        ];
        let u = [
            _mm256_shuffle_ps::<0x44>(t[0], t[2]),
            _mm256_shuffle_ps::<0xee>(t[0], t[2]),
            _mm256_shuffle_ps::<0x44>(t[1], t[3]),
            _mm256_shuffle_ps::<0xee>(t[1], t[3]),
            _mm256_shuffle_ps::<0x44>(t[4], t[6]),
            _mm256_shuffle_ps::<0xee>(t[4], t[6]),
            _mm256_shuffle_ps::<0x44>(t[5], t[7]),
            _mm256_shuffle_ps::<0xee>(t[5], t[7]),
        ];
        for i in 0..4 {
            let low = _mm256_permute2f128_ps::<0x20>(u[i], u[i + 4]);
            let high = _mm256_permute2f128_ps::<0x31>(u[i], u[i + 4]);
            _mm256_storeu_ps(to.add(i * W), low);
            _mm256_storeu_ps(to.add((i + 4) * W), high);
        }
    }
}

/// One register tile of `M` rows and `8 V` columns, of which `width` are stored.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn tile<const M: usize, const V: usize>(
    (a, a_rs, a_cs, b, b_rs, kc): Operands,
    (c, c_rs, width, add): Out,
) {
    // SAFETY: the caller vouches for the pointers.
    unsafe {
        let mut sums = [[_mm256_setzero_ps(); V]; M];
        let mut a = a;
        let mut b = b;
        for _ in 0..kc {
            let mut row = [_mm256_setzero_ps(); V];
            for (v, r) in row.iter_mut().enumerate() {
                *r = _mm256_loadu_ps(b.add(8 * v));
            }
            for (r, sum) in sums.iter_mut().enumerate() {
                let x = _mm256_broadcast_ss(&*a.add(r * a_rs));
                for v in 0..V {
                    sum[v] = _mm256_fmadd_ps(x, row[v], sum[v]);
                }
            }
            a = a.wrapping_add(a_cs);
            b = b.wrapping_add(b_rs);
        }
        if width == 8 * V {
            for (r, sum) in sums.iter().enumerate() {
                for (v, s) in sum.iter().enumerate() {
                    let out = c.add(r * c_rs + 8 * v);
                    let s = if add { _mm256_add_ps(_mm256_loadu_ps(out), *s) } else { *s };
                    _mm256_storeu_ps(out, s);
                }
            }
        } else {
            for (r, sum) in sums.iter().enumerate() {
                let mut buffer = [0.0f32; 16];
                for (v, s) in sum.iter().enumerate() {
                    _mm256_storeu_ps(buffer.as_mut_ptr().add(8 * v), *s);
                }
                for (l, s) in buffer[..width].iter().enumerate() {
                    let out = c.add(r * c_rs + l);
                    *out = if add { *out + s } else { *s };
                }
            }
        }
    }
}
