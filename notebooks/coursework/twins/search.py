"""A search over five parameters in Keras and Optuna: the twin of search.ipynb."""

import keras
import numpy as np
import optuna
import pandas as pd
from sklearn.model_selection import KFold, train_test_split
from sklearn.preprocessing import StandardScaler

table = pd.read_csv("../../../data/coursework/wine.csv")
x, y = table.drop(columns="cultivar").to_numpy(), pd.get_dummies(table["cultivar"], dtype=float).to_numpy()
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=42, stratify=y)


def fitted(params, train):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Input([13]), keras.layers.Dense(params["units"], activation="relu")])
    if params["second_layer"]:
        model.add(keras.layers.Dense(16, activation="relu"))
    model.add(keras.layers.Dropout(params["dropout"]))
    model.add(keras.layers.Dense(3, activation="softmax"))
    model.compile(keras.optimizers.Adam(params["lr"]), "categorical_crossentropy", metrics=["accuracy"])
    scaler = StandardScaler().fit(x_train[train])
    model.fit(scaler.transform(x_train[train]), y_train[train], epochs=12, batch_size=params["batch_size"], verbose=0)
    return lambda x, y: model.evaluate(scaler.transform(x), y, verbose=0)[1]


def objective(trial):
    params = {
        "units": trial.suggest_int("units", 4, 64),
        "second_layer": trial.suggest_categorical("second_layer", [False, True]),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "lr": trial.suggest_float("lr", 1e-4, 1e-1, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [8, 16, 32]),
    }
    folds = KFold(3, shuffle=True, random_state=42).split(x_train)
    return np.mean([fitted(params, train)(x_train[test], y_train[test]) for train, test in folds])


study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=1))
study.optimize(objective, n_trials=25)
print(study.trials_dataframe().nlargest(5, "value"))
optuna.visualization.matplotlib.plot_optimization_history(study)
optuna.visualization.matplotlib.plot_param_importances(study)
print(study.best_params["lr"], fitted(study.best_params, np.arange(len(x_train)))(x_test, y_test))
