//! Gaussian kernel densities, for violin plots.

/// Number of points at which a density is computed, as in matplotlib's violins.
const POINTS: usize = 100;
/// More values than this are first binned to this many points, because a layer can have millions of
/// weights; the spacing is at most a tenth of the kernel's width.
const PLACES: usize = 2048;

/// A density from the smallest to the largest value, as points (value, density). Equal values have
/// no density and give a single point of height 1; no values give no points.
///
/// The kernel is Gaussian, its width by Scott's rule (1992): n^(-1/5) standard deviations, as in
/// SciPy's `gaussian_kde`.
pub fn density(sorted: &[f64]) -> Vec<(f64, f64)> {
    let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let n = sorted.len() as f64;
    let width = deviation(sorted) * n.powf(-0.2);
    if !(low < high && width > 0.0 && (high - low).is_finite() && (high - low) / width < 1e9) {
        return vec![(low, 1.0)];
    }
    let gathered = gather(sorted, low, high);
    let scale = 1.0 / (n * width * (2.0 * std::f64::consts::PI).sqrt());
    let height = |x: f64| {
        let kernel = |&(at, weight): &(f64, f64)| {
            let z = (x - at) / width;
            weight * (-0.5 * z * z).exp()
        };
        scale * gathered.iter().map(kernel).sum::<f64>()
    };
    let place = |i: usize| low + (high - low) * i as f64 / (POINTS - 1) as f64;
    (0..POINTS).map(|i| (place(i), height(place(i)))).collect()
}

/// The standard deviation of a sample (n - 1 in the denominator); 0 of fewer than two values.
fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    // Divided before they are added, so that the sum cannot overflow.
    let mean: f64 = values.iter().map(|v| v / n).sum();
    let square: f64 = values.iter().map(|v| (v - mean) * (v - mean) / (n - 1.0)).sum();
    if square.is_finite() { square.sqrt() } else { 0.0 }
}

/// Values with their weights. Many values are binned linearly: each gives its weight to the two
/// nearest grid points.
fn gather(sorted: &[f64], low: f64, high: f64) -> Vec<(f64, f64)> {
    if sorted.len() <= PLACES {
        return sorted.iter().map(|&v| (v, 1.0)).collect();
    }
    let last = (PLACES - 1) as f64;
    let mut gathered: Vec<_> =
        (0..PLACES).map(|i| (low + (high - low) * i as f64 / last, 0.0)).collect();
    for v in sorted {
        let at = (v - low) / (high - low) * last;
        let below = (at as usize).min(PLACES - 2);
        let share = at - below as f64;
        gathered[below].1 += 1.0 - share;
        gathered[below + 1].1 += share;
    }
    gathered
}

#[cfg(test)]
mod tests {
    use super::*;

    // scipy.stats.gaussian_kde([-1.5, -.2, 0, .1, .4, 2]) of SciPy at numpy.linspace(-1.5, 2, 100).
    #[test]
    fn densities_are_scipys() {
        let found = density(&[-1.5, -0.2, 0.0, 0.1, 0.4, 2.0]);
        assert_eq!(found.len(), POINTS);
        for (i, at, height) in [
            (0, -1.5, 0.1351425003553183),
            (40, -0.08585858585858586, 0.3386896341537042),
            (99, 2.0, 0.10481414832699897),
        ] {
            let (x, y) = found[i];
            assert!((x - at).abs() < 1e-12 && (y - height).abs() < 1e-12, "{i}: {x} {y}");
        }
    }

    #[test]
    fn many_values_have_the_density_of_all_of_them() {
        let values: Vec<f64> =
            (0..5000).map(|i| (f64::from(i) / 4999.0 * 2.0 - 1.0).powi(3)).collect();
        let n = values.len() as f64;
        let width = deviation(&values) * n.powf(-0.2);
        let exact = |x: f64| {
            let kernel = |v: &f64| (-0.5 * ((x - v) / width).powi(2)).exp();
            values.iter().map(kernel).sum::<f64>() / (n * width * std::f64::consts::TAU.sqrt())
        };
        let found = density(&values);
        let top = found.iter().map(|p| p.1).fold(0.0, f64::max);
        // Linear binning errs by at most (spacing / width)² / 8 of the kernel's curvature.
        assert!(found.iter().all(|&(x, y)| (y - exact(x)).abs() < 1e-3 * top));
    }

    #[test]
    fn values_without_spread_have_one_place() {
        assert!(density(&[]).is_empty());
        assert_eq!(density(&[3.0]), [(3.0, 1.0)]);
        assert_eq!(density(&[2.0; 9]), [(2.0, 1.0)]);
        assert_eq!(density(&[f64::MIN, f64::MAX]).len(), 1);
    }
}
