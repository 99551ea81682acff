"""Writes keras-config.json: what Keras writes of layers, optimizers, losses and metrics with
settings of their own, for the tests of configurations.

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
    "flatten": L.Flatten(),
    "reshape": L.Reshape((2, -1)),
    "dropout": L.Dropout(0.3),
    "gaussian_noise": L.GaussianNoise(0.1),
    "batch_normalization": L.BatchNormalization(momentum=0.9, epsilon=0.01, center=False, gamma_initializer=I.RandomNormal(1.0, 0.1),
                                                gamma_regularizer=R.L2(0.1)),
    "rescaling": L.Rescaling(0.5, offset=-1.0),
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
        "lstm": write(L.LSTM(3)),
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
