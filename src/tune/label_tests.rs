use super::*;
use crate::prelude::*;

fn text(of: &impl Label) -> String {
    match of.label() {
        Choice::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn names_say_what_was_chosen() {
    assert_eq!(text(&Relu), "relu");
    assert_eq!(text(&LeakyReluSlope(0.1)), "leaky_relu(0.1)");
    assert_eq!(text(&HeNormal), "he_normal");
    assert_eq!(text(&Optimizer::from(Adam::new(0.01))), "Adam(0.01)");
    assert_eq!(text(&Optimizer::from(Sgd::new(0.01).momentum(0.9))), "SGD(0.01, momentum=0.9)");
    let smoothed = Loss::from(CategoricalCrossentropy::new().label_smoothing(0.1));
    assert_eq!(text(&smoothed), "categorical_crossentropy(label_smoothing=0.1)");
    assert_eq!(text(&Dense::new(8).activation(Relu)), "Dense(activation=relu, units=8)");
    assert_eq!(text(&BatchNormalization::new()), "BatchNormalization");
    // Settings without a default are always in the label, even with their usual value.
    assert_eq!(text(&MaxPooling2D::new(2)), "MaxPooling2D(pool_size=[2, 2])");
    assert_eq!(text(&Rescaling::new(1.0)), "Rescaling(scale=1.0)");
    assert_eq!(text(&RandomZoom::new(0.1)), "RandomZoom(height_factor=0.1)");
    let both = Bidirectional::new(SimpleRNN::new(3));
    assert!(text(&both).starts_with("Bidirectional(layer=SimpleRNN("), "{}", text(&both));
    let attention = MultiHeadAttention::new(2, 4);
    assert_eq!(text(&attention), "MultiHeadAttention(key_dim=4, num_heads=2)");
    let causal = "MultiHeadAttention(key_dim=4, num_heads=2, use_causal_mask=true)";
    assert_eq!(text(&attention.use_causal_mask(true)), causal);
    assert_eq!(0.1f32.label(), Choice::Float(0.1));
    assert_eq!(32usize.label(), Choice::Int(32));
    assert_eq!(None::<f64>.label(), Choice::None);
    assert_eq!(u64::MAX.label(), Choice::Text(u64::MAX.to_string()));
    assert_eq!(LearningRate::from(0.1).label(), Choice::Float(0.1));
}

#[track_caller]
fn all_differ<T: Label>(values: impl IntoIterator<Item = T>) {
    let labels: Vec<String> = values.into_iter().map(|v| text(&v)).collect();
    for (i, label) in labels.iter().enumerate() {
        assert!(!labels[..i].contains(label), "{label} twice in {labels:?}");
        // Labels fill the cells of tables.
        assert!(label.len() < 300, "{label}");
    }
}

fn optimizer(o: impl Into<Optimizer>) -> Optimizer {
    o.into()
}

#[test]
fn other_settings_have_other_labels() {
    let decay = ExponentialDecay::new(0.01, 100, 0.9);
    all_differ([
        optimizer(Sgd::new(0.01)),
        optimizer(Sgd::new(0.02)),
        optimizer(Sgd::new(0.01).momentum(0.9)),
        optimizer(Sgd::new(0.01).momentum(0.8)),
        optimizer(Sgd::new(0.01).momentum(0.9).nesterov(true)),
        optimizer(Sgd::new(0.01).weight_decay(0.1)),
        optimizer(Sgd::new(0.01).clipnorm(1.0)),
        optimizer(Sgd::new(0.01).clipnorm(2.0)),
        optimizer(Sgd::new(0.01).clipvalue(1.0)),
        optimizer(Sgd::new(0.01).global_clipnorm(1.0)),
        optimizer(Sgd::new(decay)),
        optimizer(Sgd::new(ExponentialDecay::new(0.01, 100, 0.8))),
        optimizer(Sgd::new(ExponentialDecay::new(0.01, 200, 0.9))),
        optimizer(Sgd::new(decay.staircase(true))),
        optimizer(Adam::new(0.01)),
        optimizer(Adam::new(0.01).beta_1(0.8)),
        optimizer(Adam::new(0.01).beta_2(0.8)),
        optimizer(Adam::new(0.01).epsilon(1e-3)),
        optimizer(Adam::new(0.01).amsgrad(true)),
        optimizer(AdamW::new(0.01)),
        optimizer(AdamW::new(0.01).weight_decay(0.1)),
        optimizer(RmsProp::new(0.01)),
        optimizer(RmsProp::new(0.01).rho(0.8)),
        optimizer(RmsProp::new(0.01).momentum(0.8)),
        optimizer(RmsProp::new(0.01).centered(true)),
        optimizer(Adagrad::new(0.01)),
        optimizer(Adadelta::new(0.01)),
        optimizer(Adamax::new(0.01)),
        optimizer(Nadam::new(0.01)),
        optimizer(Lion::new(0.01)),
        optimizer(Ftrl::new(0.01)),
    ]);
    all_differ([
        Loss::from(CategoricalCrossentropy::new()),
        CategoricalCrossentropy::new().label_smoothing(0.1).into(),
        CategoricalCrossentropy::new().label_smoothing(0.2).into(),
        BinaryCrossentropy::new().label_smoothing(0.1).into(),
        BinaryFocalCrossentropy::new().alpha(0.3).into(),
        BinaryFocalCrossentropy::new().gamma(0.3).into(),
        CategoricalFocalCrossentropy::new().gamma(0.3).into(),
        Huber::new().into(),
        Huber::new().delta(0.5).into(),
        MeanSquaredError::new().into(),
    ]);
    all_differ([
        Metric::from(F1Score::weighted()),
        F1Score::macro_average().into(),
        F1Score::micro().into(),
        F1Score::weighted().threshold(0.3).into(),
        Precision::new().into(),
        Precision::new().threshold(0.3).into(),
        TopKCategoricalAccuracy::new(3).into(),
        TopKCategoricalAccuracy::new(4).into(),
        Auc::new().into(),
        Auc::new().curve(Curve::Pr).into(),
    ]);
    all_differ([Relu, LeakyRelu, LeakyReluSlope(0.1), LeakyReluSlope(0.3), Tanh, Linear]);
    all_differ([
        GlorotUniform,
        RandomNormal(0.0, 0.05),
        RandomNormal(0.0, 0.1),
        TruncatedNormal(0.0, 0.05),
        RandomUniform(-0.1, 0.1),
        Constant(0.1),
        Constant(0.2),
    ]);
    all_differ([
        Regularizer::l1(0.01),
        Regularizer::l2(0.01),
        Regularizer::l2(0.001),
        Regularizer::l1_l2(0.01, 0.01),
    ]);
    all_differ([
        Dense::new(1),
        Dense::new(2),
        Dense::new(2).activation(Relu),
        Dense::new(2).activation(LeakyReluSlope(0.1)),
        Dense::new(2).activation(LeakyReluSlope(0.2)),
        Dense::new(2).use_bias(false),
        Dense::new(2).kernel_initializer(HeNormal),
        Dense::new(2).kernel_initializer(Constant(0.5)),
        Dense::new(2).kernel_regularizer(Regularizer::l2(0.1)),
        Dense::new(2).kernel_regularizer(Regularizer::l2(0.2)),
    ]);
    all_differ([
        Conv2D::new(8, 3),
        Conv2D::new(8, 5),
        Conv2D::new(8, (3, 5)),
        Conv2D::new(8, 3).strides(2),
        Conv2D::new(8, 3).padding(Padding::Same),
    ]);
    all_differ([MaxPooling2D::new(2), MaxPooling2D::new(3), MaxPooling2D::new(2).strides(1)]);
    all_differ([Dropout::new(0.0), Dropout::new(0.1), Dropout::new(0.2)]);
    all_differ([BatchNormalization::new(), BatchNormalization::new().momentum(0.9)]);
    let pipeline = Pipeline::new;
    all_differ([pipeline(), pipeline().standard_scaler(), pipeline().min_max_scaler()]);
    let rates = [ExponentialDecay::new(0.1, 10, 0.9), ExponentialDecay::new(0.1, 10, 0.8)];
    all_differ(rates.map(LearningRate::from));
}
