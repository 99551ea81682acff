//! The rules by which failed trials end a search.

use crate::error::Error;

/// The number of failed trials in a row that ends a search, as in KerasTuner.
const MAX_FAILURES: usize = 3;

/// How a trial has ended.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    /// With a value, or by the pruner.
    Value,
    /// With an objective of NaN, which is a result for these parameters.
    NotANumber(String),
    /// By an error or a panic, which may well end the next trial, too.
    Error(String),
}

/// The failures of the trials so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failures {
    /// The failed trials in a row.
    row: usize,
    /// The last trial's error, if every trial ended in an error.
    all: Option<String>,
    /// Whether a trial ended otherwise.
    other: bool,
}

impl Failures {
    /// Counts a trial; returns the error that ends the search if there are too many failures.
    /// `most` is the number set by the user; if it is set, NaN counts, too.
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

    /// The error if there were trials and each ended in an error: even a few of them mean a
    /// mistake.
    pub fn of_all(&self) -> Option<Error> {
        let text = |reason| format!("every trial failed; the last one: {reason}");
        self.all.as_ref().map(|reason| Error::Training(text(reason)))
    }
}
