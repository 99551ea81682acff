//! Independent pieces of work, spread over the available threads.

use crate::error::{Error, Result};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does `work` for 0 to `count - 1`, as many at a time as there are threads, and returns the results
/// in that order, or the first error in that order. The threads are divided among the workers: each
/// worker has a pool with its share. A worker that panics ends the others after their current piece.
pub(super) fn in_order<T: Send>(
    count: usize,
    threads: usize,
    work: &(dyn Fn(usize, usize) -> Result<T> + Sync),
) -> Result<Vec<T>> {
    let workers = threads.min(count).max(1);
    if workers == 1 {
        return (0..count).map(|i| work(i, threads)).collect();
    }
    let share = threads / workers;
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Result<T>>>> = Mutex::new((0..count).map(|_| None).collect());
    let worker = || {
        let _last = LetNoneBegin(&next, count);
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count {
                return;
            }
            let result = work(i, share);
            if result.is_err() {
                next.fetch_max(count, Ordering::Relaxed);
            }
            if let Some(place) = lock(&results).get_mut(i) {
                *place = Some(result);
            }
        }
    };
    std::thread::scope(|scope| {
        let pooled = || match rayon::ThreadPoolBuilder::new().num_threads(share).build() {
            Ok(pool) => pool.install(worker),
            // If no pool can be made, the worker uses the shared threads.
            Err(_) => worker(),
        };
        let started: Vec<_> = (0..workers).map(|_| scope.spawn(pooled)).collect();
        for thread in started {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
    let results = std::mem::take(&mut *lock(&results));
    // Pieces are begun in order, so pieces that were not begun come after the error.
    let begun: Result<Vec<T>> = results.into_iter().flatten().collect();
    let begun = begun?;
    match begun.len() == count {
        true => Ok(begun),
        false => Err(Error::Interrupted),
    }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// When a worker panics, no further piece is begun.
struct LetNoneBegin<'a>(&'a AtomicUsize, usize);

impl Drop for LetNoneBegin<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fetch_max(self.1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn results_come_in_order_and_threads_are_shared_out() {
        for (threads, share) in [(1, 1), (2, 1), (3, 1), (16, 2)] {
            let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let work = |i: usize, threads: usize| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(std::time::Duration::from_millis(2));
                now.fetch_sub(1, Ordering::SeqCst);
                Ok((i, threads, rayon::current_num_threads()))
            };
            let results = in_order(7, threads, &work).unwrap();
            assert!(results.iter().enumerate().all(|(i, r)| r.0 == i && r.1 == share));
            assert!(threads == 1 || results.iter().all(|r| r.2 == share), "{threads}");
            assert!(most.load(Ordering::SeqCst) <= threads.min(7));
        }
    }

    #[test]
    fn the_first_error_counts_and_a_panic_goes_on() {
        let work = |i: usize, _: usize| match i {
            3 | 5 => Err(Error::Training(format!("piece {i}"))),
            _ => Ok(i),
        };
        let error = in_order(9, 2, &work).unwrap_err().to_string();
        assert!(error.contains("piece 3"), "{error}");
        let panics = |i: usize, _: usize| match i {
            2 => std::panic::resume_unwind(Box::new("stop")),
            _ => Ok(i),
        };
        let caught = std::panic::catch_unwind(|| in_order(9, 2, &panics));
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"stop"));
    }

    #[test]
    fn folds_have_the_same_bits_on_any_number_of_threads() {
        use crate::prelude::*;
        use crate::train::parity_tests::wave;
        let x = wave(&[60, 4], 0.37, 1.0);
        let labels: Vec<usize> = (0..60).map(|i| i % 3).collect();
        let data = Dataset::new(x, labels, ["a", "b", "c"]).unwrap();
        let model = Sequential::new([4])
            .add(Dense::new(6).activation(Relu))
            .add(Dropout::new(0.2))
            .add(Dense::new(3).activation(Softmax))
            .compile(Adam::new(0.01), CategoricalCrossentropy::new(), ["accuracy"])
            .unwrap();
        let run = |threads: usize| {
            let fit = Fit::epochs(3).batch_size(8).verbose(0).threads(threads);
            KFold::new(5).shuffle(1).fit(&model, &data, fit).unwrap()
        };
        let one = run(1);
        for threads in [2, 3, 8] {
            let more = run(threads);
            assert_eq!(more.outputs().data(), one.outputs().data(), "{threads}");
            assert_eq!(more.confusion_matrix(), one.confusion_matrix());
            let weights = |folds: &Folds| -> Vec<Vec<f32>> {
                folds.models().iter().map(|m| m.flat_weights().to_vec()).collect()
            };
            assert_eq!(weights(&more), weights(&one), "{threads}");
        }
    }
}
