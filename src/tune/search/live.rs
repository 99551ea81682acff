//! What a search says while it runs: plain lines, about one a second at most.

use super::objective::Goal;
use crate::html::{number, text_table};
use crate::tune::Param;
use crate::tune::study::value_text;
use crate::tune::trial::Trial;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_secs(1);

/// Prints for all workers.
pub(super) struct Live {
    silent: bool,
    state: Mutex<State>,
}

struct State {
    began: Instant,
    last: Instant,
    /// A line that must still be seen if nothing comes after it.
    held: Option<String>,
    best: Option<Trial>,
}

impl Live {
    pub fn new(verbose: u8, best: Option<Trial>) -> Live {
        let now = Instant::now();
        let last = now.checked_sub(PAUSE).unwrap_or(now);
        Live {
            silent: verbose == 0,
            state: Mutex::new(State { began: now, last, held: None, best }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line that is always printed.
    pub fn say(&self, text: &str) {
        if !self.silent {
            let mut state = self.state();
            state.held = None;
            print(text);
        }
    }

    /// A trial begins: KerasTuner's table of its values beside the best trial's.
    pub fn begin(&self, number: u64, of: Option<usize>, params: &[Param]) {
        let mut state = self.state();
        if self.silent || state.last.elapsed() < PAUSE {
            return;
        }
        state.last = Instant::now();
        let best = |name: &str| {
            let best = state.best.as_ref().and_then(|b| b.param(name));
            best.map_or("–".to_string(), |p| value_text(&p.value()))
        };
        let row = |p: &Param| vec![value_text(&p.value()), best(&p.name), p.name.clone()];
        let rows: Vec<Vec<String>> = params.iter().map(row).collect();
        let of = of.map_or(String::new(), |n| format!(" of {n}"));
        let caption = format!("Running trial {}{of}", number + 1);
        let text = text_table(&caption, &["value", "best so far", "hyper-parameter"], &rows);
        state.held = None;
        print(&text);
    }

    /// An epoch of a trial is over.
    #[allow(clippy::too_many_arguments)]
    pub fn epoch(
        &self,
        number_: u64,
        fits_done: usize,
        fits: usize,
        epoch: usize,
        epochs: usize,
        goal: &Goal,
        value: f64,
    ) {
        if self.silent {
            return;
        }
        let mut state = self.state();
        if state.last.elapsed() < PAUSE {
            return;
        }
        state.last = Instant::now();
        let fit = if fits > 1 { format!(", fit {}/{fits}", fits_done + 1) } else { String::new() };
        let trial = number_ + 1;
        let value = number(value, 4);
        print(&format!("trial {trial}{fit}, epoch {epoch}/{epochs} - {}: {value}", goal.name));
    }

    /// A trial is over; `best` is the best one now.
    pub fn end(&self, trial: u64, outcome: &str, seconds: f64, goal: &Goal, best: Option<Trial>) {
        let mut state = self.state();
        state.best = best;
        if self.silent {
            return;
        }
        let so_far = match &state.best {
            Some(best) => {
                let value = number(best.objective().unwrap_or(f64::NAN), 5);
                format!(" - best {}: {value} (trial {})", goal.name, best.number + 1)
            }
            None => String::new(),
        };
        let elapsed = clock(state.began.elapsed().as_secs_f64());
        let text = format!(
            "Trial {} {outcome} [{}]{so_far} - total elapsed time {elapsed}",
            trial + 1,
            clock(seconds)
        );
        if state.last.elapsed() < PAUSE {
            state.held = Some(text);
        } else {
            state.last = Instant::now();
            state.held = None;
            print(&text);
        }
    }

    /// Prints what was held back.
    pub fn finish(&self) {
        if let Some(text) = self.state().held.take() {
            print(&text);
        }
    }
}

/// KerasTuner's `00h 01m 02s`; below ten seconds with its fraction.
fn clock(seconds: f64) -> String {
    if seconds < 10.0 {
        return format!("{seconds:.2} s");
    }
    let whole = seconds as u64;
    format!("{:02}h {:02}m {:02}s", whole / 3600, whole / 60 % 60, whole % 60)
}

fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    // A closed output is no reason to stop the search.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_read_as_a_clock() {
        assert_eq!(super::clock(3.2149), "3.21 s");
        assert_eq!(super::clock(3723.9), "01h 02m 03s");
    }
}
