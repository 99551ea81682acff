//! The one place where long work checks whether the user pressed stop.
//!
//! The kernel sets a flag, which a fit checks at each batch, a search at each trial and a reader at
//! each file. Work that can fail ends with [`Error::Interrupted`]; other work unwinds, like a panic
//! without a message. Either way the notebook keeps its variables.

use crate::error::{Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// The panic payload that unwinds a stopped cell.
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

/// Checks the flag, in work that can fail.
///
/// # Errors
/// [`Error::Interrupted`] if the running work was asked to stop.
#[inline]
pub fn check() -> Result<()> {
    if asked() { Err(Error::Interrupted) } else { Ok(()) }
}

/// Checks the flag, in work that cannot fail: unwinds the stack if it is set.
///
/// A thread that is already unwinding continues, because a second panic would end the process.
// A tight loop is as fast with this as without it. The function that returns into the loop cannot
// unwind, and the one that unwinds never returns: otherwise the compiler would keep the loop's sums
// in memory wherever the function owns something that unwinding drops.
#[inline]
pub fn step() {
    if asked() && may_unwind() {
        unwind();
    }
}

#[cold]
#[inline(never)]
extern "C" fn may_unwind() -> bool {
    !std::thread::panicking()
}

#[cold]
#[inline(never)]
fn unwind() -> ! {
    std::panic::resume_unwind(Box::new(Stopped))
}
