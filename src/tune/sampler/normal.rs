//! The normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The density at `z`.
pub(super) fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// The share below `z`.
pub(super) fn cumulative(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The logarithm of the share between `a` and `b`, accurate far out too.
pub(in crate::tune) fn log_mass(a: f64, b: f64) -> f64 {
    if a > 0.0 {
        return log_mass(-b, -a);
    }
    let mass =
        if b <= 0.0 { cumulative(b) - cumulative(a) } else { 1.0 - cumulative(-b) - cumulative(a) };
    if mass > 1e-280 {
        return mass.ln();
    }
    // Both ends are so far out that their shares underflow.
    let (near, far) = (log_tail(b), log_tail(a));
    near + (-(far - near).exp()).ln_1p()
}

/// The logarithm of the share below a `z` far below 0, by the asymptotic series.
fn log_tail(z: f64) -> f64 {
    if z > -10.0 {
        return cumulative(z).ln();
    }
    let s = 1.0 / (z * z);
    let series = -s * (1.0 - 3.0 * s * (1.0 - 5.0 * s * (1.0 - 7.0 * s)));
    -0.5 * z * z - (-z).ln() - 0.5 * (2.0 * PI).ln() + series.ln_1p()
}

/// The `z` below which a share `p` lies: Acklam's rational approximation (2003), made exact to
/// rounding by a step of Halley's method.
pub(super) fn quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969683028665376e+01,
        2.209460984245205e+02,
        -2.759285104469687e+02,
        1.383577518672690e+02,
        -3.066479806614716e+01,
        2.506628277459239e+00,
    ];
    const B: [f64; 6] = [
        -5.447609879822406e+01,
        1.615858368580409e+02,
        -1.556989798598866e+02,
        6.680131188771972e+01,
        -1.328068155288572e+01,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784894002430293e-03,
        -3.223964580411365e-01,
        -2.400758277161838e+00,
        -2.549732539343734e+00,
        4.374664141464968e+00,
        2.938163982698783e+00,
    ];
    const D: [f64; 5] = [
        7.784695709041462e-03,
        3.224671290700398e-01,
        2.445134137142996e+00,
        3.754408661907416e+00,
        1.0,
    ];
    let horner = |c: &[f64], x: f64| c.iter().fold(0.0, |sum, c| sum * x + c);
    if p.is_nan() || p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    if p > 0.5 {
        // 1 - p is exact here, and the lower tail keeps its precision.
        return -quantile(1.0 - p);
    }
    let z = if p < 0.02425 {
        let q = (-2.0 * p.ln()).sqrt();
        horner(&C, q) / horner(&D, q)
    } else {
        let q = p - 0.5;
        let r = q * q;
        q * horner(&A, r) / horner(&B, r)
    };
    let u = (cumulative(z) - p) / density(z);
    let refined = z - u / (1.0 + 0.5 * z * u);
    if refined.is_finite() { refined } else { z }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_invert_the_shares() {
        for i in 1..2000 {
            let p = f64::from(i) / 2000.0;
            assert!((cumulative(quantile(p)) - p).abs() < 1e-14, "{p}");
        }
        // scipy: norm.ppf(1e-300), norm.ppf(1e-10)
        assert!((quantile(1e-300) + 37.0470962993612).abs() < 1e-9);
        assert!((quantile(1e-10) + 6.361340902404056).abs() < 1e-12);
        assert!(quantile(0.0) == f64::NEG_INFINITY && quantile(1.0) == f64::INFINITY);
    }

    #[test]
    fn log_masses_hold_far_out() {
        // Optuna's _log_gauss_mass
        let expected = [
            (-1.0, 1.0, -0.38171515),
            (0.5, 1.5, -1.41993248),
            (-41.0, -40.0, -804.60844201),
            (60.0, 60.5, -1805.01356068),
        ];
        for (a, b, log) in expected {
            let found = log_mass(a, b);
            assert!((found - log).abs() < 2e-8 * log.abs(), "{a} {b}: {found}, not {log}");
        }
    }
}
