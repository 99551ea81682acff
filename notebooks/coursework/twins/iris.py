"""Iris in Keras and scikit-learn: the twin of iris.ipynb."""

import keras
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay, classification_report, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

table = pd.read_csv("../../../data/coursework/iris.csv")
print(table.describe())
pd.plotting.scatter_matrix(table.drop(columns="species"), c=table["species"].astype("category").cat.codes)
x, y = table.drop(columns="species"), pd.get_dummies(table["species"], dtype=float)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=42, stratify=y)
scaler = StandardScaler().fit(x_train[:84])
keras.utils.set_random_seed(1)
model = keras.Sequential(
    [keras.layers.Input([4]), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(3, activation="softmax")]
)
model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
history = model.fit(scaler.transform(x_train), y_train, epochs=60, validation_split=0.2, verbose=0)
pd.DataFrame(history.history).plot()
print(model.evaluate(scaler.transform(x_test), y_test, verbose=0))
outputs = model.predict(scaler.transform(x_test), verbose=0)
truth, predicted = y_test.to_numpy().argmax(1), outputs.argmax(1)
ConfusionMatrixDisplay.from_predictions(truth, predicted, display_labels=y.columns)
print(classification_report(truth, predicted, target_names=y.columns))
figure, axes = plt.subplots()
for i, species in enumerate(y.columns):
    RocCurveDisplay.from_predictions(truth == i, outputs[:, i], name=species, ax=axes)
print(roc_auc_score(truth, outputs, multi_class="ovr"))
print(model.predict(scaler.transform(pd.DataFrame([[5.1, 3.5, 1.4, 0.2]], columns=x.columns)), verbose=0))
