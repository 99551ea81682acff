//! The one place where long work asks whether the person at the notebook pressed stop.
//!
//! The kernel sets a flag; a fit looks at it at each batch, a search at each trial, a reader at
//! each file. What can fail ends with [`Error::Interrupted`]; what cannot unwinds, as a panic
//! without a message. Either way the variables of the notebook are kept.

use crate::error::{Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// What unwinds a cell that was stopped.
#[derive(Debug)]
pub struct Stopped;

/// The flag itself, for a program that wants to stop the library's work from a signal or another
/// thread: store `true` to stop, `false` before the next piece of work.
pub fn flag() -> &'static AtomicBool {
    &ASKED
}

/// Whether the running work was asked to stop.
#[inline]
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// For work that can fail: goes on, or ends it.
///
/// # Errors
/// [`Error::Interrupted`] if the running work was asked to stop.
#[inline]
pub fn check() -> Result<()> {
    if asked() { Err(Error::Interrupted) } else { Ok(()) }
}

/// For work that cannot fail: goes on, or unwinds the stack.
///
/// A thread that unwinds already goes on, because a second unwinding would end the process.
#[inline]
pub fn step() {
    if asked() {
        unwind();
    }
}

#[cold]
fn unwind() {
    if !std::thread::panicking() {
        std::panic::resume_unwind(Box::new(Stopped));
    }
}
