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

/// Failed trials.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failures {
    /// In a row.
    row: usize,
    /// Why the last one failed, if all of them did, by errors.
    all: Option<String>,
    /// Whether one did not.
    other: bool,
}

impl Failures {
    /// Counts a trial; gives the error that ends the search if there are too many now. `most` is
    /// what somebody has set: NaN counts then as well.
    pub fn count(&mut self, ending: &Ending, most: Option<usize>) -> Option<Error> {
        match ending {
            Ending::Error(reason) if !self.other => self.all = Some(reason.clone()),
            Ending::Error(_) => {}
            Ending::Value | Ending::NotANumber(_) => (self.other, self.all) = (true, None),
        }
        let reason = match ending {
            Ending::Value => {
                self.row = 0;
                return None;
            }
            Ending::NotANumber(_) if most.is_none() => return None,
            Ending::NotANumber(reason) | Ending::Error(reason) => reason,
        };
        self.row += 1;
        let most = most.unwrap_or(MAX_FAILURES);
        let text = || format!("{most} trials failed one after the other; the last one: {reason}");
        (self.row >= most).then(|| Error::Training(text()))
    }

    /// The error if there were trials and each ended in an error: few of them are as much a mistake
    /// as many in a row.
    pub fn of_all(&self) -> Option<Error> {
        let text = |reason| format!("every trial failed; the last one: {reason}");
        self.all.as_ref().map(|reason| Error::Training(text(reason)))
    }
}
