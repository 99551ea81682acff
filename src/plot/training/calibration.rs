//! Calibration curves: how well predicted probabilities match observed frequencies.

use crate::array::Array;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::plot::draw::ranking::rankings;
use crate::plot::draw::rates::{self, Rates};
use crate::plot::{Figure, PlotOptions, listed};

/// Calibration curves, as scikit-learn's `CalibrationDisplay`: for each class against the rest, the
/// fraction of rows that belong to it over their mean predicted probability, in ten bins of equal
/// width. Of two classes, only one is shown: the single output's, or else the second.
///
/// ```
/// use dfdx_lab::{Array, data::Dataset, plot};
/// let data = Dataset::new(Array::zeros([3, 4])?, vec![0, 1, 1], ["no", "yes"])?;
/// let outputs = Array::new([3, 2], vec![0.7, 0.3, 0.2, 0.8, 0.6, 0.4])?;
/// assert_eq!(plot::calibration(&data, &outputs)?.alt(), "Calibration of yes");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the outputs do not fit the targets, or one is not a probability.
pub fn calibration(data: &Dataset, outputs: &Array) -> Result<Figure> {
    calibration_with(data, outputs, &PlotOptions::new())
}

/// [`calibration`] with options.
///
/// # Errors
/// As [`calibration`], or if an option is out of bounds.
pub fn calibration_with(data: &Dataset, outputs: &Array, options: &PlotOptions) -> Result<Figure> {
    let rankings = rankings("plot::calibration", data, outputs)?;
    if !rankings.iter().all(|ranking| ranking.probabilities()) {
        let what = "plot::calibration: the outputs";
        return Err(Error::argument(what, "below 0 or above 1", "probabilities")
            .hint("a network whose last activation is softmax or sigmoid gives them"));
    }
    let names: Vec<String> = rankings.iter().map(|ranking| ranking.name.clone()).collect();
    let curve = |ranking: &crate::plot::draw::ranking::Ranking| ranking.calibration();
    let rates = Rates {
        x_title: "mean predicted probability",
        y_title: "share of the class",
        curves: names.iter().cloned().zip(rankings.iter().map(curve)).collect(),
        reference: Some(("perfect", [(0.0, 0.0), (1.0, 1.0)])),
        alt: format!("Calibration of {}", listed(&names)),
    };
    rates::draw(&rates, options)
}
