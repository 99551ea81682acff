"""Keras' names for metrics of the same name in a history: writes keras-metric-names.json."""

import json
import os
import pathlib

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras.metrics import F1Score, Precision

x = np.linspace(0, 1, 60, dtype="float32").reshape(20, 3)
y = np.eye(3, dtype="float32")[np.arange(20) % 3]


def names(metrics):
    model = keras.Sequential(
        [keras.layers.Input((3,)), keras.layers.Dense(3, activation="softmax")]
    )
    model.compile("sgd", "categorical_crossentropy", metrics=metrics)
    history = model.fit(x, y, verbose=0, validation_split=0.2).history
    own = [n for n in history if n != "loss" and not n.startswith("val_")]
    assert sorted(history) == sorted(["loss", "val_loss"] + own + ["val_" + n for n in own])
    return own


cases = {
    "f1": names([F1Score(average="macro"), F1Score(average="weighted")]),
    "precision": names([Precision(), Precision(class_id=1), Precision(class_id=2)]),
    "accuracy": names(["accuracy", "accuracy"]),
    "called": names([F1Score(average="macro", name="f"), F1Score(average="weighted", name="f")]),
}
out = pathlib.Path(__file__).with_name("keras-metric-names.json")
out.write_text(json.dumps({"keras": keras.__version__, "cases": cases}, indent=1) + "\n")
