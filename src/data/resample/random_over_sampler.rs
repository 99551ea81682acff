//! Copies of rows.

use rand::SeedableRng;
use rand::distributions::Distribution;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::strategy::SamplingStrategy;
use super::synthetic::{Synthetic, draw, members};
use crate::array::Array;
use crate::data::Dataset;
use crate::data::scaler::check;
use crate::error::{Error, Result};

const WHO: &str = "RandomOverSampler";

/// Copies of rows, drawn with replacement, until each class has as many rows as the majority.
///
/// The data's rows stay first; copies follow class by class. With [`shrinkage`](Self::shrinkage) each
/// copy is moved a little (a smoothed bootstrap, Menardi and Torelli 2014).
///
/// ```
/// use dfdx_lab::{Array, data::{Dataset, RandomOverSampler}};
/// let data = Dataset::new(Array::zeros([4, 2])?, vec![0, 0, 0, 1], ["often", "rare"])?;
/// let sampler = RandomOverSampler::new().seed(7);
/// assert_eq!(sampler.sample_indices(&data)?, [0, 1, 2, 3, 3, 3]);
/// assert_eq!(sampler.fit_resample(&data)?.class_counts(), [3, 3]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RandomOverSampler {
    shrinkage: Option<f64>,
    pub(super) strategy: SamplingStrategy,
    pub(super) seed: u64,
}

impl RandomOverSampler {
    /// Exact copies.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves each copy by normal noise of this share of the class' own spread, times
    /// (4 / ((d + 2) n))^(1 / (d + 4)) for n rows of d features; none by default.
    pub fn shrinkage(mut self, share: f64) -> Self {
        self.shrinkage = Some(share);
        self
    }

    /// The data with copies after their own rows.
    ///
    /// # Errors
    /// If the sampling strategy does not fit the data, the data have no labels, a feature is not
    /// finite or the shrinkage is negative.
    pub fn fit_resample(&self, data: &Dataset) -> Result<Dataset> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let drawn = self.draw(data, &mut rng)?;
        let Some(shrinkage) = self.shrinkage else {
            let rows: Vec<usize> = (0..data.len()).chain(drawn).collect();
            return data.with_rows_drawn(&rows);
        };
        if !(shrinkage >= 0.0 && shrinkage.is_finite()) {
            return Err(Error::argument("RandomOverSampler: shrinkage", shrinkage, "at least 0"));
        }
        let all: Vec<usize> = (0..data.len()).collect();
        let width = check(WHO, data, &all)?;
        let (n, d) = (data.len() as f64, width as f64);
        let factor = shrinkage * (4.0 / ((d + 2.0) * n)).powf(1.0 / (d + 4.0));
        let mut new = Synthetic::new(WHO, drawn.len(), width)?;
        let x = data.local_x();
        let mut spreads: Vec<Option<Vec<f64>>> = vec![None; data.classes().len()];
        for row in drawn {
            let class = data.labels()[row];
            let spread = spreads[class].get_or_insert_with(|| spread(data, &x, class));
            let moved = x.row(row).iter().zip(spread.iter()).map(|(v, s)| {
                let noise: f64 = StandardNormal.sample(&mut rng);
                (f64::from(*v) + factor * s * noise) as f32
            });
            new.push(class, moved);
        }
        new.below(data)
    }

    /// The rows that the result holds, those of the data first (imbalanced-learn's
    /// `sample_indices_`).
    ///
    /// # Errors
    /// If the sampling strategy does not fit the data, or the data have no labels.
    pub fn sample_indices(&self, data: &Dataset) -> Result<Vec<usize>> {
        let drawn = self.draw(data, &mut ChaCha8Rng::seed_from_u64(self.seed))?;
        Ok((0..data.len()).chain(drawn).collect())
    }

    fn draw(&self, data: &Dataset, rng: &mut ChaCha8Rng) -> Result<Vec<usize>> {
        let goals = self.strategy.added(WHO, data)?;
        let total = goals.iter().fold(0usize, |n, g| n.saturating_add(g.1));
        // Refuses what no memory holds before anything is drawn.
        drop(Synthetic::new(WHO, total, data.x().row_len())?);
        let mut drawn = Vec::with_capacity(total);
        for (class, count) in goals {
            let rows = members(data, class);
            drawn.extend(draw(rng, rows.len(), count).into_iter().map(|i| rows[i]));
        }
        Ok(drawn)
    }
}

/// The standard deviation (ddof = 0) of each feature in a class.
fn spread(data: &Dataset, x: &Array, class: usize) -> Vec<f64> {
    let rows = members(data, class);
    let n = rows.len() as f64;
    let mut mean = vec![0.0; x.row_len()];
    let mut square = mean.clone();
    for &row in &rows {
        mean.iter_mut().zip(x.row(row)).for_each(|(m, v)| *m += f64::from(*v) / n);
    }
    for &row in &rows {
        for ((s, m), v) in square.iter_mut().zip(&mean).zip(x.row(row)) {
            *s += (f64::from(*v) - m).powi(2) / n;
        }
    }
    square.into_iter().map(f64::sqrt).collect()
}
