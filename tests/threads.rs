//! Fits, folds and searches share the cores instead of multiplying their threads.
#![cfg(target_os = "linux")]

use dfdx_lab::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Threads of this process that run or wait for a core, the caller left out.
fn running() -> usize {
    let own = std::fs::read_link("/proc/thread-self").unwrap();
    let own = own.file_name().unwrap().to_owned();
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let others = tasks.filter(|task| task.file_name() != own);
    let states = others.filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok());
    // The state comes after the name, which is in brackets.
    states.filter(|stat| stat.rsplit(')').next().is_some_and(|s| s.starts_with(" R"))).count()
}

/// The number of threads that ran while `work` did, as the median over its time: threads that
/// begin, end or wake for a moment do not count.
fn usual(work: impl FnOnce()) -> usize {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut seen = vec![running()];
            while !done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
                seen.push(running());
            }
            seen.sort_unstable();
            seen[seen.len() / 2]
        });
        work();
        done.store(true, Ordering::Relaxed);
        watch.join().unwrap()
    })
}

fn model(units: usize) -> Result<Model> {
    Sequential::new([100])
        .add(Dense::new(units).activation(Relu))
        .add(Dense::new(2).activation(Softmax))
        .compile("adam", "categorical_crossentropy", ())
}

#[test]
fn nothing_runs_on_more_threads_than_it_was_given() {
    let x = (0..640 * 100).map(|i| (0.37 * i as f32).sin()).collect();
    let x = Array::new([640, 100], x).unwrap();
    let data = Dataset::new(x, (0..640).map(|i| i % 2).collect::<Vec<_>>(), ["a", "b"]).unwrap();
    // Long enough that the beginning and the end do not count.
    let epochs = if cfg!(debug_assertions) { 6 } else { 200 };
    let fit = || Fit::epochs(epochs).batch_size(64).verbose(0);
    let within = |threads: usize, work: &(dyn Fn() + Sync)| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let usual = usual(|| pool.install(work));
        assert!(usual <= threads, "{usual} threads ran, {threads} were given");
    };
    for threads in [1, 2] {
        within(threads, &|| {
            model(300).unwrap().fit(&data, fit()).unwrap();
        });
        within(threads, &|| {
            KFold::new(4).fit(&model(300).unwrap(), &data, fit()).unwrap();
        });
        within(3, &|| {
            KFold::new(4).fit(&model(300).unwrap(), &data, fit().threads(threads)).unwrap();
        });
    }
    within(3, &|| {
        let search = RandomSearch::new(|hp| model(hp.int("units", 100..=300))).max_trials(4);
        search.fit(fit().validation_split(0.2)).verbose(0).run(&data, "memory").unwrap();
    });
}
