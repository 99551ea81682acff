//! The normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The density at `z`.
pub fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// The probability below `z`.
pub fn cumulative(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The probability above `z`.
pub fn survival(z: f64) -> f64 {
    cumulative(-z)
}

/// The logarithm of the probability between `a` and `b`, accurate in the tails, too.
pub fn log_mass(a: f64, b: f64) -> f64 {
    if a > 0.0 {
        return log_mass(-b, -a);
    }
    let mass =
        if b <= 0.0 { cumulative(b) - cumulative(a) } else { 1.0 - cumulative(-b) - cumulative(a) };
    if mass > 1e-280 {
        return mass.ln();
    }
    // Both ends are so far out that their probabilities underflow.
    let (near, far) = (log_tail(b), log_tail(a));
    near + (-(far - near).exp()).ln_1p()
}

/// The logarithm of the probability below a `z` far below 0, by the asymptotic series.
fn log_tail(z: f64) -> f64 {
    if z > -30.0 {
        return cumulative(z).ln();
    }
    let s = 1.0 / (z * z);
    let series = -s * (1.0 - 3.0 * s * (1.0 - 5.0 * s * (1.0 - 7.0 * s)));
    -0.5 * z * z - (-z).ln() - 0.5 * (2.0 * PI).ln() + series.ln_1p()
}

/// The `z` below which the probability is `p`: Acklam's rational approximation (2003), made exact
/// to rounding by a step of Halley's method.
pub fn quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -39.69683028665376,
        220.9460984245205,
        -275.9285104469687,
        138.357751867269,
        -30.66479806614716,
        2.506628277459239,
    ];
    const B: [f64; 6] = [
        -54.47609879822406,
        161.5858368580409,
        -155.6989798598866,
        66.80131188771972,
        -13.28068155288572,
        1.0,
    ];
    const C: [f64; 6] = [
        -0.007784894002430293,
        -0.3223964580411365,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    ];
    const D: [f64; 5] =
        [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1.0];
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
