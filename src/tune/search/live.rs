//! The progress of a search: KerasTuner's table of the running trial, its last epoch, and the best
//! trial so far.

use super::objective::Goal;
use crate::html::{number, text_table};
use crate::live::{bar, left};
use crate::tune::Param;
use crate::tune::study::value_text;
use crate::tune::trial::Trial;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The least time between two lines where lines cannot be replaced.
const PAUSE: Duration = Duration::from_secs(1);

/// The progress display, which all workers share.
pub(super) struct Live {
    silent: bool,
    state: Mutex<State>,
}

struct State {
    began: Instant,
    live: crate::live::Live,
    best: Option<Trial>,
    /// The trial that ended last.
    ended: String,
    /// The trial that began last.
    running: String,
    /// The number of trials in all, if that is known, and the number that this run has ended.
    of: Option<usize>,
    done: usize,
    /// The number of the first trial that this run began; the trials before it had ended.
    first: Option<usize>,
}

impl Live {
    pub fn new(verbose: u8, best: Option<Trial>) -> Live {
        let live = crate::live::Live::new(PAUSE);
        let (ended, running) = (String::new(), String::new());
        let began = Instant::now();
        let state = State { began, live, best, ended, running, of: None, done: 0, first: None };
        Live { silent: verbose == 0, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints a line that stays.
    pub fn say(&self, text: &str) {
        if !self.silent {
            self.state().live.say(text);
        }
    }

    /// Sets the number of trials, if it is known before the first one begins.
    pub fn expect(&self, trials: Option<usize>) {
        self.state().of = trials;
    }

    /// Shows a trial that begins: its values beside the best trial's.
    pub fn begin(&self, number: u64, of: Option<usize>, params: &[Param]) {
        if self.silent {
            return;
        }
        let state = &mut *self.state();
        state.of = of.or(state.of);
        state.first = state.first.into_iter().chain([number as usize]).min();
        let best = |name: &str| {
            let best = state.best.as_ref().and_then(|b| b.param(name));
            best.map_or("–".to_string(), |p| value_text(&p.value()))
        };
        let row = |p: &Param| vec![value_text(&p.value()), best(&p.name), p.name.clone()];
        let rows: Vec<Vec<String>> = params.iter().map(row).collect();
        let of = of.map_or(String::new(), |n| format!(" ({} of {n})", number + 1));
        let caption = format!("Running trial {number}{of}");
        let table = text_table(&caption, &["value", "best so far", "hyper-parameter"], &rows);
        state.running = format!("{}\n", table.trim_end());
        state.live.show(&state.ended, table.trim_end());
    }

    /// Shows an epoch that has ended.
    #[allow(clippy::too_many_arguments)]
    pub fn epoch(
        &self,
        trial: u64,
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
        let fit = if fits > 1 { format!(", fit {}/{fits}", fits_done + 1) } else { String::new() };
        let value = number(value, 4);
        let line = format!("trial {trial}{fit}, epoch {epoch}/{epochs} - {}: {value}", goal.name);
        let state = &mut *self.state();
        state.live.show(&format!("{}{}", state.ended, state.running), &line);
    }

    /// Shows a trial that has ended; `best` is the best trial so far.
    pub fn end(&self, trial: u64, outcome: &str, seconds: f64, goal: &Goal, best: Option<Trial>) {
        let state = &mut *self.state();
        state.best = best;
        if self.silent {
            return;
        }
        let so_far = match &state.best {
            Some(best) => {
                let value = number(best.objective().unwrap_or(f64::NAN), 5);
                format!(" - best {}: {value} (trial {})", goal.name, best.number)
            }
            None => String::new(),
        };
        let seconds_so_far = state.began.elapsed().as_secs_f64();
        let elapsed = clock(seconds_so_far);
        state.done += 1;
        let line = format!(
            "Trial {trial} {outcome} [{}]{so_far} - total elapsed time {elapsed}",
            clock(seconds)
        );
        // Counted, because with several workers the last trial to end may not have the highest
        // number.
        let ended = state.first.unwrap_or(0) + state.done;
        let bar = match state.of.filter(|of| state.live.is_replaced() && *of >= ended) {
            Some(of) => {
                let rest = seconds_so_far / state.done as f64 * (of - ended) as f64;
                let bar = bar(ended as f64 / of as f64);
                let rest =
                    if of > ended { format!(" - {} left", left(rest)) } else { String::new() };
                format!("trials {ended}/{of} {bar}{rest}\n")
            }
            None => String::new(),
        };
        state.live.show(&bar, &line);
        state.ended = bar + &line + "\n";
    }

    /// Shows lines that were held back.
    pub fn finish(&self) {
        self.state().live.finish();
    }
}

/// A time as text, with a fraction below ten seconds.
fn clock(seconds: f64) -> String {
    if seconds < 10.0 {
        return format!("{seconds:.2} s");
    }
    left(seconds.floor())
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_read_as_a_clock() {
        assert_eq!(super::clock(3.2149), "3.21 s");
        assert_eq!(super::clock(3723.9), "1 h 2 m");
    }
}
