"""Diabetes in Keras and scikit-learn: the twin of diabetes.ipynb."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import PredictionErrorDisplay, mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

table = pd.read_csv("../../../data/coursework/diabetes.csv")
print(table.describe())
x, y = table.drop(columns="progression").to_numpy(), table[["progression"]].to_numpy()


def fitted(rows, fold):
    keras.utils.set_random_seed(fold)
    model = keras.Sequential(
        [
            keras.layers.Input([10]),
            keras.layers.Dense(16, activation="relu", kernel_regularizer=keras.regularizers.L2(0.01)),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.Adam(0.005), "mse", metrics=["mae", "r2_score"])
    columns, target = StandardScaler().fit(x[rows]), StandardScaler().fit(y[rows])
    history = model.fit(columns.transform(x[rows]), target.transform(y[rows]), epochs=40, verbose=0)
    predict = lambda rows: target.inverse_transform(model.predict(columns.transform(x[rows]), verbose=0))
    return history, predict


folds = list(KFold(5, shuffle=True, random_state=1).split(x))
outputs, errors, losses = np.zeros(len(y)), [], []
for fold, (train, test) in enumerate(folds):
    history, predict = fitted(train, fold)
    outputs[test] = predict(test)[:, 0]
    errors.append(mean_absolute_error(y[test, 0], outputs[test]))
    losses.append(history.history["loss"])
plt.plot(np.mean(losses, 0))
print(r2_score(y[:, 0], outputs), mean_absolute_error(y[:, 0], outputs), root_mean_squared_error(y[:, 0], outputs))
print(np.mean(errors), stats.t.interval(0.95, 4, np.mean(errors), stats.sem(errors)))
PredictionErrorDisplay.from_predictions(y[:, 0], outputs, kind="actual_vs_predicted")
PredictionErrorDisplay.from_predictions(y[:, 0], outputs, kind="residual_vs_predicted")
figure, axes = plt.subplots()
sizes = [35, 114, 194, 273, 353]
for name, of in [("training", 0), ("test", 1)]:
    scores = [
        [
            mean_absolute_error(y[part], fitted(split[0][:size], fold)[1](part))
            for fold, split in enumerate(folds)
            for part in [split[of] if of else split[0][:size]]
        ]
        for size in sizes
    ]
    print(name, np.mean(scores, 1))
    axes.plot(sizes, np.mean(scores, 1), label=name)
    axes.fill_between(sizes, np.mean(scores, 1) - np.std(scores, 1), np.mean(scores, 1) + np.std(scores, 1), alpha=0.2)
