//! What a stop leaves behind. It is one test, because there is one flag in the process.

use dfdx_lab::prelude::*;
use dfdx_lab::stop;
use std::sync::atomic::Ordering;
use std::time::Duration;

fn data() -> Dataset {
    let x: Vec<f32> = (0..400).map(|i| ((i * 37 % 101) as f32) / 101.0).collect();
    let y: Vec<usize> = (0..200).map(|i| usize::from(x[2 * i] > 0.5)).collect();
    Dataset::new(Array::new([200, 2], x).unwrap(), y, ["a", "b"]).unwrap()
}

fn network(units: usize) -> Result<Model> {
    Sequential::new([2])
        .add(Dense::new(units).activation(Relu))
        .add(Dense::new(2).activation(Softmax))
        .compile(Sgd::new(0.01), CategoricalCrossentropy::new(), [Accuracy::new()])
}

/// Stops the running work of this process after a while.
fn stop_soon() {
    std::thread::spawn(|| {
        std::thread::sleep(Duration::from_millis(400));
        stop::flag().store(true, Ordering::SeqCst);
    });
}

fn go_on() {
    stop::flag().store(false, Ordering::SeqCst);
}

#[test]
fn what_was_reached_is_kept() {
    let data = data();
    let mut model = network(4).unwrap();
    let before = model.weights().unwrap();
    stop_soon();
    let result = model.fit(&data, Fit::epochs(10_000_000).verbose(0));
    assert!(matches!(result, Err(Error::Interrupted)), "{result:?}");
    go_on();
    assert_ne!(model.weights().unwrap(), before);
    let epochs = model.history().get("loss").unwrap().len();
    assert!(epochs > 0);
    model.fit(&data, Fit::epochs(2).verbose(0)).unwrap();
    assert_eq!(model.history().get("loss").unwrap().len(), 2);

    stop_soon();
    let folds = KFold::new(3).fit(&model, &data, Fit::epochs(10_000_000).verbose(0));
    assert!(matches!(folds, Err(Error::Interrupted)));
    go_on();

    // A search with two workers: both return, and the next run finishes what was begun.
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("study.db").display().to_string();
    let search = |pause: u64| {
        GridSearch::new(move |hp| {
            // The stop comes while the second pair of trials is being built.
            std::thread::sleep(Duration::from_millis(pause));
            network(hp.choice("units", [2, 3, 4, 5]))
        })
        .fit(Fit::epochs(3).validation_split(0.25))
        .objective("val_accuracy")
        .workers(2)
        .verbose(0)
    };
    stop_soon();
    let result = search(300).run(&data, &place);
    assert!(matches!(result, Err(Error::Interrupted)), "{:?}", result.err());
    go_on();
    let study = search(0).run(&data, &place).unwrap();
    let trials = study.trials().unwrap();
    let complete = trials.iter().filter(|t| t.state == TrialState::Complete).count();
    assert_eq!(complete, 4);
    assert!(trials.iter().all(|t| t.state != TrialState::Running));
}
