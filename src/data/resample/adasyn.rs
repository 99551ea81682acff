//! ADASYN.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::neighbors::nearest;
use super::strategy::SamplingStrategy;
use super::synthetic::{Synthetic, draw, members, whose};
use crate::data::Dataset;
use crate::data::scaler::check;
use crate::error::{Error, Result};

const WHO: &str = "Adasyn";

/// Adaptive synthetic sampling (He and others 2008): as SMOTE, with more new rows from those rows
/// whose `n_neighbors` nearest are of other classes. Each row's number is rounded by itself, so that
/// a class can end a few rows beside its goal.
///
/// The data's rows stay first; new ones follow class by class. Distances are of the features as they
/// are, so scale them first.
///
/// ```
/// use dfdx_lab::{Array, data::{Adasyn, Dataset}};
/// let x = Array::new([9, 1], (0..9).map(|v| v as f32).collect())?;
/// let data = Dataset::new(x, vec![0, 0, 0, 0, 0, 0, 1, 1, 1], ["often", "rare"])?;
/// let sampler = Adasyn::new().n_neighbors(2);
/// assert_eq!(sampler.new_rows(&data, "rare", 3)?, [(6, 3), (7, 0), (8, 0)]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Adasyn {
    n_neighbors: usize,
    pub(super) strategy: SamplingStrategy,
    pub(super) seed: u64,
}

impl Default for Adasyn {
    fn default() -> Self {
        Adasyn::new()
    }
}

impl Adasyn {
    /// 5 neighbours; every class but the majority gets about as many rows as that.
    pub fn new() -> Self {
        Adasyn { n_neighbors: 5, strategy: SamplingStrategy::Auto, seed: 0 }
    }

    /// The number of nearest rows, both of all rows and of the class; 5 by default.
    pub fn n_neighbors(mut self, n: usize) -> Self {
        self.n_neighbors = n;
        self
    }

    /// The data with new rows after their own.
    ///
    /// # Errors
    /// If a class to be filled has no more rows than neighbours are asked for, no row of another
    /// class is near one of its rows, or no new row is left after rounding. If the sampling strategy
    /// does not fit the data, the data have no labels, or a feature is not finite.
    pub fn fit_resample(&self, data: &Dataset) -> Result<Dataset> {
        let goals = self.strategy.added(WHO, data)?;
        let width = check(WHO, data, &(0..data.len()).collect::<Vec<_>>())?;
        // Rounding up adds at most one for every two rows.
        let total = goals.iter().fold(data.len(), |n, g| n.saturating_add(g.1));
        let mut new = Synthetic::new(WHO, total, width)?;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let (k, x) = (self.n_neighbors, data.local_x());
        for (class, count) in goals {
            let numbers = self.numbers(data, class, count)?;
            let rows = members(data, class);
            let names = ("Adasyn: n_neighbors", &*whose(data, class));
            let near = nearest(names, &x, &rows, &rows, k)?;
            for ((row, number), near) in numbers.into_iter().zip(near.chunks_exact(k)) {
                for place in draw(&mut rng, k, number) {
                    let (from, to) = (x.row(row), x.row(near[place]));
                    new.between(class, from, to, rng.r#gen());
                }
            }
        }
        new.below(data)
    }

    /// How many new rows each row of the class of this name would get of `count` in all: the rows'
    /// indices and their numbers, by rounding halves to even.
    ///
    /// # Errors
    /// If there is no such class, no more rows than neighbours are asked for, or as
    /// [`fit_resample`](Self::fit_resample) for want of neighbours of other classes.
    pub fn new_rows(
        &self,
        data: &Dataset,
        class: &str,
        count: usize,
    ) -> Result<Vec<(usize, usize)>> {
        self.numbers(data, data.class_index(class)?, count)
    }

    fn numbers(&self, data: &Dataset, class: usize, count: usize) -> Result<Vec<(usize, usize)>> {
        let all: Vec<usize> = (0..data.len()).collect();
        let (rows, k) = (members(data, class), self.n_neighbors);
        let near = nearest(("Adasyn: n_neighbors", "the data"), &data.local_x(), &all, &rows, k)?;
        let others = |near: &[usize]| near.iter().filter(|&&n| data.labels()[n] != class).count();
        let shares: Vec<f64> =
            near.chunks_exact(k).map(|near| others(near) as f64 / k as f64).collect();
        let sum: f64 = shares.iter().sum();
        let who = whose(data, class);
        if sum == 0.0 {
            let what = format!("Adasyn: the neighbours of other classes of {who}");
            return Err(Error::argument(what, 0, "at least 1").hint("use Smote instead"));
        }
        let number = |share: f64| (share / sum * count as f64).round_ties_even() as usize;
        let numbers: Vec<(usize, usize)> =
            rows.into_iter().zip(shares).map(|(row, share)| (row, number(share))).collect();
        if numbers.iter().all(|n| n.1 == 0) {
            let what = format!("Adasyn: the new rows of {who}, {count} shared out and rounded");
            return Err(Error::argument(what, 0, "at least 1").hint("use Smote instead"));
        }
        Ok(numbers)
    }
}
