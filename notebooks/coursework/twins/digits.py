"""Digits of 8 x 8 pixels in Keras and scikit-learn: the twin of digits.ipynb."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split

table = pd.read_csv("../../../data/coursework/digits.csv")
x, y = (
    table.drop(columns="digit").to_numpy().reshape(-1, 8, 8, 1) / 16.0,
    pd.get_dummies(table["digit"], dtype=float).to_numpy(),
)
figure, axes = plt.subplots(2, 10)
for image, label, axis in zip(x, table["digit"], axes.flat):
    axis.imshow(image, cmap="gray_r")
    axis.set_title(label)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=42, stratify=y)
keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        keras.layers.Input([8, 8, 1]),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(0.003), "categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=15, validation_split=0.2, verbose=0)
pd.DataFrame(history.history).plot()
print(model.evaluate(x_test, y_test, verbose=0))
outputs = model.predict(x_test, verbose=0)
ConfusionMatrixDisplay.from_predictions(y_test.argmax(1), outputs.argmax(1))
kernels = model.layers[0].kernel.numpy()
figure, axes = plt.subplots(1, 8)
for i, axis in enumerate(axes):
    axis.imshow(kernels[:, :, 0, i], cmap="coolwarm")
maps = keras.Model(model.inputs, model.layers[0].output).predict(x_test[:1], verbose=0)
figure, axes = plt.subplots(1, 8)
for i, axis in enumerate(axes):
    axis.imshow(maps[0, :, :, i], cmap="gray_r")
eights = x_test[y_test.argmax(1) == 8][:8]
grad_model = keras.Model(model.inputs, [model.layers[1].output, model.outputs[0]])
with tf.GradientTape() as tape:
    features, scores = grad_model(eights)
    score = tf.reduce_sum(scores[:, 8])
weights = tf.reduce_mean(tape.gradient(score, features), (1, 2), keepdims=True)
cams = tf.nn.relu(tf.reduce_sum(weights * features, -1)).numpy()
figure, axes = plt.subplots(1, 8)
for image, cam, axis in zip(eights, cams, axes):
    axis.imshow(image, cmap="gray_r")
    axis.imshow(cam, cmap="Reds", alpha=0.5, extent=(-0.5, 7.5, 7.5, -0.5))
wrong = np.flatnonzero(outputs.argmax(1) != y_test.argmax(1))
wrong = wrong[np.argsort(-outputs[wrong].max(1))][:10]
figure, axes = plt.subplots(2, 5)
for i, axis in zip(wrong, axes.flat):
    axis.imshow(x_test[i], cmap="gray_r")
    axis.set_title(f"{y_test[i].argmax()} taken for {outputs[i].argmax()}")
