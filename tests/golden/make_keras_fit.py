"""Makes keras-fit.json with the real Keras: fits with weights for classes and samples, short epochs and rare validation,
and what callbacks do on scripted scores.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python make_keras_fit.py
"""
import json, os, tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import keras
from keras import callbacks, layers, optimizers

HERE = os.path.dirname(os.path.abspath(__file__))


def wave(shape, frequency, amplitude):
    """amplitude * sin(frequency * (i + 1)), i counting all elements, in f64, then f32."""
    i = np.arange(1, int(np.prod(shape)) + 1, dtype=np.float64)
    return (amplitude * np.sin(frequency * i)).reshape(shape).astype("float32")


def one_hot(rows, classes):
    """Class (7 i + i // 3) % classes of row i."""
    i = np.arange(rows)
    return np.eye(classes, dtype="float32")[(7 * i + i // 3) % classes]


def start(optimizer, last=("softmax", 3), loss="categorical_crossentropy"):
    model = keras.Sequential(
        [layers.Input((25,)), layers.Dense(8, activation="relu"), layers.Dense(last[1], activation=last[0])]
    )
    for n, w in enumerate(model.weights):
        fan = w.shape[0] if len(w.shape) == 2 else 4
        w.assign(wave(w.shape, 0.7 + 0.1 * n, 1.0 / np.sqrt(fan)))
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    return model


def fit(model=None, y=None, **arguments):
    model = model or start(optimizers.Adam(0.01))
    x, y = wave((64, 25), 0.37, 1.0), one_hot(64, 3) if y is None else y
    history = model.fit(x, y, batch_size=16, shuffle=False, verbose=0, **arguments)
    weights = [float(np.abs(w.numpy()).sum()) for w in model.weights]
    return {"history": {k: [float(v) for v in vs] for k, vs in history.history.items()}, "weights": weights}


def scripted(callback, values, name="val_loss", optimizer=None):
    """Calls a callback with scripted scores, and returns what it does after each epoch."""
    model = start(optimizer or optimizers.SGD(0.1))
    model.train_on_batch(wave((16, 25), 0.37, 1.0), one_hot(16, 3))
    callback.set_model(model)
    model.stop_training = False
    callback.on_train_begin()
    rates, stopped = [], None
    for epoch, value in enumerate(values):
        # The epoch is written into the weights, so that restored weights show their epoch.
        model.layers[0].bias.assign(np.full(8, epoch, "float32"))
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, {"loss": 1.0, name: value})
        rates.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
        if model.stop_training:
            stopped = epoch
            break
    callback.on_train_end()
    return {"rates": rates, "stopped": stopped, "weights_of": float(model.layers[0].bias.numpy()[0])}


def main():
    two = (np.arange(64)[:, None] % 3 == 0).astype("float32")
    binary = lambda: start(optimizers.RMSprop(0.01), ("sigmoid", 1), "binary_crossentropy")
    fits = {
        "class_weight": fit(epochs=4, class_weight={0: 1.0, 1: 3.0}, validation_split=0.25),
        "class_weight_single_output": fit(binary(), two, epochs=4, class_weight={0: 0.5, 1: 2.5}),
        "sample_weight": fit(epochs=4, sample_weight=1.0 + wave((64,), 0.9, 0.8), validation_split=0.25),
        "short_epochs": fit(epochs=5, steps_per_epoch=3),
        "rare_validation": fit(epochs=5, validation_split=0.25, validation_freq=2),
        "plateau": fit(epochs=6, validation_split=0.25,
                       callbacks=[callbacks.ReduceLROnPlateau(min_delta=10.0, patience=2, factor=0.5)]),
        "scheduler": fit(epochs=4, callbacks=[callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch else rate)]),
    }

    es, plateau = callbacks.EarlyStopping, callbacks.ReduceLROnPlateau
    down = [5.0, 4.0, 3.5, 3.6, 3.45, 3.7, 3.44, 3.8, 3.9, 4.0, 3.0, 4.0, 4.0, 4.0, 4.0]
    up = [0.1, 0.3, 0.2, 0.31, 0.30, 0.305, 0.29, 0.5, 0.4, 0.4, 0.4, 0.4]
    traces = {
        "es_default": scripted(es(), down),
        "es_patience": scripted(es(patience=3, restore_best_weights=True), down),
        "es_min_delta": scripted(es(patience=3, min_delta=0.25, restore_best_weights=True), down),
        "es_baseline": scripted(es(patience=3, baseline=2.0, restore_best_weights=True), down),
        "es_start_from": scripted(es(patience=2, start_from_epoch=5, restore_best_weights=True), down),
        "es_up": scripted(es(monitor="accuracy", patience=3, restore_best_weights=True), up, "accuracy"),
        "es_mode_min": scripted(es(monitor="accuracy", mode="min", patience=2, restore_best_weights=True), up, "accuracy"),
        "es_nan": scripted(es(patience=2), [5.0, float("nan"), 4.0, float("nan"), float("nan"), 3.0]),
        "es_no_end": scripted(es(patience=20, restore_best_weights=True), down),
        "plateau_default": scripted(plateau(patience=2), down),
        "plateau_cooldown": scripted(plateau(patience=1, factor=0.5, cooldown=2, min_delta=0.1), down),
        "plateau_min_lr": scripted(plateau(patience=1, factor=0.3, min_lr=0.02), down),
        "plateau_up": scripted(plateau(monitor="accuracy", patience=2, factor=0.2), up, "accuracy"),
        "scheduler": scripted(callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9), down),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log.csv")
        fit(epochs=3, validation_split=0.25, validation_freq=2, callbacks=[callbacks.CSVLogger(path, separator=";")])
        with open(path) as f:
            csv = f.read().split("\n")
    with open(os.path.join(HERE, "keras-fit.json"), "w") as f:
        text = {"keras": keras.__version__, "down": down, "up": up, "fits": fits, "traces": traces, "csv": csv}
        json.dump(text, f, indent=1)


if __name__ == "__main__":
    main()
