//! Quantiles, and means that stay among what they are means of.

/// From `low` so far to `high` as `share` says: never beyond one of them by rounding, nor infinite
/// between two numbers whose distance is.
pub(crate) fn between(low: f64, high: f64, share: f64) -> f64 {
    let value = low * (1.0 - share) + high * share;
    // Infinite ends give NaN where one of them has no share.
    match share {
        0.0 => low,
        1.0 => high,
        _ if low <= high => value.clamp(low, high),
        _ => value,
    }
}

/// Where a quantile lies among `n` sorted values: the index below it, and the share of the way to
/// the next.
pub(crate) fn place(n: usize, q: f64) -> Option<(usize, f64)> {
    let at = q * n.checked_sub(1)? as f64;
    Some((at.floor() as usize, at.fract()))
}

/// A quantile of sorted values by linear interpolation, as NumPy's default; NaN of no values.
pub(crate) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some((below, share)) = place(sorted.len(), q) else { return f64::NAN };
    between(sorted[below], sorted[(below + 1).min(sorted.len() - 1)], share)
}

/// The mean of sorted values: a sum rounds, and a mean lies between the smallest and the largest.
/// NaN of no values.
pub(crate) fn mean(sorted: &[f64]) -> f64 {
    let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
    match (sorted.first(), sorted.last()) {
        (Some(&low), Some(&high)) if mean.is_finite() => mean.clamp(low, high),
        _ => mean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{Just, prop_oneof};

    #[test]
    fn distances_beyond_f64_and_infinite_ends() {
        assert_eq!(between(-1.7e308, 1.7e308, 0.5), 0.0);
        assert_eq!(quantile(&[1.0, f64::INFINITY], 0.0), 1.0);
        assert_eq!(quantile(&[1.0, f64::INFINITY], 1.0), f64::INFINITY);
        assert_eq!(mean(&[0.1, 0.1, 0.1]), 0.1);
        assert!(quantile(&[], 0.5).is_nan() && mean(&[]).is_nan());
    }

    proptest::proptest! {
        #[test]
        fn means_and_quantiles_stay_among_the_values(
            mut values in proptest::collection::vec(prop_oneof![
                Just(0.1), Just(1.7e308), -1.7e308..1.7e308, -1.0..1.0
            ], 1..40),
            q in 0.0..=1.0,
        ) {
            values.sort_by(f64::total_cmp);
            let range = values[0]..=values[values.len() - 1];
            let (quantile, mean) = (quantile(&values, q), mean(&values));
            proptest::prop_assert!(range.contains(&quantile), "{quantile} {range:?}");
            proptest::prop_assert!(range.contains(&mean) || !mean.is_finite(), "{mean} {range:?}");
        }
    }
}
