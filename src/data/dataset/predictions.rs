//! Filling predictions up to every row of a file.

use crate::error::{Error, Result};
use crate::memory;

/// A class for each of `total` rows of a file, from predictions for those in `rows` (their numbers
/// in the file, as [`Dataset::row_numbers`](super::Dataset::row_numbers) gives them).
///
/// A row without a prediction (an invalid one, or the first ones of a past window) takes the class
/// of the nearest earlier row with a prediction, because states last for many rows; rows before the
/// first prediction take the first one.
///
/// ```
/// use dfdx_lab::data::fill_rows;
/// assert_eq!(fill_rows(6, &[1, 2, 4], &[0, 2, 1])?, [0, 0, 2, 2, 1, 1]);
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the lists differ in length or are empty, or a row is not below `total` or given twice.
pub fn fill_rows(total: usize, rows: &[usize], predicted: &[usize]) -> Result<Vec<usize>> {
    let what = "fill_rows: the number of predictions";
    if rows.len() != predicted.len() {
        let expected = format!("the number of rows, {}", rows.len());
        return Err(Error::argument(what, predicted.len(), expected));
    }
    memory::check("fill_rows: the total", &[total], size_of::<Option<usize>>())?;
    let mut known = vec![None; total];
    for (&row, &class) in rows.iter().zip(predicted) {
        let place = known.get_mut(row).ok_or_else(|| {
            Error::argument("fill_rows: a row", row, format!("below the total of {total}"))
        })?;
        if place.replace(class).is_some() {
            return Err(Error::argument("fill_rows: a row", row, "given once"));
        }
    }
    let Some(mut last) = known.iter().flatten().next().copied() else {
        return Err(Error::argument(what, 0, "at least 1"));
    };
    for place in &mut known {
        last = place.unwrap_or(last);
        *place = Some(last);
    }
    Ok(known.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_rows_are_refused() {
        assert!(fill_rows(3, &[3], &[0]).is_err());
        assert!(fill_rows(usize::MAX, &[3], &[0]).unwrap_err().to_string().contains("memory"));
        assert!(fill_rows(3, &[1, 1], &[0, 0]).is_err());
        assert!(fill_rows(3, &[], &[]).is_err());
        assert!(fill_rows(3, &[1], &[]).is_err());
    }
}
