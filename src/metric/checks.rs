//! Tests of metrics against Keras over several batches, and of the forms that they refuse.

use super::*;
use crate::loss::checks::{floats, rules};
use crate::loss::*;

/// Feeds a group's batches and compares with Keras after each, and again after a reset. The
/// relative tolerance is 1e-6, because Keras counts in f32 and this library in f64.
fn follows_keras(group: &str, name: &str, metric: impl IntoMetric) {
    let golden = &rules()["metrics"];
    let rows = |key: &str| -> Vec<Vec<f32>> {
        golden[group][key].as_array().unwrap().iter().map(floats).collect()
    };
    let (truth, predictions) = (rows("truth"), rows("predictions"));
    let form = Form { targets: truth[0].len(), outputs: predictions[0].len(), middle: 0.5 };
    let metric = metric.into_metric().unwrap();
    metric.0.check(form).unwrap();
    let mut counts = metric.0.start(form);
    for _ in 0..2 {
        assert_eq!(counts.result(), 0.0);
        let mut at = 0;
        let wanted = floats(&golden[group]["results"][name]);
        assert_eq!(wanted.len(), 3);
        for (size, want) in golden["sizes"].as_array().unwrap().iter().zip(wanted) {
            let rows = at..at + size.as_u64().unwrap() as usize;
            counts.update(&truth[rows.clone()].concat(), &predictions[rows.clone()].concat());
            at = rows.end;
            let (got, want) = (counts.result(), want as f64);
            assert!((got - want).abs() <= 1e-6 * want.abs(), "{name} of {group}: {got} {want}");
        }
        counts.reset();
    }
}

#[test]
fn golden_of_classes() {
    let follows = |name: &str, metric: Metric| follows_keras("classes", name, metric);
    follows("categorical_accuracy", CategoricalAccuracy::new().into());
    follows("categorical_accuracy", Accuracy::new().into());
    follows("top_3", TopKCategoricalAccuracy::new(3).into());
    follows("top_k_categorical_accuracy", TopKCategoricalAccuracy::default().into());
    follows("auc", Auc::new().into());
    follows("auc_labels", Auc::new().multi_label(true).into());
    follows("auc_pr_labels", Auc::new().multi_label(true).curve(Curve::Pr).into());
    follows("precision", Precision::new().into());
    follows("recall", Recall::new().into());
    follows("precision_0.3", Precision::new().threshold(0.3).into());
    follows("f1_micro", F1Score::micro().into());
    follows("f1_macro", F1Score::macro_average().into());
    follows("f1_weighted", F1Score::weighted().into());
    follows("f1_macro_0.3", F1Score::macro_average().threshold(0.3).into());
    follows("kl_divergence", KLDivergence::new().into());
    follows("categorical_crossentropy", CategoricalCrossentropy::new().into());
}

#[test]
fn golden_of_class_numbers() {
    follows_keras("numbered", "sparse_categorical_accuracy", SparseCategoricalAccuracy::new());
    follows_keras("numbered", "sparse_categorical_accuracy", "accuracy");
    follows_keras("numbered", "top_3", TopKCategoricalAccuracy::new(3));
    let name = "sparse_categorical_crossentropy";
    follows_keras("numbered", name, name);
}

#[test]
fn golden_of_bits_and_reals() {
    follows_keras("bits", "binary_accuracy", BinaryAccuracy::new());
    follows_keras("bits", "binary_accuracy", "accuracy");
    follows_keras("bits", "binary_accuracy_0.3", BinaryAccuracy::new().threshold(0.3));
    follows_keras("bits", "auc", Auc::new());
    follows_keras("bits", "auc_pr", Auc::new().curve(Curve::Pr));
    follows_keras("bits", "auc_11", Auc::new().num_thresholds(11));
    follows_keras("bits", "auc_pr_11", Auc::new().num_thresholds(11).curve(Curve::Pr));
    follows_keras("bits", "precision", "precision");
    follows_keras("bits", "recall", "Recall");
    follows_keras("bits", "binary_crossentropy", "bce");
    follows_keras("reals", "mean_squared_error", "mse");
    follows_keras("reals", "mean_absolute_error", MeanAbsoluteError::new());
    follows_keras("reals", "root_mean_squared_error", RootMeanSquaredError::new());
    follows_keras("reals", "r2_score", "r2_score");
    follows_keras("reals", "cosine_similarity", CosineSimilarity::new());
    follows_keras("reals", "log_cosh", LogCosh::new());
}

#[test]
fn class_numbers_count_as_one_hot_targets() {
    let numbered = Form { targets: 1, outputs: 3, middle: 0.5 };
    let one_hot = Form { targets: 3, ..numbered };
    let p = [0.1, 0.6, 0.3, 0.2, 0.3, 0.5, 0.7, 0.2, 0.1, 0.2, 0.7, 0.1];
    let numbers = [1.0, 0.0, 0.0, 2.0];
    let mut hot = [0.0; 12];
    numbers.iter().zip(hot.chunks_mut(3)).for_each(|(n, row)| row[*n as usize] = 1.0);
    for name in ["f1_score", "precision", "recall", "auc", "accuracy"] {
        let metric = Metric::named(name).unwrap();
        let (mut a, mut b) = (metric.0.start(numbered), metric.0.start(one_hot));
        a.update(&numbers, &p);
        b.update(&hot, &p);
        assert_eq!(a.result(), b.result(), "{name}");
        assert!(a.result() > 0.0);
    }
}

#[test]
fn a_tanh_output_has_the_area_of_its_sigmoid() {
    let start = |middle| Auc::new().start(Form { targets: 1, outputs: 1, middle });
    let (mut a, mut b) = (start(0.0), start(0.5));
    a.update(&[-1.0, 1.0, 1.0, -1.0], &[-0.5, 0.25, -0.75, -0.875]);
    b.update(&[0.0, 1.0, 1.0, 0.0], &[0.25, 0.625, 0.125, 0.0625]);
    assert_eq!((a.result(), b.result()), (0.75, 0.75));
}

#[test]
fn names_are_those_of_keras() {
    for known in all() {
        let name = known.make().to_string();
        let again = Metric::named(&name).unwrap();
        assert_eq!((again.to_string(), again.direction()), (name, known.make().direction()));
    }
    assert_eq!(Metric::named("acc").unwrap().to_string(), "acc");
    assert_eq!(Metric::named("mse").unwrap().direction(), Direction::Minimize);
    assert_eq!(Metric::named("AUC").unwrap().direction(), Direction::Maximize);
    let names = ("mse", F1Score::weighted(), "accuracy").into_metrics().unwrap();
    let names: Vec<_> = names.iter().map(Metric::to_string).collect();
    assert_eq!(names, ["mse", "f1_score", "accuracy"]);
    let error = Metric::named("acuracy").unwrap_err().to_string();
    assert!(error.contains("'acuracy'") && error.contains("root_mean_squared_error"), "{error}");
}

#[test]
fn forms_that_do_not_fit_are_refused() {
    let says = |metric: Metric, targets: usize, outputs: usize, parts: &[&str]| {
        let form = Form { targets, outputs, middle: 0.5 };
        let text = metric.0.check(form).unwrap_err().to_string();
        assert!(parts.iter().all(|p| text.contains(p)), "{text}");
    };
    says(MeanSquaredError::new().into(), 1, 3, &["mean_squared_error", "1", "3"]);
    says(RootMeanSquaredError::new().into(), 2, 3, &["2", "3"]);
    says(Accuracy::new().into(), 2, 3, &["accuracy", "2", "3", "number"]);
    says(CategoricalAccuracy::new().into(), 1, 1, &["at least 2", "BinaryAccuracy"]);
    says(CategoricalAccuracy::new().into(), 1, 3, &["1", "3"]);
    says(SparseCategoricalAccuracy::new().into(), 3, 3, &["3", "1"]);
    says(TopKCategoricalAccuracy::new(0).into(), 3, 3, &["k is 0", "at least 1"]);
    says(Auc::new().num_thresholds(1).into(), 1, 1, &["num_thresholds", "1", "2"]);
    says(F1Score::class(3).into(), 3, 3, &["class", "3", "below 3"]);
    says(Huber::new().delta(-1.0).into(), 3, 3, &["delta", "-1"]);
}
