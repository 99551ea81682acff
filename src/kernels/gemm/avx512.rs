//! Matrix products by AVX-512 instructions: tiles of 12 x 32 in 24 of the 32 registers.
//!
//! Each sum has the same order as with AVX2, and so the same bits.

use super::avx2::pack_block;
use super::blocked::{Operands, Out, Tiles};
use std::arch::x86_64::*;

const ROWS: usize = 12;
const COLUMNS: usize = 32;

/// The tiles for processors that have them and AVX2.
pub const TILES: Tiles = Tiles {
    rows: ROWS,
    columns: COLUMNS,
    tile: any_tile,
    row: tile::<1, 4>,
    pack: pack_block::<COLUMNS>,
};

/// # Safety
/// As [`tile`], of `height` rows.
#[target_feature(enable = "avx512f")]
unsafe fn any_tile(height: usize, args: Operands, out: Out) {
    // SAFETY: the caller vouches for the pointers.
    unsafe {
        match (height, out.2 > 16) {
            (12, true) => tile::<12, 2>(args, out),
            (11, true) => tile::<11, 2>(args, out),
            (10, true) => tile::<10, 2>(args, out),
            (9, true) => tile::<9, 2>(args, out),
            (8, true) => tile::<8, 2>(args, out),
            (7, true) => tile::<7, 2>(args, out),
            (6, true) => tile::<6, 2>(args, out),
            (5, true) => tile::<5, 2>(args, out),
            (4, true) => tile::<4, 2>(args, out),
            (3, true) => tile::<3, 2>(args, out),
            (2, true) => tile::<2, 2>(args, out),
            (_, true) => tile::<1, 2>(args, out),
            (12, false) => tile::<12, 1>(args, out),
            (11, false) => tile::<11, 1>(args, out),
            (10, false) => tile::<10, 1>(args, out),
            (9, false) => tile::<9, 1>(args, out),
            (8, false) => tile::<8, 1>(args, out),
            (7, false) => tile::<7, 1>(args, out),
            (6, false) => tile::<6, 1>(args, out),
            (5, false) => tile::<5, 1>(args, out),
            (4, false) => tile::<4, 1>(args, out),
            (3, false) => tile::<3, 1>(args, out),
            (2, false) => tile::<2, 1>(args, out),
            (_, false) => tile::<1, 1>(args, out),
        }
    }
}

/// One register tile of `M` rows and `16 V` columns, of which `width` are stored.
///
/// # Safety
/// The operands must hold `M` rows and `16 V` columns, and the result `width` columns.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn tile<const M: usize, const V: usize>(
    (a, a_rs, a_cs, b, b_rs, kc): Operands,
    (c, c_rs, width, add): Out,
) {
    // SAFETY: the caller vouches for the pointers; masks keep the last columns inside the result.
    unsafe {
        let mut sums = [[_mm512_setzero_ps(); V]; M];
        let mut a = a;
        let mut b = b;
        for _ in 0..kc {
            let mut row = [_mm512_setzero_ps(); V];
            for (v, r) in row.iter_mut().enumerate() {
                *r = _mm512_loadu_ps(b.add(16 * v));
            }
            for (r, sum) in sums.iter_mut().enumerate() {
                let x = _mm512_set1_ps(*a.add(r * a_rs));
                for v in 0..V {
                    sum[v] = _mm512_fmadd_ps(x, row[v], sum[v]);
                }
            }
            a = a.wrapping_add(a_cs);
            b = b.wrapping_add(b_rs);
        }
        for (r, sum) in sums.iter().enumerate() {
            for (v, s) in sum.iter().enumerate() {
                let stored = width.saturating_sub(16 * v).min(16);
                let mask = ((1u32 << stored) - 1) as __mmask16;
                let out = c.add(r * c_rs + 16 * v);
                let s = match add {
                    true => _mm512_add_ps(_mm512_maskz_loadu_ps(mask, out), *s),
                    false => *s,
                };
                _mm512_mask_storeu_ps(out, mask, s);
            }
        }
    }
}
