//! Wilcoxon's signed-rank test.

use super::{TestResult, differences};
use crate::error::{Error, Result};
use crate::math::normal::survival;

/// The p-value is exact up to this many pairs, as in SciPy.
const EXACT: usize = 50;

/// Wilcoxon's signed-rank test (SciPy's `wilcoxon` with its defaults): tests whether the
/// differences of pairs are symmetric around 0, without assuming a normal distribution. Pairs
/// without a difference are left out. The p-value is exact up to 50 pairs without ties, or 13 with
/// ties; beyond that it comes from the normal approximation, with the variance corrected for ties.
///
/// ```
/// use dfdx_lab::stats;
/// let (a, b) = ([0.91, 0.93, 0.90, 0.94, 0.92], [0.90, 0.90, 0.895, 0.92, 0.88]);
/// let test = stats::wilcoxon(&a, &b)?;
/// assert_eq!((test.statistic(), test.p_value()), (0.0, 0.0625));
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the samples differ in size, or no pair differs.
pub fn wilcoxon(a: &[f64], b: &[f64]) -> Result<TestResult> {
    const WHO: &str = "stats::wilcoxon";
    let all = differences(WHO, a, b)?;
    let difference = all.iter().sum::<f64>() / all.len() as f64;
    let mut rest: Vec<f64> = all.iter().copied().filter(|d| *d != 0.0).collect();
    if rest.is_empty() {
        let expected = "at least 1 that is not 0";
        return Err(Error::argument(format!("{WHO}: the number of differences"), 0, expected));
    }
    rest.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let n = rest.len();
    let (mut plus, mut ties, mut done) = (0.0, 0.0, 0.0);
    let mut ranks = Vec::with_capacity(n);
    for same in rest.chunk_by(|a, b| a.abs() == b.abs()) {
        let count = same.len() as f64;
        // Ties share their mean rank.
        let rank = done + (count + 1.0) / 2.0;
        plus += rank * same.iter().filter(|d| **d > 0.0).count() as f64;
        ties += count.powi(3) - count;
        ranks.extend(std::iter::repeat_n(rank, same.len()));
        done += count;
    }
    let total = (n * (n + 1)) as f64 / 2.0;
    let statistic = plus.min(total - plus);
    let zeros = rest.len() != all.len();
    let exact = match zeros || ties > 0.0 {
        false => n <= EXACT,
        // With ties, SciPy enumerates all signs up to this many pairs.
        true => all.len() <= 13,
    };
    let p_value = match exact {
        true => counted(&ranks, statistic),
        false => {
            let variance = (n * (n + 1) * (2 * n + 1)) as f64 / 24.0 - ties / 48.0;
            2.0 * survival((statistic - total / 2.0).abs() / variance.sqrt())
        }
    };
    Ok(TestResult {
        test: "Wilcoxon signed-rank test",
        letter: 'W',
        statistic,
        p_value: p_value.min(1.0),
        difference,
    })
}

/// Twice the fraction of all sign assignments whose sum of ranks is at most the statistic.
fn counted(ranks: &[f64], statistic: f64) -> f64 {
    // Ranks may be halves; doubled, they are whole.
    let doubled: Vec<usize> = ranks.iter().map(|rank| (2.0 * rank) as usize).collect();
    let mut share = vec![0.0; doubled.iter().sum::<usize>() + 1];
    share[0] = 1.0;
    let mut reach = 0;
    for rank in doubled {
        for sum in (0..=reach).rev() {
            let half = share[sum] / 2.0;
            share[sum] = half;
            share[sum + rank] += half;
        }
        reach += rank;
    }
    2.0 * share[..=(2.0 * statistic) as usize].iter().sum::<f64>()
}
