//! Matrix products shared by the members of a lent [`Team`](crate::kernels::Team).
//!
//! Every element is summed in the same order as by one thread, so the bits are the same.
//!
//! With one sample, each of two members owns some of the weights' rows: it alone reads and updates
//! them, in every step, so that they and their moments stay in its own cache. To change a line of
//! memory that the other member has read takes several times as long.

use super::{KC, Matrix, product as whole};
use crate::kernels::team::{PIECES, in_pieces, lent, share, share_of_first};

/// The fewest multiplications, or elements written, of a member if there is one row.
const WORTH: usize = 4096;
/// The same for several rows, for which each member packs its part of the right operand.
const WORTH_ROWS: usize = 100_000;
/// The columns that stay together: those of the widest tile.
const COLUMNS: usize = 32;
/// The most sums that the second member keeps until those of the first are done.
const KEPT: usize = 4096;

/// The rows of a matrix that the first of two members owns if the matrix meets a single row: its share
/// in whole blocks of sums, at least one, or all of a matrix that is small.
pub fn rows_of_first([rows, columns]: [usize; 2], share: f32) -> usize {
    if rows <= KC || rows * columns < 2 * WORTH {
        return rows;
    }
    // The sums begin with the first block.
    let blocks = (rows.div_ceil(KC) as f32 * share) as usize;
    (blocks.max(1) * KC).min(rows)
}

/// One or two rows times a transposed matrix; two are not shared.
pub fn dot_products([m, n, k]: [usize; 3], a: Matrix<'_>, b: Matrix<'_>, c: &mut [f32]) {
    let first = rows_of_first([n, k], share_of_first());
    if m != 1 || first == n || lent() < 2 {
        return super::dot_products([m, n, k], a, b, c);
    }
    let (own, others) = c[..n].split_at_mut(first);
    share(&mut [(0, own), (first, others)], |(from, c)| {
        super::dot_products([1, c.len(), k], a, b.from(0, *from), c);
    });
}

/// One sample's weight gradient.
pub fn outer_product([m, n]: [usize; 2], a: Matrix<'_>, b: Matrix<'_>, c: &mut [f32]) {
    if m * n < 2 * WORTH || lent() < 2 {
        return super::outer_product([m, n], a, b, c);
    }
    in_pieces(&mut c[..m * n], n, m * n / WORTH, |first, c| {
        super::outer_product([c.len() / n, n], a.from(first, 0), b, c);
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
    if lent() < 2 || m * n * k < 2 * WORTH {
        whole([m, n, k], a, b, c, accumulate);
    } else if m == 1 && b.column_stride == 1 {
        row_product([n, k], a, b, c, accumulate);
    } else if m * n * k < 2 * WORTH_ROWS {
        whole([m, n, k], a, b, c, accumulate);
    } else if n >= m && n >= 2 * COLUMNS {
        in_columns([m, n, k], a, b, c, accumulate);
    } else {
        in_pieces(&mut c[..m * n], n, m * n * k / WORTH_ROWS, |first, c| {
            whole([c.len() / n, n, k], a.from(first, 0), b, c, accumulate);
        });
    }
}

/// Divides the columns among the members, each of which packs only its part of the right operand.
fn in_columns(
    [m, n, k]: [usize; 3],
    a: Matrix<'_>,
    b: Matrix<'_>,
    c: &mut [f32],
    accumulate: bool,
) {
    #[cfg(target_arch = "x86_64")]
    if let Some(tiles) = super::tiles() {
        let blocks = n.div_ceil(COLUMNS);
        let count = lent().min(m * n * k / WORTH_ROWS).min(blocks).min(PIECES);
        let start = |member: usize| (member * blocks / count * COLUMNS).min(n);
        let to = Columns(c.as_mut_ptr());
        let mut members: [usize; PIECES] = std::array::from_fn(|member| member);
        share(&mut members[..count], |member| {
            let (first, end) = (start(*member), start(*member + 1));
            // SAFETY: `matmul` has checked the sizes, the members' columns do not overlap, and the
            // processor has the instructions.
            unsafe {
                let to = (to.from(first), n);
                super::blocked::matmul(
                    tiles,
                    [m, end - first, k],
                    a,
                    b.from(0, first),
                    to,
                    accumulate,
                );
            }
        });
        return;
    }
    whole([m, n, k], a, b, c, accumulate);
}

/// A result of which each member writes different columns.
struct Columns(*mut f32);

// SAFETY: no element is used by two threads.
unsafe impl Sync for Columns {}

impl Columns {
    /// # Safety
    /// The column must lie inside the matrix.
    unsafe fn from(&self, column: usize) -> *mut f32 {
        // SAFETY: the caller vouches for it.
        unsafe { self.0.add(column) }
    }
}

/// One row times a matrix. The second member's sums are added block by block to those of the first.
fn row_product([n, k]: [usize; 2], a: Matrix<'_>, b: Matrix<'_>, c: &mut [f32], accumulate: bool) {
    let first = rows_of_first([k, n], share_of_first());
    let blocks = (k - first).div_ceil(KC);
    if blocks == 0 || blocks * n > KEPT {
        return whole([1, n, k], a, b, c, accumulate);
    }
    let mut kept = [0.0f32; KEPT];
    let kept = &mut kept[..blocks * n];
    share(&mut [(true, &mut *c), (false, &mut *kept)], |(is_first, to)| {
        if *is_first {
            return whole([1, n, first], a, b, to, accumulate);
        }
        for (sums, from) in to.chunks_exact_mut(n).zip((first..k).step_by(KC)) {
            whole([1, n, KC.min(k - from)], a.from(0, from), b.from(from, 0), sums, false);
        }
    });
    for sums in kept.chunks_exact(n) {
        c[..n].iter_mut().zip(sums).for_each(|(c, sum)| *c += sum);
    }
}
