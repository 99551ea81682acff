//! The directions in which rows differ most.

use std::ops::Range;

use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;

use crate::error::{Error, Result};

/// Columns of the result in one piece of work, and rows summed at once.
const BLOCK: usize = 128;
const CHUNK: usize = 256;

/// The sums over `k` below `length` of `at(k, i) * at(k, j)`, for all i and j below `side`.
pub(super) fn products(
    side: usize,
    length: usize,
    at: impl Fn(usize, usize) -> f64 + Sync,
) -> DMatrix<f64> {
    let piece = |k: Range<usize>, i: usize| {
        DMatrix::from_fn(k.len(), side - i, |row, column| at(k.start + row, i + column))
    };
    let starts: Vec<usize> = (0..side).step_by(BLOCK).collect();
    let strips: Vec<DMatrix<f64>> = starts
        .par_iter()
        .map(|&first| {
            let width = BLOCK.min(side - first);
            let mut sum = DMatrix::zeros(side - first, width);
            for start in (0..length).step_by(CHUNK) {
                crate::stop::step();
                let piece = piece(start..length.min(start + CHUNK), first);
                sum.gemm(1.0, &piece.transpose(), &piece.columns(0, width), 1.0);
            }
            sum
        })
        .collect();
    DMatrix::from_fn(side, side, |i, j| {
        let (low, high) = (i.min(j), i.max(j));
        let first = low / BLOCK * BLOCK;
        strips[low / BLOCK][(high - first, low - first)]
    })
}

/// Eigenvalues, the largest first and none below 0, and their vectors as columns.
pub(super) fn eigen(matrix: DMatrix<f64>) -> Result<(Vec<f64>, DMatrix<f64>)> {
    let side = matrix.nrows();
    // Many times what the iteration takes.
    let steps = 100 * side.max(10);
    let found = SymmetricEigen::try_new(matrix, f64::EPSILON, steps).ok_or_else(|| {
        Error::argument("Pca: the data", "such that no components are found", "less extreme")
            .hint("scale them first, as by StandardScaler")
    })?;
    let mut order: Vec<usize> = (0..side).collect();
    order.sort_by(|a, b| found.eigenvalues[*b].total_cmp(&found.eigenvalues[*a]));
    let values = order.iter().map(|&i| found.eigenvalues[i].max(0.0)).collect();
    Ok((values, found.eigenvectors.select_columns(&order)))
}

/// A vector of length 1 at right angles to those before it: this one, or any, where no variance is
/// left that would give this one a direction.
pub(super) fn unit(vector: Vec<f64>, tiny: f64, before: &[Vec<f64>]) -> Vec<f64> {
    let length = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let scaled = |v: Vec<f64>| {
        let by = length(&v);
        v.into_iter().map(|x| x / by).collect::<Vec<f64>>()
    };
    if length(&vector) > tiny {
        return scaled(vector);
    }
    let size = vector.len();
    let rest = |axis: usize| {
        let mut v = vec![0.0; size];
        v[axis] = 1.0;
        // Twice, because once leaves what rounding left.
        for other in before.iter().chain(before) {
            let along: f64 = v.iter().zip(other).map(|(a, b)| a * b).sum();
            v.iter_mut().zip(other).for_each(|(a, b)| *a -= along * b);
        }
        v
    };
    // There are fewer vectors before than axes, so some axis keeps at least this much of itself.
    let least = ((size - before.len()) as f64 / size as f64).sqrt() * 0.5;
    let axis = (0..size).map(rest).find(|v| length(v) >= least);
    scaled(axis.unwrap_or(vector))
}

/// The vector or its opposite, so that its entry farthest from zero is positive.
pub(super) fn upright(mut vector: Vec<f64>) -> Vec<f64> {
    let farthest = vector.iter().fold(0.0f64, |far, v| if v.abs() > far.abs() { *v } else { far });
    if farthest < 0.0 {
        vector.iter_mut().for_each(|v| *v = -*v);
    }
    vector
}
