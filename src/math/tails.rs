//! The tails of the F and Student's t distribution, by the regularised incomplete beta function.

/// The probability that an F-distributed value with these degrees of freedom is above `f`.
pub fn f_survival(f: f64, d1: f64, d2: f64) -> f64 {
    if f.is_nan() {
        return f64::NAN;
    }
    if f <= 0.0 {
        return 1.0;
    }
    if f.is_infinite() {
        return 0.0;
    }
    beta_regularised(d2 / 2.0, d1 / 2.0, d2 / (d2 + d1 * f), d1 * f / (d2 + d1 * f))
}

/// The probability that a value of Student's distribution with these degrees of freedom is above
/// `t`, which is at least 0.
pub fn student_t_survival(t: f64, degrees: f64) -> f64 {
    f_survival(t * t, 1.0, degrees) / 2.0
}

/// The value of Student's distribution below which this share lies, which is at least a half.
pub fn student_t_quantile(share: f64, degrees: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while student_t_survival(high, degrees) > 1.0 - share && high < 1e300 {
        high *= 2.0;
    }
    // As far as numbers lie apart.
    while low < high {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        match student_t_survival(middle, degrees) > 1.0 - share {
            true => low = middle,
            false => high = middle,
        }
    }
    high
}

/// I_x(a, b), with `y = 1 - x` given apart because it may be tiny (Abramowitz and Stegun 26.5.8,
/// the fraction evaluated by Lentz's method).
fn beta_regularised(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * y.ln()).exp();
    // The fraction converges fast below the mean; above it the mirrored one does.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, y) / b
    }
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let tiny = 1e-300;
    let keep = |v: f64| if v.abs() < tiny { tiny } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / keep(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / keep(1.0 + term * d);
            c = keep(1.0 + term / c);
            change = c * d;
            value *= change;
        }
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// The logarithm of the gamma function of a positive number: Stirling's series (Abramowitz and
/// Stegun 6.1.41) above 15, reached by the recurrence.
fn ln_gamma(x: f64) -> f64 {
    let (mut z, mut product) = (x, 1.0);
    while z < 15.0 {
        product *= z;
        z += 1.0;
    }
    let r = 1.0 / (z * z);
    let series =
        1.0 / 12.0 + r * (-1.0 / 360.0 + r * (1.0 / 1260.0 + r * (-1.0 / 1680.0 + r / 1188.0)));
    (z - 0.5) * z.ln() - z + 0.5 * (2.0 * std::f64::consts::PI).ln() + series / z - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    // With one degree of freedom below, the tail has a closed form; ln 99! sums its logarithms.
    #[test]
    fn closed_forms() {
        let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{a} {b}");
        close(ln_gamma(100.0), (1..100).map(|k| f64::from(k).ln()).sum());
        close(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln());
        for f in [0.01, 1.0, 30.0] {
            // d1 = 2: (1 + 2 f / d2)^(-d2 / 2).
            close(f_survival(f, 2.0, 10.0), (1.0_f64 + 2.0 * f / 10.0).powi(-5));
            close(f_survival(f, 1.0, 1.0), 1.0 - 2.0 / std::f64::consts::PI * f.sqrt().atan());
        }
        assert_eq!(f_survival(0.0, 2.0, 3.0), 1.0);
        assert!(f_survival(22_000.0, 2.0, 40_860.0) < 1e-300);
        assert!(f_survival(f64::NAN, 2.0, 3.0).is_nan());
    }
}
