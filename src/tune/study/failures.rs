//! When failed trials end a search.

use crate::error::Error;

/// Trials in a row that may end in an error, as KerasTuner's.
const MAX_FAILURES: usize = 3;

/// How a trial has ended.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    /// With a value, or by the pruner.
    Value,
    /// Its objective is NaN: that is known of these parameters now.
    NotANumber(String),
    /// By an error or a panic: the next one may well end in the same.
    Error(String),
}

/// Failed trials in a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failures(usize);

impl Failures {
    /// Counts a trial; gives the error that ends the search if there are too many now. `most` is
    /// what somebody has set: NaN counts then as well.
    pub fn count(&mut self, ending: &Ending, most: Option<usize>) -> Option<Error> {
        let reason = match ending {
            Ending::Value => {
                self.0 = 0;
                return None;
            }
            Ending::NotANumber(_) if most.is_none() => return None,
            Ending::NotANumber(reason) | Ending::Error(reason) => reason,
        };
        self.0 += 1;
        let most = most.unwrap_or(MAX_FAILURES);
        let text = || format!("{most} trials failed one after the other; the last one: {reason}");
        (self.0 >= most).then(|| Error::Training(text()))
    }
}
