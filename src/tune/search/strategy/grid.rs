//! A search over every combination of values, in which the cell follows from the trial's number.

use super::odometer::{CellValues, Odometer};
use super::{Course, Strategy};
use crate::error::Result;
use crate::tune::Param;
use crate::tune::search::Search;
use crate::tune::search::next::Next;
use crate::tune::search::proposal::Proposal;
use crate::tune::search::runner::Runner;
use crate::tune::study::{FixedValues, StartedTrial, is_retry, keys};
use crate::tune::trial::{Attributes, Trial, TrialState};
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The time allowed for counting the cells before the first trial.
const COUNTING: Duration = Duration::from_secs(2);
/// The number of times that a cell is tried.
const ATTEMPTS: usize = 3;

/// Every cell of the grid, in order.
pub(in super::super) struct Grid;

impl Strategy for Grid {
    fn name(&self) -> &str {
        "grid"
    }

    fn is_blind(&self) -> bool {
        true
    }

    fn start(&self, search: &Search) -> Result<Box<dyn Course>> {
        Ok(Box::new(Cells { odometer: Mutex::new(Odometer::new(search)) }))
    }
}

struct Cells {
    odometer: Mutex<Odometer>,
}

impl Course for Cells {
    fn check(&self, runner: &Runner<'_>, trials: &[Arc<Trial>]) -> Result<()> {
        for trial in trials.iter().filter(|t| t.state == TrialState::Complete) {
            let Some(index) = trial.system.get(keys::GRID_ID).and_then(|i| i.as_u64()) else {
                if trial.system.contains_key(keys::FIXED) {
                    continue;
                }
                return Err(runner.other_search(trial.number, "a cell of this grid"));
            };
            let same = self.cell(index).is_some_and(|cell| {
                let pairs = cell.iter().zip(&trial.params);
                cell.len() == trial.params.len()
                    && pairs.into_iter().all(|(a, b)| a.name == b.name && a.value() == b.value())
            });
            if !same {
                let expected = format!("cell {index} of this grid");
                return Err(runner.other_search(trial.number, &expected));
            }
        }
        Ok(())
    }

    fn announce(&self, runner: &Runner<'_>, trials: &[Arc<Trial>]) -> Result<()> {
        let count = self.odometer().count(COUNTING);
        runner.live.expect(count);
        let cells = match count {
            Some(1) => "1 cell".to_string(),
            Some(cells) => format!("{cells} cells"),
            None => "too many cells to count quickly".to_string(),
        };
        runner.live.say(&format!("the grid has {cells}"));
        count.into_iter().for_each(|cells| runner.say_limit(cells));
        // Failed cells are tried again; trials enqueued by hand are not.
        let all = runner.study.all_trials()?;
        let cell = |t: &&Arc<Trial>| !t.system.contains_key(keys::FIXED);
        for trial in trials.iter().filter(|t| t.state == TrialState::Fail).filter(cell) {
            runner.study.retry(&all, trial, ATTEMPTS - 1)?;
        }
        Ok(())
    }

    fn next(&self, runner: &Runner<'_>, trials: &[Arc<Trial>], _: u64) -> Result<Option<Next>> {
        let index = cells_before(trials, u64::MAX);
        match self.cell(index) {
            Some(cell) => runner.begin(trials, proposal(runner, cell, index), None),
            None => runner.none_left(trials).map(Some),
        }
    }

    fn resume(
        &self,
        runner: &Runner<'_>,
        trial: StartedTrial,
        trials: &[Arc<Trial>],
        fixed: FixedValues,
    ) -> Result<Next> {
        if trial.is_by_hand() {
            let candidate = runner.search.candidate_of(fixed);
            return runner.job(trial, Proposal { candidate, notes: Attributes::new() }, None);
        }
        let index = cells_before(trials, trial.root);
        match self.cell(index) {
            Some(cell) => runner.job(trial, proposal(runner, cell, index), None),
            None => runner.needless(trial),
        }
    }
}

impl Cells {
    fn odometer(&self) -> MutexGuard<'_, Odometer> {
        self.odometer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cell(&self, index: u64) -> Option<Arc<Vec<Param>>> {
        self.odometer().cell(index)
    }
}

fn proposal(runner: &Runner<'_>, cell: Arc<Vec<Param>>, index: u64) -> Proposal {
    let notes = [(keys::GRID_ID.to_string(), json!(index))].into_iter().collect();
    Proposal { candidate: runner.search.candidate(CellValues(cell)), notes }
}

/// The number of cells before this trial: trials that are not retries and were not enqueued by
/// hand.
fn cells_before(trials: &[Arc<Trial>], number: u64) -> u64 {
    let cell = |t: &&Arc<Trial>| !is_retry(t) && !t.system.contains_key(keys::FIXED);
    trials.iter().take_while(|t| t.number < number).filter(cell).count() as u64
}
