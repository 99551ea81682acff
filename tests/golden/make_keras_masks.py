"""Makes keras-masks.json with the real Keras: layers and whole networks whose steps are masked, and networks with a
distribution at each step. Weights and data come from the formulas of make_keras_sequences.py on both sides.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python make_keras_masks.py
"""
import json, os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import keras
import tensorflow as tf
from keras import layers, optimizers

HERE = os.path.dirname(os.path.abspath(__file__))


def wave(shape, frequency, amplitude):
    """amplitude * sin(frequency * (i + 1)), i counting all elements, in f64, then f32."""
    i = np.arange(1, int(np.prod(shape)) + 1, dtype=np.float64)
    return (amplitude * np.sin(frequency * i)).reshape(shape).astype("float32")


def words(shape, count):
    """Whole numbers below count."""
    i = np.arange(int(np.prod(shape)))
    return ((7 * i + i // 3) % count).reshape(shape).astype("float32")


def numbers(array):
    return [float(f"{v:.8g}") for v in np.asarray(array).reshape(-1)]


def set_weights(model):
    for n, w in enumerate(model.weights):
        fan = int(np.prod(w.shape[:-1])) if len(w.shape) > 1 else 4
        w.assign(wave(w.shape, 0.7 + 0.1 * n, 1.0 / np.sqrt(fan)))


# The second sample begins masked, the third has gaps, the fourth is whole.
MASK = np.array([[1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [1, 0, 1, 0, 1], [1, 1, 1, 1, 1]], dtype=bool)


def layer_case(layer, features=3, mask=MASK, **call):
    x = tf.Variable(wave((4, 5, features), 0.37, 1.0))
    layer.build((4, 5, features)) if call.pop("build", True) else layer.build((4, 5, features), (4, 5, features))
    set_weights(layer)
    with tf.GradientTape() as tape:
        tensor = tf.convert_to_tensor(x)
        if mask is not None:
            keras.src.backend.set_keras_mask(tensor, tf.constant(mask))
        y = layer(tensor, tensor, **call) if isinstance(layer, layers.MultiHeadAttention) else layer(tensor, **call)
        value = tf.reduce_sum(y * wave(y.shape, 0.53, 1.0))
    by = tape.gradient(value, [x] + [w.value for w in layer.trainable_weights])
    return {
        "input": [5, features], "rows": 4, "output": list(y.shape[1:]), "y": numbers(y), "penalty": 0.0,
        "mask": None if mask is None else numbers(mask), "dx": numbers(by[0]), "gradients": [numbers(g) for g in by[1:]],
    }


cases = {}
for kind in ("LSTM", "GRU", "SimpleRNN"):
    make = getattr(layers, kind)
    for sequences in (False, True):
        for backwards in (False, True):
            layer = make(4, return_sequences=sequences, go_backwards=backwards)
            cases[f"{kind} {sequences} {backwards}"] = layer_case(layer)
        layer = layers.Bidirectional(make(4, return_sequences=sequences))
        cases[f"Bidirectional {kind} {sequences}"] = layer_case(layer)
    layer = make(4, return_sequences=True, zero_output_for_mask=True)
    cases[f"{kind} zero"] = layer_case(layer)
cases["GlobalAverage1D"] = layer_case(layers.GlobalAveragePooling1D())
cases["GlobalMax1D"] = layer_case(layers.GlobalMaxPooling1D())
cases["Attention"] = layer_case(layers.MultiHeadAttention(2, 3), features=4, build=False)
cases["Attention causal"] = layer_case(layers.MultiHeadAttention(2, 3), features=4, build=False, use_causal_mask=True)
cases["Attention causal, no mask"] = layer_case(
    layers.MultiHeadAttention(2, 3), features=4, mask=None, build=False, use_causal_mask=True
)


def run(model, x, y, loss, metrics, steps=20, batch=8):
    set_weights(model)
    rows = len(x)
    # Not an ordinary step: on TensorFlow, Keras squares the parts of an embedding's gradient one by one.
    model.compile(optimizer=optimizers.SGD(0.1, momentum=0.9), loss=loss, metrics=metrics)
    losses = []
    for step in range(steps):
        at = slice((step * batch) % rows, (step * batch) % rows + batch)
        model.reset_metrics()
        losses.append(float(model.train_on_batch(x[at], y[at])[0]))
    return {
        "losses": losses, "evaluated": numbers(model.evaluate(x, y, batch_size=rows, verbose=0)),
        "predicted": numbers(model.predict(x[:4], verbose=0)), "after": [numbers(w) for w in model.get_weights()],
    }


def sentences(rows, steps, count):
    """Words above 0, of which all but the first 1 to steps are 0."""
    x = 1 + words((rows, steps), count - 1)
    lengths = 1 + (3 * np.arange(rows)) % steps
    return np.where(np.arange(steps) < lengths[:, None], x, 0).astype("float32")


def stack(shape, *more):
    return keras.Sequential([layers.Input(shape), *more])


rows = 16
steps = wave((rows, 6, 3), 0.37, 1.0)
gaps = np.where(words((rows, 6), 4)[..., None] == 0, -1, steps).astype("float32")
tags = words((rows, 6), 3)
bits = words((rows, 6, 1), 2)
one_hot = np.eye(3, dtype="float32")[tags.astype(int)]
first = tags[:, :1]
lines = sentences(rows, 6, 9)
soft = dict(activation="softmax")


def residual():
    x = keras.Input((6,))
    a = layers.Embedding(9, 4, mask_zero=True)(x)
    b = layers.LSTM(4, return_sequences=True)(a)
    c = layers.Concatenate()([layers.Add()([a, b]), layers.Dense(2, activation="tanh")(a)])
    return keras.Model(x, layers.Dense(3, **soft)(layers.GlobalAveragePooling1D()(c)))


sparse = "sparse_categorical_crossentropy"
networks = {
    "tags": run(stack((6, 3), layers.GRU(4, return_sequences=True), layers.Dense(3, **soft)), steps, tags, sparse, ["accuracy"]),
    "tags one-hot": run(
        stack((6, 3), layers.Conv1D(4, 3, padding="causal", activation="tanh"), layers.Dense(3, **soft)),
        steps, one_hot, "categorical_crossentropy", ["accuracy", "categorical_crossentropy"],
    ),
    "tags from logits": run(
        stack((6, 3), layers.Dense(3)), steps, tags, keras.losses.SparseCategoricalCrossentropy(from_logits=True), ["accuracy"]
    ),
    "masked tags": run(
        stack((6,), layers.Embedding(9, 4, mask_zero=True), layers.LSTM(4, return_sequences=True), layers.Dense(3, **soft)),
        lines, tags, sparse, ["accuracy", sparse],
    ),
    "masked bits": run(
        stack((6, 3), layers.Masking(-1.0), layers.Bidirectional(layers.GRU(3, return_sequences=True)),
              layers.TimeDistributed(layers.Dense(1, activation="sigmoid"))),
        gaps, bits, "binary_crossentropy", ["binary_accuracy", "mae"],
    ),
    "sentences": run(
        stack((6,), layers.Embedding(9, 4, mask_zero=True), layers.Bidirectional(layers.LSTM(4)), layers.Dense(3, **soft)),
        lines, first, sparse, ["accuracy"],
    ),
    "merged": run(residual(), lines, first, sparse, ["accuracy"]),
    # The convolution ignores masks: it sees all steps, and so do the layers after it.
    "lost": run(
        stack((6,), layers.Embedding(9, 4, mask_zero=True), layers.Conv1D(4, 2), layers.LSTM(3), layers.Dense(3, **soft)),
        lines, first, sparse, ["accuracy"],
    ),
}
made = {"keras": keras.__version__, "networks": networks}
with open(os.path.join(HERE, "keras-masks.json"), "w") as f:
    out = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in cases.items())
    f.write(json.dumps(made)[:-1] + ', "cases": {\n' + out + "\n}}\n")
