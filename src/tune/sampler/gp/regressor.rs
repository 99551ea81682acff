//! Gaussian process regression.

use super::super::lbfgs;
use nalgebra::{DMatrix, DVector};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::f64::consts::PI;

/// The covariance function of two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kernel {
    /// The Matérn kernel with nu = 5/2 and a length scale for each coordinate.
    Matern,
    /// `exp(-sum of l_j over the coordinates that differ)`, for categorical parameters only.
    Hamming,
}

/// The number added to the diagonal, scikit-learn's `alpha`.
const JITTER: f64 = 1e-10;
const SQRT_5: f64 = 2.236_067_977_499_79;

impl Kernel {
    /// The kernel, and its derivative with respect to `distance`: the weighted squared distance, or
    /// for Hamming the weighted number of differences.
    fn at(self, distance: f64) -> (f64, f64) {
        match self {
            Kernel::Matern => {
                let r = SQRT_5 * distance.sqrt();
                let e = (-r).exp();
                ((1.0 + r + r * r / 3.0) * e, -5.0 / 6.0 * (1.0 + r) * e)
            }
            Kernel::Hamming => {
                let e = (-distance).exp();
                (e, -e)
            }
        }
    }

    /// The part of one coordinate in the distance, without its weight.
    fn part(self, a: f64, b: f64) -> f64 {
        match self {
            Kernel::Matern => (a - b) * (a - b),
            Kernel::Hamming => f64::from(a != b),
        }
    }

    /// The weight of a coordinate, and the derivative of its logarithm with respect to
    /// `log_length`.
    fn weight(self, log_length: f64) -> (f64, f64) {
        match self {
            Kernel::Matern => ((-2.0 * log_length).exp(), -2.0),
            Kernel::Hamming => (log_length.exp(), 1.0),
        }
    }

    fn log_bounds(self) -> (f64, f64) {
        match self {
            Kernel::Matern => (0.01_f64.ln(), 100.0_f64.ln()),
            Kernel::Hamming => (1e-5_f64.ln(), 1e5_f64.ln()),
        }
    }
}

/// Points with their normalised losses.
struct Data<'a> {
    kernel: Kernel,
    points: &'a [Vec<f64>],
    y: DVector<f64>,
}

impl Data<'_> {
    fn distance(&self, weights: &[f64], a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).zip(weights).map(|((a, b), w)| w * self.kernel.part(*a, *b)).sum()
    }

    /// The negative log marginal likelihood and its gradient with respect to the logarithms of
    /// amplitude, length scales and noise (Rasmussen & Williams, 2006, equations 5.8 and 5.9).
    fn loss(&self, theta: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let n = self.points.len();
        let d = theta.len() - 2;
        let (amplitude, noise) = (theta[0].exp(), theta[d + 1].exp());
        let weights: Vec<f64> = theta[1..=d].iter().map(|l| self.kernel.weight(*l).0).collect();
        let mut covariance = DMatrix::from_diagonal_element(n, n, amplitude + noise + JITTER);
        let mut slopes = DMatrix::zeros(n, n);
        for j in 0..n {
            for i in j + 1..n {
                let distance = self.distance(&weights, &self.points[i], &self.points[j]);
                let (k, slope) = self.kernel.at(distance);
                covariance[(i, j)] = amplitude * k;
                covariance[(j, i)] = amplitude * k;
                slopes[(i, j)] = amplitude * slope;
            }
        }
        let Some(cholesky) = covariance.clone().cholesky() else { return f64::INFINITY };
        let alpha = cholesky.solve(&self.y);
        let inverse = cholesky.inverse();
        let log_determinant: f64 = (0..n).map(|i| cholesky.l_dirty()[(i, i)].ln()).sum();
        let mut by_distance = vec![0.0; d];
        for j in 0..n {
            let own = alpha[j] * alpha[j] - inverse[(j, j)];
            gradient[0] -= 0.5 * own * amplitude;
            gradient[d + 1] -= 0.5 * own * noise;
            for i in j + 1..n {
                let both = alpha[i] * alpha[j] - inverse[(i, j)];
                gradient[0] -= both * covariance[(i, j)];
                let slope = both * slopes[(i, j)];
                let pairs = self.points[i].iter().zip(&self.points[j]);
                for ((a, b), sum) in pairs.zip(&mut by_distance) {
                    *sum += slope * self.kernel.part(*a, *b);
                }
            }
        }
        for ((g, sum), (log_length, weight)) in
            gradient[1..=d].iter_mut().zip(by_distance).zip(theta[1..=d].iter().zip(&weights))
        {
            *g = -sum * weight * self.kernel.weight(*log_length).1;
        }
        0.5 * self.y.dot(&alpha) + log_determinant + 0.5 * n as f64 * (2.0 * PI).ln()
    }
}

/// A fitted Gaussian process.
pub(super) struct Regressor<'a> {
    kernel: Kernel,
    points: &'a [Vec<f64>],
    amplitude: f64,
    weights: Vec<f64>,
    alpha: Vec<f64>,
    /// The inverse of the covariance, row by row.
    inverse: Vec<f64>,
    mean: f64,
    scale: f64,
}

/// The predicted mean and standard deviation of the objective at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Belief {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

impl<'a> Regressor<'a> {
    /// Fits amplitude, length scales and noise by maximum likelihood, beginning at 1 and at
    /// `restarts` random points; none if no covariance matrix is positive definite.
    pub(super) fn fit(
        kernel: Kernel,
        points: &'a [Vec<f64>],
        losses: &[f64],
        restarts: usize,
        rng: &mut ChaCha8Rng,
    ) -> Option<Regressor<'a>> {
        let (y, mean, scale) = normalized(losses);
        let data = Data { kernel, points, y };
        let (theta, _) = Regressor::likeliest(&data, restarts, rng)?;
        Regressor::with(data, &theta, mean, scale)
    }

    /// The logarithms of amplitude, length scales and noise with the largest likelihood, and its
    /// negative logarithm.
    fn likeliest(
        data: &Data<'_>,
        restarts: usize,
        rng: &mut ChaCha8Rng,
    ) -> Option<(Vec<f64>, f64)> {
        let (kernel, d) = (data.kernel, data.points.first()?.len());
        let mut bounds = vec![kernel.log_bounds(); d + 2];
        bounds[0] = (0.01_f64.ln(), 1000.0_f64.ln());
        bounds[d + 1] = (1e-5_f64.ln(), 1e5_f64.ln());
        let mut best: Option<(Vec<f64>, f64)> = None;
        for restart in 0..=restarts {
            let draw = |(low, high): &(f64, f64)| match restart {
                0 => 0.0,
                _ => low + rng.r#gen::<f64>() * (high - low),
            };
            let start: Vec<f64> = bounds.iter().map(draw).collect();
            let found = lbfgs::minimize(&start, &bounds, 100, &mut |x, g| data.loss(x, g));
            if found.1.is_finite() && best.as_ref().is_none_or(|best| found.1 < best.1) {
                best = Some(found);
            }
        }
        best
    }

    fn with(data: Data<'a>, theta: &[f64], mean: f64, scale: f64) -> Option<Regressor<'a>> {
        let n = data.points.len();
        let d = theta.len() - 2;
        let (amplitude, noise) = (theta[0].exp(), theta[d + 1].exp());
        let weights: Vec<f64> = theta[1..=d].iter().map(|l| data.kernel.weight(*l).0).collect();
        let covariance = DMatrix::from_fn(n, n, |i, j| {
            let distance = data.distance(&weights, &data.points[i], &data.points[j]);
            let k = amplitude * data.kernel.at(distance).0;
            if i == j { k + noise + JITTER } else { k }
        });
        let cholesky = covariance.cholesky()?;
        let alpha = cholesky.solve(&data.y).iter().copied().collect();
        let inverse = cholesky.inverse().iter().copied().collect();
        let (kernel, points) = (data.kernel, data.points);
        Some(Regressor { kernel, points, amplitude, weights, alpha, inverse, mean, scale })
    }

    /// The covariances with the data, and their derivatives with respect to the distance.
    fn covariances(&self, x: &[f64], out: &mut Vec<(f64, f64)>) {
        out.clear();
        out.extend(self.points.iter().map(|point| {
            let parts = point.iter().zip(x).zip(&self.weights);
            let distance = parts.map(|((a, b), w)| w * self.kernel.part(*a, *b)).sum();
            let (k, slope) = self.kernel.at(distance);
            (self.amplitude * k, self.amplitude * slope)
        }));
    }

    /// Predicts the objective at a point, without the noise of a new measurement.
    pub(super) fn predict(&self, x: &[f64], room: &mut Vec<(f64, f64)>) -> Belief {
        self.covariances(x, room);
        let n = room.len();
        let mut variance = self.amplitude;
        let mut mean = 0.0;
        for (i, row) in self.inverse.chunks_exact(n.max(1)).enumerate() {
            // The inverse is symmetric, so the part left of the diagonal counts twice.
            let (left, _) = room.split_at(i);
            let half: f64 = row.iter().zip(left).map(|(a, (k, _))| a * k).sum();
            variance -= room[i].0 * (2.0 * half + row[i] * room[i].0);
            mean += room[i].0 * self.alpha[i];
        }
        self.belief(mean, variance)
    }

    /// The mean alone, which is cheaper than with the deviation.
    pub(super) fn mean(&self, x: &[f64]) -> f64 {
        let parts = self.points.iter().zip(&self.alpha).map(|(point, alpha)| {
            let pairs = point.iter().zip(x).zip(&self.weights);
            let distance = pairs.map(|((a, b), w)| w * self.kernel.part(*a, *b)).sum();
            self.kernel.at(distance).0 * alpha
        });
        self.mean + self.scale * self.amplitude * parts.sum::<f64>()
    }

    fn belief(&self, mean: f64, variance: f64) -> Belief {
        let deviation = variance.max(0.0).sqrt() * self.scale;
        Belief { mean: self.mean + self.scale * mean, deviation }
    }

    /// Predicts like `predict`, and writes the gradients of mean and standard deviation. Only for
    /// the Matérn kernel, which is differentiable.
    pub(super) fn slopes(&self, x: &[f64], mean: &mut [f64], deviation: &mut [f64]) -> Belief {
        let mut room = Vec::with_capacity(self.points.len());
        self.covariances(x, &mut room);
        mean.fill(0.0);
        deviation.fill(0.0);
        let (mut sum, mut variance) = (0.0, self.amplitude);
        let rows = self.inverse.chunks_exact(room.len().max(1));
        for ((row, point), (alpha, (k, slope))) in
            rows.zip(self.points).zip(self.alpha.iter().zip(&room))
        {
            let v: f64 = row.iter().zip(&room).map(|(a, (k, _))| a * k).sum();
            sum += k * alpha;
            variance -= k * v;
            for (j, (w, (a, b))) in self.weights.iter().zip(x.iter().zip(point)).enumerate() {
                let dk = slope * 2.0 * w * (a - b);
                mean[j] += alpha * dk;
                deviation[j] -= v * dk;
            }
        }
        let sigma = variance.max(0.0).sqrt();
        mean.iter_mut().for_each(|g| *g *= self.scale);
        let scale = if sigma > 0.0 { self.scale / sigma } else { 0.0 };
        deviation.iter_mut().for_each(|g| *g *= scale);
        self.belief(sum, variance)
    }
}

/// Values scaled to mean 0 and, if they differ, standard deviation 1; with their original mean and
/// deviation.
fn normalized(values: &[f64]) -> (DVector<f64>, f64, f64) {
    // Scaled first, because the squares of large losses overflow.
    let unit = values.iter().fold(0.0_f64, |max, v| max.max(v.abs())).max(f64::MIN_POSITIVE);
    let n = values.len().max(1) as f64;
    let mean = values.iter().map(|v| v / unit / n).sum::<f64>();
    let variance = values.iter().map(|v| (v / unit - mean).powi(2) / n).sum::<f64>();
    let deviation = if variance.sqrt() > 1e-15 { variance.sqrt() } else { 1.0 / unit };
    let y = values.iter().map(|v| (v / unit - mean) / deviation);
    (DVector::from_iterator(values.len(), y), mean * unit, deviation * unit)
}

#[cfg(test)]
#[path = "regressor_tests.rs"]
mod tests;
