//! Rankings of rows by the score of a class: the basis of ROC, precision-recall and calibration
//! curves.

use crate::array::Array;
use crate::data::{Dataset, Targets};
use crate::error::{Error, Result};

/// The scores of one class against the rest.
pub struct Ranking {
    pub name: String,
    /// Score and whether the row is of the class, from the highest score down.
    rows: Vec<(f64, bool)>,
}

/// One ranking for each class of a network's outputs. Two classes give a single ranking: that of
/// the second class, or of the single output's class.
pub fn rankings(plot: &str, data: &Dataset, outputs: &Array) -> Result<Vec<Ranking>> {
    // `decode` also checks the shape, and that the targets are classes.
    let predicted = data.decode(outputs)?;
    if predicted.len() != data.labels().len() {
        let expected = format!("{}, the number of rows with a label", data.labels().len());
        return Err(Error::argument(
            format!("{plot}: the number of rows"),
            predicted.len(),
            expected,
        ));
    }
    if let Some(row) = outputs.data().iter().position(|v| !v.is_finite()) {
        let what = format!("{plot}: the output of row {}", row / outputs.row_len().max(1));
        return Err(Error::argument(what, outputs.data()[row], "a finite number"));
    }
    let width = outputs.row_len().max(1);
    let of = |class: usize, column: usize| {
        let scores = outputs.data().iter().skip(column).step_by(width).map(|v| f64::from(*v));
        let mut rows: Vec<(f64, bool)> =
            scores.zip(data.labels().iter().map(|label| *label == class)).collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ranking { name: data.classes()[class].clone(), rows }
    };
    Ok(match data.targets() {
        Targets::PlusMinus(class) | Targets::Binary(class) => {
            vec![of(data.class_index(class)?, 0)]
        }
        _ if width == 2 => vec![of(1, 1)],
        _ => (0..width).map(|class| of(class, class)).collect(),
    })
}

impl Ranking {
    /// The number of rows of the class, and of other rows.
    pub fn counts(&self) -> (f64, f64) {
        let positive = self.rows.iter().filter(|row| row.1).count();
        (positive as f64, (self.rows.len() - positive) as f64)
    }

    /// For each threshold from the highest down: the number of rows of the class, and of other
    /// rows, that score at least as much.
    fn steps(&self) -> Vec<(f64, f64)> {
        let (mut hits, mut alarms) = (0.0, 0.0);
        let mut steps = Vec::new();
        for (i, (score, positive)) in self.rows.iter().enumerate() {
            if *positive {
                hits += 1.0
            } else {
                alarms += 1.0
            }
            // Rows of equal score count together.
            if self.rows.get(i + 1).is_none_or(|next| next.0 != *score) {
                steps.push((hits, alarms));
            }
        }
        steps
    }

    /// Points (false positive rate, true positive rate), and the area under the curve by the
    /// trapezoidal rule, as scikit-learn's `roc_curve` and `roc_auc_score`; NaN if there is only
    /// one class.
    pub fn roc(&self) -> (Vec<(f64, f64)>, f64) {
        let (positive, negative) = self.counts();
        let mut curve = vec![(0.0, 0.0)];
        curve
            .extend(self.steps().iter().map(|(hits, alarms)| (alarms / negative, hits / positive)));
        let area = curve.windows(2).map(|w| (w[1].0 - w[0].0) * (w[1].1 + w[0].1) / 2.0).sum();
        (curve, area)
    }

    /// Points (recall, precision), and the average precision, weighted by the gain in recall, as
    /// scikit-learn's `precision_recall_curve` and `average_precision_score`; NaN if no row is of
    /// the class.
    pub fn precision_recall(&self) -> (Vec<(f64, f64)>, f64) {
        let (positive, _) = self.counts();
        let point = |(hits, alarms): (f64, f64)| (hits / positive, hits / (hits + alarms));
        let mut curve = vec![(0.0, 1.0)];
        curve.extend(self.steps().into_iter().map(point));
        let area = curve.windows(2).map(|w| (w[1].0 - w[0].0) * w[1].1).sum();
        (curve, area)
    }

    /// For each non-empty one of ten equal bins of probability: its rows' mean probability and the
    /// fraction of them that is of the class, as scikit-learn's `calibration_curve`.
    pub fn calibration(&self) -> Vec<(f64, f64)> {
        const BINS: usize = 10;
        let mut bins = [(0.0, 0.0, 0.0); BINS];
        for (score, positive) in &self.rows {
            // A bin includes its upper end, as in scikit-learn.
            let bin = ((*score as f32 * BINS as f32).ceil() as usize).clamp(1, BINS) - 1;
            bins[bin].0 += score;
            bins[bin].1 += f64::from(u8::from(*positive));
            bins[bin].2 += 1.0;
        }
        bins.iter().filter(|b| b.2 > 0.0).map(|b| (b.0 / b.2, b.1 / b.2)).collect()
    }

    /// Whether all scores are probabilities.
    pub fn probabilities(&self) -> bool {
        self.rows.iter().all(|(score, _)| (-1e-4..=1.0001).contains(score))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // scikit-learn 1.9.1: roc_curve(drop_intermediate=False), roc_auc_score,
    // precision_recall_curve, average_precision_score, calibration_curve(n_bins=10).
    const SCORES: [f32; 8] = [0.1, 0.4, 0.35, 0.8, 0.4, 0.9, 0.65, 0.2];
    const TRUTH: [usize; 8] = [0, 0, 1, 1, 1, 1, 0, 0];

    fn ranking() -> Ranking {
        let data =
            Dataset::new(Array::zeros([8, 1]).unwrap(), TRUTH.to_vec(), ["no", "yes"]).unwrap();
        let data = data.with_binary("yes").unwrap();
        let outputs = Array::new([8, 1], SCORES.to_vec()).unwrap();
        rankings("plot::roc", &data, &outputs).unwrap().remove(0)
    }

    fn near(found: &[(f64, f64)], expected: &[(f64, f64)]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (a, b) in found.iter().zip(expected) {
            assert!((a.0 - b.0).abs() < 1e-6 && (a.1 - b.1).abs() < 1e-6, "{found:?}");
        }
    }

    #[test]
    fn curves_are_scikit_learns() {
        let ranking = ranking();
        assert_eq!((ranking.name.as_str(), ranking.counts()), ("yes", (4.0, 4.0)));
        let (curve, area) = ranking.roc();
        near(
            &curve,
            &[
                (0.0, 0.0),
                (0.0, 0.25),
                (0.0, 0.5),
                (0.25, 0.5),
                (0.5, 0.75),
                (0.5, 1.0),
                (0.75, 1.0),
                (1.0, 1.0),
            ],
        );
        assert!((area - 0.78125).abs() < 1e-12, "{area}");
        let outputs = Array::new([8], SCORES.to_vec()).unwrap();
        assert!((area - crate::metric::roc_auc(&TRUTH, &outputs).unwrap()).abs() < 1e-12);
        let (_, area) = ranking.precision_recall();
        assert!((area - 0.816_666_666_666_666_7).abs() < 1e-9, "{area}");
        near(
            &ranking.calibration(),
            &[
                (0.1, 0.0),
                (0.2, 0.0),
                (0.383_333_333, 0.666_666_667),
                (0.65, 0.0),
                (0.8, 1.0),
                (0.9, 1.0),
            ],
        );
        assert!(ranking.probabilities());
    }

    #[test]
    fn outputs_that_do_not_fit_are_refused() {
        let data = Dataset::new(Array::zeros([2, 1]).unwrap(), vec![0, 1], ["a", "b"]).unwrap();
        let nan = Array::new([2, 2], vec![0.0, 1.0, f32::NAN, 0.0]).unwrap();
        let error = rankings("plot::roc", &data, &nan).err().unwrap().to_string();
        assert!(error.contains("row 1"), "{error}");
        assert!(rankings("plot::roc", &data, &Array::zeros([2, 3]).unwrap()).is_err());
        assert!(rankings("plot::roc", &data, &Array::zeros([3, 2]).unwrap()).is_err());
        let alike = rankings("plot::roc", &data, &Array::zeros([2, 2]).unwrap()).unwrap();
        assert_eq!((alike.len(), alike[0].roc().1), (1, 0.5));
    }
}
