//! A power transform that makes skewed columns more like a normal distribution.

use super::{Dataset, Values};
use crate::array::Array;
use crate::error::{Error, Result};

/// The transform of Yeo and Johnson (2000, doi 10.1093/biomet/87.4.954) with the exponent of
/// maximum likelihood for each column, then scaled to mean 0 and standard deviation 1, as
/// scikit-learn's `PowerTransformer`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PowerTransformer {
    pub lambda: Vec<f64>,
    pub mean: Vec<f64>,
    pub scale: Vec<f64>,
}

impl PowerTransformer {
    /// Learns from all columns of the data.
    ///
    /// # Errors
    /// If there is text or a missing value.
    pub fn fit(data: &Dataset) -> Result<Self> {
        let all: Vec<usize> = (0..data.len()).collect();
        let width = super::scaler::check("Pipeline::power_transformer", data, &all)?;
        let values = Values::from(data);
        let mut new = PowerTransformer { lambda: vec![], mean: vec![], scale: vec![] };
        for column in 0..width {
            let column: Vec<f64> = all.iter().map(|row| values.at(*row, column)).collect();
            let (mean, variance) = moments(&column);
            let lambda =
                if is_constant(&column, mean, variance) { 1.0 } else { likeliest(&column) };
            let powers: Vec<f64> = column.iter().map(|v| yeo_johnson(*v, lambda)).collect();
            let (mean, variance) = moments(&powers);
            let scale = if is_constant(&powers, mean, variance) { 1.0 } else { variance.sqrt() };
            new.lambda.push(lambda);
            new.mean.push(mean);
            new.scale.push(scale);
        }
        Ok(new)
    }

    /// The data with their features transformed.
    pub fn transform(&self, data: &Dataset) -> Result<Dataset> {
        let width = self.lambda.len();
        let values = Values::from(data);
        if values.x().row_len() != width {
            let expected = format!("it was fitted on rows of {width} values");
            return Err(Error::shape("PowerTransformer", data.x().shape(), expected));
        }
        let mut x: Array = values.x().clone();
        for (row, to) in x.data_mut().chunks_exact_mut(width).enumerate() {
            for (column, to) in to.iter_mut().enumerate() {
                let power = yeo_johnson(values.at(row, column), self.lambda[column]);
                *to = ((power - self.mean[column]) / self.scale[column]) as f32;
            }
        }
        data.with_x(x)
    }
}

/// ln(1 + x) of every value.
pub(crate) fn log1p(data: &Dataset) -> Result<Dataset> {
    let values = Values::from(data);
    let width = values.x().row_len().max(1);
    let mut x = values.x().clone();
    for (row, to) in x.data_mut().chunks_exact_mut(width).enumerate() {
        for (column, to) in to.iter_mut().enumerate() {
            let value = values.at(row, column);
            if value <= -1.0 {
                let name = data.columns().get(column).cloned().unwrap_or(column.to_string());
                let what = format!("Pipeline::log1p: the value in row {row}, column '{name}'");
                return Err(Error::argument(what, value, "above -1")
                    .hint("choose columns by .on(…), or take .power_transformer()"));
            }
            *to = value.ln_1p() as f32;
        }
    }
    data.with_x(x)
}

fn yeo_johnson(x: f64, lambda: f64) -> f64 {
    let power = |base: f64, lambda: f64| match lambda.abs() < f64::EPSILON {
        true => base.ln_1p(),
        false => (lambda * base.ln_1p()).exp_m1() / lambda,
    };
    if x >= 0.0 { power(x, lambda) } else { -power(-x, 2.0 - lambda) }
}

/// Mean and variance (ddof = 0).
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n)
}

/// scikit-learn's bound on the variance that rounding alone gives a constant column.
fn is_constant(values: &[f64], mean: f64, variance: f64) -> bool {
    let n = values.len() as f64;
    variance <= n * f64::EPSILON * variance + (n * mean * f64::EPSILON).powi(2)
}

/// The exponent of maximum likelihood, under a normal distribution of the powers.
fn likeliest(values: &[f64]) -> f64 {
    let logs: f64 = values.iter().map(|v| v.signum() * v.abs().ln_1p()).sum();
    let n = values.len() as f64;
    let likelihood = |lambda: f64| {
        let powers: Vec<f64> = values.iter().map(|v| yeo_johnson(*v, lambda)).collect();
        let (mean, variance) = moments(&powers);
        let likelihood = -n / 2.0 * variance.ln() + (lambda - 1.0) * logs;
        // Powers that rounding has made equal or infinite carry no information.
        let blurred = is_constant(&powers, mean, variance) || !likelihood.is_finite();
        if blurred { f64::NEG_INFINITY } else { likelihood }
    };
    // The best whole number, then a golden-section search around it.
    let grid = (-32..=32).map(f64::from).map(|lambda| (likelihood(lambda), lambda));
    let best = grid.max_by(|a, b| a.0.total_cmp(&b.0)).map_or(1.0, |best| best.1);
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (best - 1.0, best + 1.0);
    let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_a, mut at_b) = (likelihood(a), likelihood(b));
    while high - low > 1e-10 {
        if at_a > at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - golden * (high - low);
            at_a = likelihood(a);
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + golden * (high - low);
            at_b = likelihood(b);
        }
    }
    (low + high) / 2.0
}
