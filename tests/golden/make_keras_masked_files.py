"""Writes files of tests/golden/keras_files whose steps are masked, and one of models within a model that have layers
of the same names. Made with Keras 3.15.1 on TensorFlow 2.21:

    KERAS_BACKEND=tensorflow python tests/golden/make_keras_masked_files.py
"""

import pathlib

import keras
import numpy as np

HERE = pathlib.Path(__file__).parent / "keras_files"
L = keras.layers
keras.utils.set_random_seed(6)


def save(name, model, x):
    model.save(HERE / f"{name}.keras")
    np.savez(HERE / f"{name}.npz", x=x, y=np.asarray(model.predict(x, verbose=0)))


def compiled(source, value):
    model = keras.Model(source, value)
    model.compile("sgd", "mse")
    return model


# Every way in which a graph passes on a mask; besides the layers, the file has operations that make and join masks.
source = L.Input((5,))
words = L.Embedding(9, 4, mask_zero=True)(source)
states = L.LSTM(3, return_sequences=True)(words)
attended = L.Add()([words, L.MultiHeadAttention(2, 3)(words, words)])
both = L.Concatenate()([states, attended])
inner = keras.Sequential([L.Bidirectional(L.GRU(2, return_sequences=True)), L.TimeDistributed(L.Dense(3))])
value = L.Dense(2)(L.GlobalAveragePooling1D()(L.LeakyReLU()(inner(both))))
x = np.array([[3, 1, 0, 0, 0], [0, 0, 5, 2, 8], [4, 0, 7, 0, 1], [1, 2, 3, 4, 5]], dtype=np.float32)
save("masked", compiled(source, value), x)  # As .h5 not even Keras reads it.

source = L.Input((4, 2))
steps = L.Masking(-1.0)(source)
value = L.Dense(1)(L.SimpleRNN(3)(L.Dense(3, activation="tanh")(steps)))
x = np.random.default_rng(2).uniform(size=(3, 4, 2)).astype("float32")
x[0, 2:], x[1, :1], x[1, 3] = -1, -1, -1
save("masked_steps", compiled(source, value), x)

# A mask that the caller gives.
source, mine = L.Input((4, 2)), L.Input((4,), dtype="bool", name="mine")
compiled([source, mine], L.LSTM(3)(source, mask=mine)).save(HERE / "mask_of_ones_own.keras")
source = L.Input((4, 2))
other = keras.ops.any(keras.ops.not_equal(source, 0.5), axis=-1)
compiled(source, L.LSTM(3)(source, mask=other)).save(HERE / "mask_of_another_number.keras")

# Names are unique only within a model.
part = lambda: keras.Sequential([L.Dense(3, activation="tanh", name="hidden"), L.Dense(2, name="out")])
twins = keras.Sequential([L.Input((4,)), part(), part(), L.Dense(1, name="hidden")])
twins.compile("sgd", "mse")
save("twins", twins, np.random.default_rng(3).normal(size=(3, 4)).astype("float32"))

# Layers that two sequences share, each with a mask of its own; one shared layer is used again behind itself.
a, b = L.Input((5,), name="a"), L.Input((5,), name="b")
words, states = L.Embedding(9, 3, mask_zero=True), L.LSTM(3, return_sequences=True)
inner = keras.Sequential([L.Bidirectional(L.GRU(2, return_sequences=True)), L.LSTM(2)])
pooled = L.GlobalAveragePooling1D()
left, right = states(words(a)), states(words(b))
value = L.Concatenate()([inner(left), inner(right), pooled(states(left)), pooled(right)])
x = [np.array([[3, 0, 1, 2, 0], [0, 5, 0, 0, 1], [1, 2, 3, 4, 5]]), np.array([[0, 0, 7, 0, 8], [4, 2, 0, 0, 0], [2, 0, 2, 1, 0]])]
model = compiled([a, b], L.Dense(2)(value))
model.save(HERE / "masked_shared.keras")
y = np.asarray(model.predict(x, verbose=0))
np.savez(HERE / "masked_shared.npz", x=np.concatenate(x, 1).astype(np.float32), y=y)

# The same layers, of which a call is told the mask of the other call, or one of somebody's own.
a, b = L.Input((4, 2)), L.Input((4, 2))
steps, same = L.Masking(), L.LSTM(3)
left, right = steps(a), steps(b)
compiled([a, b], L.Add()([same(left), same(right, mask=left._keras_mask)])).save(HERE / "mask_of_the_other_call.keras")
other = keras.ops.any(keras.ops.not_equal(b, 0.5), axis=-1)
compiled([a, b], L.Add()([same(left), same(right, mask=other)])).save(HERE / "mask_of_ones_own_shared.keras")

# Keras' attention takes the mask from its sequence, so that the second one looks at all steps.
source = L.Input((5,))
value = L.Embedding(9, 4, mask_zero=True)(source)
for name in ("multi_head_attention", "multi_head_attention_1"):
    value = L.Add()([value, L.MultiHeadAttention(1, 2, name=name)(value, value)])
compiled(source, L.Dense(1)(L.GlobalAveragePooling1D()(value))).save(HERE / "masked_attention_twice.keras")
