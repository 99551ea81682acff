"""Times a training step of a small network around each layer, in Keras and here in turn, and prints the ratios.

    cargo bench --bench layer_steps --no-run
    python benches/peers/layer_steps.py PROGRAM [NAME ...]

PROGRAM is the file that cargo has built: target/release/deps/layer_steps-... Keras and the program take turns three times
for each layer, so that a change of the machine's speed affects both; the ratio is the median of the pairs.
"""
import os, re, statistics, subprocess, sys, time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import keras
from keras import layers

BATCH, STEPS, CLASSES, WORDS, ROUNDS = 32, 20, 4, 2000, 3
INPUT = {"steps": (64, 32), "pictures": (28, 28, 8), "words": (64,)}
average1, average2 = layers.GlobalAveragePooling1D, layers.GlobalAveragePooling2D


def attention():
    source = keras.Input(INPUT["steps"])
    found = layers.MultiHeadAttention(4, 16)(source, source)
    return keras.Model(source, layers.Dense(CLASSES, activation="softmax")(average1()(found)))


CASES = {
    "Dense": ("steps", lambda: [layers.Dense(64, activation="relu"), average1()]),
    "Conv1D": ("steps", lambda: [layers.Conv1D(64, 3, activation="relu"), average1()]),
    "MaxPooling1D": ("steps", lambda: [layers.Dense(32), layers.MaxPooling1D(2), layers.Flatten()]),
    "AveragePooling1D": ("steps", lambda: [layers.Dense(32), layers.AveragePooling1D(2), layers.Flatten()]),
    "GlobalMaxPooling1D": ("steps", lambda: [layers.Dense(32), layers.GlobalMaxPooling1D()]),
    "GlobalAveragePooling1D": ("steps", lambda: [layers.Dense(32), average1()]),
    "LayerNormalization": ("steps", lambda: [layers.Dense(32), layers.LayerNormalization(), layers.Flatten()]),
    "PReLU": ("steps", lambda: [layers.Dense(32), layers.PReLU(), layers.Flatten()]),
    "SpatialDropout1D": ("steps", lambda: [layers.Dense(32), layers.SpatialDropout1D(0.2), layers.Flatten()]),
    "SimpleRNN": ("steps", lambda: [layers.SimpleRNN(64)]),
    "GRU": ("steps", lambda: [layers.GRU(64)]),
    "LSTM": ("steps", lambda: [layers.LSTM(64)]),
    "LSTM_sequences": ("steps", lambda: [layers.LSTM(32, return_sequences=True), layers.LSTM(32)]),
    "Bidirectional": ("steps", lambda: [layers.Bidirectional(layers.LSTM(32))]),
    "TimeDistributed": ("steps", lambda: [layers.TimeDistributed(layers.Dense(32, activation="relu")), layers.Flatten()]),
    "MultiHeadAttention": ("steps", attention),
    "Embedding": ("words", lambda: [layers.Embedding(WORDS, 32), average1()]),
    "Masked_LSTM": ("words", lambda: [layers.Embedding(WORDS, 32, mask_zero=True), layers.LSTM(64)]),
    "DepthwiseConv2D": ("pictures", lambda: [layers.DepthwiseConv2D(3), average2()]),
    "SeparableConv2D": ("pictures", lambda: [layers.SeparableConv2D(16, 3), average2()]),
    "Conv2DTranspose": ("pictures", lambda: [layers.Conv2DTranspose(8, 3, strides=2, padding="same"), average2()]),
    "UpSampling2D": ("pictures", lambda: [layers.Conv2D(8, 1), layers.UpSampling2D(2), average2()]),
    "ZeroPadding2D": ("pictures", lambda: [layers.Conv2D(8, 1), layers.ZeroPadding2D(2), average2()]),
    "SpatialDropout2D": ("pictures", lambda: [layers.Conv2D(8, 1), layers.SpatialDropout2D(0.2), average2()]),
}


def peer(name):
    """A function that gives the milliseconds of a step, the median of five fits after one."""
    kind, make = CASES[name]
    model = make()
    if isinstance(model, list):
        model = keras.Sequential([layers.Input(INPUT[kind]), *model, layers.Dense(CLASSES, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    shape = (BATCH * STEPS, *INPUT[kind])
    x = rng.integers(0, WORDS, shape).astype("float32") if kind == "words" else rng.standard_normal(shape).astype("float32")
    y = rng.integers(0, CLASSES, (BATCH * STEPS, 1)).astype("float32")
    fit = lambda: model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)
    fit()

    def once():
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            fit()
            times.append((time.perf_counter() - begun) * 1e3 / STEPS)
        return statistics.median(times)

    return once


def ours(program, name):
    out = subprocess.run([program, name], capture_output=True, text=True)
    found = re.search(rf"^{name} ([0-9.]+) ms/step", out.stdout, re.M)
    if not found:
        sys.exit(f"{program} {name} printed no figure:\n{out.stdout[-800:]}\n{out.stderr[-800:]}")
    return float(found.group(1))


def main(program, *only):
    print("| layer | Keras | ours | times faster |\n|---|---:|---:|---:|")
    for name in only or CASES:
        keras.backend.clear_session()
        once = peer(name)
        pairs = [(once(), ours(program, name)) for _ in range(ROUNDS)]
        a, b = (statistics.median(pair[i] for pair in pairs) for i in (0, 1))
        ratio = statistics.median(a / b for a, b in pairs)
        print(f"| {name.replace('_', ' ')} | {a:.2f} | {b:.3f} | {ratio:.1f} |", flush=True)


main(*sys.argv[1:])
