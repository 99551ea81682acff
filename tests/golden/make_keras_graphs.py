"""Makes keras-graphs.json with the real Keras: names, summary, configuration, predictions, losses and weights of functional
models over 30 steps, from weights and data that both sides compute by the same formulas; and a graph in
Keras' files.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python make_keras_graphs.py
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
from keras import layers, losses, optimizers, regularizers

HERE = os.path.dirname(os.path.abspath(__file__))


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


def residual():
    """A skip connection, and one around it."""
    x = keras.Input((8, 8, 2))
    a = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    # The gradient of a bias before a normalization is only rounding, which Adam turns into steps.
    b = layers.Conv2D(4, 3, padding="same", use_bias=False, kernel_regularizer=regularizers.L2(0.01))(a)
    b = layers.BatchNormalization(momentum=0.9)(b)
    c = layers.Add()([a, b])
    c = layers.Activation("relu")(c)
    d = layers.Conv2D(4, 1, activity_regularizer=regularizers.L2(0.001))(c)
    e = layers.Add()([c, d, a])
    pooled = layers.GlobalAveragePooling2D()(e)
    out = layers.Dense(3, activation="softmax")(pooled)
    return keras.Model(x, out), optimizers.Adam(0.003)


def inception():
    """Branches of different depths side by side, and a weight for each channel."""
    x = keras.Input((8, 8, 2))
    a = layers.Conv2D(3, 1, activation="relu")(x)
    b = layers.Conv2D(2, 1)(x)
    b = layers.Conv2D(4, 3, padding="same", activation="relu")(b)
    c = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    all_of = layers.Concatenate()([a, b, c])
    gate = layers.GlobalAveragePooling2D()(all_of)
    gate = layers.Dense(9, activation="sigmoid")(gate)
    gate = layers.Reshape((1, 1, 9))(gate)
    gated = layers.Multiply()([all_of, gate])
    rows = layers.Concatenate(axis=1)([gated, all_of])
    flat = layers.Flatten()(layers.AveragePooling2D(4)(rows))
    out = layers.Dense(3, activation="softmax")(flat)
    return keras.Model(x, out), optimizers.RMSprop(0.001)


def merges():
    """Every merge."""
    x = keras.Input((6,))
    a = layers.Dense(4, activation="tanh")(x)
    b = layers.Dense(4, activation="sigmoid")(x)
    c = layers.Dense(4)(a)
    both = layers.Average()([a, b, c])
    high = layers.Maximum()([a, b, c])
    low = layers.Minimum()([b, c])
    gap = layers.Subtract()([high, low])
    product = layers.Multiply()([a, b, c])
    total = layers.Add()([gap, both])
    all_of = layers.Concatenate()([total, product, x])
    out = layers.Dense(3, activation="softmax")(all_of)
    return keras.Model(x, out), optimizers.SGD(0.1, momentum=0.9)


def chain():
    """Nothing branches."""
    x = keras.Input((6,))
    hidden = layers.Dense(4, activation="relu")(x)
    out = layers.Dense(3, activation="softmax")(hidden)
    return keras.Model(x, out), optimizers.Adam(0.01)


def numbers(array):
    return [float(f"{v:.9g}") for v in np.asarray(array, "float64").ravel()]


def run(build, rows=32, batch=8, steps=30):
    keras.utils.clear_session()
    model, optimizer = build()
    set_weights(model)
    shape, classes = model.input_shape[1:], model.output_shape[1]
    x, y = wave((rows, *shape), 0.37, 1.0), one_hot(rows, classes)
    model.compile(optimizer=optimizer, loss=losses.CategoricalCrossentropy())
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        model.summary()
    case = {
        "layers": [layer.name for layer in model.layers], "weights": [w.path for w in model.weights],
        "summary": text.getvalue(), "config": json.loads(model.to_json())["config"],
        "predicted": numbers(model.predict(x[:4], verbose=0)),
    }
    values = []
    for step in range(steps):
        at = (step * batch) % rows
        model.reset_metrics()
        values.append(float(model.train_on_batch(x[at : at + batch], y[at : at + batch])))
    case["losses"] = values
    case["evaluated"] = float(model.evaluate(x, y, batch_size=batch, verbose=0))
    case["after"] = [numbers(w.numpy()) for w in model.weights]
    return case


def file():
    """A graph in Keras' files, with named layers and models within it; what it predicts, and its weights two steps later."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(5)
    part_in = keras.Input((8, 8, 2))
    wide = layers.Conv2D(3, 3, padding="same", name="wide")(part_in)
    narrow = layers.Conv2D(3, 1, name="narrow")(part_in)
    part = keras.Model(part_in, layers.Maximum()([wide, narrow]), name="part")
    head = keras.Sequential([layers.Input((8, 8, 3)), layers.BatchNormalization(), layers.GlobalAveragePooling2D()], name="head")
    x = keras.Input((8, 8, 2), name="pictures")
    a = part(x)
    b = layers.Conv2D(3, 3, padding="same", activation="relu", name="second")(a)
    c = layers.Add(name="skip")([a, b])
    pooled = head(c)
    gate = layers.Dense(3, activation="sigmoid", name="gate")(pooled)
    gated = layers.Multiply()([pooled, gate])
    out = layers.Dense(2, activation="softmax", name="out")(layers.Concatenate()([gated, pooled]))
    model = keras.Model(x, out)
    model.compile(optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
    pictures, y = wave((6, 8, 8, 2), 0.37, 1.0), one_hot(6, 2)

    def train(steps):
        for _ in range(steps):
            model.train_on_batch(pictures, y)

    train(2)
    folder = os.path.join(HERE, "keras_files")
    model.save(os.path.join(folder, "graph.keras"))
    model.save(os.path.join(folder, "graph.h5"))
    arrays = {"x": pictures, "y": model.predict(pictures, verbose=0), "targets": y}
    train(2)
    arrays["later"] = model.predict(pictures, verbose=0)
    np.savez(os.path.join(folder, "graph.npz"), **arrays)


def several():
    """Two inputs and two outputs, with a loss each: what a fit logs, and the model in a file."""
    keras.utils.clear_session()
    picture, table = keras.Input((6, 6, 1), name="picture"), keras.Input((4,), name="table")
    seen = layers.Conv2D(3, 3, activation="relu")(picture)
    seen = layers.GlobalAveragePooling2D()(seen)
    both = layers.Concatenate()([seen, table])
    hidden = layers.Dense(6, activation="tanh")(both)
    kind = layers.Dense(3, activation="softmax", name="kind")(hidden)
    price = layers.Dense(1, name="price")(layers.Concatenate()([kind, table]))
    model = keras.Model([picture, table], [price, kind])
    set_weights(model)
    model.compile(
        optimizers.SGD(0.05, momentum=0.9), {"price": "mse", "kind": "categorical_crossentropy"},
        loss_weights={"price": 1.0, "kind": 0.5}, metrics={"price": ["mae"], "kind": ["accuracy"]})
    x = [wave((32, 6, 6, 1), 0.37, 1.0), wave((32, 4), 0.53, 1.0)]
    y = [wave((32, 1), 0.71, 1.0), one_hot(32, 3)]
    case = {
        "weights": [w.path for w in model.weights],
        "predicted": [numbers(p) for p in model.predict([v[:4] for v in x], verbose=0)],
        "history": model.fit(x, y, epochs=4, batch_size=8, shuffle=False, validation_split=0.25, verbose=0).history,
        "after": [numbers(w.numpy()) for w in model.weights],
        "evaluated": model.evaluate(x, y, batch_size=8, verbose=0, return_dict=True),
    }
    model.save(os.path.join(HERE, "keras_files", "several.keras"))
    return case


cases = {"several": several()}
cases |= {build.__name__: run(build) for build in (residual, inception, merges, chain)}
with open(os.path.join(HERE, "keras-graphs.json"), "w") as f:
    head = {"keras": keras.__version__, "backend": keras.backend.backend()}
    rows = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in cases.items())
    f.write(json.dumps(head)[:-1] + ', "cases": {\n' + rows + "\n}}\n")
file()
