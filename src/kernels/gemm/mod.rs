//! Matrix products of the sizes in small networks, without allocation.
//!
//! A tile of 6 x 16 results stays in registers over the whole inner loop (the outer-product scheme
//! of Goto and van de Geijn, *Anatomy of High-Performance Matrix Multiplication*, 2008). The right
//! operand is packed panel by panel into a buffer on the stack; the left one is read in place. Each
//! result is summed over the inner dimension in ascending order, in blocks of `KC`, regardless of
//! the rows and columns that are computed with it.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod blocked;
mod shared;

pub use shared::rows_of_first;

#[cfg(target_arch = "x86_64")]
use super::simd::{has_avx2, has_avx512};

const MR: usize = 6;
const NR: usize = 16;
/// The inner dimension of a packed panel: `KC * NR` floats are 8 KiB, a quarter of a first-level
/// cache.
const KC: usize = 128;
/// The columns that are packed together, so that whole runs of cache lines are read: 32 KiB.
#[cfg(target_arch = "x86_64")]
const NC: usize = 64;

/// A read-only matrix in a slice: element (i, j) is `data[i * row_stride + j * column_stride]`.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    data: &'a [f32],
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// A matrix with rows of `columns` elements, one after the other.
    pub fn rows(data: &'a [f32], columns: usize) -> Self {
        Matrix { data, row_stride: columns, column_stride: 1 }
    }

    /// The transpose of the matrix that [`rows`](Self::rows) makes of the same arguments.
    pub fn transposed(data: &'a [f32], columns: usize) -> Self {
        Matrix { data, row_stride: 1, column_stride: columns }
    }

    /// A matrix with any strides, in elements.
    pub fn strided(data: &'a [f32], row_stride: usize, column_stride: usize) -> Self {
        Matrix { data, row_stride, column_stride }
    }

    /// The part of the matrix from this row and this column on.
    fn from(&self, row: usize, column: usize) -> Self {
        let first = row * self.row_stride + column * self.column_stride;
        Matrix { data: &self.data[first.min(self.data.len())..], ..*self }
    }

    fn assert_holds(&self, rows: usize, columns: usize) {
        if rows > 0 && columns > 0 {
            let last = (rows - 1) * self.row_stride + (columns - 1) * self.column_stride;
            assert!(last < self.data.len(), "a matrix of {rows} x {columns} is cut short");
        }
    }
}

/// `c = a b`, or `c += a b` with `accumulate`; `a` is m x k, `b` k x n, `c` row-major m x n.
///
/// # Panics
/// If a slice is too short for its matrix.
pub fn matmul(
    [m, n, k]: [usize; 3],
    a: Matrix<'_>,
    b: Matrix<'_>,
    c: &mut [f32],
    accumulate: bool,
) {
    assert!(c.len() >= m * n, "the result of {m} x {n} is cut short");
    a.assert_holds(m, k);
    b.assert_holds(k, n);
    if !accumulate {
        if k == 0 {
            c[..m * n].fill(0.0);
        }
        if m <= 2 && b.row_stride == 1 && b.column_stride > 1 {
            return shared::dot_products([m, n, k], a, b, c);
        }
        if k == 1 && b.column_stride == 1 {
            return shared::outer_product([m, n], a, b, c);
        }
    }
    shared::product([m, n, k], a, b, c, accumulate);
}

/// The product of matrices that have been checked to hold these elements.
fn product([m, n, k]: [usize; 3], a: Matrix<'_>, b: Matrix<'_>, c: &mut [f32], accumulate: bool) {
    #[cfg(target_arch = "x86_64")]
    if let Some(tiles) = tiles() {
        let c = (c.as_mut_ptr(), n);
        // SAFETY: the processor has the instructions; `matmul` has checked what bounds every access.
        return unsafe { blocked::matmul(tiles, [m, n, k], a, b, c, accumulate) };
    }
    portable([m, n, k], a, b, c, accumulate);
}

/// The widest tiles for the processor's instructions.
#[cfg(target_arch = "x86_64")]
fn tiles() -> Option<&'static blocked::Tiles> {
    match (has_avx2(), has_avx512()) {
        (true, true) => Some(&avx512::TILES),
        (true, false) => Some(&avx2::TILES),
        (false, _) => None,
    }
}

/// `totals[j] += sum over rows of c[i, j]`, with rows in ascending order.
pub fn add_columns(c: &[f32], totals: &mut [f32]) {
    let n = totals.len();
    super::vectorized(|| {
        for row in c.chunks_exact(n) {
            for (total, v) in totals.iter_mut().zip(row) {
                *total += v;
            }
        }
    });
}

/// One or two rows times a transposed matrix, for which packing would cost more than the product.
fn dot_products([m, n, k]: [usize; 3], a: Matrix<'_>, b: Matrix<'_>, c: &mut [f32]) {
    const LANES: usize = 16;
    super::vectorized(|| {
        for i in 0..m {
            for j in 0..n {
                let column = &b.data[j * b.column_stride..][..k];
                let mut sums = [0.0f32; LANES];
                let mut total = 0.0;
                if a.column_stride == 1 {
                    let row = &a.data[i * a.row_stride..][..k];
                    let blocks = k / LANES * LANES;
                    for (x, y) in
                        row[..blocks].chunks_exact(LANES).zip(column[..blocks].chunks_exact(LANES))
                    {
                        for l in 0..LANES {
                            sums[l] += x[l] * y[l];
                        }
                    }
                    for (x, y) in row[blocks..].iter().zip(&column[blocks..]) {
                        total += x * y;
                    }
                } else {
                    for (p, y) in column.iter().enumerate() {
                        total += a.data[i * a.row_stride + p * a.column_stride] * y;
                    }
                }
                c[i * n + j] = total + sums.iter().sum::<f32>();
            }
        }
    });
}

/// One sample's weight gradient: there is no sum, so writing is all the work.
fn outer_product([m, n]: [usize; 2], a: Matrix<'_>, b: Matrix<'_>, c: &mut [f32]) {
    let row = &b.data[..n];
    super::vectorized(|| {
        for (i, out) in c[..m * n].chunks_exact_mut(n).enumerate() {
            let x = a.data[i * a.row_stride];
            for (o, y) in out.iter_mut().zip(row) {
                *o = x * y;
            }
        }
    });
}

/// Copies columns `j..j + W` (zeros beyond `n`) of rows `p..p + kc` of `b` into a panel.
#[inline(always)]
fn pack<const W: usize>(
    b: Matrix<'_>,
    p: usize,
    kc: usize,
    j: usize,
    width: usize,
    panel: &mut [f32],
) {
    if b.column_stride == 1 {
        for (q, out) in panel[..kc * W].chunks_exact_mut(W).enumerate() {
            let row = &b.data[(p + q) * b.row_stride + j..][..width];
            if width == W {
                out.copy_from_slice(row);
            } else {
                out.fill(0.0);
                out[..width].copy_from_slice(row);
            }
        }
    } else if b.row_stride == 1 {
        if width < W {
            panel[..kc * W].fill(0.0);
        }
        // Eight source rows at a time, so that each line of the panel is written in few visits.
        for l in 0..width {
            let column = &b.data[(j + l) * b.column_stride + p..][..kc];
            for (q, v) in column.iter().enumerate() {
                panel[q * W + l] = *v;
            }
        }
    } else {
        for (q, out) in panel[..kc * W].chunks_exact_mut(W).enumerate() {
            out.fill(0.0);
            for (l, v) in out[..width].iter_mut().enumerate() {
                *v = b.data[(p + q) * b.row_stride + (j + l) * b.column_stride];
            }
        }
    }
}

/// The same scheme for processors without AVX2; the compiler vectorises the tile as far as it can.
fn portable([m, n, k]: [usize; 3], a: Matrix<'_>, b: Matrix<'_>, c: &mut [f32], accumulate: bool) {
    let mut panel = [0.0f32; KC * NR];
    for p in (0..k).step_by(KC) {
        let kc = KC.min(k - p);
        let add = accumulate || p > 0;
        for j in (0..n).step_by(NR) {
            let width = NR.min(n - j);
            pack::<NR>(b, p, kc, j, width, &mut panel);
            for i in (0..m).step_by(MR) {
                let height = MR.min(m - i);
                let mut tile = [[0.0f32; NR]; MR];
                for q in 0..kc {
                    let row: &[f32] = &panel[q * NR..][..NR];
                    for (r, sums) in tile[..height].iter_mut().enumerate() {
                        let x = a.data[(i + r) * a.row_stride + (p + q) * a.column_stride];
                        for (sum, y) in sums.iter_mut().zip(row) {
                            *sum += x * y;
                        }
                    }
                }
                for (r, sums) in tile[..height].iter().enumerate() {
                    let out = &mut c[(i + r) * n + j..][..width];
                    for (o, s) in out.iter_mut().zip(sums) {
                        *o = if add { *o + s } else { *s };
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    fn naive([m, n, k]: [usize; 3], a: Matrix<'_>, b: Matrix<'_>) -> Vec<f64> {
        let mut c = vec![0.0; m * n];
        for i in 0..m {
            for j in 0..n {
                for p in 0..k {
                    c[i * n + j] += a.data[i * a.row_stride + p * a.column_stride] as f64
                        * b.data[p * b.row_stride + j * b.column_stride] as f64;
                }
            }
        }
        c
    }

    // 1e-4 absolute, because up to 600 products of numbers below 1 are summed in f32: it leaves a
    // wide margin over rounding and is far below the effect of one wrong element.
    #[test]
    fn every_edge_size_and_layout() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let sizes = [1, 2, 3, 5, 6, 7, 8, 11, 13, 15, 16, 17, 31, 33];
        for _ in 0..400 {
            let m = sizes[rng.gen_range(0..sizes.len())];
            let n = sizes[rng.gen_range(0..sizes.len())];
            let k = [0, 1, 2, 8, 25, 255, 256, 257, 600][rng.gen_range(0..9)];
            let a: Vec<f32> = (0..m * k).map(|_| rng.gen_range(-1.0..1.0)).collect();
            let b: Vec<f32> = (0..k * n).map(|_| rng.gen_range(-1.0..1.0)).collect();
            let a = if rng.r#gen() { Matrix::rows(&a, k) } else { Matrix::transposed(&a, m) };
            let b = if rng.r#gen() { Matrix::rows(&b, n) } else { Matrix::transposed(&b, k) };
            let exact = naive([m, n, k], a, b);
            for accumulate in [false, true] {
                type Product = fn([usize; 3], Matrix<'_>, Matrix<'_>, &mut [f32], bool);
                for product in [matmul as Product, portable as Product] {
                    let mut c = vec![if accumulate { 1.0 } else { 9.0 }; m * n];
                    if k == 0 && !accumulate && product as usize == portable as *const () as usize {
                        continue;
                    }
                    product([m, n, k], a, b, &mut c, accumulate);
                    for (got, want) in c.iter().zip(&exact) {
                        let want = want + if accumulate { 1.0 } else { 0.0 };
                        assert!((*got as f64 - want).abs() < 1e-4, "{m}x{n}x{k}: {got} {want}");
                    }
                }
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn wider_vectors_give_the_same_bits() {
        if !has_avx512() || !has_avx2() {
            return;
        }
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(4);
        for _ in 0..300 {
            let [m, n, k] = [rng.gen_range(1..40), rng.gen_range(1..150), rng.gen_range(1..300)];
            let a: Vec<f32> = (0..m * k).map(|_| rng.gen_range(-1.0..1.0)).collect();
            let b: Vec<f32> = (0..k * n).map(|_| rng.gen_range(-1.0..1.0)).collect();
            let a = if rng.r#gen() { Matrix::rows(&a, k) } else { Matrix::transposed(&a, m) };
            let b = if rng.r#gen() { Matrix::rows(&b, n) } else { Matrix::transposed(&b, k) };
            let accumulate = rng.r#gen();
            let [narrow, wide] = [&avx2::TILES, &avx512::TILES].map(|tiles| {
                // One more element, which must not change.
                let mut c = vec![0.5; m * n + 1];
                let to = (c.as_mut_ptr(), n);
                // SAFETY: the matrices have these sizes, and the processor both sets.
                unsafe { blocked::matmul(tiles, [m, n, k], a, b, to, accumulate) };
                c
            });
            assert_eq!(narrow, wide, "{m} x {n} x {k}");
            assert_eq!(wide[m * n], 0.5);
        }
    }

    #[test]
    fn a_team_gives_the_same_bits() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let sizes = [
            [1, 128, 784],
            [1, 70, 129],
            [1, 300, 500],
            [1, 200, 128],
            [784, 128, 1],
            [75, 203, 61],
            [33, 100, 100],
        ];
        for [m, n, k] in sizes {
            let a: Vec<f32> = (0..m * k).map(|_| rng.gen_range(-1.0..1.0)).collect();
            let b: Vec<f32> = (0..k * n).map(|_| rng.gen_range(-1.0..1.0)).collect();
            for (b, accumulate) in [
                (Matrix::rows(&b, n), false),
                (Matrix::rows(&b, n), true),
                (Matrix::transposed(&b, k), false),
            ] {
                let a = Matrix::rows(&a, k);
                let mut alone = vec![0.5; m * n + 3];
                matmul([m, n, k], a, b, &mut alone, accumulate);
                for members in [2, 3] {
                    let mut shared = vec![0.5; m * n + 3];
                    crate::kernels::Team::new(members)
                        .lend(0.3, || matmul([m, n, k], a, b, &mut shared, accumulate));
                    assert_eq!(shared, alone, "{m} x {n} x {k}");
                }
            }
        }
    }

    #[test]
    fn rows_do_not_depend_on_their_neighbours() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(2);
        let (m, n, k) = (40, 50, 300);
        let a: Vec<f32> = (0..m * k).map(|_| rng.gen_range(-1.0..1.0)).collect();
        let b: Vec<f32> = (0..k * n).map(|_| rng.gen_range(-1.0..1.0)).collect();
        let mut whole = vec![0.0; m * n];
        matmul([m, n, k], Matrix::rows(&a, k), Matrix::rows(&b, n), &mut whole, false);
        let mut part = vec![0.0; 17 * n];
        matmul([17, n, k], Matrix::rows(&a[5 * k..], k), Matrix::rows(&b, n), &mut part, false);
        assert_eq!(part, whole[5 * n..22 * n]);
    }
}
