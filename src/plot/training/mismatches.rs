//! Misclassified images.

use crate::array::Array;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::picture::Pictures;
use crate::plot::draw::scale::{grouped, percent};
use crate::plot::draw::style::{ALARM, INK};
use crate::plot::draw::tiles::{Tile, draw};

/// The first misclassified images of `data`, at most `most`, each with its predicted and its true
/// class. `predicted` has a class index for each row, such as
/// [`Dataset::decode`](crate::data::Dataset::decode) returns.
///
/// ```
/// use dfdx_lab::{Array, data::Dataset, plot};
/// let data = Dataset::new(Array::zeros([3, 8, 8, 1])?, vec![0, 1, 1], ["two", "seven"])?;
/// let figure = plot::mismatches(&data, &[0, 0, 1], 12)?;
/// assert_eq!(figure.alt(), "1 of 3 misclassified: row 1, seven taken for two");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If there is not one class for each row, or the features are not images (see
/// [`plot::samples`](crate::plot::samples)).
pub fn mismatches(data: &Dataset, predicted: &[usize], most: usize) -> Result<Figure> {
    mismatches_with(data, predicted, most, &PlotOptions::new())
}

/// [`mismatches`] with options.
///
/// # Errors
/// As [`mismatches`], or if an option is out of bounds.
pub fn mismatches_with(
    data: &Dataset,
    predicted: &[usize],
    most: usize,
    options: &PlotOptions,
) -> Result<Figure> {
    let wrong = wrong(data, predicted)?;
    show(data, predicted, &wrong, None, most, options)
}

/// The misclassified images with the highest predicted probability, which is in the caption;
/// `outputs` are the model's outputs for all rows.
///
/// # Errors
/// As [`mismatches`], and if the outputs do not fit the targets or are not probabilities.
pub fn surest_mismatches(data: &Dataset, outputs: &Array, most: usize) -> Result<Figure> {
    surest_mismatches_with(data, outputs, most, &PlotOptions::new())
}

/// [`surest_mismatches`] with options.
///
/// # Errors
/// As [`surest_mismatches`], or if an option is out of bounds.
pub fn surest_mismatches_with(
    data: &Dataset,
    outputs: &Array,
    most: usize,
    options: &PlotOptions,
) -> Result<Figure> {
    let predicted = data.decode(outputs)?;
    let mut wrong = wrong(data, &predicted)?;
    let width = outputs.row_len().max(1);
    let mut sure = Vec::with_capacity(predicted.len());
    for row in outputs.data().chunks(width) {
        if let Some(bad) = row.iter().find(|v| !(-1e-4..=1.0001).contains(*v)) {
            let what = "plot::surest_mismatches: an output";
            return Err(Error::argument(what, bad, "a probability from 0 to 1")
                .hint("plot::mismatches needs only predicted classes"));
        }
        sure.push(match *row {
            [one] => f64::from(one.max(1.0 - one)),
            _ => f64::from(row.iter().copied().fold(0.0, f32::max)),
        });
    }
    wrong.sort_by(|&a, &b| sure[b].total_cmp(&sure[a]));
    show(data, &predicted, &wrong, Some(&sure), most, options)
}

/// The rows whose predicted class is not the true one.
fn wrong(data: &Dataset, predicted: &[usize]) -> Result<Vec<usize>> {
    let labels = data.labels();
    if labels.len() != data.len() || predicted.len() != labels.len() {
        return Err(Error::argument(
            "plot::mismatches: the number of predicted classes",
            predicted.len(),
            format!("{}, the number of rows with a label", labels.len()),
        ));
    }
    crate::plot::draw::checks::check_labels("plot::mismatches", data.classes(), predicted)?;
    Ok((0..labels.len()).filter(|&row| labels[row] != predicted[row]).collect())
}

fn show(
    data: &Dataset,
    predicted: &[usize],
    wrong: &[usize],
    sure: Option<&[f64]>,
    most: usize,
    options: &PlotOptions,
) -> Result<Figure> {
    let shown = &wrong[..wrong.len().min(most)];
    let pictures = data.x().take(shown)?;
    let pictures = Pictures::new("plot::mismatches", &pictures)?.ranged(options)?;
    let name = |class: usize| data.classes()[class].replace(['\n', '\r'], " ");
    let tile = |&row: &usize| -> Tile {
        // The probability has its own line, so that it takes no room from the class.
        let guess = format!("predicted {}", name(predicted[row]));
        let share = sure.map(|sure| (format!("by {}", percent(sure[row])), ALARM));
        let truth = (format!("true {}", name(data.labels()[row])), INK);
        std::iter::once((guess, ALARM)).chain(share).chain([truth]).collect()
    };
    let tiles: Vec<Tile> = shown.iter().map(tile).collect();
    let count = |n: usize| grouped(n as i64);
    let mut words = format!("{} of {} misclassified", count(wrong.len()), count(data.len()));
    let title = match shown.len() < wrong.len() {
        true => format!("{words}, {} shown", count(shown.len())),
        false => words.clone(),
    };
    if !shown.is_empty() {
        let pair = |&row: &usize| {
            format!("row {row}, {} taken for {}", name(data.labels()[row]), name(predicted[row]))
        };
        words += &format!(": {}", crate::plot::listed(&shown.iter().map(pair).collect::<Vec<_>>()));
    }
    let nothing = if wrong.is_empty() { "nothing is misclassified" } else { "none shown" };
    draw(&pictures, &tiles, options.title_or(&title), nothing, options, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Dataset {
        let x = Array::new([4, 1, 1], vec![0.0, 0.3, 0.6, 0.9]).unwrap();
        Dataset::new(x, vec![0, 1, 1, 0], ["a", "b"]).unwrap()
    }

    #[test]
    fn the_surest_mistakes_come_first() {
        let outputs = [0.4, 0.6, 0.7, 0.3, 0.2, 0.8, 0.1, 0.9];
        let outputs = Array::new([4, 2], outputs.to_vec()).unwrap();
        let figure = surest_mismatches(&data(), &outputs, 2).unwrap();
        let words = "3 of 4 misclassified: row 3, a taken for b, row 1, b taken for a";
        assert_eq!(figure.alt(), words);
        let one = Array::new([4, 1], vec![0.9, 0.3, 0.4, 0.95]).unwrap();
        let figure = surest_mismatches(&data().with_binary("b").unwrap(), &one, 1).unwrap();
        assert!(figure.alt().ends_with("row 3, a taken for b"), "{}", figure.alt());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let error = mismatches(&data(), &[0, 1], 3).unwrap_err().to_string();
        assert!(error.contains("is 2, but must be 4"), "{error}");
        let error = mismatches(&data(), &[0, 1, 2, 0], 3).unwrap_err().to_string();
        assert!(error.contains("a label is 2"), "{error}");
        let logits = Array::new([4, 2], vec![3.0; 8]).unwrap();
        let error = surest_mismatches(&data(), &logits, 3).unwrap_err().to_string();
        assert!(error.contains("a probability"), "{error}");
        let right = mismatches(&data(), &[0, 1, 1, 0], 3).unwrap();
        assert_eq!(right.alt(), "0 of 4 misclassified");
    }
}
