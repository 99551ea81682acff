"""Writes tests/golden/keras_files: models and weights saved by the real Keras, small, with what they predict.

Made with Keras 3.15.1 (JAX backend) and, for the files named keras2, with tf_keras 2.21.0, the last Keras 2:

    KERAS_BACKEND=jax python tests/golden/make_keras_files.py
    python tests/golden/make_keras_files.py keras2
"""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).parent / "keras_files"
HERE.mkdir(exist_ok=True)
OLD = sys.argv[1:] == ["keras2"]
os.environ["TF_USE_LEGACY_KERAS" if OLD else "KERAS_BACKEND"] = "1" if OLD else "jax"

import numpy as np

if OLD:
    import tf_keras as keras
else:
    import keras
L = keras.layers
rng = np.random.default_rng(11)


def save(name, model, x, **more):
    """What the model predicts for x, beside its file."""
    np.savez(HERE / f"{name}.npz", x=x, y=np.asarray(model.predict(x, verbose=0)), **more)


def pictures():
    return rng.random((3, 8, 8, 2), dtype=np.float32)


def train_some(model, x, y, epochs=2):
    model.fit(x, y, epochs=epochs, batch_size=len(x), shuffle=False, verbose=0)


def keras3():
    keras.utils.set_random_seed(3)
    cnn = keras.Sequential([
        L.Input((8, 8, 2)),
        L.Rescaling(2.0, offset=-1.0),
        L.RandomFlip("horizontal"),
        L.RandomRotation(0.1),
        L.Conv2D(3, 3, padding="same", activation="relu"),
        L.BatchNormalization(),
        L.MaxPooling2D(),
        L.Dropout(0.3),
        L.Conv2D(4, (2, 3), strides=(1, 2), use_bias=False),
        L.LeakyReLU(0.15),
        L.Flatten(),
        L.Dense(5, activation=L.LeakyReLU(0.3), kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02)),
        L.Dense(2, activation="softmax", kernel_initializer="he_normal"),
    ], name="cnn")
    cnn.compile(keras.optimizers.RMSprop(0.003, momentum=0.9, centered=True),
                keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
                metrics=["accuracy", keras.metrics.F1Score(average="weighted")])
    x = pictures()
    train_some(cnn, x, np.eye(2, dtype=np.float32)[[0, 1, 0]])
    cnn.save(HERE / "cnn.keras")
    save("cnn", cnn, x)

    # Training continues from the saved state: the weights after two more steps.
    mlp = keras.Sequential([L.Input((4,)), L.Dense(5, activation="tanh"), L.Dense(3, activation="softmax")])
    mlp.compile(keras.optimizers.Nadam(0.01), "categorical_crossentropy", metrics=["accuracy"])
    x = rng.random((6, 4), dtype=np.float32)
    y = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    train_some(mlp, x, y, 3)
    mlp.save(HERE / "mlp.keras")
    mlp.save(HERE / "mlp.h5")
    mlp.save_weights(HERE / "mlp.weights.h5")
    predicted = np.asarray(mlp.predict(x, verbose=0))
    train_some(mlp, x, y, 2)
    later = {f"later_{i}": w for i, w in enumerate(mlp.get_weights())}
    np.savez(HERE / "mlp.npz", x=x, y=predicted, targets=y, **later)

    words = keras.Sequential([
        L.Input((9,)),
        L.Embedding(12, 4),
        L.SpatialDropout1D(0.2),
        L.Conv1D(5, 3, padding="causal", activation="relu"),
        L.LayerNormalization(),
        L.Bidirectional(L.LSTM(3, return_sequences=True, dropout=0.1, recurrent_dropout=0.2)),
        L.TimeDistributed(L.Dense(4, activation="tanh")),
        L.PReLU("random_normal"),
        L.Bidirectional(L.GRU(3), merge_mode="sum"),
        L.RepeatVector(4),
        L.SimpleRNN(3),
        L.Dense(2, activation="softmax"),
    ], name="words")
    words.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy")
    x = rng.integers(0, 12, (3, 9)).astype(np.float32)
    train_some(words, x, np.eye(2, dtype=np.float32)[[0, 1, 0]])
    words.save(HERE / "words.keras")
    save("words", words, x)

    # A functional model of a chain, with models within it.
    prepare = keras.Sequential([L.Input((8, 8, 2)), L.RandomFlip(), L.Conv2D(2, 3)], name="prepare")
    inner_in = L.Input((6, 6, 2))
    hidden = L.BatchNormalization()(L.Conv2D(3, 3)(inner_in))
    inner = keras.Model(inner_in, L.GlobalAveragePooling2D()(hidden), name="inner")
    source = L.Input((8, 8, 2))
    chain = keras.Model(source, L.Dense(1, activation="sigmoid")(inner(prepare(source))))
    chain.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    x = pictures()
    train_some(chain, x, np.array([[0.0], [1.0], [1.0]], dtype=np.float32))
    chain.save(HERE / "chain.keras")
    chain.save(HERE / "chain.h5")
    save("chain", chain, x)

    # Files that cannot be read, or not completely.
    source = L.Input((4,))
    a, b = L.Dense(3, name="left")(source), L.Dense(3, name="right")(source)
    branches = keras.Model(source, L.Dense(1)(L.Add(name="join")([a, b])))
    branches.compile("sgd", "mse")
    branches.save(HERE / "branches.keras")
    code = keras.Sequential([L.Input((4,)), L.Lambda(lambda v: v * 2, name="double"), L.Dense(1)])
    code.compile("sgd", "mse")
    code.save(HERE / "lambda.keras")
    unknown = keras.Sequential([L.Input((4, 5, 2)), L.ConvLSTM1D(3, 2), L.Flatten(), L.Dense(1)])
    unknown.compile("sgd", "mse")
    unknown.save(HERE / "unknown.keras")
    plain = keras.Sequential([L.Input((4,)), L.Dense(3)])
    plain.save(HERE / "uncompiled.keras")


def keras2():
    keras.utils.set_random_seed(4)
    model = keras.Sequential([
        L.Conv2D(3, 3, activation="relu", input_shape=(8, 8, 2)),
        L.BatchNormalization(),
        L.Flatten(),
        L.Dropout(0.2),
        L.Dense(2, activation="softmax"),
    ])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    x = pictures()
    y = np.eye(2, dtype=np.float32)[[0, 1, 0]]
    train_some(model, x, y)
    model.save(HERE / "keras2.h5")
    model.save(HERE / "keras2.keras")
    model.save_weights(HERE / "keras2-weights.h5")
    predicted = model.predict(x, verbose=0)
    # Dropout draws random numbers in each step, so that later weights cannot be compared.
    np.savez(HERE / "keras2.npz", x=x, y=predicted)


keras2() if OLD else keras3()
