//! Against scikit-learn (tests/golden/make_splits.py), and what is promised of random ones.

use super::*;
use crate::data::{KFold, Split, StratifiedKFold};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../tests/golden/splits.json")).unwrap()
}

fn want(v: &Value) -> Vec<Split> {
    let pairs: Vec<[Vec<usize>; 2]> = serde_json::from_value(v.clone()).unwrap();
    pairs.into_iter().map(|[train, test]| Split { train, test }).collect()
}

fn number(v: &Value) -> Option<usize> {
    v.as_u64().map(|n| n as usize)
}

#[test]
fn splits_are_those_of_scikit_learn() {
    let golden = golden();
    for case in golden["groups"].as_array().unwrap() {
        let groups: Vec<usize> = serde_json::from_value(case["groups"].clone()).unwrap();
        let found = GroupKFold::new(number(&case["folds"]).unwrap()).split(&groups).unwrap();
        assert_eq!(found, want(&case["splits"]));
    }
    for case in golden["times"].as_array().unwrap() {
        let mut splitter = TimeSeriesSplit::new(number(&case["folds"]).unwrap());
        splitter.gap = number(&case["gap"]).unwrap();
        splitter.max_train_size = number(&case["most"]);
        splitter.test_size = number(&case["size"]);
        let found = splitter.split(number(&case["n"]).unwrap()).unwrap();
        assert_eq!(found, want(&case["splits"]));
    }
    assert_eq!(LeaveOneOut::new().split(4).unwrap(), want(&golden["leave_one_out"]));
    for case in golden["blocks"].as_array().unwrap() {
        let found = KFold::new(number(&case["folds"]).unwrap());
        assert_eq!(found.split(number(&case["n"]).unwrap()).unwrap(), want(&case["splits"]));
    }
    for case in golden["classes"].as_array().unwrap() {
        let labels: Vec<usize> = serde_json::from_value(case["labels"].clone()).unwrap();
        let found = StratifiedKFold::new(number(&case["folds"]).unwrap());
        assert_eq!(found.split(&labels).unwrap(), want(&case["splits"]));
    }
}

/// Which rows are drawn hangs on NumPy's generator; how many does not.
#[test]
fn random_splits_have_scikit_learns_sizes() {
    let golden = golden();
    let sizes = |splits: Vec<Split>| -> Value {
        splits.iter().map(|split| vec![split.train.len(), split.test.len()]).collect()
    };
    for case in golden["drawn"].as_array().unwrap() {
        let share = case["share"].as_f64().unwrap();
        let found = ShuffleSplit::new(number(&case["splits"]).unwrap(), share, 1);
        assert_eq!(sizes(found.split(number(&case["n"]).unwrap()).unwrap()), case["sizes"]);
    }
    let case = &golden["repeated"];
    let [n, folds, times] = ["n", "folds", "times"].map(|key| number(&case[key]).unwrap());
    let found = RepeatedKFold::new(folds, times, 1).split(n).unwrap();
    assert_eq!(sizes(found), case["sizes"]);
}

#[test]
fn random_splits_are_of_the_seed_and_whole() {
    let repeated = RepeatedKFold::new(3, 4, 7);
    let splits = repeated.split(10).unwrap();
    assert_eq!(splits, repeated.split(10).unwrap());
    for time in splits.chunks(3) {
        let mut tested: Vec<usize> = time.iter().flat_map(|s| s.test.clone()).collect();
        tested.sort_unstable();
        assert_eq!(tested, (0..10).collect::<Vec<_>>());
    }
    let other = RepeatedKFold::new(3, 4, 8).split(10).unwrap();
    assert_ne!(splits, other);
    for split in ShuffleSplit::new(20, 0.3, 7).split(10).unwrap() {
        let mut all = [split.train, split.test].concat();
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<_>>());
    }
}

#[test]
fn what_cannot_be_split_is_refused() {
    let says = |result: crate::Result<Vec<Split>>, parts: &[&str]| {
        let error = result.unwrap_err().to_string();
        assert!(parts.iter().all(|p| error.contains(p)), "{error}");
    };
    says(GroupKFold::new(3).split(&["a", "b", "a"]), &["n_splits is 3", "2 to 2"]);
    says(GroupKFold::new(1).split(&["a", "b"]), &["n_splits is 1"]);
    says(LeaveOneOut::new().split(1), &["is 1"]);
    says(LeaveOneOut::new().split(1 << 40), &["KFold takes any number"]);
    says(RepeatedKFold::new(3, 0, 1).split(9), &["n_repeats is 0"]);
    says(RepeatedKFold::new(3, 2, 1).split(2), &["KFold"]);
    says(ShuffleSplit::new(0, 0.5, 1).split(9), &["n_splits is 0"]);
    says(ShuffleSplit::new(2, 1.5, 1).split(9), &["1.5"]);
    says(TimeSeriesSplit::new(1).split(9), &["n_splits is 1"]);
    says(TimeSeriesSplit::new(5).split(5), &["is 5", "5 blocks of 1 rows"]);
    says(TimeSeriesSplit::new(2).gap(3).split(9), &["a gap of 3"]);
    says(TimeSeriesSplit::new(usize::MAX).split(9), &["number of rows is 9"]);
    says(TimeSeriesSplit::new(2).test_size(usize::MAX).split(9), &["number of rows is 9"]);
    says(TimeSeriesSplit::new(2).max_train_size(0).split(9), &["max_train_size is 0"]);
}
