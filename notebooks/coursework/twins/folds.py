"""Folds in Keras and scikit-learn: the twin of folds.ipynb."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

table = pd.read_csv("../../../data/coursework/breast_cancer.csv")
x, y = table.drop(columns="diagnosis").to_numpy(), pd.get_dummies(table["diagnosis"], dtype=float).to_numpy()


def scores(units):
    found = []
    for fold, (train, test) in enumerate(StratifiedKFold(10, shuffle=True, random_state=1).split(x, y.argmax(1))):
        keras.utils.set_random_seed(fold)
        hidden = [keras.layers.Dense(n, activation="relu") for n in units]
        model = keras.Sequential([keras.layers.Input([30]), *hidden, keras.layers.Dense(2, activation="softmax")])
        model.compile(keras.optimizers.Adam(0.005), "categorical_crossentropy", metrics=["accuracy"])
        scaler = StandardScaler().fit(x[train])
        model.fit(scaler.transform(x[train]), y[train], epochs=15, verbose=0)
        found.append(model.evaluate(scaler.transform(x[test]), y[test], verbose=0)[1])
    return np.array(found)


small, large = scores([2]), scores([64, 32])
plt.boxplot([small, large], tick_labels=["2 units", "64 and 32 units"])
for name, found in [("small", small), ("large", large)]:
    print(name, found.mean(), stats.t.interval(0.95, 9, found.mean(), stats.sem(found)))
print(stats.ttest_rel(large, small))
print(stats.wilcoxon(large, small))
