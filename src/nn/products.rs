//! Products of rows and kernels, with a bias, and their gradients.

use crate::kernels::{Matrix, add_columns, matmul};

/// `y = x kernel + bias`, for as many rows as there are.
pub(super) fn product(
    x: &[f32],
    from: usize,
    (kernel, bias): (&[f32], Option<&[f32]>),
    y: &mut [f32],
) {
    let to = kernel.len() / from;
    if let Some(bias) = bias {
        y.chunks_exact_mut(to).for_each(|row| row.copy_from_slice(bias));
    }
    let shape = [y.len() / to, to, from];
    matmul(shape, Matrix::rows(x, from), Matrix::rows(kernel, to), y, bias.is_some());
}

/// Writes the gradients of such a product by kernel and bias.
pub(super) fn by_weights(
    x: &[f32],
    from: usize,
    dy: &[f32],
    (kernel, bias): (&mut [f32], &mut [f32]),
) {
    let to = kernel.len() / from;
    let shape = [from, to, dy.len() / to];
    matmul(shape, Matrix::transposed(x, from), Matrix::rows(dy, to), kernel, false);
    if !bias.is_empty() {
        bias.fill(0.0);
        add_columns(dy, bias);
    }
}

/// The gradient by what goes into such a product, added if `more`.
pub(super) fn by_input(dy: &[f32], kernel: &[f32], from: usize, dx: &mut [f32], more: bool) {
    let to = kernel.len() / from;
    let shape = [dy.len() / to, from, to];
    matmul(shape, Matrix::rows(dy, to), Matrix::transposed(kernel, to), dx, more);
}

/// Puts rows of `width` into every `stride`-th place.
pub(super) fn spread(rows: &[f32], width: usize, stride: usize, to: &mut [f32]) {
    for (row, to) in rows.chunks_exact(width).zip(to.chunks_mut(stride)) {
        to[..width].copy_from_slice(row);
    }
}
