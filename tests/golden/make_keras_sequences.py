"""Makes keras-sequences.json with the real Keras: outputs and gradients of single layers for sequences (and of those for
pictures that came later), and losses of whole networks step by step. Weights and data come from the formulas of
make_keras_layers.py on both sides.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    python make_keras_sequences.py
"""
import json, os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import keras
import tensorflow as tf
from keras import layers, losses, optimizers, regularizers

HERE = os.path.dirname(os.path.abspath(__file__))
L2 = regularizers.L2


def wave(shape, frequency, amplitude):
    """amplitude * sin(frequency * (i + 1)), i counting all elements, in f64, then f32."""
    i = np.arange(1, int(np.prod(shape)) + 1, dtype=np.float64)
    return (amplitude * np.sin(frequency * i)).reshape(shape).astype("float32")


def words(shape, count):
    """Whole numbers below count."""
    i = np.arange(int(np.prod(shape)))
    return ((7 * i + i // 3) % count).reshape(shape).astype("float32")


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


def layer_case(layer, shape, rows=3, count=None, call=None):
    """Output, and gradients of sum(output * wave) by the input and the trainable weights; inputs that are whole numbers below
    count have no gradient."""
    source = keras.Input(shape)
    model = keras.Model(source, layer(source) if call is None else call(layer, source))
    set_weights(model)
    x = tf.Variable(words((rows, *shape), count) if count else wave((rows, *shape), 0.37, 1.0))
    with tf.GradientTape() as tape:
        y = model(x, training=True)
        value = tf.reduce_sum(y * wave(y.shape, 0.53, 1.0)) + sum(model.losses)
    by = tape.gradient(value, [x] + [w.value for w in model.trainable_weights])
    return {
        "input": list(shape), "rows": rows, "count": count, "output": list(y.shape[1:]), "y": numbers(y),
        "penalty": float(sum(model.losses)), "dx": None if count else numbers(by[0]),
        "gradients": [numbers(tf.convert_to_tensor(g)) for g in by[1:]],
    }


def recurrent(cases):
    for kind in ("LSTM", "GRU", "SimpleRNN"):
        make = getattr(layers, kind)
        for sequences in (False, True):
            for backwards in (False, True):
                layer = make(4, return_sequences=sequences, go_backwards=backwards)
                cases[f"{kind} {sequences} {backwards}"] = layer_case(layer, (5, 3))
        # Longer and wider than a tile of the matrix product.
        cases[f"{kind} long"] = layer_case(make(19), (23, 17), rows=7)
        cases[f"{kind} one step"] = layer_case(make(4, return_sequences=True), (1, 3), rows=2)
        cases[f"{kind} one row"] = layer_case(make(4), (5, 1), rows=1)
        cases[f"{kind} no bias"] = layer_case(make(4, use_bias=False), (5, 3))
        gates = {} if kind == "SimpleRNN" else {"recurrent_activation": "hard_sigmoid"}
        cases[f"{kind} relu"] = layer_case(make(4, activation="relu", **gates), (5, 3))
        gates = {} if kind == "SimpleRNN" else {"recurrent_activation": "silu"}
        cases[f"{kind} gelu"] = layer_case(make(4, activation="gelu", return_sequences=True, **gates), (5, 3))
        # Keras 3.15.1 forgets this setting of a SimpleRNN.
        activity = {} if kind == "SimpleRNN" else {"activity_regularizer": regularizers.L1L2(0.1, 0.2)}
        layer = make(4, kernel_regularizer=L2(0.1), recurrent_regularizer=L2(0.2), bias_regularizer=L2(0.3), **activity)
        cases[f"{kind} penalties"] = layer_case(layer, (5, 3))
        for merge in ("concat", "sum", "mul", "ave"):
            for sequences in (False, True):
                layer = layers.Bidirectional(make(4, return_sequences=sequences), merge_mode=merge)
                cases[f"Bidirectional {kind} {merge} {sequences}"] = layer_case(layer, (5, 3))
    cases["Dense steps"] = layer_case(layers.Dense(4, activation="tanh"), (5, 3))
    cases["Dense pictures"] = layer_case(layers.Dense(4, activation="gelu", kernel_regularizer=L2(0.1)), (2, 4, 3))
    cases["Dense softmax"] = layer_case(layers.Dense(4, activation="softmax"), (5, 3))


def sequences(cases):
    for padding in ("valid", "same", "causal"):
        for size in (1, 2, 3):
            for strides, dilation in ((1, 1), (2, 1), (1, 2)):
                layer = layers.Conv1D(4, size, strides=strides, padding=padding, dilation_rate=dilation, activation="tanh")
                cases[f"Conv1D {padding} {size} {strides} {dilation}"] = layer_case(layer, (7, 3))
    cases["Conv1D gelu"] = layer_case(layers.Conv1D(9, 3, padding="causal", activation="gelu", use_bias=False,
                                                    kernel_regularizer=L2(0.1)), (11, 2))
    for padding in ("valid", "same"):
        for size, strides in ((2, None), (3, 1), (3, 2)):
            for kind in ("Max", "Average"):
                layer = getattr(layers, f"{kind}Pooling1D")(size, strides=strides, padding=padding)
                cases[f"{kind}1D {padding} {size} {strides}"] = layer_case(layer, (8, 3))
    for kind in ("Max", "Average"):
        for keep in (False, True):
            cases[f"Global{kind}1D {keep}"] = layer_case(getattr(layers, f"Global{kind}Pooling1D")(keepdims=keep), (5, 3))
    cases["Embedding"] = layer_case(layers.Embedding(6, 4), (5,), count=6)
    cases["Embedding penalties"] = layer_case(layers.Embedding(6, 4, embeddings_regularizer=L2(0.1)), (2, 3), count=6)
    cases["LayerNormalization"] = layer_case(layers.LayerNormalization(), (5, 4))
    cases["LayerNormalization flat"] = layer_case(layers.LayerNormalization(epsilon=0.01, beta_regularizer=L2(0.1)), (19,))
    cases["LayerNormalization bare"] = layer_case(layers.LayerNormalization(center=False, scale=False), (2, 3, 4))
    cases["LayerNormalization beta"] = layer_case(layers.LayerNormalization(scale=False), (5, 4))
    cases["PReLU"] = layer_case(layers.PReLU(), (5, 3))
    cases["PReLU shared"] = layer_case(layers.PReLU(shared_axes=[1, 2], alpha_regularizer=L2(0.1)), (4, 3, 2))
    cases["PReLU rows"] = layer_case(layers.PReLU(shared_axes=[2]), (4, 3, 2))
    cases["Permute"] = layer_case(layers.Permute((3, 1, 2)), (2, 3, 4))
    cases["RepeatVector"] = layer_case(layers.RepeatVector(4), (3,))
    cases["UpSampling1D"] = layer_case(layers.UpSampling1D(3), (4, 2))
    cases["UpSampling2D"] = layer_case(layers.UpSampling2D((2, 3)), (3, 2, 2))
    cases["ZeroPadding1D"] = layer_case(layers.ZeroPadding1D((1, 2)), (4, 2))
    cases["ZeroPadding2D"] = layer_case(layers.ZeroPadding2D(((1, 2), (0, 3))), (3, 2, 2))
    cases["Cropping1D"] = layer_case(layers.Cropping1D((1, 2)), (6, 2))
    cases["Cropping2D"] = layer_case(layers.Cropping2D(((1, 2), (0, 1))), (5, 4, 2))
    cases["TimeDistributed"] = layer_case(layers.TimeDistributed(layers.Conv2D(3, 2, activation="gelu")), (4, 3, 4, 2))
    cases["TimeDistributed LSTM"] = layer_case(layers.TimeDistributed(layers.LSTM(3)), (2, 4, 2))


def pictures(cases):
    for padding in ("valid", "same"):
        for size in ((3, 3), (2, 2), (1, 3)):
            for strides, dilation in ((1, 1), (2, 1), (1, 2)):
                settings = dict(strides=strides, padding=padding, dilation_rate=dilation, activation="tanh")
                name = f"{padding} {size} {strides} {dilation}"
                cases[f"Depthwise {name}"] = layer_case(layers.DepthwiseConv2D(size, **settings), (6, 7, 3))
                cases[f"Separable {name}"] = layer_case(layers.SeparableConv2D(4, size, **settings), (6, 7, 3))
        for size in ((3, 3), (2, 2), (1, 4)):
            for strides in (1, 2, (3, 2)):
                layer = layers.Conv2DTranspose(3, size, strides=strides, padding=padding, activation="tanh")
                cases[f"Transpose {padding} {size} {strides}"] = layer_case(layer, (3, 4, 2))
    cases["Depthwise many"] = layer_case(layers.DepthwiseConv2D(2, depth_multiplier=3, activation="gelu",
                                                                depthwise_regularizer=L2(0.1)), (4, 5, 2))
    cases["Separable many"] = layer_case(layers.SeparableConv2D(3, 2, depth_multiplier=2, activation="gelu", use_bias=False,
                                                                pointwise_regularizer=L2(0.1)), (4, 5, 2))
    cases["Transpose gelu"] = layer_case(layers.Conv2DTranspose(9, 3, strides=2, padding="same", activation="gelu",
                                                                use_bias=False, kernel_regularizer=L2(0.1)), (4, 3, 10))
    itself = lambda layer, source: layer(source, source)
    cases["Attention"] = layer_case(layers.MultiHeadAttention(2, 3), (5, 4), call=itself)
    cases["Attention values"] = layer_case(layers.MultiHeadAttention(3, 2, value_dim=5), (4, 6), call=itself)
    cases["Attention bare"] = layer_case(layers.MultiHeadAttention(1, 4, use_bias=False, kernel_regularizer=L2(0.1)), (5, 3), call=itself)
    cases["Attention long"] = layer_case(layers.MultiHeadAttention(2, 9), (21, 17), call=itself)


def run(model, shape, optimizer, classes, count=None, rows=64, batch=16, steps=50):
    set_weights(model)
    x = words((rows, *shape), count) if count else wave((rows, *shape), 0.37, 1.0)
    y = one_hot(rows, classes)
    loss = losses.CategoricalCrossentropy()
    model.compile(optimizer=optimizer, loss=loss)
    values = []
    for step in range(steps):
        at = (step * batch) % rows
        with tf.GradientTape() as tape:
            value = loss(y[at : at + batch], model(x[at : at + batch], training=True))
        # On TensorFlow Keras squares the parts of an embedding's gradient one by one where an optimizer wants the square of
        # their sum, which the other backends take: a gradient in one piece has no parts.
        by = tape.gradient(value, [w.value for w in model.trainable_weights])
        optimizer.apply([tf.convert_to_tensor(g) for g in by], model.trainable_weights)
        values.append(float(value))
    return {
        "count": count, "losses": values, "evaluated": float(model.evaluate(x, y, batch_size=batch, verbose=0)),
        "weights": [float(np.abs(w.numpy()).sum()) for w in model.weights],
    }


def networks():
    soft = dict(activation="softmax")
    build = {
        "lstm": ((8, 5), None, optimizers.Adam(0.003), [
            layers.LSTM(7, return_sequences=True), layers.LSTM(6), layers.Dense(3, **soft)]),
        "gru": ((8, 5), None, optimizers.RMSprop(0.001), [
            layers.Bidirectional(layers.GRU(5, return_sequences=True)), layers.Bidirectional(layers.GRU(4), merge_mode="sum"),
            layers.Dense(3, **soft)]),
        "simple": ((8, 5), None, optimizers.SGD(0.05, momentum=0.9), [
            layers.SimpleRNN(7, return_sequences=True), layers.Dense(4, activation="tanh"), layers.Flatten(),
            layers.Dense(3, **soft)]),
        "words": ((9,), 12, optimizers.Adam(0.003), [
            layers.Embedding(12, 5), layers.Conv1D(6, 3, activation="relu"), layers.LayerNormalization(), layers.PReLU(),
            layers.MaxPooling1D(2), layers.GlobalAveragePooling1D(), layers.Dense(3, **soft)]),
    }
    return {
        name: run(keras.Sequential([layers.Input(shape), *stack]), shape, optimizer, 3, count)
        for name, (shape, count, optimizer, stack) in build.items()
    }


cases = {}
recurrent(cases)
sequences(cases)
pictures(cases)
made = {"keras": keras.__version__, "backend": keras.backend.backend(), "networks": networks()}
with open(os.path.join(HERE, "keras-sequences.json"), "w") as f:
    rows = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in cases.items())
    f.write(json.dumps(made)[:-1] + ', "cases": {\n' + rows + "\n}}\n")
