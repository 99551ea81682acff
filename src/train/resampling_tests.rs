//! Training rows are resampled, and no others.

use super::*;
use crate::array::Array;
use crate::data::{Dataset, KFold, Pipeline, RandomUnderSampler, Smote, StratifiedKFold};
use crate::error::Result;
use crate::nn::derive_seed;
use crate::prelude::{Adam, CategoricalCrossentropy, Dense, Relu, Sequential, Softmax};

/// 60 rows of "often" and 30 of "rare" in turn, and a model for them.
fn setting() -> (Dataset, Model) {
    let x = (0..90 * 4).map(|i| ((i * i) as f32 * 0.37).sin()).collect();
    let labels = (0..90).map(|i| usize::from(i % 3 == 0)).collect();
    let data = Dataset::new(Array::new([90, 4], x).unwrap(), labels, ["often", "rare"]).unwrap();
    let model = Sequential::new([4])
        .add(Dense::new(6).activation(Relu))
        .add(Dense::new(2).activation(Softmax))
        .compile(Adam::new(0.01), CategoricalCrossentropy::new(), ())
        .unwrap();
    (data, model)
}

fn fit() -> Fit {
    Fit::epochs(3).verbose(0)
}

fn rows(range: std::ops::Range<usize>) -> Vec<usize> {
    range.collect()
}

#[test]
fn a_fit_resamples_what_it_trains_on() {
    let (data, model) = setting();
    let smote = Pipeline::new().standard_scaler().smote();
    let (mut model, mut by_hand) = (model.clone(), model);
    let history = model.fit(&data, fit().validation_split(0.2).prepare(smote.clone())).unwrap();
    let (fitted, train) = smote.fit_transform(&data.take(&rows(0..72)).unwrap()).unwrap();
    assert_eq!(train.class_counts(), [48, 48]);
    let test = fitted.transform(&data.take(&rows(72..90)).unwrap()).unwrap();
    assert_eq!(test.len(), 18);
    let same = by_hand.fit(&train, fit().validation_data(&test)).unwrap();
    assert_eq!(history, same);
    assert_eq!(model.weights, by_hand.weights);
    // What the model is asked about later is not resampled either.
    assert_eq!(model.prepare(&data).unwrap().len(), 90);
    assert_eq!(model.confusion_matrix(&data).unwrap().total(), 90);
}

#[test]
fn folds_are_tested_on_rows_as_they_were() {
    let (data, model) = setting();
    let under = Pipeline::new().resample(RandomUnderSampler::new().seed(4));
    let folds = KFold::new(3).fit(&model, &data, fit().prepare(under.clone())).unwrap();
    assert_eq!(folds.confusion_matrix().total(), 90);
    assert_eq!(folds.outputs().shape(), [90, 2]);
    for (i, split) in KFold::new(3).split(90).unwrap().iter().enumerate() {
        let mut by_hand = model.clone().seed(derive_seed(model.seed, 1 + i as u64));
        let (_, train) = under.fit_transform(&data.take(&split.train).unwrap()).unwrap();
        assert_eq!(train.class_counts(), [20, 20]);
        let test = data.take(&split.test).unwrap();
        let same = by_hand.fit(&train, fit().validation_data(&test)).unwrap();
        assert_eq!(folds.histories()[i].get("val_loss"), same.get("val_loss"));
        assert_eq!(folds.models()[i].weights, by_hand.weights);
    }
}

#[test]
fn class_weights_are_those_of_the_resampled_rows() {
    let (data, model) = setting();
    let losses = |fit: Fit| model.clone().fit(&data, fit).unwrap().get("loss").unwrap().to_vec();
    let smote = || fit().validation_split(0.2).prepare(Pipeline::new().smote());
    assert_eq!(losses(smote().class_weight_balanced()), losses(smote()), "they are balanced");
    let some = Smote::new().sampling_strategy([("rare", 36)]);
    let some = || fit().validation_split(0.2).prepare(Pipeline::new().resample(some.clone()));
    // 48 and 36 rows: 84 / (2 * 48) and 84 / (2 * 36).
    let weights = [("often", 0.875), ("rare", 84.0 / 72.0)];
    assert_eq!(losses(some().class_weight_balanced()), losses(some().class_weight(weights)));
    assert_ne!(losses(some().class_weight_balanced()), losses(some()));
}

#[test]
fn resampling_before_a_split_is_refused() {
    let (data, model) = setting();
    let says = |result: Result<History>, words: &str| {
        let text = result.unwrap_err().to_string();
        assert!(text.contains(words), "{text}");
    };
    let first = |folds: Result<Folds>| folds.map(|f| f.histories()[0].clone());
    let before = Smote::new().fit_resample(&data).unwrap();
    let mut fitted = model.clone();
    says(fitted.fit(&before, fit().validation_split(0.2)), "Pipeline::resample");
    let prepared = fit().validation_split(0.2).prepare(Pipeline::new().standard_scaler());
    says(fitted.fit(&before, prepared), "Fit::validation_split: the data is resampled");
    says(fitted.fit(&data, fit().validation_data(&before)), "Fit::validation_data");
    says(first(KFold::new(3).fit(&model, &before, fit())), "KFold::fit: the data is resampled");
    says(first(StratifiedKFold::new(3).fit(&model, &before, fit())), "split_anyway");
    let weighted = || fit().sample_weight(vec![1.0; 90]).prepare(Pipeline::new().smote());
    says(fitted.fit(&data, weighted()), "Fit::sample_weight is given beside a pipeline");
    says(first(KFold::new(3).fit(&model, &data, weighted())), "Fit::sample_weight");
    // Training on it without a split is what it is for, and somebody may know better.
    assert!(fitted.fit(&before, fit().validation_data(&data)).is_ok());
    let anyway = before.split_anyway();
    assert!(fitted.fit(&anyway, fit().validation_split(0.2)).is_ok());
    assert!(KFold::new(3).shuffle(1).fit(&model, &anyway, fit()).is_ok());
}
