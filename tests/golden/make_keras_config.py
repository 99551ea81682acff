"""Writes keras-config.json: the configurations that Keras writes for layers, optimizers, losses and
metrics with settings other than the defaults.

    python make_keras_config.py        # Keras 3.15.1
"""
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
from keras import initializers as I
from keras import layers as L
from keras import losses, metrics
from keras import optimizers as O
from keras import regularizers as R

write = keras.saving.serialize_keras_object

layers = {
    "dense": L.Dense(3, activation="tanh", use_bias=False, kernel_initializer=I.HeNormal(), kernel_regularizer=R.L1L2(0.1, 0.2),
                     activity_regularizer=R.L2(0.3)),
    "dense_leaky": L.Dense(3, activation=L.LeakyReLU(negative_slope=0.25), bias_initializer=I.Constant(0.5), bias_regularizer="l1"),
    "conv2d": L.Conv2D(4, (3, 5), strides=2, padding="same", activation="relu", kernel_initializer=I.RandomUniform(-0.1, 0.2)),
    "conv2d_dilated": L.Conv2D(4, 3, dilation_rate=(2, 1), kernel_initializer=I.VarianceScaling(2.0, "fan_avg", "untruncated_normal")),
    "max_pooling2d": L.MaxPooling2D(2, strides=(1, 2), padding="same"),
    "average_pooling2d": L.AveragePooling2D((2, 3), strides=1),
    "global_average_pooling2d": L.GlobalAveragePooling2D(keepdims=True),
    "global_max_pooling2d": L.GlobalMaxPooling2D(),
    "depthwise_conv2d": L.DepthwiseConv2D((2, 3), strides=2, padding="same", depth_multiplier=2, depthwise_regularizer=R.L2(0.1)),
    "separable_conv2d": L.SeparableConv2D(4, 3, dilation_rate=2, activation="relu", pointwise_initializer="he_normal"),
    "conv2d_transpose": L.Conv2DTranspose(4, 3, strides=(2, 1), padding="same", activation="relu", use_bias=False),
    "multi_head_attention": L.MultiHeadAttention(2, 4, value_dim=3, dropout=0.1, use_bias=False),
    "conv1d": L.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="relu", bias_regularizer=R.L1(0.1)),
    "max_pooling1d": L.MaxPooling1D(3, strides=2, padding="same"),
    "average_pooling1d": L.AveragePooling1D(2),
    "global_average_pooling1d": L.GlobalAveragePooling1D(keepdims=True),
    "global_max_pooling1d": L.GlobalMaxPooling1D(),
    "masking": L.Masking(-1.0),
    "embedding": L.Embedding(10, 4, embeddings_regularizer=R.L2(0.1)),
    "layer_normalization": L.LayerNormalization(epsilon=0.01, center=False, gamma_initializer=I.RandomNormal(1.0, 0.1)),
    "p_re_lu": L.PReLU(alpha_initializer=I.Constant(0.25), shared_axes=[1, 2]),
    "spatial_dropout1d": L.SpatialDropout1D(0.2),
    "spatial_dropout2d": L.SpatialDropout2D(0.2),
    "permute": L.Permute((2, 1)),
    "repeat_vector": L.RepeatVector(4),
    "up_sampling1d": L.UpSampling1D(3),
    "up_sampling2d": L.UpSampling2D((2, 3)),
    "zero_padding1d": L.ZeroPadding1D((1, 2)),
    "zero_padding2d": L.ZeroPadding2D(((1, 2), (0, 3))),
    "cropping1d": L.Cropping1D((1, 2)),
    "cropping2d": L.Cropping2D(((1, 2), (0, 1))),
    "time_distributed": L.TimeDistributed(L.Dense(3, activation="relu")),
    "lstm": L.LSTM(3, activation="relu", recurrent_activation="hard_sigmoid", unit_forget_bias=False, dropout=0.1,
                   recurrent_dropout=0.2, return_sequences=True, kernel_regularizer=R.L2(0.1)),
    "gru": L.GRU(3, go_backwards=True, use_bias=False, recurrent_initializer=I.Orthogonal(0.5), recurrent_regularizer=R.L2(0.1)),
    "simple_rnn": L.SimpleRNN(3, activation="softsign", bias_initializer="ones", bias_regularizer=R.L1(0.1)),
    "bidirectional": L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="ave"),
    "flatten": L.Flatten(),
    "reshape": L.Reshape((2, -1)),
    "dropout": L.Dropout(0.3),
    "gaussian_noise": L.GaussianNoise(0.1),
    "batch_normalization": L.BatchNormalization(momentum=0.9, epsilon=0.01, center=False, gamma_initializer=I.RandomNormal(1.0, 0.1),
                                                gamma_regularizer=R.L2(0.1)),
    "rescaling": L.Rescaling(0.5, offset=-1.0),
    "unit_normalization": L.UnitNormalization(),
    "rms_normalization": L.RMSNormalization(epsilon=0.01),
    "activation": L.Activation("silu"),
    "leaky_re_lu": L.LeakyReLU(negative_slope=0.1),
    "random_flip": L.RandomFlip("vertical"),
    "random_rotation": L.RandomRotation((-0.1, 0.2), fill_mode="wrap", interpolation="nearest"),
    "random_translation": L.RandomTranslation(0.1, (-0.2, 0.3), fill_mode="nearest"),
    "random_zoom": L.RandomZoom((-0.1, 0.2), 0.3, fill_mode="constant", fill_value=1.0),
    "random_contrast": L.RandomContrast((0.1, 0.2), value_range=(0.0, 1.0)),
    "random_brightness": L.RandomBrightness((-0.1, 0.2), value_range=(0.0, 1.0)),
}
made = {
    "keras": keras.__version__,
    "layers": {name: write(layer) for name, layer in layers.items()},
    "read_only": {
        "relu": write(L.ReLU()),
        "relu_slope": write(L.ReLU(negative_slope=0.5)),
        "softmax": write(L.Softmax()),
        "elu": write(L.ELU()),
        "relu6": write(L.ReLU(max_value=6)),
        "groups": write(L.Conv2D(4, 3, groups=2)),
        "constraint": write(L.Dense(3, kernel_constraint=keras.constraints.MaxNorm(2.0))),
        "lambda": write(L.Dense(3, activation="gelu", dtype="mixed_float16")),
        "conv_lstm": write(L.ConvLSTM1D(3, 2)),
        "stateful": write(L.LSTM(3, stateful=True)),
        "causal_pooling": write(L.MaxPooling1D(2)) | {"config": {"pool_size": [2], "padding": "causal"}},
        "bilinear": write(L.UpSampling2D(2, interpolation="bilinear")),
        "masked": write(L.Embedding(10, 4, mask_zero=True)),
        "other_axis": write(L.LayerNormalization(axis=1)),
        "reset_before": write(L.GRU(3, reset_after=False)),
        "other_way": write(L.Bidirectional(L.LSTM(3), backward_layer=L.LSTM(3, activation="relu", go_backwards=True))),
    },
    "optimizers": {
        name: write(optimizer)
        for name, optimizer in {
            "sgd": O.SGD(0.1, momentum=0.9, nesterov=True, clipnorm=0.5),
            "rmsprop": O.RMSprop(O.schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True), rho=0.8, centered=True),
            "adam": O.Adam(0.01, beta_1=0.8, amsgrad=True, clipvalue=2.0),
            "adamw": O.AdamW(O.schedules.CosineDecay(0.1, 10, alpha=0.1, warmup_target=0.5, warmup_steps=3)),
            "ftrl": O.Ftrl(l1_regularization_strength=0.1),
            "adadelta": O.Adadelta(O.schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2, 0.3])),
            "nadam": O.Nadam(O.schedules.PolynomialDecay(0.1, 10, cycle=True)),
            "lion": O.Lion(O.schedules.CosineDecayRestarts(0.1, 10, t_mul=3.0)),
            "adamax": O.Adamax(O.schedules.InverseTimeDecay(0.1, 10, 0.5)),
            "adagrad": O.Adagrad(initial_accumulator_value=0.2, weight_decay=0.1),
        }.items()
    },
    "losses": {
        name: write(loss)
        for name, loss in {
            "bce": losses.BinaryCrossentropy(label_smoothing=0.1),
            "bfce": losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.3, gamma=1.5),
            "cce": losses.CategoricalCrossentropy(label_smoothing=0.2),
            "cfce": losses.CategoricalFocalCrossentropy(alpha=0.6),
            "mse": losses.MeanSquaredError(),
            "scce": losses.SparseCategoricalCrossentropy(),
            "kld": losses.KLDivergence(),
        }.items()
    },
    "metrics": {
        name: write(metric)
        for name, metric in {
            "f1": metrics.F1Score(average="weighted", threshold=0.4),
            "precision": metrics.Precision(class_id=1, thresholds=0.3, name="of_one"),
            "recall": metrics.Recall(name="recall"),
            "auc": metrics.AUC(curve="PR", num_thresholds=50, name="auc_pr"),
            "top": metrics.TopKCategoricalAccuracy(3, name="top_3"),
            "mae": metrics.MeanAbsoluteError(name="mean_absolute_error"),
            "log_cosh": metrics.LogCoshError(name="log_cosh"),
            "binary_accuracy": metrics.BinaryAccuracy(threshold=0.4, name="binary_accuracy"),
            "rmse": metrics.RootMeanSquaredError(name="root_mean_squared_error"),
        }.items()
    },
}
model = keras.Sequential([keras.Input((28, 28, 1)), L.Conv2D(4, 3, activation="relu"), L.BatchNormalization(), L.Flatten(),
                          L.Dropout(0.2), L.Dense(10, activation="softmax", name="answer")], name="digits")
model.compile(O.Adam(0.003), "categorical_crossentropy", metrics=["accuracy", metrics.F1Score(average="macro")])
made["model"] = json.loads(model.to_json())
pathlib.Path(__file__).with_name("keras-config.json").write_text(json.dumps(made, indent=1) + "\n")
