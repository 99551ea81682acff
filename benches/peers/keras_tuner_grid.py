"""The sleep-stage report's grid of four trials ("tuner, 2nd try") by KerasTuner, with three folds.

    python benches/peers/keras_tuner_grid.py FOLDER EPOCHS

FOLDER holds EEG_mouse_data_1.csv and EEG_mouse_data_2.csv. Prints the seconds that the search took
without imports and reading. The report has 100 epochs; to use fewer, run it with two numbers of epochs and
extrapolate linearly: the time of an epoch does not change, and the difference leaves out what a fit does once.
The other side: cargo run --release --example tune_sleep_stages -- bench EPOCHS
"""
import csv
import os
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import keras_tuner
import numpy as np
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

folder, epochs = sys.argv[1], int(sys.argv[2])


def read(path):
    """Amplitudes at 1 to 25 Hz and states of the valid rows."""
    with open(path) as file:
        rows = list(csv.DictReader(file))
    amplitudes = [[row[f"amplitude_around_{k}_Hertz"] for k in range(1, 26)] for row in rows]
    return np.array(amplitudes, "float32"), ["wnr".index(row["state"]) for row in rows]


(x1, y1), (x2, y2) = (read(f"{folder}/EEG_mouse_data_{i}.csv") for i in (1, 2))
x, y = np.concatenate([x1, x2]), keras.utils.to_categorical(y1 + y2, 3)


def build(hp):
    choices = ["relu", "sigmoid"]
    model = keras.Sequential(
        [
            keras.Input((25,)),
            keras.layers.Dense(8, activation=hp.Choice("activation", choices)),
            keras.layers.Dense(8, activation=hp.Choice("activation2nd", choices)),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    f1 = keras.metrics.F1Score(average="weighted", name="f1_score")
    model.compile(keras.optimizers.Adam(0.001), "categorical_crossentropy", metrics=[f1])
    return model


class Folds(keras_tuner.GridSearch):
    def run_trial(self, trial, *args, **kwargs):
        values = []
        for train, test in KFold(3, shuffle=True, random_state=42).split(x):
            scaler = StandardScaler().fit(x[train])
            model = self.hypermodel.build(trial.hyperparameters)
            history = model.fit(
                scaler.transform(x[train]),
                y[train],
                epochs=epochs,
                batch_size=32,
                verbose=0,
                validation_data=(scaler.transform(x[test]), y[test]),
            )
            values.append(history.history["val_f1_score"][-1])
        return {"val_f1_score": float(np.mean(values))}


with tempfile.TemporaryDirectory() as place:
    goal = keras_tuner.Objective("val_f1_score", "max")
    tuner = Folds(build, goal, directory=place, project_name="grid", overwrite=True)
    begin, busy = time.time(), time.process_time()
    tuner.search()
    seconds, busy = time.time() - begin, time.process_time() - busy
    for trial in tuner.oracle.get_best_trials(4):
        print(f"{trial.score:.4f}", trial.hyperparameters.values)
print(f"KerasTuner: {len(x)} rows, 4 trials of 3 folds of {epochs} epochs: {seconds:.1f} s, processor {busy:.1f} s")
