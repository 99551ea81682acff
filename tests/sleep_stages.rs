//! The quick sample is read by the same reader as the full files.

use dfdx_lab::data::{
    Dataset, SelectKBest, SleepStages, StandardScaler, frequencies, sleep_stages,
};

#[test]
fn the_quick_sample_is_ready_for_a_model() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = sleep_stages::quick_files(Some(folder.path())).expect("files");
    let [first, second, test] = &files.paths;
    let mice = SleepStages::read(first, second, test).expect("recordings");
    assert_eq!(mice.train.shape(), (mice.mouse_1.rows() + mice.mouse_2.rows(), 102));
    assert_eq!(mice.test.shape().1, 101);
    let data = mice.train_data(frequencies(1..=101)).expect("data");
    assert_eq!(data.classes(), ["awake", "n-rem", "rem"]);
    assert!(data.class_counts().iter().all(|&n| n > 0), "{data}");
    let sorted = Dataset::from_table(&mice.train, "state", frequencies(1..=25)).expect("data");
    assert_eq!(sorted.classes(), ["n", "r", "w"]);
    assert_eq!(sorted.class_counts()[2], data.class_counts()[0]);
    let best = SelectKBest::fit(&data, 50).expect("a choice").transform(&data).expect("data");
    let scaled = StandardScaler::fit(best.x()).expect("a scaler").transform(best.x()).expect("x");
    assert_eq!(scaled.shape(), [data.len(), 50]);
    assert!(scaled.data().iter().all(|v| v.is_finite()));
    let window = data.past_window(4).expect("windows");
    assert_eq!(window.len(), data.len() - 8, "four rows of each mouse have no past");
    assert_eq!(window.x().shape()[1], 505);
    let test = mice.test_data(frequencies(1..=101)).expect("data");
    assert_eq!(test.len(), mice.test.rows() - mice.invalid_test().count());
    assert!(test.x().data().iter().all(|&v| v >= 0.0));
    let predicted = vec![1; test.len()];
    let letters = mice.test_letters(&test, data.classes(), &predicted).expect("letters");
    assert_eq!(letters, vec!["n"; mice.test.rows()]);
}
