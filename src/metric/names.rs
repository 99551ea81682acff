//! Distinct names for a model's metrics.

use super::Metric;

/// The other names in a history.
const TAKEN: [&str; 3] = ["loss", "val_loss", "learning_rate"];

/// Gives each metric a distinct name: a second `precision` becomes `precision_1`, a third one
/// `precision_2`, as in Keras. A metric with another name of the history, such as `loss`, is
/// numbered, too.
pub(crate) fn told_apart(metrics: Vec<Metric>) -> Vec<Metric> {
    let mut taken: Vec<String> = TAKEN.map(String::from).to_vec();
    let mut told = Vec::with_capacity(metrics.len());
    for metric in metrics {
        let name = metric.0.name();
        let free = |name: &String| !taken.contains(name) && !taken.contains(&format!("val_{name}"));
        let numbered = (1..).map(|n| format!("{name}_{n}"));
        let own = std::iter::once(name.clone()).chain(numbered).find(free);
        let own = own.unwrap_or_else(|| name.clone());
        taken.extend([own.clone(), format!("val_{own}")]);
        told.push(if own == name { metric } else { metric.called(own) });
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{Accuracy, F1Score, IntoMetrics, Precision};

    fn names(metrics: impl IntoMetrics) -> Vec<String> {
        told_apart(metrics.into_metrics().unwrap()).iter().map(Metric::to_string).collect()
    }

    #[test]
    fn names_that_come_twice_are_numbered_as_keras_does() {
        // The columns of `history` in Keras 3.15.1, tests/golden/make_keras_metric_names.py.
        let golden = include_str!("../../tests/golden/keras-metric-names.json");
        let golden: serde_json::Value = serde_json::from_str(golden).unwrap();
        let keras = |case: &str| -> Vec<String> {
            serde_json::from_value(golden["cases"][case].clone()).unwrap()
        };
        assert_eq!(names([F1Score::macro_average(), F1Score::weighted()]), keras("f1"));
        assert_eq!(
            names([Precision::new(), Precision::new(), Precision::new()]),
            keras("precision")
        );
        assert_eq!(names(["accuracy", "accuracy"]), keras("accuracy"));
        let called = |name: &str| Metric::from(F1Score::weighted()).called(name);
        assert_eq!(names([called("f"), called("f")]), keras("called"));
        assert_eq!(names((Accuracy::new(), Precision::new())), ["accuracy", "precision"]);
    }

    #[test]
    fn no_name_hides_another() {
        let called = |name: &str| Metric::from(F1Score::weighted()).called(name);
        // Keras loses a column in each of these cases.
        assert_eq!(names([called("f"), called("f_1"), called("f")]), ["f", "f_1", "f_2"]);
        assert_eq!(names([called("loss"), called("val_loss")]), ["loss_1", "val_loss_2"]);
        assert_eq!(names([called("learning_rate")]), ["learning_rate_1"]);
        assert_eq!(names([called("a"), called("val_a")]), ["a", "val_a_1"]);
        assert_eq!(names([called("val_a"), called("a")]), ["val_a", "a_1"]);
    }
}
