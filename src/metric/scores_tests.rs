//! Scores against scikit-learn (tests/golden/make_scores.py), to 1e-12, because sums have another
//! order.

use super::*;
use crate::array::Array;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../tests/golden/scores.json")).unwrap()
}

fn list<T: serde::de::DeserializeOwned>(v: &Value) -> Vec<T> {
    serde_json::from_value(v.clone()).unwrap()
}

#[track_caller]
fn close(got: f64, want: &Value) {
    let want = want.as_f64().unwrap();
    assert!((got - want).abs() <= 1e-12, "{got} is not {want}");
}

#[test]
fn figures_are_those_of_scikit_learn() {
    let golden = golden();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        let k = case["classes"].as_u64().unwrap() as usize;
        let (labels, predicted) = (list::<usize>(&case["labels"]), list(&case["predicted"]));
        let scores = Array::new([labels.len(), k], list(&case["scores"])).unwrap();
        close(roc_auc(&labels, &scores).unwrap(), &case["roc_auc"]);
        close(average_precision(&labels, &scores).unwrap(), &case["average_precision"]);
        close(balanced_accuracy(&labels, &predicted).unwrap(), &case["balanced_accuracy"]);
        close(cohen_kappa(&labels, &predicted).unwrap(), &case["cohen_kappa"]);
        close(matthews(&labels, &predicted).unwrap(), &case["matthews"]);
        if k == 2 {
            let second = scores.data().iter().skip(1).step_by(2).copied().collect::<Vec<_>>();
            let second = Array::new([labels.len()], second).unwrap();
            close(roc_auc(&labels, &second).unwrap(), &case["roc_auc"]);
        }
    }
    for case in golden["r2"].as_array().unwrap() {
        let shape = list::<usize>(&case["shape"]);
        let array = |name: &str| Array::new(shape.clone(), list(&case[name])).unwrap();
        close(r2(&array("truth"), &array("predictions")).unwrap(), &case["r2"]);
    }
}

#[test]
fn what_is_not_defined_is_refused() {
    let scores = Array::new([3], vec![0.1, 0.2, 0.3]).unwrap();
    let says = |result: Result<f64>, parts: &[&str]| {
        let error = result.unwrap_err().to_string();
        assert!(parts.iter().all(|p| error.contains(p)), "{error}");
    };
    says(roc_auc(&[1, 1, 1], &scores), &["class 1 is 3 of 3"]);
    says(average_precision(&[0, 0, 0], &scores), &["class 1 is 0 of 3"]);
    says(roc_auc(&[0, 1], &scores), &["[3]", "[2]"]);
    says(roc_auc(&[0, 1, 2], &scores), &["row 2 is 2", "below the 2 classes"]);
    says(roc_auc(&[], &Array::new([0], vec![]).unwrap()), &["the scores"]);
    let bad = Array::new([3], vec![0.1, f32::NAN, 0.3]).unwrap();
    says(roc_auc(&[0, 1, 1], &bad), &["row 1", "NaN"]);
    says(r2(&bad, &scores), &["true value of row 1", "NaN"]);
    says(r2(&scores, &Array::new([2], vec![1.0; 2]).unwrap()), &["predictions", "[3]"]);
    // All scores equal: as good as chance.
    let flat = Array::new([3], vec![0.5; 3]).unwrap();
    assert_eq!(roc_auc(&[0, 1, 1], &flat).unwrap(), 0.5);
}
