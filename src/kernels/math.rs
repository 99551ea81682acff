//! Elementary functions without branches or calls, so that loops over them turn into vector code.
//!
//! Polynomials and reductions after Cephes (S. L. Moshier, *Methods and Programs for Mathematical
//! Functions*, 1989), in `f32`; each is within a few units in the last place of the exact value.

/// `e^x` for `f32`: 0 below about -87.3, infinity above about 88.7, and NaN for NaN.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Clamped, so that the integer arithmetic of the exponent stays in range.
    let clamped = x.clamp(-87.336_54, 88.722_83);
    let n = (clamped * std::f32::consts::LOG2_E + 12_582_912.0) - 12_582_912.0;
    let r = clamped - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let y = p * r * r + r + 1.0;
    // In two halves, because 2^128 is too large for f32.
    let n = n as i32;
    let half = n >> 1;
    let scale = f32::from_bits(((half + 127) << 23) as u32);
    let rest = f32::from_bits(((n - half + 127) << 23) as u32);
    let y = y * scale * rest;
    let y = if x > 88.722_83 { f32::INFINITY } else { y };
    let y = if x < -87.336_54 { 0.0 } else { y };
    if x.is_nan() { x } else { y }
}

/// The natural logarithm of a positive normal `f32`; -infinity for 0 and NaN for negative numbers.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    let bits = x.to_bits() as i32;
    // Splits x = m 2^e with m in [sqrt(1/2), sqrt(2)).
    let e = (bits - 0x3f35_04f3) >> 23;
    let m = f32::from_bits((bits - (e << 23)) as u32);
    let f = m - 1.0;
    let z = f * f;
    let p = 7.037_683_6e-2;
    let p = p * f - 1.151_461e-1;
    let p = p * f + 1.167_699_9e-1;
    let p = p * f - 1.242_014_1e-1;
    let p = p * f + 1.424_932_3e-1;
    let p = p * f - 1.666_805_8e-1;
    let p = p * f + 2.000_071_5e-1;
    let p = p * f - 2.499_999_4e-1;
    let p = p * f + 3.333_333e-1;
    let e = e as f32;
    let y = f * z * p - 2.121_944_4e-4 * e - 0.5 * z + f + 0.693_359_4 * e;
    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    let y = if x == f32::INFINITY { x } else { y };
    if x < 0.0 || x.is_nan() { f32::NAN } else { y }
}

/// The logistic function `1 / (1 + e^-x)`.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The hyperbolic tangent.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let a = x.abs();
    let z = x * x;
    let p = -5.704_988_7e-3;
    let p = p * z + 2.063_909e-2;
    let p = p * z - 5.373_971_6e-2;
    let p = p * z + 1.333_144_2e-1;
    let p = p * z - 3.333_328e-1;
    let small = p * z * x + x;
    let large = (1.0 - 2.0 / (exp(2.0 * a) + 1.0)).copysign(x);
    if a < 0.625 { small } else { large }
}

/// `ln(1 + e^x)` without overflow.
#[inline(always)]
pub fn softplus(x: f32) -> f32 {
    let e = exp(-x.abs());
    // The sum 1 + e loses digits of e; the quotient restores them (Goldberg, 1991, theorem 4).
    let sum = 1.0 + e;
    let log = ln(sum) * (e / (sum - 1.0));
    x.max(0.0) + if sum == 1.0 { e } else { log }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(f: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64, from: f32, to: f32) -> f64 {
        let n = 200_000;
        (0..=n)
            .map(|i| from + (to - from) * i as f32 / n as f32)
            .map(|x| {
                let e = exact(x as f64);
                (f(x) as f64 - e).abs() / e.abs().max(1e-30)
            })
            .fold(0.0, f64::max)
    }

    // 3e-7 is five units in the last place of f32.
    #[test]
    fn close_to_the_exact_functions() {
        assert!(worst(exp, f64::exp, -87.0, 88.0) < 3e-7);
        assert!(worst(ln, f64::ln, 1e-6, 0.9) < 3e-7);
        assert!(worst(ln, f64::ln, 1.1, 1e6) < 3e-7);
        assert!(worst(tanh, f64::tanh, -10.0, 10.0) < 3e-7);
        assert!(worst(sigmoid, |x| 1.0 / (1.0 + (-x).exp()), -80.0, 80.0) < 3e-7);
        assert!(worst(softplus, |x| x.exp().ln_1p(), -80.0, 80.0) < 5e-7);
    }

    #[test]
    fn special_values() {
        assert_eq!(exp(-200.0), 0.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(200.0), f32::INFINITY);
        assert!(exp(f32::NAN).is_nan() && ln(f32::NAN).is_nan() && tanh(f32::NAN).is_nan());
        assert_eq!(ln(0.0), f32::NEG_INFINITY);
        assert_eq!(ln(f32::INFINITY), f32::INFINITY);
        assert!(ln(-1.0).is_nan());
        assert_eq!((tanh(40.0), tanh(-40.0), tanh(0.0)), (1.0, -1.0, 0.0));
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(sigmoid(-200.0), 0.0);
    }
}
