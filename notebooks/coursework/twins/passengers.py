"""Passengers in Keras and scikit-learn: the twin of passengers.ipynb."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import RocCurveDisplay, accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

table = pd.read_csv("../../../data/coursework/passengers.csv").drop(columns="passenger")
print(table.head(5))
print(table.isna().sum())
x, y = table.drop(columns="survived"), (table["survived"] == "yes").astype(float)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=42, stratify=y)
numbers, categories = ["age", "siblings", "parents"], ["class", "sex", "port"]
columns = ColumnTransformer(
    [
        ("numbers", SimpleImputer(strategy="median"), numbers),
        ("fare", make_pipeline(SimpleImputer(strategy="median"), FunctionTransformer(np.log1p)), ["fare"]),
        (
            "categories",
            make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(sparse_output=False)),
            categories,
        ),
    ]
)
steps = make_pipeline(columns, StandardScaler()).fit(x_train[:480])
keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        keras.layers.Input([12]),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy", metrics=["accuracy", "auc"])
history = model.fit(steps.transform(x_train), y_train, epochs=40, validation_split=0.2, verbose=0)
pd.DataFrame(history.history).plot()
print(model.evaluate(steps.transform(x_test), y_test, verbose=0))
outputs = model.predict(steps.transform(x_test), verbose=0)[:, 0]
RocCurveDisplay.from_predictions(y_test, outputs)
rng, falls = np.random.default_rng(0), {}
for column in x_test:
    falls[column] = []
    for _ in range(10):
        shuffled = x_test.assign(**{column: rng.permutation(x_test[column])})
        predicted = model.predict(steps.transform(shuffled), verbose=0)[:, 0]
        falls[column].append(accuracy_score(y_test, outputs > 0.5) - accuracy_score(y_test, predicted > 0.5))
print(pd.DataFrame(falls).mean().sort_values())
pd.DataFrame(falls).mean().sort_values().plot.barh()
trained = model.predict(steps.transform(x_train), verbose=0)[:, 0]
print(max((f1_score(y_train, trained > t), t) for t in np.linspace(0.05, 0.95, 91)))
row = pd.DataFrame(
    [{"class": 3, "sex": "male", "age": np.nan, "siblings": 0, "parents": 0, "fare": 7.25, "port": np.nan}]
)
print(model.predict(steps.transform(row), verbose=0))
