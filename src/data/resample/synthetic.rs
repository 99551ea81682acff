//! New rows between old ones.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::array::Array;
use crate::data::Dataset;
use crate::error::{Error, Result};

/// New rows and their classes, class by class.
pub(super) struct Synthetic {
    x: Vec<f32>,
    labels: Vec<usize>,
}

impl Synthetic {
    /// Room for so many rows of this width.
    pub(super) fn new(who: &str, rows: usize, width: usize) -> Result<Self> {
        let (mut x, mut labels) = (Vec::new(), Vec::new());
        let reserved = rows.checked_mul(width).is_some_and(|n| {
            u32::try_from(rows).is_ok()
                && x.try_reserve_exact(n).is_ok()
                && labels.try_reserve_exact(rows).is_ok()
        });
        match reserved {
            true => Ok(Synthetic { x, labels }),
            false => {
                let what = format!("{who}: the number of new rows");
                Err(Error::argument(what, rows, "what memory can hold"))
            }
        }
    }

    /// A row on the way from one to another: `from + step (to - from)`.
    pub(super) fn between(&mut self, class: usize, from: &[f32], to: &[f32], step: f64) {
        let point = |(a, b): (&f32, &f32)| {
            let (a, b) = (f64::from(*a), f64::from(*b));
            (a + step * (b - a)) as f32
        };
        self.push(class, from.iter().zip(to).map(point));
    }

    pub(super) fn push(&mut self, class: usize, row: impl Iterator<Item = f32>) {
        self.x.extend(row);
        self.labels.push(class);
    }

    /// The data with the new rows after their own.
    pub(super) fn below(self, data: &Dataset) -> Result<Dataset> {
        let mut shape = data.x().shape().to_vec();
        if let Some(rows) = shape.first_mut() {
            *rows = self.labels.len();
        }
        let x = Array::new(shape, self.x)?;
        data.with_synthetic_rows(x, self.labels)
    }
}

/// Numbers below `n`, `count` of them.
pub(super) fn draw(rng: &mut ChaCha8Rng, n: usize, count: usize) -> Vec<usize> {
    // Drawn as u64, so that machines with another usize agree.
    (0..count).map(|_| rng.gen_range(0..n as u64) as usize).collect()
}

/// The rows of a class.
pub(super) fn members(data: &Dataset, class: usize) -> Vec<usize> {
    (0..data.len()).filter(|&row| data.labels()[row] == class).collect()
}

/// The rows of a class in words.
pub(super) fn whose(data: &Dataset, class: usize) -> String {
    format!("class '{}'", data.classes()[class])
}
