"""Sentiment of sentences in Keras: the twin of sentiment.ipynb."""

import keras
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay, classification_report

table = pd.read_csv("../../../data/coursework/reviews.csv")
print(table["sentiment"].value_counts())
train, test = table[:1245], table[1245:]
words = keras.layers.TextVectorization(max_tokens=2000, output_sequence_length=30)
words.adapt(train["text"])
print(words.get_vocabulary()[:12])
x_train, x_test = words(train["text"]).numpy(), words(test["text"]).numpy()
y_train, y_test = (train["sentiment"] == "positive").to_numpy(), (test["sentiment"] == "positive").to_numpy()
keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        keras.layers.Input([30]),
        keras.layers.Embedding(words.vocabulary_size(), 16, mask_zero=True),
        keras.layers.Bidirectional(keras.layers.LSTM(16)),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])
model.summary()
history = model.fit(x_train, y_train, epochs=8, validation_split=0.2, verbose=0)
pd.DataFrame(history.history).plot()
print(model.evaluate(x_test, y_test, verbose=0))
outputs = model.predict(x_test, verbose=0)[:, 0]
ConfusionMatrixDisplay.from_predictions(y_test, outputs > 0.5, display_labels=["negative", "positive"])
print(classification_report(y_test, outputs > 0.5, target_names=["negative", "positive"]))
RocCurveDisplay.from_predictions(y_test, outputs)
wrong = test.assign(output=outputs)[(outputs > 0.5) != y_test]
print(wrong.sort_values("output").head(5))
mine = ["the picture is great and the battery lasts", "it broke after a week", "not bad at all", "not good at all"]
print(model.predict(words(mine), verbose=0))
plt.show()
