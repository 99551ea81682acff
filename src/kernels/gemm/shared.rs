//! Products whose work the members of a lent [`Team`](crate::kernels::Team) share.
//!
//! Every element is summed in the same order as by one thread, so that the bits are the same. Where
//! there is one sample, each member takes half of the weights' rows in all products of a step, and
//! the optimiser's update cuts them there too: a member's weights stay in its own second-level cache.

use super::{KC, Matrix, product as whole};
use crate::kernels::team::{lent, share};

/// Multiplications, or elements written, above which two members are faster than one.
const WORTH: usize = 8192;
/// Of a product of several rows, of which each member packs the right operand anew.
const WORTH_ROWS: usize = 200_000;
/// Rows that a member has at least.
const ROWS: usize = 16;
/// Floats of sums that the second member keeps until the first one's are there.
const KEPT: usize = 4096;
const MOST: usize = 16;

/// A piece of a result, and where it begins.
type Piece<'a> = (usize, &'a mut [f32]);

/// Works on `count` parts of `c`, of `len` elements each, in one piece a member.
fn in_pieces(
    count: usize,
    len: usize,
    c: &mut [f32],
    work: impl Fn(usize, usize, &mut [f32]) + Sync,
) {
    let members = lent().min(count).clamp(1, MOST);
    let mut pieces: [Piece<'_>; MOST] = Default::default();
    let mut rest = &mut c[..count * len];
    for (i, piece) in pieces[..members].iter_mut().enumerate() {
        let (first, end) = (i * count / members, (i + 1) * count / members);
        let (own, after) = std::mem::take(&mut rest).split_at_mut((end - first) * len);
        *piece = (first, own);
        rest = after;
    }
    share(&mut pieces[..members], |(first, own)| work(*first, own.len() / len.max(1), own));
}

/// One or two rows times a transposed matrix.
pub fn dot_products([m, n, k]: [usize; 3], a: Matrix<'_>, b: Matrix<'_>, c: &mut [f32]) {
    if m != 1 || n * k < WORTH || lent() < 2 {
        return super::dot_products([m, n, k], a, b, c);
    }
    in_pieces(n, 1, c, |first, count, c| {
        super::dot_products([1, count, k], a, b.from(0, first), c);
    });
}

/// One sample's weight gradient.
pub fn outer_product([m, n]: [usize; 2], a: Matrix<'_>, b: Matrix<'_>, c: &mut [f32]) {
    if m * n < WORTH || lent() < 2 {
        return super::outer_product([m, n], a, b, c);
    }
    in_pieces(m, n, c, |first, count, c| {
        super::outer_product([count, n], a.from(first, 0), b, c);
    });
}

/// `c = a b`, or `c += a b` with `accumulate`.
pub fn product(
    [m, n, k]: [usize; 3],
    a: Matrix<'_>,
    b: Matrix<'_>,
    c: &mut [f32],
    accumulate: bool,
) {
    if lent() < 2 || m * n * k < WORTH {
        whole([m, n, k], a, b, c, accumulate);
    } else if m == 1 && b.column_stride == 1 && k > KC {
        row_product([n, k], a, b, c, accumulate);
    } else if m >= 2 * ROWS && m * n * k >= WORTH_ROWS {
        in_pieces(m, n, c, |first, count, c| {
            whole([count, n, k], a.from(first, 0), b, c, accumulate);
        });
    } else {
        whole([m, n, k], a, b, c, accumulate);
    }
}

/// One row times a matrix: the second member's sums, block by block, are added to the first one's.
fn row_product([n, k]: [usize; 2], a: Matrix<'_>, b: Matrix<'_>, c: &mut [f32], accumulate: bool) {
    let first = k.div_ceil(KC) / 2 * KC;
    let blocks = (k - first).div_ceil(KC);
    if blocks * n > KEPT {
        return whole([1, n, k], a, b, c, accumulate);
    }
    let mut kept = [0.0f32; KEPT];
    let kept = &mut kept[..blocks * n];
    share(&mut [(0, &mut *c), (first, &mut *kept)], |(from, to)| match *from {
        0 => whole([1, n, first], a, b, to, accumulate),
        _ => {
            for (sums, from) in to.chunks_exact_mut(n).zip((first..k).step_by(KC)) {
                whole([1, n, KC.min(k - from)], a.from(0, from), b.from(from, 0), sums, false);
            }
        }
    });
    for sums in kept.chunks_exact(n) {
        c[..n].iter_mut().zip(sums).for_each(|(c, sum)| *c += sum);
    }
}
