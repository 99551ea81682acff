//! Comparison with SciPy (tests/golden/make_stats.py), and invalid arguments.

use super::*;
use serde_json::Value;

#[test]
fn tests_and_intervals_are_those_of_scipy() {
    let golden: Value =
        serde_json::from_str(include_str!("../../tests/golden/stats.json")).unwrap();
    // Both sides compute in f64, but evaluate the tails by different series, which differ in the
    // last digits.
    let close = |got: f64, want: f64| {
        assert!((got - want).abs() <= 1e-10 * want.abs() + 1e-14, "{got} {want}");
    };
    for case in golden["cases"].as_array().unwrap() {
        let list = |key: &str| -> Vec<f64> { serde_json::from_value(case[key].clone()).unwrap() };
        let (a, b) = (list("a"), list("b"));
        let t = paired_t_test(&a, &b).unwrap();
        close(t.statistic(), list("t")[0]);
        close(t.p_value(), list("t")[1]);
        let w = wilcoxon(&a, &b).unwrap();
        close(w.statistic(), list("w")[0]);
        close(w.p_value(), list("w")[1]);
        for (confidence, key) in [(0.95, "interval"), (0.999, "wide")] {
            let ci = mean_ci(&a, confidence).unwrap();
            close(ci.low(), list(key)[0]);
            close(ci.high(), list(key)[1]);
        }
    }
}

#[test]
fn what_tells_nothing_is_refused() {
    let says = |error: Error, part: &str| {
        let text = error.to_string();
        assert!(text.contains(part), "{text}");
    };
    says(paired_t_test(&[1.0], &[2.0]).unwrap_err(), "number of pairs is 1");
    says(paired_t_test(&[1.0, 2.0], &[2.0]).unwrap_err(), "2, as many as in the first");
    says(paired_t_test(&[1.0, 2.0], &[2.0, 3.0]).unwrap_err(), "different from one another");
    says(paired_t_test(&[1.0, f64::NAN], &[2.0, 3.0]).unwrap_err(), "pair 1");
    says(wilcoxon(&[1.0, 2.0], &[1.0, 2.0]).unwrap_err(), "differences is 0");
    says(wilcoxon(&[], &[]).unwrap_err(), "differences is 0");
    says(mean_ci(&[1.0], 0.95).unwrap_err(), "number of values is 1");
    says(mean_ci(&[1.0, 2.0], 95.0).unwrap_err(), "between 0 and 1");
    says(mean_ci(&[1.0, f64::INFINITY], 0.9).unwrap_err(), "inf");
    let t = paired_t_test(&[1.0, 2.0, 4.0], &[0.5, 1.0, 1.5]).unwrap();
    assert!(t.to_string().starts_with("paired t-test: t = 2.2"), "{t}");
}
