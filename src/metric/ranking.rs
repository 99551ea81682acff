//! Ranking metrics by scikit-learn's rules (`metrics/_ranking.py`). They are exact, because they
//! use all scores; during a fit, [`Auc`](super::Auc) only counts between thresholds.

use crate::array::Array;
use crate::error::{Error, Result};

/// The area under the ROC curve (scikit-learn's `roc_auc_score`): the probability that a positive
/// has a higher score than a negative, with ties counted half.
///
/// `scores` has a row for each label. A single column (or a vector), or the second of two columns,
/// is the score of class 1 against class 0. With more columns, the result is the mean over the
/// classes, each against the rest (`multi_class="ovr"`).
///
/// ```
/// use dfdx_lab::{Array, metric};
/// let scores = Array::new([4], vec![0.1, 0.4, 0.35, 0.8])?;
/// assert_eq!(metric::roc_auc(&[0, 0, 1, 1], &scores)?, 0.75);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If labels and scores do not fit, a score is NaN, or a class has no sample or all of them.
pub fn roc_auc(labels: &[usize], scores: &Array) -> Result<f64> {
    mean_of_classes("roc_auc", labels, scores, |class, truth, scores| {
        let positives = truth.iter().filter(|t| **t).count();
        let negatives = truth.len() - positives;
        if positives == 0 || negatives == 0 {
            return Err(undefined("roc_auc", class, positives, truth.len()));
        }
        // The sum of the positives' ranks, 1 for the lowest score; equal scores share their ranks.
        let (mut below, mut places) = (0.0, 0.0);
        for (hits, count) in groups(truth, scores).rev() {
            places += hits as f64 * (below + (count as f64 + 1.0) / 2.0);
            below += count as f64;
        }
        let (p, n) = (positives as f64, negatives as f64);
        Ok(((places - p * (p + 1.0) / 2.0) / (p * n)).clamp(0.0, 1.0))
    })
}

/// The average precision (scikit-learn's `average_precision_score`): the precision at each score,
/// weighted by the increase of recall there. Labels and scores are as in [`roc_auc`]; with more
/// than two classes, it is the mean over the classes.
///
/// ```
/// use dfdx_lab::{Array, metric};
/// let scores = Array::new([4], vec![0.1, 0.4, 0.35, 0.8])?;
/// let found = metric::average_precision(&[0, 0, 1, 1], &scores)?;
/// assert!((found - 5.0 / 6.0).abs() < 1e-15);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If labels and scores do not fit, a score is NaN, or a class has no sample.
pub fn average_precision(labels: &[usize], scores: &Array) -> Result<f64> {
    mean_of_classes("average_precision", labels, scores, |class, truth, scores| {
        let positives = truth.iter().filter(|t| **t).count();
        if positives == 0 {
            return Err(undefined("average_precision", class, 0, truth.len()));
        }
        let (mut seen, mut found, mut area) = (0, 0, 0.0);
        for (hits, count) in groups(truth, scores) {
            seen += count;
            found += hits;
            area += hits as f64 / positives as f64 * (found as f64 / seen as f64);
        }
        Ok(area.clamp(0.0, 1.0))
    })
}

/// The number of positives and the number of samples at each score, from the highest down.
fn groups(truth: &[bool], scores: &[f32]) -> impl DoubleEndedIterator<Item = (usize, usize)> {
    let mut order: Vec<usize> = (0..truth.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    // -0 and 0 are equal.
    let equal = |a: &usize, b: &usize| scores[*a] == scores[*b];
    let count = |g: &[usize]| (g.iter().filter(|i| truth[**i]).count(), g.len());
    order.chunk_by(equal).map(count).collect::<Vec<_>>().into_iter()
}

fn mean_of_classes(
    what: &str,
    labels: &[usize],
    scores: &Array,
    of: impl Fn(usize, &[bool], &[f32]) -> Result<f64>,
) -> Result<f64> {
    let rows = scores.rows();
    if scores.shape().len() > 2 || labels.len() != rows || rows == 0 || scores.row_len() == 0 {
        let expected = format!("[{}], or with a column for each class", labels.len());
        return Err(Error::shape(format!("{what}: the scores"), scores.shape(), expected));
    }
    let columns = scores.row_len();
    if let Some(i) = scores.data().iter().position(|v| v.is_nan()) {
        let what = format!("{what}: the score of row {}, column {}", i / columns, i % columns);
        return Err(Error::argument(what, "NaN", "a number"));
    }
    let classes = columns.max(2);
    if let Some(i) = labels.iter().position(|l| *l >= classes) {
        let what = format!("{what}: the label of row {i}");
        return Err(Error::argument(what, labels[i], format!("below the {classes} classes")));
    }
    let one = |class: usize, column: usize| {
        let truth: Vec<bool> = labels.iter().map(|l| *l == class).collect();
        let scores: Vec<f32> = (0..rows).map(|r| scores.data()[r * columns + column]).collect();
        of(class, &truth, &scores)
    };
    match columns {
        1 => one(1, 0),
        2 => one(1, 1),
        k => Ok((0..k).map(|c| one(c, c)).sum::<Result<f64>>()? / k as f64),
    }
}

/// The scores of class 1: a single column, or the second of two.
pub(super) fn scores_of_yes(what: &str, scores: &Array) -> Result<Vec<f32>> {
    match scores.row_len() {
        1 => Ok(scores.data().to_vec()),
        2 => Ok(scores.data().iter().skip(1).step_by(2).copied().collect()),
        _ => {
            let expected = "a row for each sample, of one column or two, was expected";
            Err(Error::shape(format!("{what}: the scores"), scores.shape(), expected))
        }
    }
}

fn undefined(what: &str, class: usize, positives: usize, rows: usize) -> Error {
    let got = format!("{positives} of {rows}");
    let expected = "some but not all, because the score is undefined otherwise";
    Error::argument(format!("{what}: the samples of class {class}"), got, expected)
}
