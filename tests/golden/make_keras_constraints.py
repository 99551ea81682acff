"""Writes tests/golden/keras_files/held_{pictures,sequences}.{keras,npz}: models of the real Keras in which each kind of
layer with weights has constraints, with the numbers after three epochs from where they were saved.

Made with Keras 3.15.1 on TensorFlow 2.21 (CPU):

    KERAS_BACKEND=tensorflow python tests/golden/make_keras_constraints.py
"""

import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

HERE = pathlib.Path(__file__).parent / "keras_files"
L, C = keras.layers, keras.constraints
rng = np.random.default_rng(29)
keras.utils.set_random_seed(7)


def write(name, model, x, y):
    """Saves the model after an epoch, what it predicts, and its losses and weights after three further epochs."""
    model.compile(keras.optimizers.SGD(0.05, momentum=0.5), "mse")
    fit = lambda epochs: model.fit(x, y, epochs=epochs, batch_size=(len(x) + 1) // 2, shuffle=False, verbose=0)
    fit(1)
    model.save(HERE / f"{name}.keras")
    predicted = np.asarray(model.predict(x, verbose=0))
    before = model.get_weights()
    losses = fit(3).history["loss"]
    later = {f"later_{i}": w for i, w in enumerate(model.get_weights())}
    still = [v.path for v, a, b in zip(model.weights, before, later.values()) if np.abs(a - b).max() < 1e-5]
    # A key's bias shifts all scores of a query alike, which does not change its weights.
    assert all("key/bias" in path for path in still), f"these must move: {still}"
    np.savez(HERE / f"{name}.npz", x=x, y=predicted, targets=y, losses=np.float64(losses), **later)


x = rng.random((6, 7, 7, 2), dtype=np.float32)
y = rng.random((6, 2), dtype=np.float32)
source = L.Input((7, 7, 2))
z = L.SeparableConv2D(
    4, 3, depthwise_constraint=C.UnitNorm(axis=[0, 1]), pointwise_constraint=C.MaxNorm(0.7, axis=2), bias_constraint="non_neg"
)(source)
z = L.PReLU(alpha_initializer="ones", alpha_constraint=C.MinMaxNorm(0.2, 0.9, rate=0.5, axis=[0, 1]))(z)
z = L.DepthwiseConv2D(
    2, depthwise_initializer="glorot_normal", depthwise_constraint=C.MaxNorm(0.9, axis=[0, 1]), bias_constraint=C.MaxNorm(0.01)
)(z)
z = L.Conv2DTranspose(3, 2, kernel_constraint=C.UnitNorm(axis=[0, 1, 3]), bias_constraint=C.NonNeg())(z)
z = L.Reshape((5, 15))(z)
z = L.Conv1D(3, 2, activation="tanh", kernel_constraint=C.MinMaxNorm(0.4, 0.6, axis=[0, 1]), bias_constraint="unit_norm")(z)
z = L.TimeDistributed(L.Dense(3, kernel_constraint=C.MaxNorm(0.8)))(z)
z = L.Dense(2, kernel_constraint="max_norm")(L.Flatten()(z))
write("held_pictures", keras.Model(source, z), x, y)

x = rng.integers(0, 5, (8, 6)).astype(np.float32)
x[0] = [0, 1, 2, 3, 4, 0]
y = 6 * rng.random((8, 2), dtype=np.float32) - 3
source = L.Input((6,))
z = L.Embedding(5, 4, embeddings_initializer="normal", embeddings_constraint=C.UnitNorm(axis=1))(source)
z = L.MultiHeadAttention(2, 3, kernel_constraint=C.MaxNorm(0.6), bias_constraint=C.NonNeg(), bias_initializer="ones")(z, z)
z = L.LayerNormalization(gamma_constraint=C.MinMaxNorm(1.0, 1.5), beta_constraint="non_neg", beta_initializer="ones")(z)
kinds = {"kernel_constraint": C.MaxNorm(0.7), "recurrent_constraint": C.UnitNorm(), "bias_initializer": "ones"}
z = L.SimpleRNN(3, return_sequences=True, bias_constraint=C.NonNeg(), **kinds)(z)
z = L.Bidirectional(L.GRU(2, return_sequences=True, bias_constraint=C.MaxNorm(1.2, axis=1), **kinds))(z)
z = L.LSTM(3, bias_constraint=C.MinMaxNorm(1.5, 2.0), **kinds)(z)
z = L.Dense(2)(z)
write("held_sequences", keras.Model(source, z), x, y)
