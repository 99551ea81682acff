"""Riders in Keras and scikit-learn: the twin of riders.ipynb."""

import keras
import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import TimeSeriesSplit
from sklearn.preprocessing import StandardScaler

table = pd.read_csv("../../../data/coursework/riders.csv")
for lag in [1, 2, 7, 14]:
    table[f"riders_lag{lag}"] = table["riders"].shift(lag)
table = table.dropna().reset_index(drop=True)
print(table.head(3))
table["riders"].plot(xlabel="day")
x, y = table.drop(columns=["day", "riders"]), table[["riders"]]
outputs = np.full(len(y), np.nan)
for fold, (train, test) in enumerate(TimeSeriesSplit(5).split(x)):
    keras.utils.set_random_seed(fold)
    model = keras.Sequential(
        [keras.layers.Input([5]), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    columns, target = StandardScaler().fit(x.iloc[train]), StandardScaler().fit(y.iloc[train])
    model.fit(columns.transform(x.iloc[train]), target.transform(y.iloc[train]), epochs=60, verbose=0)
    outputs[test] = target.inverse_transform(model.predict(columns.transform(x.iloc[test]), verbose=0))[:, 0]
tested = ~np.isnan(outputs)
for guess in [outputs[tested], table["riders_lag7"][tested]]:
    truth = table["riders"][tested]
    print(r2_score(truth, guess), mean_absolute_error(truth, guess), root_mean_squared_error(truth, guess))
pd.DataFrame({"true": table["riders"], "predicted": outputs})[500:].plot(xlabel="day")
