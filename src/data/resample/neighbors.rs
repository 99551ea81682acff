//! The nearest rows, by comparing with every one.

use rayon::prelude::*;

use crate::array::Array;
use crate::error::{Error, Result};

/// The `k` rows nearest to each row of `of` among those of `among`, itself left out: nearest first,
/// the smaller index first of equals; `k` for each, one after the other. All indices are the array's.
///
/// # Errors
/// If a row of `of` has fewer than `k` others; `what` names the setting and `whose` the rows.
pub(super) fn nearest(
    (what, whose): (&str, &str),
    x: &Array,
    among: &[usize],
    of: &[usize],
    k: usize,
) -> Result<Vec<usize>> {
    if k == 0 || k >= among.len() {
        let expected = format!("at least 1 and less than the {} rows of {whose}", among.len());
        return Err(Error::argument(what, k, expected));
    }
    let (candidates, queries) = (Padded::new(x, among), Padded::new(x, of));
    let blocks = of.par_chunks(QUERIES).enumerate();
    let found = blocks.map(|(block, of)| {
        crate::stop::step();
        let mut best: Vec<Best> = of.iter().map(|_| Best::new(k)).collect();
        for first in (0..among.len()).step_by(CANDIDATES) {
            let last = among.len().min(first + CANDIDATES);
            for (i, (&row, best)) in of.iter().zip(&mut best).enumerate() {
                let query = queries.row(block * QUERIES + i);
                for (c, &other) in (first..last).zip(&among[first..last]) {
                    if best.may_hold(rough(query, candidates.row(c))) && other != row {
                        best.add(exact(x.row(row), x.row(other)), other, candidates.width);
                    }
                }
            }
        }
        best.into_iter().flat_map(|b| b.rows.into_iter().map(|r| r.1)).collect::<Vec<_>>()
    });
    Ok(found.collect::<Vec<_>>().concat())
}

/// A block of candidates stays in the cache while it is compared with a block of queries.
const QUERIES: usize = 32;
const CANDIDATES: usize = 512;
/// Distances are summed in this many lanes.
const LANES: usize = 8;

/// Rows side by side, filled up with zeros to whole lanes.
struct Padded {
    data: Vec<f32>,
    width: usize,
}

impl Padded {
    fn new(x: &Array, rows: &[usize]) -> Self {
        let width = x.row_len().next_multiple_of(LANES);
        let mut data = vec![0.0; rows.len() * width];
        for (to, &row) in data.chunks_exact_mut(width).zip(rows) {
            to[..x.row_len()].copy_from_slice(x.row(row));
        }
        Padded { data, width }
    }

    fn row(&self, i: usize) -> &[f32] {
        &self.data[i * self.width..(i + 1) * self.width]
    }
}

/// The nearest rows so far of one query, in order.
struct Best {
    rows: Vec<(f64, usize)>,
    k: usize,
    /// No rough distance above this can belong to one of them.
    limit: f32,
}

impl Best {
    fn new(k: usize) -> Self {
        Best { rows: Vec::with_capacity(k + 1), k, limit: f32::INFINITY }
    }

    fn may_hold(&self, rough: f32) -> bool {
        rough <= self.limit
    }

    fn add(&mut self, distance: f64, row: usize, width: usize) {
        let new = (distance, row);
        let before = |old: &(f64, usize)| old.0.total_cmp(&new.0).then(old.1.cmp(&new.1)).is_lt();
        self.rows.insert(self.rows.partition_point(before), new);
        self.rows.truncate(self.k);
        if let (true, Some(last)) = (self.rows.len() == self.k, self.rows.last()) {
            // A difference, its square and each sum are off by at most half a unit in the last place.
            let error = (width / LANES + LANES + 4) as f64 * f64::from(f32::EPSILON);
            // What underflows is smaller than the smallest number there is for each value.
            let tiny = width as f64 * f64::from(f32::MIN_POSITIVE);
            self.limit = (last.0 * (1.0 + error) + tiny) as f32;
        }
    }
}

/// The square of the distance, in single precision.
fn rough(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += (a - b) * (a - b);
        }
    }
    sums.iter().sum()
}

fn exact(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slow(x: &Array, among: &[usize], row: usize, k: usize) -> Vec<usize> {
        let mut all: Vec<(f64, usize)> = among
            .iter()
            .filter(|&&r| r != row)
            .map(|&r| (exact(x.row(row), x.row(r)), r))
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        all.into_iter().take(k).map(|r| r.1).collect()
    }

    proptest! {
        #[test]
        fn are_those_of_a_full_sort(
            values in prop::collection::vec(-4i8..4, 9 * 60),
            width in 1usize..10,
            k in 1usize..8,
            scale in prop::sample::select(vec![1.0f32, 1e-23, 3e18, 0.1]),
        ) {
            let rows = values.len() / width;
            let data = values[..rows * width].iter().map(|v| f32::from(*v) * scale).collect();
            let x = Array::new([rows, width], data).unwrap();
            let among: Vec<usize> = (0..rows).filter(|r| r % 3 != 1).collect();
            let of: Vec<usize> = (0..rows).rev().collect();
            let got = nearest(("k", "all"), &x, &among, &of, k).unwrap();
            for (found, row) in got.chunks_exact(k).zip(&of) {
                prop_assert_eq!(found, slow(&x, &among, *row, k));
            }
        }
    }

    #[test]
    fn too_few_rows_are_an_error() {
        let x = Array::zeros([3, 2]).unwrap();
        assert_eq!(nearest(("k", "all"), &x, &[0, 1, 2], &[1], 2).unwrap(), [0, 2]);
        let text = nearest(("k", "class 'a'"), &x, &[0, 1, 2], &[1], 3).unwrap_err().to_string();
        assert!(text.contains("k is 3") && text.contains("3 rows of class 'a'"), "{text}");
        assert!(nearest(("k", "all"), &x, &[0, 1], &[1], 0).is_err());
    }
}
