"""Makes keras-training.json and keras-summaries.json with the real Keras: losses of models step by step, from weights
and data that both sides compute by the same formulas.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python make_keras_training.py
"""
import json, os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import keras
from keras import layers, losses, optimizers, regularizers

HERE = os.path.dirname(os.path.abspath(__file__))


def wave(shape, frequency, amplitude):
    """amplitude * sin(frequency * (i + 1)), i counting all elements, in f64, then f32."""
    i = np.arange(1, int(np.prod(shape)) + 1, dtype=np.float64)
    return (amplitude * np.sin(frequency * i)).reshape(shape).astype("float32")


def one_hot(rows, classes):
    """Class (7 i + i // 3) % classes of row i."""
    i = np.arange(rows)
    return np.eye(classes, dtype="float32")[(7 * i + i // 3) % classes]


def mlp(inputs, hidden, outputs, activation="relu", last="softmax", **dense):
    model = keras.Sequential([layers.Input((inputs,))])
    for units in hidden:
        model.add(layers.Dense(units, activation=activation, **dense))
    model.add(layers.Dense(outputs, activation=last))
    return model


def run(model, optimizer, loss, y, inputs, rows=64, batch=16, steps=50):
    for n, w in enumerate(model.weights):
        fan = w.shape[0] if len(w.shape) == 2 else 4
        w.assign(wave(w.shape, 0.7 + 0.1 * n, 1.0 / np.sqrt(fan)))
    x = wave((rows, inputs), 0.37, 1.0)
    model.compile(optimizer=optimizer, loss=loss)
    values = []
    for step in range(steps):
        at = (step * batch) % rows
        model.reset_metrics()
        values.append(float(model.train_on_batch(x[at : at + batch], y[at : at + batch])))
    return {"losses": values, "weights": [float(np.abs(w.numpy()).sum()) for w in model.weights]}


def main():
    two = np.where(np.arange(64)[:, None] % 3 == 0, 1.0, -1.0).astype("float32")
    cases = {
        "sleep_adam": run(mlp(25, [8, 8], 3), optimizers.Adam(0.01), "categorical_crossentropy", one_hot(64, 3), 25),
        "sleep_sgd": run(mlp(25, [8], 3), optimizers.SGD(0.001, momentum=0.99), "categorical_crossentropy", one_hot(64, 3), 25),
        "awake_mse": run(mlp(25, [4], 1, "tanh", "tanh"), optimizers.SGD(0.01, momentum=0.9), "mse", two, 25),
        "binary_rmsprop": run(mlp(25, [8], 1, "sigmoid", "sigmoid"), optimizers.RMSprop(0.01), "binary_crossentropy", (two + 1) / 2, 25),
        "penalties": run(
            mlp(25, [8], 3, kernel_regularizer=regularizers.L1L2(0.001, 0.01)), optimizers.RMSprop(0.01, rho=0.99),
            losses.CategoricalCrossentropy(label_smoothing=0.1), one_hot(64, 3), 25,
        ),
    }
    with open(os.path.join(HERE, "keras-training.json"), "w") as f:
        json.dump({"keras": keras.__version__, "backend": keras.backend.backend(), "cases": cases}, f, indent=1)

    summaries = {}
    for name, build in {
        "sleep": lambda: mlp(25, [8, 8], 3),
        "mnist_dropout": lambda: keras.Sequential([
            layers.Input((784,)), layers.Dense(128, activation="relu"), layers.Dropout(0.3),
            layers.Dense(256, activation="relu"), layers.Dropout(0.3), layers.Dense(10), layers.Activation("softmax"),
        ]),
    }.items():
        keras.backend.clear_session()
        model = build()
        for kind in ("plain", "fitted"):
            lines = []
            if kind == "fitted":
                model.compile(optimizer="adam", loss="categorical_crossentropy")
                inputs, outputs = model.input_shape[1], model.output_shape[1]
                model.train_on_batch(np.zeros((2, inputs), "float32"), one_hot(2, outputs))
            model.summary(print_fn=lambda line, **_: lines.append(line))
            summaries[f"{name}_{kind}"] = "\n".join(lines)
    with open(os.path.join(HERE, "keras-summaries.json"), "w") as f:
        json.dump(summaries, f, indent=1, ensure_ascii=False)


main()
