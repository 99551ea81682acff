//! Sizes that no memory holds are an error wherever a user can give them.

use crate::metric::ConfusionMatrix;
use crate::prelude::*;

fn refused<T>(what: &str, result: Result<T>) {
    let error = result.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(error.contains("memory") || error.contains("values"), "{what}: '{error}'");
}

#[test]
fn sizes_that_no_memory_holds_are_refused() {
    const HUGE: usize = usize::MAX;
    refused("zeros", Array::zeros([HUGE, HUGE]));
    refused("zeros", Array::zeros([1 << 46]));
    refused("validation_split", validation_split(HUGE, 0.5));
    refused("train_test_split", train_test_split(HUGE, 0.5, 1));
    refused("folds", KFold::new(1 << 40).split(1 << 41));
    refused("fill_rows", fill_rows(HUGE, &[0], &[0]));
    let x = Array::new([4, 2], vec![0.0; 8]).unwrap();
    let data = Dataset::new(x.clone(), vec![0, 1, 0, 1], ["a", "b"]).unwrap();
    refused("classes", ConfusionMatrix::new((0..1 << 20).map(|i| i.to_string()), &[], &[]));
    assert!(data.past_window(HUGE).is_err() && data.clone().head(HUGE).unwrap().len() == 4);
    let more = SamplingStrategy::from([("a", HUGE / 2)]);
    refused("more rows", RandomOverSampler::new().sampling_strategy(more).fit_resample(&data));
    let odd = CustomLayer::new("Odd", 2, |x, _| x).weight("w", HUGE, Initializer::Zeros);
    refused("a custom layer", Sequential::new([2]).add(odd).build());
    // A batch is never larger than the data.
    let net = Sequential::new([2]).add(Dense::new(2).activation(Softmax));
    let mut model = net.compile("adam", "categorical_crossentropy", ["accuracy"]).unwrap();
    let fit = Fit::epochs(1).batch_size(HUGE).steps_per_epoch(HUGE).verbose(0);
    assert!(model.fit(&data, fit.validation_data(&data)).is_ok());
    // A network whose outputs of one batch are too many.
    let net = Sequential::new([2]).add(Dense::new(1 << 20));
    let mut net = net.add(Reshape::new([1 << 10, 1 << 10, 1])).add(Conv2D::new(1 << 10, 1));
    for _ in 0..32 {
        net = net.add(Relu);
    }
    let net = net.add(GlobalMaxPooling2D::new());
    let model = net.compile("sgd", "mse", ()).unwrap();
    let one = Array::new([1, 2], vec![0.0; 2]).unwrap();
    refused("a batch", model.predict(&one));
    let y = Array::zeros([1, 1 << 10]).unwrap();
    refused("a batch", model.clone().fit((&one, &y), Fit::epochs(1).verbose(0)));
}
