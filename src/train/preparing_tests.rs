//! Every consumer prepares a data set exactly once.

use crate::prelude::*;
use crate::train::parity_tests::wave;

/// Three classes that a network tells apart only after scaling, and rows kept apart.
fn setting() -> (Dataset, Dataset) {
    let labels: Vec<usize> = (0..120).map(|i| (7 * i + i / 3) % 3).collect();
    let mut x = wave(&[120, 4], 0.37, 1.0);
    for (row, label) in x.data_mut().chunks_exact_mut(4).zip(&labels) {
        row[0] = 1000.0 + 40.0 * *label as f32 + 5.0 * row[0];
        row[1] *= 300.0;
    }
    let data = Dataset::new(x, labels, ["a", "b", "c"]).unwrap();
    let rows: Vec<usize> = (0..120).collect();
    (data.take(&rows[..90]).unwrap(), data.take(&rows[90..]).unwrap())
}

fn model() -> Model {
    Sequential::new([4])
        .add(Dense::new(3).activation(Softmax))
        .compile(Adam::new(0.1), CategoricalCrossentropy::new(), ["accuracy"])
        .unwrap()
}

fn fit() -> Fit {
    Fit::epochs(20).verbose(0)
}

fn scaled() -> Fit {
    fit().prepare(Pipeline::new().standard_scaler())
}

#[test]
fn raw_and_prepared_rows_get_the_same_scores_everywhere() {
    let (train, test) = setting();
    let mut model = model();
    model.fit(&train, scaled()).unwrap();
    let prepared = model.prepare(&test).unwrap();
    assert_eq!(prepared.prepared().to_string(), "standard scaler");
    let accuracy = |data: &Dataset| model.evaluate(data).unwrap().get("accuracy").unwrap();
    assert!(accuracy(&test) > 0.9, "{}", accuracy(&test));
    // The pairs of arrays are the rows as the network takes them.
    let arrays = model.evaluate((prepared.x(), prepared.y())).unwrap();
    let outputs = model.predict(prepared.x()).unwrap();
    for data in [&test, &prepared, &model.prepare(&prepared).unwrap()] {
        assert_eq!(model.evaluate(data).unwrap(), arrays);
        assert_eq!(model.predict(data).unwrap(), outputs);
        assert_eq!(model.predict_classes(data).unwrap(), outputs.argmax());
        let matrix = model.confusion_matrix(data).unwrap();
        // Keras' accuracy comes from f32 sums of the same counts.
        assert!((matrix.accuracy() - accuracy(data)).abs() < 1e-9);
        let ensemble = Ensemble::new([model.clone(), model.clone()]).unwrap();
        assert_eq!(ensemble.predict(data).unwrap(), outputs);
        assert_eq!(ensemble.confusion_matrix(data).unwrap(), matrix);
        assert_eq!(ensemble.predict(prepared.x()).unwrap(), outputs);
        let mut again = model.clone();
        again.fit(data, fit()).unwrap();
        assert!(again.evaluate(&test).unwrap().get("accuracy").unwrap() > 0.9);
    }
}

#[test]
fn a_second_fit_without_a_pipeline_goes_on_with_what_the_first_learned() {
    let (train, test) = setting();
    let (mut model, mut by_hand) = (model(), model());
    let (fitted, prepared) = Pipeline::new().standard_scaler().fit_transform(&train).unwrap();
    model.fit(&train, scaled()).unwrap();
    by_hand.fit((prepared.x(), prepared.y()), fit()).unwrap();
    model.fit(&test, fit()).unwrap();
    let test = fitted.transform(&test).unwrap();
    by_hand.fit((test.x(), test.y()), fit()).unwrap();
    assert_eq!(model.flat_weights(), by_hand.flat_weights());
    // Fresh weights know of no preparation.
    assert!(
        model.pipeline().to_string() == "standard scaler" && model.seed(1).pipeline().is_empty()
    );
}

#[test]
fn what_other_steps_prepared_is_refused() {
    let (train, test) = setting();
    let mut model = model();
    model.fit(&train, scaled()).unwrap();
    let (other, _) = Pipeline::new().min_max_scaler().fit_transform(&train).unwrap();
    let (same_steps, _) = Pipeline::new().standard_scaler().fit_transform(&test).unwrap();
    for (fitted, words) in [(&other, "min-max scaler"), (&same_steps, "standard scaler")] {
        let test = fitted.transform(&test).unwrap();
        for error in [
            model.evaluate(&test).unwrap_err(),
            model.predict(&test).unwrap_err(),
            model.confusion_matrix(&test).unwrap_err(),
            model.clone().fit(&test, fit()).unwrap_err(),
            model.prepare(&test).unwrap_err(),
        ] {
            assert!(error.to_string().contains(&format!("prepared by {words}")), "{error}");
        }
    }
    // Scaled twice, or changed on purpose after scaling.
    let twice = StandardScaler::fit(test.x()).unwrap();
    let test = model.prepare(&test).unwrap();
    assert!(model.predict(&twice.transform_dataset(&test).unwrap()).is_ok());
    let (_, twice) = Pipeline::new().min_max_scaler().fit_transform(&test).unwrap();
    assert!(model.predict(&twice).is_err());
    // A model that was fitted on rows as they are takes no others.
    let mut raw = super::preparing_tests::model();
    raw.fit(&train, fit()).unwrap();
    let error = raw.evaluate(&test).unwrap_err().to_string();
    assert!(error.contains("as they were before any preparation"), "{error}");
    // What was learned from arrays is not known.
    let mut arrays = super::preparing_tests::model();
    arrays.fit((test.x(), test.y()), fit()).unwrap();
    assert!(arrays.evaluate(&test).is_ok());
}

#[test]
fn a_model_fitted_on_prepared_rows_prepares_others_alike() {
    let (train, test) = setting();
    let (fitted, first) = Pipeline::new().select_k_best(3).fit_transform(&train).unwrap();
    let mut model = Sequential::new([3])
        .add(Dense::new(3).activation(Softmax))
        .compile(Adam::new(0.1), CategoricalCrossentropy::new(), ["accuracy"])
        .unwrap();
    model.fit(&first, scaled()).unwrap();
    assert_eq!(model.pipeline().to_string(), "the 3 best columns, standard scaler");
    let want = model.evaluate(&test).unwrap();
    assert_eq!(model.evaluate(&fitted.transform(&test).unwrap()).unwrap(), want);
    assert_eq!(model.evaluate(&model.prepare(&test).unwrap()).unwrap(), want);
    // What was done in between by hand cannot be done by the model.
    let by_hand = first.rescaled(2.0).unwrap();
    model.seed(0).fit(&by_hand, fit()).unwrap();
    let mut model = super::preparing_tests::model();
    let all = train.with_x(train.x().clone()).unwrap();
    let (_, scaled) = Pipeline::new().standard_scaler().fit_transform(&all).unwrap();
    model.fit(&scaled.rescaled(2.0).unwrap(), fit()).unwrap();
    let error = model.evaluate(&test).unwrap_err().to_string();
    assert!(error.contains("Dataset::rescaled by 2"), "{error}");
}

#[test]
fn validation_data_go_through_the_pipeline_too() {
    let (train, test) = setting();
    let (fitted, prepared) = Pipeline::new().standard_scaler().fit_transform(&train).unwrap();
    let test_by_hand = fitted.transform(&test).unwrap();
    let (mut one, mut other) = (model(), model());
    let a = one.fit(&train, scaled().validation_data(&test)).unwrap();
    let arrays = (test_by_hand.x(), test_by_hand.y());
    let b = other.fit((prepared.x(), prepared.y()), fit().validation_data(arrays)).unwrap();
    assert_eq!(a, b);
    let c = model().fit(&train, scaled().validation_data(&test_by_hand)).unwrap();
    assert_eq!(a, c);
    let all = train.above(&test).unwrap();
    let d = model().fit(&all, scaled().validation_split(0.25)).unwrap();
    assert_eq!(a, d);
}

#[test]
fn columns_and_classes_are_found_by_their_names() {
    let (train, test) = setting();
    let named = |data: &Dataset, order: [usize; 4]| {
        let table = ["p", "q", "r", "s"].map(String::from);
        let data = data.with_columns(table.to_vec());
        data.with_features(&order).unwrap()
    };
    let (train, swapped) = (named(&train, [0, 1, 2, 3]), named(&test, [3, 1, 0, 2]));
    let test = named(&test, [0, 1, 2, 3]);
    for fit in [fit(), scaled()] {
        let mut model = model();
        model.fit(&train, fit).unwrap();
        assert_eq!(model.predict(&swapped).unwrap(), model.predict(&test).unwrap());
        assert_eq!(model.evaluate(&swapped).unwrap(), model.evaluate(&test).unwrap());
        let error = model.predict(&test.with_features(&[0, 1, 2]).unwrap()).unwrap_err();
        assert!(error.to_string().contains("without 's'"), "{error}");
        // The same rows with the classes in another order.
        let turned = test.clone().only_classes(["c", "a", "b"]).unwrap();
        assert_eq!(model.evaluate(&turned).unwrap(), model.evaluate(&test).unwrap());
        let matrix = model.confusion_matrix(&turned).unwrap();
        assert_eq!(matrix, model.confusion_matrix(&test).unwrap());
        let error = model.predict_classes(&turned).unwrap_err().to_string();
        assert!(error.contains("in this order"), "{error}");
        assert!(Ensemble::new([model.clone()]).unwrap().predict_classes(&turned).is_err());
        let mut other = super::preparing_tests::model();
        other.fit(&turned, super::preparing_tests::fit()).unwrap();
        assert!(Ensemble::new([model, other]).is_err());
    }
}

#[test]
fn a_single_output_says_yes_to_the_class_it_was_trained_for() {
    let (train, test) = setting();
    let two = |data: Dataset| data.only_classes(["a", "c"]).unwrap();
    let (train, test) = (two(train), two(test));
    for (targets, activation) in
        [(0, Activation::Sigmoid), (1, Activation::Tanh), (2, Activation::Linear)]
    {
        for class in ["a", "c"] {
            let target = |data: &Dataset| match targets {
                0 => data.with_binary(class).unwrap(),
                _ => data.with_plus_minus(class).unwrap(),
            };
            let (train, test) = (target(&train), target(&test));
            let net = Sequential::new([4]).add(Dense::new(1).activation(activation));
            let mut model = net.compile(Adam::new(0.1), "mse", ["accuracy"]).unwrap();
            model.fit(&train, scaled()).unwrap();
            let said = model.predict_classes(&test).unwrap();
            let right = said.iter().zip(test.labels()).filter(|(a, b)| a == b).count();
            let share = right as f64 / test.len() as f64;
            assert!(share > 0.9, "{class}: {share}");
            let accuracy = model.evaluate(&test).unwrap().get("accuracy").unwrap();
            assert!((accuracy - share).abs() < 1e-6, "{accuracy} {share}");
            assert_eq!(model.confusion_matrix(&test).unwrap().accuracy(), share);
            let outputs = model.predict(&test).unwrap();
            assert_eq!(test.decode(&outputs).unwrap(), said);
            assert_eq!(model.classes(), ["a", "c"]);
            let ensemble = Ensemble::new([model]).unwrap();
            assert_eq!(ensemble.predict_classes(&test).unwrap(), said);
        }
    }
}

#[test]
fn an_array_for_a_model_with_a_pipeline_is_said_once() {
    let (train, test) = setting();
    let mut model = model();
    model.fit(&train, scaled()).unwrap();
    let line = "something else";
    assert!(model.said.first(line) && !model.clone().said.first(line));
    model.predict(test.x()).unwrap();
    let said = model.said.all();
    assert!(said.iter().any(|l| l.contains("standard scaler; an Array is taken as it is")));
    model.predict(test.x()).unwrap();
    assert_eq!(model.said.all(), said);
    let mut raw = super::preparing_tests::model();
    raw.fit(&train, fit()).unwrap();
    raw.predict(test.x()).unwrap();
    assert!(raw.said.all().is_empty());
}
