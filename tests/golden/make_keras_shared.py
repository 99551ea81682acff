"""Makes keras-shared.json with the real Keras: graphs with shared layers, attention of one sequence to another and dot products.
For each its names, summary, configuration and predictions, and losses and weights over 20 steps, from weights and data that both
sides compute by the same formulas; and a siamese model in Keras' files, whose shared part is a model.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python make_keras_shared.py
"""

import contextlib
import io
import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["COLUMNS"] = "80"

import keras
import numpy as np
from keras import layers, losses, optimizers

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS, BATCH, STEPS = 32, 8, 20


def wave(shape, frequency, amplitude):
    """amplitude * sin(frequency * (i + 1)), i counting all elements, in f64, then f32."""
    i = np.arange(1, int(np.prod(shape)) + 1, dtype=np.float64)
    return (amplitude * np.sin(frequency * i)).reshape(shape).astype("float32")


def one_hot(rows, classes):
    y = np.zeros((rows, classes), "float32")
    for i in range(rows):
        y[i, (7 * i + i // 3) % classes] = 1.0
    return y


def set_weights(model):
    for n, w in enumerate(model.weights):
        fan = int(np.prod(w.shape[:-1])) if len(w.shape) > 1 else 4
        value = wave(w.shape, 0.7 + 0.1 * n, 1.0 / np.sqrt(fan))
        w.assign(np.abs(value) + 0.5 if "variance" in w.path else value)


def siamese():
    """Two inputs by the same layers, one of which counts its batches, and their difference and cosine."""
    a, b = keras.Input((5,)), keras.Input((5,))
    hidden, normal, last = layers.Dense(6, activation="tanh"), layers.BatchNormalization(momentum=0.8), layers.Dense(3)
    left, right = last(normal(hidden(a))), last(normal(hidden(b)))
    gap = layers.Subtract()([left, right])
    near = layers.Dot(axes=1, normalize=True)([left, right])
    out = layers.Dense(3, activation="softmax")(layers.Concatenate()([gap, near, left]))
    return keras.Model([a, b], out)


def again():
    """A layer on its own output, and on that of another branch."""
    x = keras.Input((6,))
    same = layers.Dense(6, activation="tanh", name="same")
    other = layers.Dense(6)(x)
    once = same(x)
    twice = same(once)
    third = same(other)
    out = layers.Dense(3, activation="softmax")(layers.Add()([twice, third, once]))
    return keras.Model(x, out)


def cross():
    """A sequence that attends to the unmasked steps of another one, also by separate keys; and back."""
    a, b = keras.Input((5, 4)), keras.Input((7, 3))

    # A mask for each use: Keras' attention removes the masks of the sequences that it is given.
    def masked(x):
        return layers.Masking()(x)

    seen = layers.MultiHeadAttention(2, 3, value_dim=2)(masked(a), masked(b))
    key = layers.Dense(5)(masked(b))
    sought = layers.MultiHeadAttention(1, 4)(seen, masked(b), key)
    back = layers.MultiHeadAttention(2, 2, use_bias=False)(masked(b), masked(a), use_causal_mask=True)
    pooled = layers.Concatenate()([layers.GlobalAveragePooling1D()(sought), layers.GlobalAveragePooling1D()(back)])
    return keras.Model([a, b], layers.Dense(3, activation="softmax")(pooled))


def dots():
    """Dot products along every pair of axes."""
    a, b, c = keras.Input((4, 3)), keras.Input((5, 3)), keras.Input((4,))
    scores = layers.Dot(axes=2)([a, b])
    found = layers.Dot(axes=(2, 1), normalize=True)([scores, b])
    turned = layers.Dot(axes=(1, 1))([a, c])
    steps = layers.Dot(axes=(1, 1), normalize=True)([c, found])
    all_of = layers.Concatenate()([layers.Flatten()(layers.Dense(2)(found)), turned, steps])
    return keras.Model([a, b, c], layers.Dense(3, activation="softmax")(all_of))


def numbers(array):
    return [float(f"{v:.9g}") for v in np.asarray(array, "float64").ravel()]


def samples(model):
    """The inputs of a sample one after the other; in each sequence some steps are 0."""
    shapes = [tuple(x.shape[1:]) for x in model.inputs]
    sizes = [int(np.prod(shape)) for shape in shapes]
    parts = np.split(wave((ROWS, sum(sizes)), 0.37, 1.0), np.cumsum(sizes)[:-1], axis=1)
    parts = [part.reshape(ROWS, *shape).copy() for part, shape in zip(parts, shapes)]
    if any("masking" in layer.name for layer in model.layers):
        for part in parts:
            row, step = np.meshgrid(np.arange(ROWS), np.arange(part.shape[1]), indexing="ij")
            part[(row + 2 * step) % 5 == 0] = 0
    return parts


def run(build):
    keras.utils.clear_session()
    model = build()
    set_weights(model)
    x, y = samples(model), one_hot(ROWS, 3)
    model.compile(optimizer=optimizers.SGD(0.1, momentum=0.9), loss=losses.CategoricalCrossentropy())
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        model.summary()
    case = {
        "layers": [layer.name for layer in model.layers], "weights": [w.path for w in model.weights],
        "summary": text.getvalue(), "config": json.loads(model.to_json())["config"],
        "predicted": numbers(model.predict([part[:4] for part in x], verbose=0)),
    }
    values = []
    for step in range(STEPS):
        at = slice((step * BATCH) % ROWS, (step * BATCH) % ROWS + BATCH)
        model.reset_metrics()
        values.append(float(model.train_on_batch([part[at] for part in x], y[at])))
    case["losses"] = values
    case["evaluated"] = float(model.evaluate(x, y, batch_size=BATCH, verbose=0))
    case["after"] = [numbers(w.numpy()) for w in model.weights]
    return case


def file():
    """A siamese model whose shared part is a model with a shared layer of its own."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(5)
    seen = keras.Input((6, 6, 1))
    same = layers.Conv2D(3, 3, padding="same", activation="relu", name="same")
    wide = layers.Conv2D(1, 1, name="narrow")(same(seen))
    eye = keras.Model(seen, layers.Flatten()(layers.Add()([same(wide), wide])), name="eye")
    head = keras.Sequential([layers.Input((108,)), layers.BatchNormalization(), layers.Dense(4)], name="head")
    left, right = keras.Input((6, 6, 1), name="left"), keras.Input((6, 6, 1), name="right")
    one, other = head(eye(left)), head(eye(right))
    near = layers.Dot(axes=-1, normalize=True, name="near")([one, other])
    out = layers.Dense(2, activation="softmax", name="out")(layers.Concatenate()([near, one]))
    model = keras.Model([left, right], out)
    model.compile(optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
    x, y = [wave((6, 6, 6, 1), 0.37, 1.0), wave((6, 6, 6, 1), 0.53, 1.0)], one_hot(6, 2)
    for _ in range(2):
        model.train_on_batch(x, y)
    folder = os.path.join(HERE, "keras_files")
    model.save(os.path.join(folder, "shared.keras"))
    model.save(os.path.join(folder, "shared.h5"))
    arrays = {"left": x[0], "right": x[1], "y": model.predict(x, verbose=0), "targets": y}
    for _ in range(2):
        model.train_on_batch(x, y)
    arrays["later"] = model.predict(x, verbose=0)
    np.savez(os.path.join(folder, "shared.npz"), **arrays)


if __name__ == "__main__":
    cases = {build.__name__: run(build) for build in (siamese, again, cross, dots)}
    with open(os.path.join(HERE, "keras-shared.json"), "w") as f:
        head = {"keras": keras.__version__, "backend": keras.backend.backend()}
        rows = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in cases.items())
        f.write(json.dumps(head)[:-1] + ', "cases": {\n' + rows + "\n}}\n")
    file()
