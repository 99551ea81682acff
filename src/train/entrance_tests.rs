//! What is refused before any work, and what cross-validation can measure.

use crate::prelude::*;
use crate::train::parity_tests::wave;

fn model() -> Model {
    Sequential::new([3])
        .add(Dense::new(2).activation(Softmax))
        .compile(Adam::new(0.01), CategoricalCrossentropy::new(), ["accuracy"])
        .unwrap()
}

fn quiet() -> Fit {
    Fit::epochs(2).verbose(0)
}

#[test]
fn what_is_no_number_is_refused_at_every_entrance() {
    let x = wave(&[12, 3], 0.3, 1.0);
    let data = Dataset::new(x.clone(), (0..12).map(|i| i % 2).collect(), ["a", "b"]).unwrap();
    let y = data.y().clone();
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut odd = x.clone();
        odd.data_mut()[7 * 3 + 2] = bad;
        let mut odd_y = y.clone();
        odd_y.data_mut()[5 * 2] = bad;
        let odd_data = data.with_x(odd.clone()).unwrap();
        let scaled = || quiet().prepare(Pipeline::new().standard_scaler());
        let model = model();
        let fit = |data: (&Array, &Array), fit: Fit| model.clone().fit(data, fit).unwrap_err();
        let ensemble = Ensemble::new([model.clone()]).unwrap();
        let folds = KFold::new(3);
        for (error, who) in [
            (fit((&odd, &y), quiet()), "Model::fit: the input in row 7, column 2"),
            (model.clone().fit(&odd_data, quiet()).unwrap_err(), "row 7, column 2 ('x2')"),
            (model.clone().fit(&odd_data, scaled()).unwrap_err(), "row 7, column 2 ('x2')"),
            (fit((&x, &odd_y), quiet()), "Model::fit: the target in row 5, column 0"),
            (
                fit((&x, &y), quiet().validation_data((&odd, &y))),
                "Fit::validation_data: the input in row 7",
            ),
            (
                fit((&x, &y), quiet().validation_data((&x, &odd_y))),
                "Fit::validation_data: the target in row 5",
            ),
            (
                model.clone().fit(&data, scaled().validation_data(&odd_data)).unwrap_err(),
                "Fit::validation_data: the input in row 7",
            ),
            (model.evaluate((&odd, &y)).unwrap_err(), "Model::evaluate: the input in row 7"),
            (model.evaluate((&x, &odd_y)).unwrap_err(), "Model::evaluate: the target in row 5"),
            (model.evaluate(&odd_data).unwrap_err(), "('x2')"),
            (model.predict(&odd).unwrap_err(), "Model::predict: the input in row 7, column 2"),
            (model.predict(&odd_data).unwrap_err(), "Model::predict"),
            (model.predict_classes(&odd).unwrap_err(), "Model::predict_classes"),
            (model.confusion_matrix(&odd_data).unwrap_err(), "Model::confusion_matrix"),
            (ensemble.predict(&odd).unwrap_err(), "Ensemble::predict: the input in row 7"),
            (folds.fit(&model, &odd_data, quiet()).unwrap_err(), "KFold::fit: the input in row 7"),
        ] {
            let text = error.to_string();
            assert!(text.contains(who) && text.contains("finite number"), "{who}: {text}");
        }
        let weights = (0..12).map(|i| if i == 4 { bad } else { 1.0 }).collect();
        let error = fit((&x, &y), quiet().sample_weight(weights)).to_string();
        assert!(error.contains("row 4"), "{error}");
        // Nothing was learned by what was refused.
        assert!(model.classes().is_empty());
    }
}

fn numbers() -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.csv");
    let row = |i: i32| {
        let (size, rooms) = (f64::from(i * 7 % 30), f64::from(i % 5));
        format!("{size},{rooms},{},{}\n", 3.0 * size - 2.0 * rooms + 5.0, size + rooms)
    };
    let rows: String = (0..60).map(row).collect();
    std::fs::write(&path, format!("size,rooms,price,rent\n{rows}")).unwrap();
    let table = Table::read_csv(&path).unwrap();
    Dataset::regression(&table, ["price", "rent"], ["size", "rooms"]).unwrap()
}

#[test]
fn numbers_are_cross_validated() {
    let data = numbers();
    let model = Sequential::new([2])
        .add(Dense::new(2))
        .compile(Adam::new(0.5), "mse", ["mae", "rmse", "r2_score"])
        .unwrap();
    let fit = Fit::epochs(60).verbose(0).prepare(Pipeline::new().standard_scaler());
    let folds = KFold::new(3).shuffle(4).fit(&model, &data, fit.clone()).unwrap();
    let report = folds.regression_report().unwrap();
    assert!(report.r2() > 0.98, "{report}");
    // The same as from the outputs of all rows, and as the fold's own model says of its rows.
    let names = ["price", "rent"];
    assert_eq!(RegressionReport::new(names, data.y(), &folds.outputs()).unwrap(), report);
    let split = &KFold::new(3).shuffle(4).split(60).unwrap()[0];
    let test = data.take(&split.test).unwrap();
    let one = folds.models()[0].regression_report(&test).unwrap();
    let logged = |name: &str| folds.histories()[0].last(name).unwrap();
    // The history counts in f32 sums.
    assert!((one.r2() - logged("val_r2_score")).abs() < 1e-5, "{one}");
    assert!((one.mae() - logged("val_mae")).abs() < 1e-4 * one.mae(), "{one}");
    let scores = folds.models()[0].evaluate(&test).unwrap();
    assert!((scores.get("rmse").unwrap() - logged("val_rmse")).abs() < 1e-4);
    assert_eq!(folds.confusion_matrix().total(), 0);
    assert!(folds.last("val_r2_score").unwrap().0 > 0.95);
    // What cannot be done is said before the first step.
    let error = StratifiedKFold::new(3).fit(&model, &data, fit.clone()).unwrap_err().to_string();
    assert!(error.contains("data with classes"), "{error}");
    let error = folds.models()[0].confusion_matrix(&data).unwrap_err().to_string();
    assert!(error.contains("no classes"), "{error}");
}

#[test]
fn every_way_to_split_is_a_way_to_cross_validate() {
    let data = numbers();
    let model = Sequential::new([2]).add(Dense::new(2)).compile("adam", "mse", ()).unwrap();
    let tested = |folds: Result<Folds>| {
        let outputs = folds.unwrap().outputs();
        assert_eq!(outputs.shape(), [60, 2]);
        (0..60).filter(|row| outputs.row(*row).iter().all(|v| v.is_finite())).count()
    };
    let fit = || Fit::epochs(1).verbose(0).batch_size(60);
    assert_eq!(tested(KFold::new(3).fit(&model, &data, fit())), 60);
    assert_eq!(tested(RepeatedKFold::new(3, 2, 1).fit(&model, &data, fit())), 60);
    assert_eq!(tested(LeaveOneOut::new().fit(&model, &data, fit())), 60);
    assert_eq!(tested(TimeSeriesSplit::new(4).fit(&model, &data, fit())), 48);
    assert_eq!(tested(ShuffleSplit::new(1, 0.25, 3).fit(&model, &data, fit())), 15);
    // One file is one recording, and no two folds.
    let error = GroupKFold::new(2).fit(&model, &data, fit()).unwrap_err().to_string();
    assert!(error.contains("GroupKFold"), "{error}");
    // Of several tests of a row its outputs are the mean, and each counts in the report.
    let twice = RepeatedKFold::new(3, 2, 1).fit(&model, &data, fit()).unwrap();
    assert!(twice.regression_report().unwrap().to_string().contains("120 samples"));
    let splits = RepeatedKFold::new(3, 2, 1).split(60).unwrap();
    let of_row = |row: usize| -> Vec<f32> {
        let with = splits.iter().zip(twice.models()).filter(|(s, _)| s.test.contains(&row));
        with.map(|(_, m)| m.predict(&data.take(&[row]).unwrap()).unwrap().data()[0]).collect()
    };
    for row in [0, 31, 59] {
        let mean = of_row(row).iter().sum::<f32>() / 2.0;
        assert!((twice.outputs().row(row)[0] - mean).abs() < 1e-5 * mean.abs().max(1.0));
    }
}

#[test]
fn targets_are_scaled_for_the_fit_alone() {
    let data = numbers();
    let rows: Vec<usize> = (0..60).collect();
    let (train, test) = (data.take(&rows[..45]).unwrap(), data.take(&rows[45..]).unwrap());
    let model = || {
        let net = Sequential::new([2]).add(Dense::new(2));
        net.compile(Sgd::new(0.1), "mse", ("mae", "r2_score")).unwrap()
    };
    let steps = Pipeline::new().standard_scaler().scale_targets();
    let fit = || Fit::epochs(30).verbose(0).shuffle(false);
    let mut scaled = model();
    let history = scaled.fit(&train, fit().prepare(steps.clone()).validation_data(&test)).unwrap();
    // The same by hand.
    let (inputs, targets) =
        (StandardScaler::fit(train.x()).unwrap(), StandardScaler::fit(train.y()).unwrap());
    let mut by_hand = model();
    let (x, y) = (inputs.transform(train.x()).unwrap(), targets.transform(train.y()).unwrap());
    let other = by_hand.fit((&x, &y), fit()).unwrap();
    assert_eq!(scaled.flat_weights(), by_hand.flat_weights());
    assert_eq!(history.get("loss"), other.get("loss"));
    let x = inputs.transform(test.x()).unwrap();
    let outputs = targets.inverse_transform(&by_hand.predict(&x).unwrap()).unwrap();
    assert_eq!(scaled.predict(&test).unwrap(), outputs);
    assert_eq!(scaled.predict(&scaled.prepare(&test).unwrap()).unwrap(), outputs);
    // Metrics are in the targets' own units, wherever they are measured.
    let want = RegressionReport::new(["price", "rent"], test.y(), &outputs).unwrap();
    assert_eq!(scaled.regression_report(&test).unwrap(), want);
    let again = scaled.regression_report(&scaled.prepare(&test).unwrap()).unwrap();
    assert!((again.mae() - want.mae()).abs() < 1e-4 * want.mae());
    for scores in
        [scaled.evaluate(&test).unwrap(), scaled.evaluate(&scaled.prepare(&test).unwrap()).unwrap()]
    {
        let get = |name: &str| scores.get(name).unwrap();
        assert!((get("mae") - want.mae()).abs() < 1e-4 * want.mae(), "{scores} {want}");
        assert!((get("r2_score") - want.r2()).abs() < 1e-5, "{scores} {want}");
        assert_eq!(get("mae"), history.last("val_mae").unwrap());
        assert_eq!(get("loss"), history.last("val_loss").unwrap());
    }
    let folds =
        KFold::new(3).shuffle(1).fit(&model(), &data, fit().prepare(steps.clone())).unwrap();
    assert!(folds.regression_report().unwrap().r2() > 0.9);
    // Classes are not scaled.
    let x = Array::new([2, 2], vec![0.0, 1.0, 2.0, 3.0]).unwrap();
    let classes = Dataset::new(x, vec![0, 1], ["a", "b"]).unwrap();
    let error = model().fit(&classes, fit().prepare(steps)).unwrap_err().to_string();
    assert!(error.contains("one-hot targets") && error.contains("numbers"), "{error}");
}

#[test]
fn one_class_against_the_rest_is_cross_validated() {
    let labels: Vec<usize> = (0..90).map(|i| (7 * i + i / 3) % 3).collect();
    let mut x = wave(&[90, 3], 0.37, 0.2);
    for (row, label) in x.data_mut().chunks_exact_mut(3).zip(&labels) {
        row[*label] += 1.0;
    }
    let data = Dataset::new(x, labels, ["a", "b", "c"]).unwrap();
    for class in ["a", "b", "c"] {
        let data = data.with_binary(class).unwrap();
        let model = Sequential::new([3])
            .add(Dense::new(1).activation(Sigmoid))
            .compile(Adam::new(0.3), "bce", ("accuracy", "auc"))
            .unwrap();
        for folds in [
            KFold::new(3).shuffle(1).fit(&model, &data, Fit::epochs(20).verbose(0)).unwrap(),
            StratifiedKFold::new(3).fit(&model, &data, Fit::epochs(20).verbose(0)).unwrap(),
        ] {
            let matrix = folds.confusion_matrix();
            assert_eq!(matrix.classes(), [format!("not {class}"), class.to_string()]);
            assert_eq!((matrix.total(), matrix.support(1)), (90, 30));
            assert!(matrix.accuracy() > 0.95, "{class}: {matrix}");
            let (accuracy, _) = folds.last("val_accuracy").unwrap();
            assert!((accuracy - matrix.accuracy()).abs() < 1e-6);
            let error = folds.regression_report().unwrap_err().to_string();
            assert!(error.contains("classes"), "{error}");
        }
    }
}

#[test]
fn data_without_targets_are_refused_before_a_fold_is_fitted() {
    let frame = crate::polars::df!("p" => [1.0, 2.0, 3.0], "q" => [0.5, 0.25, 4.0]).unwrap();
    let table = Table::from_dataframe(frame).unwrap();
    let unlabelled = Dataset::unlabelled(&table, ["p", "q"]).unwrap();
    let net = Sequential::new([2]).add(Dense::new(1));
    let model = net.compile("adam", "mse", ()).unwrap();
    let error = KFold::new(3).fit(&model, &unlabelled, quiet()).unwrap_err().to_string();
    assert!(error.contains("no targets") && error.contains("Dataset::regression"), "{error}");
}

#[test]
fn settings_that_are_no_numbers_are_refused() {
    let nan = f32::NAN;
    let says = |layer: Box<dyn Fn(Sequential) -> Sequential>, shape: &[usize], part: &str| {
        let net = layer(Sequential::new(shape.to_vec())).add(Flatten::new()).add(Dense::new(1));
        let text = net.compile("sgd", "mse", ()).unwrap_err().to_string();
        assert!(text.contains(part), "{text}");
    };
    let l2 = Regularizer::l2;
    says(
        Box::new(move |n| n.add(Dense::new(2).kernel_regularizer(l2(nan)))),
        &[3],
        "factor l2 is NaN",
    );
    says(Box::new(move |n| n.add(Dense::new(2).bias_regularizer(l2(-1.0)))), &[3], "l2 is -1");
    says(Box::new(move |n| n.add(Dense::new(2).activity_regularizer(l2(nan)))), &[3], "l2 is NaN");
    says(Box::new(move |n| n.add(Rescaling::new(nan))), &[3], "scale is NaN");
    says(
        Box::new(move |n| n.add(Rescaling::new(1.0).offset([0.0, nan, 0.0]))),
        &[3],
        "offset is NaN",
    );
    says(Box::new(move |n| n.add(LeakyReluSlope(nan))), &[3], "slope");
    says(Box::new(move |n| n.add(Masking::new().mask_value(nan))), &[3, 2], "mask value is NaN");
    let net = Sequential::new([3]).add(Dense::new(2).activation(Sigmoid));
    let (x, y) = (wave(&[4, 3], 0.3, 1.0), Array::zeros([4, 2]).unwrap());
    for metric in [
        Metric::from(BinaryAccuracy::new().threshold(nan)),
        F1Score::weighted().threshold(nan).into(),
    ] {
        let model = net.compile("sgd", "bce", [metric]).unwrap();
        let text = model.evaluate((&x, &y)).unwrap_err().to_string();
        assert!(text.contains("threshold is NaN"), "{text}");
    }
}

/// Targets go by their names wherever they are measured, scaled or not.
#[test]
fn numbers_in_another_order_are_the_same_targets() {
    let data = numbers();
    let turned = {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("turned.csv");
        let row = |i: usize| {
            let (x, y) = (data.x().row(i), data.y().row(i));
            format!("{},{},{},{}\n", x[0], x[1], y[1], y[0])
        };
        let rows: String = (0..60).map(row).collect();
        std::fs::write(&path, format!("size,rooms,rent,price\n{rows}")).unwrap();
        let table = Table::read_csv(&path).unwrap();
        Dataset::regression(&table, ["rent", "price"], ["size", "rooms"]).unwrap()
    };
    for steps in
        [Pipeline::new().standard_scaler(), Pipeline::new().standard_scaler().scale_targets()]
    {
        let net = Sequential::new([2]).add(Dense::new(2));
        let mut model = net.compile(Sgd::new(0.1), "mse", ["mae"]).unwrap();
        model.fit(&data, quiet().prepare(steps)).unwrap();
        assert_eq!(model.evaluate(&turned).unwrap(), model.evaluate(&data).unwrap());
        assert_eq!(
            model.regression_report(&turned).unwrap(),
            model.regression_report(&data).unwrap()
        );
        let fitted = |rows: &Dataset| {
            let mut model = model.clone();
            let history = model.fit(rows, quiet().validation_data(&turned)).unwrap();
            (model.flat_weights().to_vec(), history)
        };
        assert_eq!(fitted(&turned), fitted(&data));
    }
}

/// A class that is missing is none called NaN.
#[test]
fn a_missing_class_is_refused() {
    let frame = crate::polars::df!("x" => [1.0, 2.0, 3.0], "kind" => [0.0, f64::NAN, 1.0]);
    let table = Table::from_dataframe(frame.unwrap()).unwrap();
    let text = Dataset::from_table(&table, "kind", ["x"]).unwrap_err().to_string();
    assert!(text.contains("'kind'") && text.contains("drop_missing"), "{text}");
}

#[test]
fn class_weights_are_given_once_and_fit_f32() {
    let x = wave(&[12, 3], 0.3, 1.0);
    let data = Dataset::new(x, (0..12).map(|i| i % 2).collect(), ["a", "b"]).unwrap();
    let says = |fit: Fit, part: &str| {
        let net = Sequential::new([3]).add(Dense::new(2).activation(Softmax));
        let mut model = net.compile("adam", "categorical_crossentropy", ()).unwrap();
        let text = model.fit(&data, fit).unwrap_err().to_string();
        assert!(text.contains("Fit::class_weight") && text.contains(part), "{text}");
    };
    says(quiet().class_weight([("a", 2.0), ("a", 1.0)]), "given twice");
    says(quiet().class_weight([("a", 1e300)]), "range of f32");
}
