//! Every plot of odd input: a picture or an error, never a panic.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::array::Array;
use crate::data::Dataset;
use crate::error::Result;
use crate::metric::ConfusionMatrix;
use crate::train::History;
use crate::tune::{Choice, Direction, Distribution, Param, Trial, TrialState};

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -3.0..3.0f64,
        1 => proptest::num::f64::ANY,
        1 => prop_oneof![
            Just(0.0), Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY),
            Just(f64::MAX), Just(f64::MIN), Just(f64::MIN_POSITIVE), Just(1e-5), Just(7.0),
        ],
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z]{1,8}",
        1 => Just(String::new()),
        1 => Just("a name that is much too long to stand under a bar of a plot".to_string()),
        1 => Just("<b>\"&'\n\t\u{0} 漢字 𝄞 é".to_string()),
    ]
}

fn names(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(name(), n)
}

fn options() -> impl Strategy<Value = PlotOptions> {
    let size = prop_oneof![
        Just(None),
        Just(Some((120, 120))),
        Just(Some((700, 130))),
        Just(Some((10, 10)))
    ];
    (size, proptest::option::of(any::<bool>()), name(), any::<bool>()).prop_map(
        |(size, log, title, titled)| {
            let mut options = PlotOptions::new();
            if let Some((w, h)) = size {
                options = options.size(w, h);
            }
            if let Some(log) = log {
                options = options.log_y(log);
            }
            if titled {
                options = options.title(&title).x_label(&title).y_label(&title);
            }
            options
        },
    )
}

fn whole(figure: Result<Figure>) -> bool {
    match figure {
        Ok(figure) => {
            // The reader panics at a file that it cannot read.
            let sheet = super::draw::svg_reader::sheet(&figure.to_svg().unwrap());
            figure.to_png().ends_with(b"IEND\xae\x42\x60\x82")
                && figure.to_pdf().unwrap().ends_with(b"%%EOF")
                && sheet.width == 2 * figure.width()
        }
        Err(error) => !error.to_string().is_empty(),
    }
}

fn history() -> impl Strategy<Value = History> {
    let epoch = (0usize..2000, proptest::collection::vec(value(), 0..4));
    proptest::collection::vec(epoch, 0..6).prop_map(|epochs| {
        let mut history = History::default();
        for (epoch, values) in epochs {
            let names = ["loss", "val_loss", "f1_score", "val_f1_score"];
            let logs: Vec<_> = names.iter().map(|n| n.to_string()).zip(values).collect();
            history.push(epoch, &logs);
        }
        history
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn lines_and_bars(
        x in proptest::collection::vec(value(), 0..20),
        series in proptest::collection::vec((name(), proptest::collection::vec(value(), 0..20)), 0..4),
        names in names(0..6),
        same in any::<bool>(),
        options in options(),
    ) {
        let mut series = series;
        let mut groups = series.clone();
        if same {
            series.iter_mut().for_each(|(_, v)| v.resize(x.len(), 1.0));
            groups.iter_mut().for_each(|(_, v)| v.resize(names.len(), 1.0));
        }
        prop_assert!(whole(lines_with(&x, &series, &options)));
        prop_assert!(whole(bars_with(&names, &groups, &options)));
    }

    #[test]
    fn points(
        x in proptest::collection::vec(value(), 0..20),
        y in proptest::collection::vec(value(), 0..20),
        names in names(0..6),
        same in any::<bool>(),
        bins in 0usize..9,
        options in options(),
    ) {
        let (mut y, mut by) = (y, names.clone());
        if same {
            y.resize(x.len(), 1.0);
            by.resize(x.len(), "a".to_string());
        }
        let binned = options.clone().bins(bins).level(1.0, "one");
        let groups: Vec<(&str, &[f64])> = vec![("", &x[..]), ("second", &y[..])];
        prop_assert!(whole(scatter_with(&x, &y, &options)));
        prop_assert!(whole(scatter_by_with(&x, &y, &by, &binned)));
        prop_assert!(whole(histogram_with(&x, &binned)));
        prop_assert!(whole(histogram_of_with(&groups, &options)));
        prop_assert!(whole(boxes_of_with(&groups, &binned)));
        prop_assert!(whole(lines_of_with(&[("a", &x, &y), ("b", &y, &x)], &binned)));
        prop_assert!(whole(predicted_vs_true_with(&x, &y, &options)));
        prop_assert!(whole(residuals_with(&x, &y, &options)));
        let lists = vec![("g", vec![x.clone(); names.len()])];
        prop_assert!(whole(bars_of_with(&names, &lists, &binned)));
        let values = x.iter().chain(&y).cycle().map(|v| *v as f32);
        let values: Vec<f32> = values.take(if x.len() + y.len() > 0 { 3 * names.len() } else { 0 }).collect();
        if let Ok(values) = Array::new([names.len(), 3], values) {
            let ranged = options.clone().value_range(-1.0, 2.0);
            prop_assert!(whole(heat_map_with(&names, &["a", "", "c"], &values, &options)));
            prop_assert!(whole(heat_map_with(&names, &["a", "", "c"], &values, &ranged)));
        }
    }

    #[test]
    fn outputs(
        values in proptest::collection::vec(value(), 60),
        rows in 0usize..20,
        classes in 1usize..4,
        options in options(),
    ) {
        let labels: Vec<usize> = (0..rows).map(|i| i * i % classes).collect();
        let values = values.iter().map(|v| *v as f32).take(rows * classes).collect();
        let outputs = Array::new([rows, classes], values).unwrap();
        let names: Vec<String> = (0..classes).map(|c| format!("class {c}")).collect();
        if let Ok(data) = Dataset::new(Array::zeros([rows, 2]).unwrap(), labels, names) {
            prop_assert!(whole(pairs_with(&data, &options)));
            prop_assert!(whole(roc_with(&data, &outputs, &options)));
            prop_assert!(whole(precision_recall_with(&data, &outputs, &options)));
            prop_assert!(whole(calibration_with(&data, &outputs, &options)));
        }
    }

    #[test]
    fn histories(runs in proptest::collection::vec(history(), 0..4), options in options()) {
        prop_assert!(whole(folds_with(&runs, &options)));
        for run in &runs {
            prop_assert!(whole(history_with(run, &options)));
        }
    }

    #[test]
    fn states(
        names in names(0..33),
        labels in proptest::collection::vec(0usize..33, 0..60),
        fitting in any::<bool>(),
        seconds in value(),
        options in options(),
    ) {
        let mut labels = labels;
        if fitting && !names.is_empty() {
            labels.iter_mut().for_each(|l| *l %= names.len());
        }
        let other: Vec<usize> = labels.iter().rev().copied().collect();
        prop_assert!(whole(class_distribution_with(&names, &labels, &options)));
        let groups = [("a".to_string(), labels.clone()), ("b".to_string(), vec![])];
        prop_assert!(whole(class_distribution_of_with(&names, &groups, &options)));
        let seconds = if fitting { 4.0 } else { seconds };
        prop_assert!(whole(hypnogram_with(&names, &labels, &other, seconds, &options)));
        prop_assert!(whole(hypnogram_with(&names, &labels, &[], seconds, &options)));
        if let Ok(matrix) = ConfusionMatrix::new(names, &labels, &other) {
            prop_assert!(whole(confusion_matrix_with(&matrix, &options)));
        }
    }

    #[test]
    fn features(
        names in names(1..6),
        columns in names(0..6),
        values in proptest::collection::vec(value(), 60),
        x in proptest::collection::vec(value(), 6),
        rows in 0usize..10,
        options in options(),
    ) {
        let values: Vec<f32> = values[..rows * columns.len()].iter().map(|v| *v as f32).collect();
        let features = Array::new([rows, columns.len()], values).unwrap();
        let labels: Vec<usize> = (0..rows).map(|i| i % names.len()).collect();
        let x = &x[..columns.len()];
        prop_assert!(whole(spectra_with(&names, &labels, &features, x, &options)));
        prop_assert!(whole(boxes_with(&names, &labels, &features, &columns, &options)));
    }

    #[test]
    fn pictures(
        shape in prop_oneof![
            (0usize..30, 1usize..5, 1usize..5, 1usize..5).prop_map(|(n, h, w, c)| vec![n, h, w, c]),
            (0usize..30, 0usize..5, 0usize..40).prop_map(|(n, h, w)| vec![n, h, w]),
            proptest::collection::vec(0usize..4, 0..6),
        ],
        values in proptest::collection::vec(value(), 60),
        names in names(0..6),
        most in 0usize..40,
        options in options(),
    ) {
        let count = shape.iter().product();
        let values: Vec<f32> = values.iter().cycle().take(count).map(|v| *v as f32).collect();
        let array = Array::new(shape, values).unwrap();
        let captions: Vec<String> = match names.is_empty() {
            true => vec![],
            false => names.iter().cycle().take(array.rows()).cloned().collect(),
        };
        prop_assert!(whole(samples_with(&array, &captions, &options)));
        prop_assert!(whole(samples_with(&array, &names, &options)));
        let labels: Vec<usize> = (0..array.rows()).map(|i| i % names.len().max(1)).collect();
        let finite = array.data().iter().map(|v| if v.is_finite() { *v } else { 0.0 }).collect();
        let finite = Array::new(array.shape().to_vec(), finite).unwrap();
        if let Ok(data) = Dataset::new(finite, labels, names) {
            prop_assert!(whole(data.plot_samples_with(most, &options)));
            let predicted = vec![0; data.len()];
            prop_assert!(whole(mismatches_with(&data, &predicted, most, &options)));
            let outputs = Array::zeros(data.y().shape().to_vec()).unwrap();
            prop_assert!(whole(surest_mismatches_with(&data, &outputs, most, &options)));
        }
    }

    #[test]
    fn gradients(
        side in 0usize..20,
        (rows, columns, orientations) in (0usize..4, 0usize..4, 0usize..5),
        cell in (0usize..6, 0usize..6),
        values in proptest::collection::vec(value(), 36),
        options in options(),
    ) {
        let count = rows * columns * orientations;
        let values = values.iter().map(|v| *v as f32).take(count).collect();
        let cells = Array::new([rows, columns, orientations], values).unwrap();
        prop_assert!(whole(hog_with(&Array::zeros([side, 12]).unwrap(), &cells, cell, &options)));
    }

    #[test]
    fn spreads(
        names in names(0..5),
        groups in proptest::collection::vec(
            (name(), proptest::collection::vec(proptest::collection::vec(value(), 0..20), 0..5)),
            0..4,
        ),
        same in any::<bool>(),
        options in options(),
    ) {
        let small = |lists: Vec<Vec<f64>>| -> Vec<Vec<f32>> {
            let list = |list: &Vec<f64>| list.iter().map(|v| *v as f32).collect();
            lists.iter().map(list).collect()
        };
        let mut groups: Vec<_> = groups.into_iter().map(|(name, v)| (name, small(v))).collect();
        if same {
            groups.iter_mut().for_each(|(_, v)| v.resize(names.len(), vec![1.0, 2.0]));
        }
        prop_assert!(whole(violins_with(&names, &groups, &options)));
    }
}

/// A parameter of every kind, with a value that may not belong to it.
fn parameter() -> impl Strategy<Value = (Distribution, f64)> {
    let float = (value(), value(), any::<bool>())
        .prop_map(|(low, high, log)| Distribution::Float { low, high, step: None, log });
    let int = (any::<i8>(), any::<i64>(), any::<bool>())
        .prop_map(|(low, high, log)| Distribution::Int { low: low.into(), high, step: 1, log });
    let choices = names(0..5).prop_map(|names| {
        let choices = names.into_iter().map(Choice::Text).collect();
        Distribution::Categorical { choices }
    });
    let sound = prop_oneof![
        Just(Distribution::Float { low: 1e-4, high: 0.1, step: None, log: true }),
        Just(Distribution::Float { low: -2.0, high: 1.0, step: Some(0.5), log: false }),
        Just(Distribution::Int { low: 1, high: 64, step: 1, log: true }),
        Just(Distribution::Int { low: -3, high: 9, step: 3, log: false }),
    ];
    let value = prop_oneof![value(), (0..4).prop_map(f64::from), 1e-4..0.1];
    (prop_oneof![2 => sound, 1 => float, 1 => int, 1 => choices], value)
}

fn trial() -> impl Strategy<Value = Arc<Trial>> {
    let state = prop_oneof![
        4 => Just(TrialState::Complete),
        1 => Just(TrialState::Pruned),
        1 => Just(TrialState::Fail),
        1 => Just(TrialState::Running),
        1 => Just(TrialState::Waiting),
    ];
    let params = proptest::collection::vec((0usize..5, parameter()), 0..5);
    let steps = proptest::collection::btree_map(any::<i64>(), value(), 0..4);
    let values = proptest::collection::vec(value(), 0..3);
    (state, params, steps, values).prop_map(|(state, params, intermediate, values)| {
        const NAMES: [&str; 5] =
            ["x", "", "a parameter whose name is much too long for any axis", "tuner/bracket", "é"];
        let param = |(name, (of, internal)): (usize, (Distribution, f64))| Param {
            name: NAMES[name].to_string(),
            distribution: Arc::new(of),
            internal,
        };
        let params = params.into_iter().map(param).collect();
        Arc::new(Trial {
            id: 0,
            number: 0,
            state,
            values,
            params,
            intermediate,
            user: Default::default(),
            system: Default::default(),
            started: None,
            completed: None,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn searches(
        name in name(),
        mut trials in proptest::collection::vec(trial(), 0..12),
        maximize in any::<bool>(),
        process in any::<bool>(),
        runs in proptest::collection::vec((name(), proptest::collection::vec(value(), 0..5)), 0..4),
        options in options(),
    ) {
        for (i, trial) in trials.iter_mut().enumerate() {
            Arc::make_mut(trial).number = i as u64;
        }
        let direction = if maximize { Direction::Maximize } else { Direction::Minimize };
        for figure in super::search::all(&name, direction, &trials, process, &options) {
            prop_assert!(whole(figure));
        }
        prop_assert!(whole(convergence_with(&runs, direction, &options)));
    }
}

#[test]
fn lengths_that_do_not_agree_are_errors_that_say_so() {
    let names = ["a".to_string(), "b".to_string()];
    let flat = Array::zeros([6]).unwrap();
    let table = Array::zeros([3, 2]).unwrap();
    for (error, words) in [
        (
            lines(&[1.0], &[("s".to_string(), Vec::<f64>::new())]).unwrap_err(),
            "'s' is 0, but must be 1",
        ),
        (bars(&names, &[("g".to_string(), vec![1.0])]).unwrap_err(), "'g' is 1, but must be 2"),
        (hypnogram(&names, &[0, 1], &[1], 4.0).unwrap_err(), "is 1, but must be 2"),
        (hypnogram(&names, &[0, 2], &[], 4.0).unwrap_err(), "a label is 2"),
        (hypnogram(&names, &[0], &[], 0.0).unwrap_err(), "epoch_seconds is 0"),
        (spectra(&names, &[0; 6], &flat, &[1.0]).unwrap_err(), "the shape is [6]"),
        (spectra(&names, &[0, 1], &table, &[1.0, 2.0]).unwrap_err(), "labels is 2, but must be 3"),
        (violins(&names, &[("g".to_string(), vec![])]).unwrap_err(), "'g' is 0, but must be 2"),
        (boxes(&names, &[0, 1, 5], &table, &names).unwrap_err(), "a label is 5"),
    ] {
        let error = error.to_string();
        assert!(error.contains(words), "{error}");
    }
}
