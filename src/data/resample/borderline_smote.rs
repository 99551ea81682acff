//! BorderlineSMOTE.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::neighbors::nearest;
use super::strategy::SamplingStrategy;
use super::synthetic::{Synthetic, draw, members, whose};
use crate::data::Dataset;
use crate::data::scaler::check;
use crate::error::Result;

const WHO: &str = "BorderlineSmote";

/// The rows that a row in danger is joined with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BorderlineKind {
    /// Its nearest of the class.
    Borderline1,
    /// Its nearest of all; towards those of another class at most half of the way.
    Borderline2,
}

/// SMOTE from the rows near the border of a class (Han and others 2005): those in danger, with at
/// least half, but not all, of their `m_neighbors` nearest rows in other classes. A class without
/// such rows stays as it is, as in imbalanced-learn.
///
/// The data's rows stay first; new ones follow class by class. Distances are of the features as they
/// are, so scale them first.
///
/// ```
/// use dfdx_lab::{Array, data::{BorderlineSmote, Dataset}};
/// let x = Array::new([8, 1], (0..8).map(|v| v as f32).collect())?;
/// let data = Dataset::new(x, vec![0, 0, 0, 0, 0, 1, 1, 1], ["often", "rare"])?;
/// let sampler = BorderlineSmote::new().k_neighbors(2).m_neighbors(2);
/// assert_eq!(sampler.danger(&data, "rare")?, [5]);
/// assert_eq!(sampler.fit_resample(&data)?.class_counts(), [5, 5]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BorderlineSmote {
    k_neighbors: usize,
    m_neighbors: usize,
    kind: BorderlineKind,
    pub(super) strategy: SamplingStrategy,
    pub(super) seed: u64,
}

impl Default for BorderlineSmote {
    fn default() -> Self {
        BorderlineSmote::new()
    }
}

impl BorderlineSmote {
    /// 5 neighbours to join with, 10 to tell danger by, [`BorderlineKind::Borderline1`].
    pub fn new() -> Self {
        BorderlineSmote {
            k_neighbors: 5,
            m_neighbors: 10,
            kind: BorderlineKind::Borderline1,
            strategy: SamplingStrategy::Auto,
            seed: 0,
        }
    }

    /// How many nearest rows a row may be joined with; 5 by default.
    pub fn k_neighbors(mut self, k: usize) -> Self {
        self.k_neighbors = k;
        self
    }

    /// How many nearest rows tell whether a row is in danger; 10 by default.
    pub fn m_neighbors(mut self, m: usize) -> Self {
        self.m_neighbors = m;
        self
    }

    /// What rows in danger are joined with; [`BorderlineKind::Borderline1`] by default.
    pub fn kind(mut self, kind: BorderlineKind) -> Self {
        self.kind = kind;
        self
    }

    /// The data with new rows after their own.
    ///
    /// # Errors
    /// If there are no more rows than neighbours are asked for (in the class, where those count),
    /// the sampling strategy does not fit the data, the data have no labels, or a feature is not
    /// finite.
    pub fn fit_resample(&self, data: &Dataset) -> Result<Dataset> {
        let goals = self.strategy.added(WHO, data)?;
        let all: Vec<usize> = (0..data.len()).collect();
        let width = check(WHO, data, &all)?;
        let total = goals.iter().fold(0usize, |n, g| n.saturating_add(g.1));
        let mut new = Synthetic::new(WHO, total, width)?;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let x = data.local_x();
        for (class, count) in goals {
            let danger = self.danger_of(data, class)?;
            if danger.is_empty() {
                continue;
            }
            let (among, whose) = match self.kind {
                BorderlineKind::Borderline1 => (members(data, class), whose(data, class)),
                BorderlineKind::Borderline2 => (all.clone(), "the data".to_string()),
            };
            let names = ("BorderlineSmote: k_neighbors", &*whose);
            let near = nearest(names, &x, &among, &danger, self.k_neighbors)?;
            for pair in draw(&mut rng, near.len(), count) {
                let (from, to) = (danger[pair / self.k_neighbors], near[pair]);
                let mut step: f64 = rng.r#gen();
                if data.labels()[to] != class {
                    step *= rng.gen_range(0.0..0.5);
                }
                new.between(class, x.row(from), x.row(to), step);
            }
        }
        new.below(data)
    }

    /// The rows in danger of the class of this name.
    ///
    /// # Errors
    /// If there is no such class, or no more rows than `m_neighbors`.
    pub fn danger(&self, data: &Dataset, class: &str) -> Result<Vec<usize>> {
        self.danger_of(data, data.class_index(class)?)
    }

    fn danger_of(&self, data: &Dataset, class: usize) -> Result<Vec<usize>> {
        let all: Vec<usize> = (0..data.len()).collect();
        let (rows, m) = (members(data, class), self.m_neighbors);
        let names = ("BorderlineSmote: m_neighbors", "the data");
        let near = nearest(names, &data.local_x(), &all, &rows, m)?;
        let others = |near: &[usize]| near.iter().filter(|&&n| data.labels()[n] != class).count();
        let in_danger = |near: &[usize]| (m.div_ceil(2)..m).contains(&others(near));
        let paired = rows.into_iter().zip(near.chunks_exact(m));
        Ok(paired.filter(|(_, near)| in_danger(near)).map(|(row, _)| row).collect())
    }
}
