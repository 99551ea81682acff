use super::*;
use crate::bridge::CustomLayer;
use crate::nn::{Distribution, Factor, Fan, VarianceScaling};

/// Made by `tests/golden/make_keras_config.py`.
fn golden(kind: &str, name: &str) -> Json {
    let text = include_str!("../../tests/golden/keras-config.json");
    let all: Json = serde_json::from_str(text).unwrap();
    all[kind][name].clone()
}

/// Every layer with settings of its own, as the script has them.
fn layers() -> Vec<(&'static str, Arc<dyn Layer>)> {
    use Activation::*;
    let scaling = VarianceScaling {
        scale: 2.0,
        mode: Fan::Avg,
        distribution: Distribution::UntruncatedNormal,
    };
    let dense = Dense::new(3)
        .activation(Tanh)
        .use_bias(false)
        .kernel_initializer(Initializer::HeNormal)
        .kernel_regularizer(Regularizer::l1_l2(0.1, 0.2))
        .activity_regularizer(Regularizer::l2(0.3));
    let leaky = Dense::new(3)
        .activation(LeakyReluSlope(0.25))
        .bias_initializer(Initializer::Constant(0.5))
        .bias_regularizer(Regularizer::l1(0.01));
    let conv = Conv2D::new(4, (3, 5))
        .strides(2)
        .padding(Padding::Same)
        .activation(Relu)
        .kernel_initializer(Initializer::RandomUniform(-0.1, 0.2));
    let dilated = Conv2D::new(4, 3)
        .dilation_rate((2, 1))
        .kernel_initializer(Initializer::VarianceScaling(scaling));
    let normal = BatchNormalization::new()
        .momentum(0.9)
        .epsilon(0.01)
        .center(false)
        .gamma_initializer(Initializer::RandomNormal(1.0, 0.1))
        .gamma_regularizer(Regularizer::l2(0.1));
    let rotation = RandomRotation::new((-0.1, 0.2))
        .fill_mode(FillMode::Wrap)
        .interpolation(Interpolation::Nearest);
    let translation = RandomTranslation::new(0.1, (-0.2, 0.3)).fill_mode(FillMode::Nearest);
    let zoom = RandomZoom::new((-0.1, 0.2))
        .width_factor(0.3)
        .fill_mode(FillMode::Constant)
        .fill_value(1.0);
    let depthwise = DepthwiseConv2D::new((2, 3))
        .strides(2)
        .padding(Padding::Same)
        .depth_multiplier(2)
        .depthwise_regularizer(Regularizer::l2(0.1));
    let separable = SeparableConv2D::new(4, 3)
        .dilation_rate(2)
        .activation(Relu)
        .pointwise_initializer(Initializer::HeNormal);
    let transpose = Conv2DTranspose::new(4, 3)
        .strides((2, 1))
        .padding(Padding::Same)
        .activation(Relu)
        .use_bias(false);
    let attention = MultiHeadAttention::new(2, 4).value_dim(3).dropout(0.1).use_bias(false);
    let conv1d = Conv1D::new(4, 3)
        .padding(Padding::Causal)
        .dilation_rate(2)
        .activation(Relu)
        .bias_regularizer(Regularizer::l1(0.1));
    let embedding = Embedding::new(10, 4).embeddings_regularizer(Regularizer::l2(0.1));
    let layer_normal = LayerNormalization::new()
        .epsilon(0.01)
        .center(false)
        .gamma_initializer(Initializer::RandomNormal(1.0, 0.1));
    let prelu = PReLU::new().alpha_initializer(Initializer::Constant(0.25)).shared_axes(vec![1, 2]);
    let lstm = LSTM::new(3)
        .activation(Relu)
        .recurrent_activation(HardSigmoid)
        .unit_forget_bias(false)
        .dropout(0.1)
        .recurrent_dropout(0.2)
        .return_sequences(true)
        .kernel_regularizer(Regularizer::l2(0.1));
    let gru = GRU::new(3)
        .go_backwards(true)
        .use_bias(false)
        .recurrent_initializer(Initializer::Orthogonal(0.5))
        .recurrent_regularizer(Regularizer::l2(0.1));
    let simple = SimpleRNN::new(3)
        .activation(Softsign)
        .bias_initializer(Initializer::Ones)
        .bias_regularizer(Regularizer::l1(0.1));
    let both = Bidirectional::new(LSTM::new(3).return_sequences(true)).merge_mode(MergeMode::Ave);
    let pooling = MaxPooling2D::new(2).strides((1, 2)).padding(Padding::Same);
    vec![
        ("dense", Arc::new(dense)),
        ("dense_leaky", Arc::new(leaky)),
        ("conv2d", Arc::new(conv)),
        ("conv2d_dilated", Arc::new(dilated)),
        ("max_pooling2d", Arc::new(pooling)),
        ("average_pooling2d", Arc::new(AveragePooling2D::new((2, 3)).strides(1))),
        ("global_average_pooling2d", Arc::new(GlobalAveragePooling2D::new().keepdims(true))),
        ("global_max_pooling2d", Arc::new(GlobalMaxPooling2D::new())),
        ("depthwise_conv2d", Arc::new(depthwise)),
        ("separable_conv2d", Arc::new(separable)),
        ("conv2d_transpose", Arc::new(transpose)),
        ("multi_head_attention", Arc::new(attention)),
        ("conv1d", Arc::new(conv1d)),
        ("max_pooling1d", Arc::new(MaxPooling1D::new(3).strides(2).padding(Padding::Same))),
        ("average_pooling1d", Arc::new(AveragePooling1D::new(2).strides(2))),
        ("global_average_pooling1d", Arc::new(GlobalAveragePooling1D::new().keepdims(true))),
        ("global_max_pooling1d", Arc::new(GlobalMaxPooling1D::new())),
        ("embedding", Arc::new(embedding)),
        ("masking", Arc::new(Masking::new().mask_value(-1))),
        ("layer_normalization", Arc::new(layer_normal)),
        ("p_re_lu", Arc::new(prelu)),
        ("spatial_dropout1d", Arc::new(SpatialDropout1D::new(0.2))),
        ("spatial_dropout2d", Arc::new(SpatialDropout2D::new(0.2))),
        ("permute", Arc::new(Permute::new([2, 1]))),
        ("repeat_vector", Arc::new(RepeatVector::new(4))),
        ("up_sampling1d", Arc::new(UpSampling1D::new(3))),
        ("up_sampling2d", Arc::new(UpSampling2D::new((2, 3)))),
        ("zero_padding1d", Arc::new(ZeroPadding1D::new((1, 2)))),
        ("zero_padding2d", Arc::new(ZeroPadding2D::new(((1, 2), (0, 3))))),
        ("cropping1d", Arc::new(Cropping1D::new((1, 2)))),
        ("cropping2d", Arc::new(Cropping2D::new(((1, 2), (0, 1))))),
        ("time_distributed", Arc::new(TimeDistributed::new(Dense::new(3).activation(Relu)))),
        ("lstm", Arc::new(lstm)),
        ("gru", Arc::new(gru)),
        ("simple_rnn", Arc::new(simple)),
        ("bidirectional", Arc::new(both)),
        ("flatten", Arc::new(Flatten::new())),
        ("reshape", Arc::new(Reshape::new([2, -1]))),
        ("dropout", Arc::new(Dropout::new(0.3))),
        ("gaussian_noise", Arc::new(GaussianNoise::new(0.1))),
        ("batch_normalization", Arc::new(normal)),
        ("rescaling", Arc::new(Rescaling::new(0.5).offset(-1.0))),
        ("unit_normalization", Arc::new(UnitNormalization::new())),
        ("rms_normalization", Arc::new(RMSNormalization::new().epsilon(0.01))),
        ("activation", Arc::new(Silu)),
        ("leaky_re_lu", Arc::new(LeakyReluSlope(0.1))),
        ("random_flip", Arc::new(RandomFlip::new().mode(FlipMode::Vertical))),
        ("random_rotation", Arc::new(rotation)),
        ("random_translation", Arc::new(translation)),
        ("random_zoom", Arc::new(zoom)),
        ("random_contrast", Arc::new(RandomContrast::new((0.1, 0.2)).value_range(0.0, 1.0))),
        ("random_brightness", Arc::new(RandomBrightness::new((-0.1, 0.2)).value_range(0.0, 1.0))),
    ]
}

fn again(json: &Json) -> Result<String> {
    Ok(format!("{:?}", read(&Config::from_value(json)?, &known_classes())?))
}

/// Whether Keras' value says the same as ours, which may leave settings out.
fn says_the_same(ours: &Json, keras: &Json) -> bool {
    match (ours, keras) {
        (Json::Object(a), Json::Object(b)) => {
            a.iter().all(|(k, v)| v.is_null() || b.get(k).is_some_and(|w| says_the_same(v, w)))
        }
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| says_the_same(a, b))
        }
        _ => match (ours.as_f64(), keras.as_f64()) {
            (Some(a), Some(b)) => a as f32 == b as f32,
            _ => ours == keras,
        },
    }
}

#[test]
fn every_layer_is_written_and_read_as_keras_does() {
    let layers = layers();
    for (name, layer) in &layers {
        let keras = golden("layers", name);
        let ours = layer.config().unwrap().to_value();
        assert!(says_the_same(&ours, &keras), "{name}: {ours:#} and {keras:#}");
        assert_eq!(again(&keras).unwrap(), format!("{layer:?}"), "{name}");
        assert_eq!(again(&ours).unwrap(), format!("{layer:?}"), "{name}");
    }
    // A class without a test here is one that nobody has compared.
    for class in CLASSES.iter().map(|(class, _)| *class) {
        assert!(layers.iter().any(|(_, layer)| layer.class_name() == class), "{class}");
    }
}

#[test]
fn keras_layers_of_one_function_are_activations() {
    let debug = |name: &str| again(&golden("read_only", name)).unwrap();
    assert_eq!(debug("relu"), "Relu");
    assert_eq!(debug("relu_slope"), "LeakyReluSlope(0.5)");
    assert_eq!(debug("softmax"), "Softmax");
    assert_eq!(debug("elu"), "Elu");
    assert!(debug("masked").contains("mask_zero: true"));
    let held = Dense::new(3).kernel_constraint(Constraint::max_norm(2.0));
    assert_eq!(debug("constraint"), format!("{held:?}"));
}

#[test]
fn what_does_not_exist_here_is_named() {
    let says = |name: &str, part: &str| {
        let error = again(&golden("read_only", name)).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    says("relu6", "ReLU: max_value is 6");
    says("groups", "Conv2D: groups is 2");
    says("lambda", "Dense: dtype is \"mixed_float16\"");
    says("conv_lstm", "'ConvLSTM1D', but must be one of Dense, Conv2D");
    says("bilinear", "UpSampling2D: interpolation is \"bilinear\"");
    says("other_axis", "LayerNormalization: axis is");
    says("stateful", "LSTM: stateful is true");
    says("reset_before", "GRU: reset_after is false");
    says("other_way", "Bidirectional: backward_layer");
}

#[test]
fn every_activation_and_initializer_comes_back() {
    for activation in super::super::activation::ALL {
        assert_eq!(Activation::from_value(&activation.to_value()).unwrap(), activation);
        let layer: Arc<dyn Layer> = Arc::new(activation);
        let written = layer.config().unwrap().to_value();
        assert_eq!(again(&written).unwrap(), format!("{layer:?}"));
    }
    assert_eq!(Activation::from_value(&"swish".into()).unwrap(), Activation::Silu);
    assert!(Activation::from_value(&"mish".into()).unwrap_err().to_string().contains("silu"));
    use Initializer::*;
    let numbered = [
        Constant(0.3),
        RandomUniform(-0.1, 0.3),
        RandomNormal(0.1, 0.3),
        TruncatedNormal(0.1, 0.3),
        Orthogonal(1.5),
        Identity(0.5),
    ];
    let glorot_he_lecun =
        [GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal];
    for initializer in [Zeros, Ones].into_iter().chain(numbered).chain(glorot_he_lecun) {
        assert_eq!(Initializer::from_value(&initializer.to_value()).unwrap(), initializer);
    }
    assert_eq!(Initializer::from_value(&"he_normal".into()).unwrap(), HeNormal);
}

#[test]
fn a_stack_comes_back() {
    let net = Sequential::new([28, 28, 1])
        .add(Conv2D::new(4, 3))
        .add(Activation::Relu)
        .add(Flatten::new())
        .add(Dense::new(3));
    let config = net.to_config().unwrap();
    let same = Sequential::from_json(&net.to_json().unwrap()).unwrap();
    assert_eq!(format!("{net:?}"), format!("{same:?}"));
    assert_eq!(same.to_config().unwrap(), config);
    let built = config.to_value()["config"]["layers"][4]["build_config"].clone();
    assert_eq!(built, json!({"input_shape": [null, 26 * 26 * 4]}));
}

#[test]
fn a_stack_that_cannot_be_written_or_read_says_which_layer() {
    let own = CustomLayer::new("ScaledAbs", 2, |x, _| x);
    let error = Sequential::new([2]).add(own).to_config().unwrap_err().to_string();
    for part in ["layer 1", "'ScaledAbs'", "save_weights"] {
        assert!(error.contains(part), "{error}");
    }
    let read = |json: Json| {
        let text = json.to_string();
        Sequential::from_config(&Config::from_json(&text).unwrap()).unwrap_err().to_string()
    };
    let stack = |layers: Json| json!({"class_name": "Sequential", "config": {"layers": layers}});
    let input = |shape: Json| json!({"class_name": "InputLayer", "config": {"batch_shape": shape, "sparse": false}});
    let other = json!({"class_name": "ConvLSTM1D", "config": {"units": 3, "name": "conv_7"}});
    let says = |json: Json, parts: &[&str]| {
        let error = read(json);
        parts.iter().for_each(|part| assert!(error.contains(part), "{error}"));
    };
    says(
        stack(json!([input(json!([null, 4])), other])),
        &["layer 2 'conv_7'", "'ConvLSTM1D'", "Dense"],
    );
    says(stack(json!([input(json!([null, null, 3]))])), &["layer 1", "batch_shape", "null"]);
    says(stack(json!([])), &["input", "missing"]);
    says(json!({"class_name": "Functional", "config": {}}), &["Functional", "Sequential"]);
    let dense = json!({"class_name": "Dense", "config": {"units": -3}});
    says(stack(json!([input(json!([null, 4])), dense])), &["Dense: units is -3"]);
    assert_eq!(Factor::from_value(&json!([-0.1, 0.2])).unwrap(), Factor::from((-0.1, 0.2)));
}
