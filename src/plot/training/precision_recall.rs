//! Precision-recall curves.

use crate::array::Array;
use crate::data::Dataset;
use crate::error::Result;
use crate::plot::draw::ranking::rankings;
use crate::plot::draw::rates::{self, Rates};
use crate::plot::draw::scale::number;
use crate::plot::{Figure, PlotOptions, listed};

/// Precision-recall curves, as scikit-learn's `PrecisionRecallDisplay`: precision over recall, with
/// the average precision, for each class against the rest. Of two classes, only one is shown: the
/// single output's, or else the second. `outputs` are the model's outputs for the rows of `data`.
///
/// ```
/// use dfdx_lab::{Array, data::Dataset, plot};
/// let data = Dataset::new(Array::zeros([3, 4])?, vec![0, 1, 1], ["no", "yes"])?;
/// let outputs = Array::new([3, 2], vec![0.7, 0.3, 0.2, 0.8, 0.6, 0.4])?;
/// let figure = plot::precision_recall(&data, &outputs)?;
/// assert_eq!(figure.alt(), "Precision over recall, average precision: yes 1");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the outputs do not fit the targets, or one is not a finite number.
pub fn precision_recall(data: &Dataset, outputs: &Array) -> Result<Figure> {
    precision_recall_with(data, outputs, &PlotOptions::new())
}

/// [`precision_recall`] with options.
///
/// # Errors
/// As [`precision_recall`], or if an option is out of bounds.
pub fn precision_recall_with(
    data: &Dataset,
    outputs: &Array,
    options: &PlotOptions,
) -> Result<Figure> {
    let rankings = rankings("plot::precision_recall", data, outputs)?;
    let mut curves = Vec::new();
    let mut words = Vec::new();
    for ranking in &rankings {
        let (curve, area) = ranking.precision_recall();
        let area = number(area, 3);
        curves.push((format!("{} (AP {area})", ranking.name), curve));
        words.push(format!("{} {area}", ranking.name));
    }
    // With several classes, each has its own chance level.
    let reference = match &rankings[..] {
        [one] => {
            let (positive, negative) = one.counts();
            let share = positive / (positive + negative);
            Some(("chance", [(0.0, share), (1.0, share)]))
        }
        _ => None,
    };
    let rates = Rates {
        x_title: "recall",
        y_title: "precision",
        curves,
        reference,
        alt: format!("Precision over recall, average precision: {}", listed(&words)),
    };
    rates::draw(&rates, options)
}
