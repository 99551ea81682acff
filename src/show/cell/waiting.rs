//! The executor of a cell with `.await`: polls the cell's future on this thread.

use super::Failed;
use crate::stop;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{Thread, park_timeout};
use std::time::Duration;

/// Interval at which a waiting cell checks for a stop.
const LOOK: Duration = Duration::from_millis(50);

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs the lines of a cell to their end, or until they are stopped.
pub fn wait(lines: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
    let mut lines = pin!(lines);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        stop::step();
        match lines.as_mut().poll(&mut context) {
            Poll::Ready(result) => return result,
            Poll::Pending => park_timeout(LOOK),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_future_that_another_thread_completes_is_waited_for() {
        static DONE: AtomicBool = AtomicBool::new(false);
        let mut begun = false;
        let later = std::future::poll_fn(move |context| {
            if DONE.load(Ordering::SeqCst) {
                return Poll::Ready(7);
            }
            if !std::mem::replace(&mut begun, true) {
                let waker = context.waker().clone();
                std::thread::spawn(move || {
                    DONE.store(true, Ordering::SeqCst);
                    waker.wake();
                });
            }
            Poll::Pending
        });
        let mut got = 0;
        assert!(
            wait(async {
                got = later.await;
                Ok(())
            })
            .is_ok()
        );
        assert_eq!(got, 7);
    }

    #[test]
    fn a_question_mark_ends_it() {
        let result = wait(async {
            let number: i32 = "x".parse()?;
            let _ = number;
            Ok(())
        });
        assert!(result.is_err());
    }
}
