//! The best threshold between no and yes.

use super::ranking::scores_of_yes;
use crate::array::Array;
use crate::error::{Error, Result};
use std::fmt;

/// The best threshold by a score, with the score, precision and recall there.
#[derive(Clone, Copy, PartialEq)]
pub struct Threshold {
    threshold: f64,
    score: f64,
    precision: f64,
    recall: f64,
}

impl Threshold {
    /// The threshold: scores above it are yes. It lies halfway between two scores.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// The score at the threshold.
    pub fn score(&self) -> f64 {
        self.score
    }

    /// The classes of these scores as labels: 1 above the threshold, 0 otherwise. For `scores`, see
    /// [`best_threshold`].
    ///
    /// # Errors
    /// If there are more than two columns.
    pub fn classes(&self, scores: &Array) -> Result<Vec<usize>> {
        let scores = scores_of_yes("Threshold::classes", scores)?;
        Ok(scores.into_iter().map(|s| usize::from(f64::from(s) > self.threshold)).collect())
    }

    /// The figures in HTML.
    pub fn to_html(&self) -> String {
        format!("<p>{}</p>", crate::html::escape(&self.to_string()))
    }
}

crate::html::debug_as_display!(Threshold);

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |v: f64| crate::html::number(v, 4);
        write!(
            f,
            "yes above {}: score {}, precision {}, recall {}",
            number(self.threshold),
            number(self.score),
            number(self.precision),
            number(self.recall)
        )
    }
}

/// The threshold between no (0) and yes (1) that is best by `f1`, `accuracy` or `balanced_accuracy`
/// (scikit-learn's `TunedThresholdClassifierCV`). `scores` has a single column, or two of which the
/// second is that of yes. Of several equally good thresholds, it is the lowest. Choose it on
/// validation rows, because it is learned like a weight.
///
/// ```
/// use dfdx_lab::{Array, metric};
/// let scores = Array::new([5], vec![0.1, 0.2, 0.3, 0.35, 0.9])?;
/// let best = metric::best_threshold(&[0, 0, 1, 1, 1], &scores, "f1")?;
/// assert_eq!((best.threshold() as f32, best.score()), (0.25, 1.0));
/// assert_eq!(best.classes(&scores)?, [0, 0, 1, 1, 1]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the numbers of labels and scores differ, a label is neither 0 nor 1, one of the two does not
/// occur, a score is not finite, or there is no score of this name.
pub fn best_threshold(labels: &[usize], scores: &Array, score: &str) -> Result<Threshold> {
    const WHO: &str = "best_threshold";
    let of: fn([f64; 4]) -> f64 = match score {
        "f1" | "f1_score" => |[tp, fp, fneg, _]| 2.0 * tp / (2.0 * tp + fp + fneg),
        "accuracy" => |[tp, fp, fneg, tn]| (tp + tn) / (tp + fp + fneg + tn),
        "balanced_accuracy" => |[tp, fp, fneg, tn]| (tp / (tp + fneg) + tn / (tn + fp)) / 2.0,
        other => {
            let expected = "f1, accuracy or balanced_accuracy";
            return Err(Error::argument(
                format!("{WHO}: the score"),
                format!("'{other}'"),
                expected,
            ));
        }
    };
    let scores = scores_of_yes(WHO, scores)?;
    if labels.len() != scores.len() {
        let what = format!("{WHO}: the number of labels");
        return Err(Error::argument(
            what,
            labels.len(),
            format!("that of the scores, {}", scores.len()),
        ));
    }
    if let Some(bad) = labels.iter().find(|label| **label > 1) {
        return Err(Error::argument(format!("{WHO}: a label"), bad, "0 or 1"));
    }
    if let Some(bad) = scores.iter().find(|score| !score.is_finite()) {
        return Err(Error::argument(format!("{WHO}: a score"), bad, "finite"));
    }
    let positives = labels.iter().sum::<usize>() as f64;
    let negatives = labels.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        let got = format!("{positives} yes and {negatives} no");
        return Err(Error::argument(format!("{WHO}: the labels"), got, "some of each"));
    }
    let mut pairs: Vec<(f32, usize)> = scores.into_iter().zip(labels.iter().copied()).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Everything is yes below the lowest score.
    let (mut tp, mut fp) = (positives, negatives);
    let at = |threshold: f64, tp: f64, fp: f64| Threshold {
        threshold,
        score: of([tp, fp, positives - tp, negatives - fp]),
        precision: if tp + fp > 0.0 { tp / (tp + fp) } else { 0.0 },
        recall: tp / positives,
    };
    let lowest = f64::from(pairs[0].0);
    let mut best = at(lowest - lowest.abs().max(1.0), tp, fp);
    let mut groups = pairs.chunk_by(|a, b| a.0 == b.0).peekable();
    while let Some(group) = groups.next() {
        let yes = group.iter().map(|pair| pair.1).sum::<usize>() as f64;
        tp -= yes;
        fp -= group.len() as f64 - yes;
        let score = f64::from(group[0].0);
        let next = groups.peek().map_or(score + score.abs().max(1.0), |next| f64::from(next[0].0));
        let here = at(score + (next - score) / 2.0, tp, fp);
        if here.score > best.score {
            best = here;
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_all_thresholds() {
        let scores: Vec<f32> =
            (0..40).map(|i| ((i as f32 * 7.7).sin() * 10.0).round() / 10.0).collect();
        let labels: Vec<usize> = (0..40)
            .map(|i| usize::from((i as f32 * 7.7).sin() + (i as f32 * 3.1).cos() > 0.4))
            .collect();
        let array = Array::new([40, 1], scores.clone()).unwrap();
        for name in ["f1", "accuracy", "balanced_accuracy"] {
            let best = best_threshold(&labels, &array, name).unwrap();
            let score = |threshold: f64| {
                let guess: Vec<usize> =
                    scores.iter().map(|s| usize::from(f64::from(*s) > threshold)).collect();
                let count = |l: usize, g: usize| {
                    labels.iter().zip(&guess).filter(|p| *p.0 == l && *p.1 == g).count() as f64
                };
                let (tp, fp, fneg, tn) = (count(1, 1), count(0, 1), count(1, 0), count(0, 0));
                match name {
                    "f1" => 2.0 * tp / (2.0 * tp + fp + fneg),
                    "accuracy" => (tp + tn) / 40.0,
                    _ => (tp / (tp + fneg) + tn / (tn + fp)) / 2.0,
                }
            };
            assert!((score(best.threshold()) - best.score()).abs() < 1e-12, "{name}");
            for step in -250..=250 {
                assert!(score(f64::from(step) / 200.0) <= best.score() + 1e-12, "{name} {step}");
            }
            // With two columns, the second is that of yes.
            let two = scores.iter().flat_map(|s| [1.0 - s, *s]).collect();
            let two = Array::new([40, 2], two).unwrap();
            assert_eq!(best_threshold(&labels, &two, name).unwrap(), best);
        }
        let says = |labels: &[usize], name: &str, part: &str| {
            let scores = Array::new([2], vec![0.5, f32::from(u8::from(name != "nan"))]).unwrap();
            let error = best_threshold(labels, &scores, name).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        says(&[0, 1], "f2", "'f2'");
        says(&[0], "f1", "number of labels");
        says(&[0, 2], "f1", "0 or 1");
        says(&[1, 1], "f1", "some of each");
        let three = Array::new([2, 3], vec![0.0; 6]).unwrap();
        assert!(best_threshold(&[0, 1], &three, "f1").is_err());
    }
}
