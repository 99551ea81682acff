//! The sleep-stage report on the whole recordings: its models must reach on the simulated
//! recordings what they reached on the real ones. The bands are as wide as the spread between
//! seeds.

use dfdx_lab::data::datasets;
use dfdx_lab::prelude::*;

fn within(what: &str, got: f64, reported: f64, band: f64) {
    assert!((got - reported).abs() <= band, "{what}: {got:.4}, reported {reported} ± {band}");
}

#[test]
fn the_reports_figures_are_reproduced() -> Result<()> {
    let mice = datasets::sleep_stages()?;
    let simulated = mice.mouse_1.rows() == 20_258 && mice.mouse_2.rows() == 20_605;
    assert!(simulated && mice.test.rows() == 80_109 && mice.invalid_test().count() == 16);
    let folds = KFold::new(3).shuffle(42);
    let fit = Fit::epochs(50).verbose(0).prepare(Pipeline::new().standard_scaler());
    let loss = CategoricalCrossentropy::new();
    let net = |inputs: usize, hidden: Activation| {
        Sequential::new([inputs])
            .add(Dense::new(8).activation(hidden))
            .add(Dense::new(3).activation(Softmax))
    };

    let sleep = Dataset::from_table(&mice.train, "state", frequencies(1..=25))?
        .with_classes(&SleepStages::awake_or_asleep())?
        .with_plus_minus("awake")?;
    let model = Sequential::new([25])
        .add(Dense::new(4).activation(Tanh))
        .add(Dense::new(1).activation(Tanh))
        .compile(Sgd::new(1e-4).momentum(0.9), MeanSquaredError::new(), ())?;
    let first = folds.fit(&model, &sleep, fit.clone())?;
    within("experiment 1, F1 of awake", first.confusion_matrix().f1(0), 0.907, 0.015);

    let data = mice.train_data(frequencies(1..=25))?;
    let model = net(25, Relu).compile(Sgd::new(0.001).momentum(0.99), loss, ())?;
    let second = folds.fit(&model, &data, fit.clone())?;
    let m = second.confusion_matrix();
    let (awake, rem) = (m.class("awake")?, m.class("rem")?);
    within("experiment 2, accuracy", m.accuracy(), 0.883, 0.012);
    within("experiment 2, weighted F1", m.f1_weighted(), 0.876, 0.015);
    within("experiment 2, macro F1", m.f1_macro(), 0.768, 0.03);
    within("experiment 2, recall of REM", m.recall(rem), 0.385, 0.08);
    let missed = m.support(rem) - m.count(rem, rem);
    assert!(2 * m.count(rem, awake) > missed, "most missed REM is called awake");

    let all = mice.train_data(frequencies(1..=101))?;
    let model = net(50, LeakyRelu).compile(Adam::new(0.001), loss, ())?;
    let steps = Pipeline::new().select_k_best(50).standard_scaler();
    let best = folds.fit(&model, &all, Fit::epochs(100).verbose(0).prepare(steps))?;
    let lifted = best.confusion_matrix().f1_weighted();
    assert!(lifted >= 0.893, "the 50 best columns: weighted F1 {lifted:.4}, at least .893");

    let window = mice.train_data(frequencies(1..=10))?.past_window(4)?;
    let model = net(50, Relu).compile(Adam::new(0.001), loss, ())?;
    let past = folds.fit(&model, &window, fit)?;
    within("a past window, F1 of REM", past.confusion_matrix().f1(rem), 0.72, 0.06);
    Ok(())
}
