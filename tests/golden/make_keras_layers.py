"""Makes keras-layers.json and keras-cnns.json with the real Keras: outputs and gradients of single layers, and losses of whole
networks step by step, from weights and data that both sides compute by the same formulas.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python make_keras_layers.py
"""
import json, os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import keras
import tensorflow as tf
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


def numbers(array):
    return [float(f"{v:.8g}") for v in np.asarray(array).reshape(-1)]


def set_weights(model):
    for n, w in enumerate(model.weights):
        fan = int(np.prod(w.shape[:-1])) if len(w.shape) > 1 else 4
        w.assign(wave(w.shape, 0.7 + 0.1 * n, 1.0 / np.sqrt(fan)))
        if "variance" in w.name:
            w.assign(np.abs(w.numpy()) + 0.5)


def layer_case(layer, shape, rows=2, training=True):
    """Output, and gradients of sum(output * wave) by the input and the trainable weights."""
    model = keras.Sequential([layers.Input(shape), layer])
    set_weights(model)
    x = tf.Variable(wave((rows, *shape), 0.37, 1.0))
    with tf.GradientTape() as tape:
        y = model(x, training=training)
        value = tf.reduce_sum(y * wave(y.shape, 0.53, 1.0)) + sum(model.losses)
    by = tape.gradient(value, [x] + [w.value for w in model.trainable_weights])
    return {
        "input": list(shape), "rows": rows, "output": list(y.shape[1:]), "y": numbers(y),
        "penalty": float(sum(model.losses)), "dx": numbers(by[0]), "gradients": [numbers(g) for g in by[1:]],
        "frozen": [numbers(w) for w in model.non_trainable_weights],
    }


def all_layers():
    cases = {}
    for padding in ("valid", "same"):
        for kernel in ((3, 3), (2, 2), (1, 4)):
            for strides, dilation in ((1, 1), (2, 1), ((1, 3), 1), (1, 2), (1, (2, 1))):
                name = f"conv {padding} {kernel} {strides} {dilation}"
                layer = layers.Conv2D(3, kernel, strides=strides, padding=padding, dilation_rate=dilation, activation="tanh")
                cases[name] = layer_case(layer, (6, 7, 2))
        for size in ((2, 2), (3, 2)):
            for strides in (None, 1, (3, 2)):
                for kind in ("Max", "Average"):
                    layer = getattr(layers, kind + "Pooling2D")(size, strides=strides, padding=padding)
                    cases[f"{kind} {padding} {size} {strides}"] = layer_case(layer, (5, 7, 3))
    for filters in (4, 8, 16, 20):
        cases[f"conv filters {filters}"] = layer_case(layers.Conv2D(filters, 3, padding="same", activation="relu"), (5, 6, 3))
    for activation in ("linear", "elu", "gelu", "silu", "softmax", "softplus"):
        cases[f"conv {activation}"] = layer_case(layers.Conv2D(3, 2, activation=activation), (4, 4, 2))
    cases["conv no bias"] = layer_case(layers.Conv2D(3, 2, use_bias=False), (4, 4, 2))
    penalties = dict(kernel_regularizer=regularizers.L1L2(0.1, 0.2), activity_regularizer=regularizers.L1L2(0.3, 0.1))
    cases["conv penalties"] = layer_case(layers.Conv2D(3, 2, activation="tanh", **penalties), (4, 4, 2), rows=3)
    cases["dense penalties"] = layer_case(layers.Dense(3, activation="tanh", **penalties), (5,), rows=3)
    cases["global average"] = layer_case(layers.GlobalAveragePooling2D(), (4, 5, 3))
    cases["global average keepdims"] = layer_case(layers.GlobalAveragePooling2D(keepdims=True), (4, 5, 3))
    cases["global max"] = layer_case(layers.GlobalMaxPooling2D(), (4, 5, 3))
    cases["flatten"] = layer_case(layers.Flatten(), (2, 3, 2))
    cases["reshape"] = layer_case(layers.Reshape((3, -1)), (2, 3, 2))
    cases["rescaling"] = layer_case(layers.Rescaling(1 / 127.5, offset=-1.0), (2, 3, 2))
    cases["unit normalization"] = layer_case(layers.UnitNormalization(), (2, 3, 4))
    cases["rms normalization"] = layer_case(layers.RMSNormalization(), (2, 3, 4))
    cases["rms normalization flat"] = layer_case(layers.RMSNormalization(epsilon=0.01), (5,), rows=3)
    for training in (True, False):
        mode = "training" if training else "predicting"
        cases[f"batch normalization {mode}"] = layer_case(layers.BatchNormalization(), (3, 4, 3), 4, training)
        cases[f"batch normalization flat {mode}"] = layer_case(layers.BatchNormalization(momentum=0.9, epsilon=0.01), (11,), 6, training)
        cases[f"batch normalization bare {mode}"] = layer_case(layers.BatchNormalization(center=False, scale=False), (2, 2, 2), 3, training)
    return cases


def run(model, shape, optimizer, loss, classes, rows=64, batch=16, steps=50):
    set_weights(model)
    x = wave((rows, *shape), 0.37, 1.0)
    y = one_hot(rows, classes)
    model.compile(optimizer=optimizer, loss=loss)
    values = []
    for step in range(steps):
        at = (step * batch) % rows
        model.reset_metrics()
        values.append(float(model.train_on_batch(x[at : at + batch], y[at : at + batch])))
    return {
        "losses": values, "evaluated": float(model.evaluate(x, y, batch_size=batch, verbose=0)),
        "weights": [float(np.abs(w.numpy()).sum()) for w in model.weights],
    }


def networks():
    relu, same = dict(activation="relu"), dict(padding="same", activation="relu")
    grey = (28, 28, 1)
    build = {
        # With a rate of 0.001 Keras itself in f64 is 8e-4 away from Keras in f32 by step 36, with this one 1e-7.
        "digits_cnn": (grey, 10, optimizers.Adam(0.0003), [
            layers.Conv2D(8, 3, **same), layers.MaxPooling2D(2), layers.Conv2D(16, 3, **same), layers.MaxPooling2D(2),
            layers.Flatten(), layers.Dense(200, **relu), layers.Dense(10, activation="softmax")]),
        "two_or_seven_cnn": (grey, 2, optimizers.RMSprop(0.001), [
            layers.Conv2D(4, 3, **relu), layers.Conv2D(8, 3, **relu), layers.MaxPooling2D(2),
            layers.Flatten(), layers.Dense(16, **relu), layers.Dense(2, activation="softmax")]),
        "digits_mlp": ((784,), 10, optimizers.RMSprop(0.001), [
            layers.Dense(128, **relu), layers.Dense(256, **relu), layers.Dense(10, activation="softmax")]),
        "normalized_cnn": ((12, 12, 2), 3, optimizers.AdamW(0.003, weight_decay=0.1, clipnorm=0.5), [
            layers.Rescaling(2.0, offset=0.1), layers.Conv2D(6, 3, strides=2, use_bias=False), layers.BatchNormalization(momentum=0.9),
            layers.Activation("relu"), layers.Conv2D(5, 2, dilation_rate=2, activity_regularizer=regularizers.L2(0.01)),
            layers.BatchNormalization(momentum=0.8, center=False), layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax", activity_regularizer=regularizers.L1(0.01))]),
    }
    return {
        name: run(keras.Sequential([layers.Input(shape), *stack]), shape, optimizer, losses.CategoricalCrossentropy(), classes)
        for name, (shape, classes, optimizer, stack) in build.items()
    }


def write(name, cases):
    with open(os.path.join(HERE, name), "w") as f:
        head = {"keras": keras.__version__, "backend": keras.backend.backend()}
        rows = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in cases.items())
        f.write(json.dumps(head)[:-1] + ', "cases": {\n' + rows + "\n}}\n")


write("keras-layers.json", all_layers())
write("keras-cnns.json", networks())
