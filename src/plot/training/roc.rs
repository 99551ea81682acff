//! ROC curves.

use crate::array::Array;
use crate::data::Dataset;
use crate::error::Result;
use crate::plot::draw::ranking::rankings;
use crate::plot::draw::rates::{self, Rates};
use crate::plot::draw::scale::number;
use crate::plot::{Figure, PlotOptions, listed};

/// ROC curves, as scikit-learn's `RocCurveDisplay`: the true positive rate over the false positive
/// rate, with the area under the curve, for each class against the rest. Of two classes, only one
/// is shown: the single output's, or else the second. `outputs` are the model's outputs for the
/// rows of `data`.
///
/// ```
/// use dfdx_lab::{Array, data::Dataset, plot};
/// let data = Dataset::new(Array::zeros([3, 4])?, vec![0, 1, 1], ["no", "yes"])?;
/// let outputs = Array::new([3, 2], vec![0.7, 0.3, 0.2, 0.8, 0.6, 0.4])?;
/// assert_eq!(plot::roc(&data, &outputs)?.alt(), "ROC curves, area below: yes 1");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the outputs do not fit the targets, or one is not a finite number.
pub fn roc(data: &Dataset, outputs: &Array) -> Result<Figure> {
    roc_with(data, outputs, &PlotOptions::new())
}

/// [`roc`] with options.
///
/// # Errors
/// As [`roc`], or if an option is out of bounds.
pub fn roc_with(data: &Dataset, outputs: &Array, options: &PlotOptions) -> Result<Figure> {
    let mut curves = Vec::new();
    let mut words = Vec::new();
    for ranking in rankings("plot::roc", data, outputs)? {
        let (curve, area) = ranking.roc();
        let area = number(area, 3);
        curves.push((format!("{} (AUC {area})", ranking.name), curve));
        words.push(format!("{} {area}", ranking.name));
    }
    let rates = Rates {
        x_title: "false positive rate",
        y_title: "true positive rate",
        curves,
        reference: Some(("chance", [(0.0, 0.0), (1.0, 1.0)])),
        alt: format!("ROC curves, area below: {}", listed(&words)),
    };
    rates::draw(&rates, options)
}
