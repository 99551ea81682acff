//! SMOTE.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::neighbors::nearest;
use super::strategy::SamplingStrategy;
use super::synthetic::{Synthetic, draw, members, whose};
use crate::data::Dataset;
use crate::data::scaler::check;
use crate::error::Result;

const WHO: &str = "Smote";

/// Synthetic minority over-sampling (Chawla and others 2002): each new row is a point drawn
/// uniformly on the line from a row of the class to one of its `k_neighbors` nearest of the class.
///
/// The data's rows stay first; new ones follow class by class. Distances are of the features as they
/// are, so scale them first.
///
/// ```
/// use dfdx_lab::{Array, data::{Dataset, Smote}};
/// let x = Array::new([8, 1], (0..8).map(|v| v as f32).collect())?;
/// let data = Dataset::new(x, vec![0, 0, 0, 0, 0, 1, 1, 1], ["often", "rare"])?;
/// let balanced = Smote::new().k_neighbors(2).seed(1).fit_resample(&data)?;
/// assert_eq!(balanced.class_counts(), [5, 5]);
/// assert!((5.0..=7.0).contains(&balanced.x().data()[9]));
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Smote {
    k_neighbors: usize,
    pub(super) strategy: SamplingStrategy,
    pub(super) seed: u64,
}

impl Default for Smote {
    fn default() -> Self {
        Smote::new()
    }
}

impl Smote {
    /// 5 neighbours; every class but the majority gets as many rows as that.
    pub fn new() -> Self {
        Smote { k_neighbors: 5, strategy: SamplingStrategy::Auto, seed: 0 }
    }

    /// How many nearest rows of its class a row may be joined with; 5 by default.
    pub fn k_neighbors(mut self, k: usize) -> Self {
        self.k_neighbors = k;
        self
    }

    /// The data with new rows after their own.
    ///
    /// # Errors
    /// If a class to be filled has no more rows than neighbours are asked for, the sampling strategy
    /// does not fit the data, the data have no labels, or a feature is not finite.
    pub fn fit_resample(&self, data: &Dataset) -> Result<Dataset> {
        let goals = self.strategy.added(WHO, data)?;
        let width = check(WHO, data, &(0..data.len()).collect::<Vec<_>>())?;
        let total = goals.iter().fold(0usize, |n, g| n.saturating_add(g.1));
        let mut new = Synthetic::new(WHO, total, width)?;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let x = data.local_x();
        for (class, count) in goals {
            let rows = members(data, class);
            let near = self.neighbors_of(data, class, &rows)?;
            let pairs = draw(&mut rng, near.len(), count);
            for pair in pairs {
                let (from, to) = (rows[pair / self.k_neighbors], near[pair]);
                new.between(class, x.row(from), x.row(to), rng.r#gen());
            }
        }
        new.below(data)
    }

    /// The nearest rows of the class of this name for each of its rows, in the data's order: the
    /// row's index and its neighbours', nearest first.
    ///
    /// # Errors
    /// If there is no such class, or it has no more rows than neighbours are asked for.
    pub fn neighbors(&self, data: &Dataset, class: &str) -> Result<Vec<(usize, Vec<usize>)>> {
        let class = data.class_index(class)?;
        let rows = members(data, class);
        let near = self.neighbors_of(data, class, &rows)?;
        let near = near.chunks_exact(self.k_neighbors).map(<[usize]>::to_vec);
        Ok(rows.into_iter().zip(near).collect())
    }

    fn neighbors_of(&self, data: &Dataset, class: usize, rows: &[usize]) -> Result<Vec<usize>> {
        let names = ("Smote: k_neighbors", &*whose(data, class));
        nearest(names, &data.local_x(), rows, rows, self.k_neighbors)
    }
}
