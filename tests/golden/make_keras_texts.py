"""Golden values of Keras' TextVectorization and pad_sequences: writes keras-texts.json beside itself.

    /path/to/python tests/golden/make_keras_texts.py

needs keras 3.15.1 with TensorFlow.
"""

import itertools
import json
import pathlib

import keras

assert keras.__version__ == "3.15.1"
texts = [
    "The film was GREAT, really great!",
    "the plot: dull; the end - duller",
    "Ärger  über\tden Film, don't (really)?\n",
    "",
    "e-mail me @ x_y [UNK] …",
]
asked = ["great film", "Ärger DON'T really over the the the end", "!", "never seen"]
cases = []
settings = [
    {},
    {"max_tokens": 6, "output_sequence_length": 4},
    {"standardize": "lower", "output_sequence_length": 3},
    {"standardize": "strip_punctuation"},
    {"standardize": None, "split": None},
    {"split": "character", "max_tokens": 12, "output_sequence_length": 10},
    {"output_mode": "multi_hot", "max_tokens": 8},
    {"output_mode": "count"},
]
for setting in settings:
    layer = keras.layers.TextVectorization(**setting)
    layer.adapt(texts)
    full = {
        "max_tokens": None,
        "standardize": "lower_and_strip_punctuation",
        "split": "whitespace",
        "output_mode": "int",
        "output_sequence_length": None,
    } | setting
    vocabulary, rows = [str(word) for word in layer.get_vocabulary()], layer(asked).numpy()
    if full["output_mode"] != "int":
        # Keras pads to max_tokens columns if there are fewer words.
        rows = rows[:, : len(vocabulary)]
    cases.append(full | {"vocabulary": vocabulary, "rows": rows.reshape(len(asked), -1).tolist()})

sequences = [[1, 2, 3, 4], [5], []]
pads = []
for maxlen, padding, truncating in itertools.product([None, 2, 6], ["pre", "post"], ["pre", "post"]):
    value = 0.0 if padding == "pre" else 9.0
    setting = {"maxlen": maxlen, "padding": padding, "truncating": truncating, "value": value}
    pads.append(setting | {"rows": keras.utils.pad_sequences(sequences, dtype="float32", **setting).tolist()})

out = {"keras": keras.__version__, "texts": texts, "asked": asked, "vectorizations": cases, "pad_sequences": pads}
path = pathlib.Path(__file__).with_name("keras-texts.json")
path.write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n")
