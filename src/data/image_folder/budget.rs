//! How much memory pictures that are being decoded may take together.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A number of bytes that threads take parts of and give back.
#[derive(Debug)]
pub(super) struct Budget {
    total: usize,
    free: Mutex<usize>,
    freed: Condvar,
}

/// A part of the budget, given back when dropped.
pub(super) struct Share<'a> {
    budget: &'a Budget,
    bytes: usize,
}

impl Budget {
    pub fn new(total: usize) -> Self {
        Budget { total, free: Mutex::new(total), freed: Condvar::new() }
    }

    /// Waits until there are this many bytes; what is more than all of them waits for all.
    pub fn take(&self, bytes: usize) -> Share<'_> {
        let bytes = bytes.min(self.total);
        let mut free = self.free();
        while *free < bytes {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= bytes;
        Share { budget: self, bytes }
    }

    fn free(&self) -> MutexGuard<'_, usize> {
        // Nothing can panic while it is held.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        *self.budget.free() += self.bytes;
        self.budget.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn threads_together_never_hold_more_than_there_is() {
        let (budget, held) = (Budget::new(100), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (budget, held) = (&budget, &held);
                scope.spawn(move || {
                    for i in 0..200 {
                        // Some want more than there is: they get all of it.
                        let bytes = 1 + (thread * 37 + i * 11) % 120;
                        let share = budget.take(bytes);
                        let bytes = bytes.min(100);
                        assert!(held.fetch_add(bytes, Ordering::SeqCst) + bytes <= 100);
                        held.fetch_sub(bytes, Ordering::SeqCst);
                        drop(share);
                    }
                });
            }
        });
        assert_eq!(*budget.free(), 100);
    }
}
