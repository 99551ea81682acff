"""The other half of keras_files.ipynb: reads in Keras what it saved, and saves a model of Keras for it."""

import keras
import pandas as pd
from sklearn.preprocessing import StandardScaler

table = pd.read_csv("../../../data/coursework/iris.csv")
x = StandardScaler().fit_transform(table.drop(columns="species"))
y = pd.get_dummies(table["species"], dtype=float).to_numpy()
model = keras.models.load_model("../saved/iris.keras")
model.summary()
print(model.evaluate(x, y, verbose=0))
keras.utils.set_random_seed(1)
own = keras.Sequential(
    [keras.layers.Input([4]), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(3, activation="softmax")]
)
own.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
history = own.fit(x, y, epochs=40, verbose=0)
pd.DataFrame(history.history).plot()
own.save("../saved/own.keras")
back = keras.models.load_model("../saved/own.keras")
print(abs(own.predict(x, verbose=0) - back.predict(x, verbose=0)).max(), back.evaluate(x, y, verbose=0))
