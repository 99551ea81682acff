"""Writes tests/golden/keras_files/{frozen,inside,constrained}.* and logits.npz: models of the real Keras with frozen
layers, with constraints, and with losses of logits, with the numbers after a few steps from where they were saved.

Made with Keras 3.15.1 on TensorFlow 2.21 (CPU):

    KERAS_BACKEND=tensorflow python tests/golden/make_keras_frozen.py
"""

import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

HERE = pathlib.Path(__file__).parent / "keras_files"
L, C = keras.layers, keras.constraints
rng = np.random.default_rng(23)
keras.utils.set_random_seed(5)


def fit(model, x, y, epochs):
    """The losses of so many epochs of two batches."""
    return model.fit(x, y, epochs=epochs, batch_size=(len(x) + 1) // 2, shuffle=False, verbose=0).history["loss"]


def go_on(name, model, x, y, files=(".keras",)):
    """Saves the model, what it predicts, and its losses and weights after three further epochs."""
    for end in files:
        model.save(HERE / f"{name}{end}")
    predicted = np.asarray(model.predict(x, verbose=0))
    losses = fit(model, x, y, 3)
    later = {f"later_{i}": w for i, w in enumerate(model.get_weights())}
    np.savez(HERE / f"{name}.npz", x=x, y=predicted, targets=y, losses=np.float64(losses), **later)


x = rng.random((6, 8, 8, 2), dtype=np.float32)
y = np.eye(2, dtype=np.float32)[[0, 1, 0, 1, 1, 0]]
model = keras.Sequential([
    L.Input((8, 8, 2)),
    L.Conv2D(3, 3, activation="relu", kernel_regularizer="l2"),
    L.BatchNormalization(),
    L.Conv2D(4, (2, 3), use_bias=False),
    L.BatchNormalization(momentum=0.9),
    L.GlobalAveragePooling2D(),
    L.Dense(5, activation="tanh", kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02)),
    L.Dense(2, activation="softmax", bias_regularizer="l2"),
])
model.compile(keras.optimizers.SGD(0.1), "categorical_crossentropy")
fit(model, x, y, 2)
for i in [0, 1, 5]:
    model.layers[i].trainable = False
model.compile(keras.optimizers.Adam(0.01, global_clipnorm=0.2), "categorical_crossentropy")
fit(model, x, y, 1)
go_on("frozen", model, x, y, (".keras", ".h5"))

# A model within the model, one layer of which is frozen, and one that is frozen as a whole.
x = rng.random((6, 4), dtype=np.float32)
y = rng.random((6, 1), dtype=np.float32)
part = keras.Sequential([L.Input((4,)), L.Dense(5, activation="tanh"), L.BatchNormalization(), L.Dense(3)], name="part")
whole = keras.Sequential([L.Input((3,)), L.Dense(3, activation="tanh"), L.BatchNormalization()], name="whole")
source = L.Input((4,))
model = keras.Model(source, L.Dense(1)(whole(part(source))))
model.compile("adam", "mse")
fit(model, x, y, 2)
part.layers[0].trainable = False
whole.trainable = False
model.compile(keras.optimizers.RMSprop(0.01), "mse")
fit(model, x, y, 1)
go_on("inside", model, x, y, (".keras", ".h5"))

x = rng.random((6, 6, 6, 2), dtype=np.float32)
y = rng.random((6, 2), dtype=np.float32)
model = keras.Sequential([
    L.Input((6, 6, 2)),
    L.Conv2D(3, 3, use_bias=False, kernel_constraint=C.UnitNorm(axis=[0, 1, 2])),
    L.BatchNormalization(gamma_constraint=C.MinMaxNorm(0.9, 1.4, rate=0.5), beta_constraint="non_neg"),
    L.Flatten(),
    L.Dense(6, activation="tanh", kernel_constraint=C.MaxNorm(0.8), bias_constraint=C.NonNeg()),
    L.Dense(2, kernel_constraint=C.MinMaxNorm(0.3, 0.5, axis=1)),
])
model.compile(keras.optimizers.Adam(0.05), "mse")
fit(model, x, y, 1)
go_on("constrained", model, x, y)

# Losses of logits: weights before and after three epochs.
x = rng.random((6, 4), dtype=np.float32) * 8 - 4
classes = np.array([0, 1, 2, 2, 1, 0])
arrays = {"x": x, "onehot": np.eye(3, dtype=np.float32)[classes], "classes": classes[:, None].astype(np.float32)}
losses = {
    "categorical": (keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), "onehot"),
    "sparse": (keras.losses.SparseCategoricalCrossentropy(from_logits=True), "classes"),
    "binary": (keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2), "onehot"),
    "binary_focal": (keras.losses.BinaryFocalCrossentropy(from_logits=True, apply_class_balancing=True), "onehot"),
    "categorical_focal": (keras.losses.CategoricalFocalCrossentropy(from_logits=True), "onehot"),
}
for name, (loss, targets) in losses.items():
    model = keras.Sequential([L.Input((4,)), L.Dense(3)])
    model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"])
    before = model.get_weights()
    if name == "categorical":
        model.save(HERE / "logits.keras")
    arrays[f"{name}_losses"] = np.float64(fit(model, x, arrays[targets], 3))
    for when, weights in [("before", before), ("after", model.get_weights())]:
        arrays.update({f"{name}_{when}_{i}": w for i, w in enumerate(weights)})
np.savez(HERE / "logits.npz", **arrays)
