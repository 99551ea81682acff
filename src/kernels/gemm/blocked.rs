//! The loops over a product's blocks, panels and tiles, for any width of vectors.

use super::{KC, Matrix, NC};

/// The parts that depend on the instruction set. The functions may be called only if the processor
/// has the instructions.
pub struct Tiles {
    /// The rows of a tile.
    pub rows: usize,
    /// The columns of a tile, and of a panel.
    pub columns: usize,
    /// Computes a tile with this many rows.
    pub tile: unsafe fn(usize, Operands, Out),
    /// Computes `NC` columns of one row: its sums are independent, which hides their latency.
    pub row: unsafe fn(Operands, Out),
    /// Copies columns of rows `p..p + kc` into panels: [p, kc], [first column, columns], to.
    pub pack: unsafe fn(Matrix<'_>, [usize; 2], [usize; 2], *mut f32),
}

/// a, its row and column stride, b, its row stride, and the length of the sums.
pub type Operands = (*const f32, usize, usize, *const f32, usize, usize);
/// c, its row stride, the number of columns to store, and whether the sums are added to c.
pub type Out = (*mut f32, usize, usize, bool);

/// # Safety
/// The matrices must hold m x k and k x n elements, `c` m rows of n elements that begin `c_rs` apart
/// and that nobody else uses, and the processor have the instructions of the tiles.
pub unsafe fn matmul(
    tiles: &Tiles,
    [m, n, k]: [usize; 3],
    a: Matrix<'_>,
    b: Matrix<'_>,
    (c, c_rs): (*mut f32, usize),
    accumulate: bool,
) {
    // Floats have no invalid bit patterns, and pack writes every element that a tile reads.
    let mut block = std::mem::MaybeUninit::<[f32; KC * NC]>::uninit();
    let block: *mut f32 = block.as_mut_ptr().cast();
    let (a_rs, a_cs) = (a.row_stride, a.column_stride);
    // A panel that few rows use is cheaper to read in place.
    let in_place = b.column_stride == 1 && m <= 12;
    for p in (0..k).step_by(KC) {
        let kc = KC.min(k - p);
        let add = accumulate || p > 0;
        for first in (0..n).step_by(NC) {
            let columns = NC.min(n - first);
            if !in_place {
                // SAFETY: the block holds kc rows of up to NC columns, in whole panels.
                unsafe { (tiles.pack)(b, [p, kc], [first, columns], block) };
            }
            if m == 1 && in_place && columns == NC {
                // SAFETY: the row's and the matrix' elements lie inside their slices.
                unsafe {
                    let a_ptr = a.data.as_ptr().add(p * a_cs);
                    let b_ptr = b.data.as_ptr().add(p * b.row_stride + first);
                    let args = (a_ptr, a_rs, a_cs, b_ptr, b.row_stride, kc);
                    (tiles.row)(args, (c.add(first), c_rs, NC, add));
                }
                continue;
            }
            for j in (0..columns).step_by(tiles.columns) {
                let width = tiles.columns.min(columns - j);
                // SAFETY: the panel that begins with column j; the columns lie inside the matrices.
                let (b_ptr, b_rs) = unsafe {
                    if in_place && width == tiles.columns {
                        let at = p * b.row_stride + first + j;
                        (b.data.as_ptr().add(at), b.row_stride)
                    } else {
                        if in_place {
                            (tiles.pack)(b, [p, kc], [first + j, width], block.add(j * kc));
                        }
                        (block.add(j * kc).cast_const(), tiles.columns)
                    }
                };
                for i in (0..m).step_by(tiles.rows) {
                    let height = tiles.rows.min(m - i);
                    // SAFETY: the tile's rows and columns lie inside the matrices.
                    unsafe {
                        let a_ptr = a.data.as_ptr().add(i * a_rs + p * a_cs);
                        let c_ptr = c.add(i * c_rs + first + j);
                        let args = (a_ptr, a_rs, a_cs, b_ptr, b_rs, kc);
                        (tiles.tile)(height, args, (c_ptr, c_rs, width, add));
                    }
                }
            }
        }
    }
}
