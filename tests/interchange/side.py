"""Keras' and onnxruntime's side of tests/interchange.rs.

side.py make FOLDER COUNT: models of random layers, saved by Keras, with what they predict.
side.py check FOLDER COUNT: Keras and onnxruntime read the files that the library wrote of these models.
"""

import json
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "numpy"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import logging

logging.disable(logging.WARNING)
import keras
import numpy as np

L = keras.layers
ACTIVATIONS = ["linear", "relu", "leaky_relu", "elu", "selu", "gelu", "sigmoid", "hard_sigmoid", "tanh", "softmax",
               "softplus", "softsign", "silu", "exponential"]
LAYERS = set("""Activation AveragePooling2D BatchNormalization Conv2D Dense Dropout ELU Flatten GaussianNoise
    GlobalAveragePooling2D GlobalMaxPooling2D LeakyReLU MaxPooling2D RandomBrightness RandomContrast RandomFlip
    RandomRotation RandomTranslation RandomZoom ReLU Rescaling Reshape Softmax AveragePooling1D Bidirectional Conv1D
    Cropping1D Cropping2D Embedding GRU GlobalAveragePooling1D GlobalMaxPooling1D LSTM LayerNormalization MaxPooling1D PReLU
    RMSNormalization Permute RepeatVector SimpleRNN SpatialDropout1D SpatialDropout2D TimeDistributed UpSampling1D UpSampling2D
    ZeroPadding1D ZeroPadding2D DepthwiseConv2D SeparableConv2D Conv2DTranspose
    Add MultiHeadAttention""".split())
TOLERANCE = 1e-5


class Maker:
    """A model of random layers."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        keras.utils.set_random_seed(seed)

    def one(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def chance(self, share):
        return self.rng.random() < share

    def activation(self):
        if self.chance(0.15):
            return L.LeakyReLU(negative_slope=round(float(self.rng.uniform(0.05, 0.4)), 3))
        return ACTIVATIONS[self.rng.integers(len(ACTIVATIONS))]

    def regularizer(self):
        return self.one(None, None, keras.regularizers.L2(0.02), keras.regularizers.L1L2(0.01, 0.03))

    def between(self, shape):
        """A layer that takes any shape."""
        kind = self.rng.integers(9)
        if kind == 0:
            return L.Dropout(0.3)
        if kind == 1:
            return L.GaussianNoise(0.2)
        if kind == 2:
            return L.Activation(ACTIVATIONS[self.rng.integers(len(ACTIVATIONS))])
        if kind == 3:
            return L.Rescaling(float(np.float32(self.rng.uniform(0.5, 2))), float(np.float32(self.rng.uniform(-1, 1))))
        if kind == 4:
            return self.one(L.ReLU(), L.LeakyReLU(), L.ELU(), L.Softmax())
        return L.BatchNormalization(epsilon=self.one(1e-3, 1e-2), center=self.chance(0.7), scale=self.chance(0.7))

    def on_pictures(self, shape):
        height, width, _ = shape
        fits = min(height, width) >= 3
        kind = self.rng.integers(8)
        padding = "valid" if fits and self.chance(0.5) else "same"
        size = self.one(1, 2, 3, (2, 3), (3, 1))
        if kind == 0 and self.chance(0.7):
            return self.other_convolution(size, padding)
        if kind <= 2:
            dilated = self.chance(0.2)
            return L.Conv2D(int(self.rng.integers(1, 5)), size, strides=1 if dilated else self.one(1, 1, 2, (1, 2)),
                            dilation_rate=2 if dilated and min(height, width) >= 5 else 1, padding=padding,
                            use_bias=self.chance(0.7), activation=self.activation(),
                            kernel_regularizer=self.regularizer(), bias_initializer="random_normal")
        if kind <= 4:
            pooling = self.one(L.MaxPooling2D, L.AveragePooling2D)
            return pooling(self.one(2, 3, (1, 2)), strides=self.one(None, 1, 2, (2, 1)), padding=padding)
        if kind == 5 and self.chance(0.6):
            return self.resized(shape)
        if kind == 5:
            return self.one(L.RandomFlip("horizontal"), L.RandomRotation(0.1), L.RandomTranslation(0.1, 0.2),
                            L.RandomZoom(0.1), L.RandomContrast(0.2), L.RandomBrightness(0.2, value_range=(0, 1)))
        return self.between(shape)

    def other_convolution(self, size, padding):
        settings = dict(strides=self.one(1, 1, 2), padding=padding, use_bias=self.chance(0.7), activation=self.activation(),
                        bias_initializer="random_normal")
        many = self.one(1, 2)
        return self.one(L.DepthwiseConv2D(size, depth_multiplier=many, **settings),
                        L.SeparableConv2D(3, size, depth_multiplier=many, **settings),
                        L.Conv2DTranspose(2, size, **settings))

    def resized(self, shape):
        """A picture with other sides, if it may be cut."""
        kinds = [L.UpSampling2D(self.one(2, (1, 2))), L.ZeroPadding2D(((1, 0), (0, 2))), L.SpatialDropout2D(0.2),
                 L.PReLU("random_normal", shared_axes=self.one(None, [1, 2], [2]))]
        return self.one(*kinds, *([L.Cropping2D(((1, 0), (0, 1)))] if min(shape[:2]) > 2 else []))

    def recurrent(self, sequences):
        """A recurrent layer with activations that ONNX has in such layers."""
        make = self.one(L.LSTM, L.GRU, L.SimpleRNN)
        more = {} if make is L.SimpleRNN else {"recurrent_activation": self.one("sigmoid", "sigmoid", "tanh")}
        layer = make(int(self.rng.integers(1, 6)), activation=self.one("tanh", "tanh", "relu", "softsign"),
                     use_bias=self.chance(0.8), return_sequences=sequences, bias_initializer="random_normal",
                     dropout=self.one(0.0, 0.2), **more)
        if self.chance(0.3):
            return L.Bidirectional(layer, merge_mode=self.one("concat", "sum", "mul", "ave"))
        layer.go_backwards = bool(self.chance(0.3))
        return layer

    def on_sequences(self, shape):
        steps = shape[0]
        kind = self.rng.integers(10)
        padding = "valid" if steps >= 4 and self.chance(0.5) else "same"
        if kind <= 1:
            return self.recurrent(True)
        if kind <= 3:
            dilated = self.chance(0.3) and steps >= 6
            return L.Conv1D(int(self.rng.integers(1, 5)), self.one(1, 2, 3), strides=1 if dilated else self.one(1, 2),
                            dilation_rate=2 if dilated else 1, padding=self.one(padding, "causal"),
                            use_bias=self.chance(0.7), activation=self.activation(), bias_initializer="random_normal")
        if kind == 4:
            return self.one(L.MaxPooling1D, L.AveragePooling1D)(self.one(2, 3), strides=self.one(None, 1, 2), padding=padding)
        if kind == 5:
            return L.LayerNormalization(epsilon=self.one(1e-3, 1e-2), center=self.chance(0.7), scale=self.chance(0.7),
                                        gamma_initializer="random_normal", beta_initializer="random_normal")
        if kind == 6:
            return self.one(L.PReLU("random_normal"), L.SpatialDropout1D(0.2), L.Permute((2, 1)), L.UpSampling1D(2),
                            L.RMSNormalization())
        if kind == 7:
            return self.one(L.ZeroPadding1D((1, 2)), *([L.Cropping1D((1, 1))] if steps > 2 else []))
        if kind == 8:
            return self.one(L.TimeDistributed(L.Dense(3, activation=self.activation())), L.Dense(2, activation=self.activation()))
        return self.between(shape)

    def sequences(self):
        """An input's shape, and layers for sequences that fit it."""
        shape = (int(self.rng.integers(3, 9)), int(self.rng.integers(1, 5)))
        layers, now = [], (None, *shape)
        if self.chance(0.3):
            self.words, shape, now = 9, shape[:1], (None, shape[0])
            layers.append(L.Embedding(9, int(self.rng.integers(1, 5)), embeddings_initializer="random_normal"))
            now = layers[0].compute_output_shape(now)
        for _ in range(self.rng.integers(1, 5)):
            if self.chance(0.12):
                values = self.one(None, 2)
                layers.append(L.MultiHeadAttention(self.one(1, 2, 3), 3, value_dim=values, use_bias=self.chance(0.7),
                                                   bias_initializer="random_normal"))
                continue
            layers.append(self.on_sequences(now[1:]))
            now = layers[-1].compute_output_shape(now)
        end = self.one(L.GlobalAveragePooling1D(), L.GlobalMaxPooling1D(), L.Flatten(), self.recurrent(False))
        layers.append(end)
        if self.chance(0.2):
            layers += [L.RepeatVector(3), self.recurrent(False)]
        return shape, layers

    def layers(self):
        """An input's shape, and layers that fit it."""
        self.words = None
        kind = self.rng.random()
        if kind < 0.35:
            shape, layers = self.sequences()
        elif kind < 0.8:
            shape = (int(self.rng.integers(4, 9)), int(self.rng.integers(4, 9)), int(self.rng.integers(1, 4)))
            layers = []
            now = (None, *shape)
            for _ in range(self.rng.integers(1, 6)):
                layer = self.on_pictures(now[1:])
                now = layer.compute_output_shape(now)
                layers.append(layer)
            kind = self.rng.integers(4)
            if kind == 0:
                end = [L.GlobalAveragePooling2D(keepdims=self.chance(0.3))]
            elif kind == 1:
                end = [L.GlobalMaxPooling2D(keepdims=self.chance(0.3))]
            elif kind == 2:
                end = [L.Reshape((-1, now[3])), L.BatchNormalization()]
            else:
                end = []
            layers += end
            if self.chance(0.8):
                layers.append(L.Flatten())
            else:
                return shape, layers
        else:
            shape = (int(self.rng.integers(2, 9)),)
            layers = []
        for _ in range(self.rng.integers(1, 4)):
            layers.append(L.Dense(int(self.rng.integers(1, 7)), use_bias=self.chance(0.8), activation=self.activation(),
                                  kernel_regularizer=self.regularizer(), bias_initializer="random_normal"))
            if self.chance(0.4):
                layers.append(self.between(None))
        return shape, layers

    def compiled(self, model):
        O = keras.optimizers
        rate = self.one(0.01, O.schedules.ExponentialDecay(0.02, 7, 0.5), O.schedules.CosineDecay(0.03, 9, alpha=0.1))
        optimizer = self.one(O.SGD, O.RMSprop, O.Adam, O.AdamW, O.Adagrad, O.Adadelta, O.Adamax, O.Nadam, O.Lion, O.Ftrl)(rate)
        loss = self.one("mse", "categorical_crossentropy", keras.losses.Huber(0.7),
                        keras.losses.CategoricalCrossentropy(label_smoothing=0.1), "binary_crossentropy")
        metrics = self.one([], ["accuracy"], ["mae", keras.metrics.F1Score(average="macro")],
                           [keras.metrics.AUC(), keras.metrics.TopKCategoricalAccuracy(k=2)])
        model.compile(optimizer, loss, metrics=metrics)

    def model(self):
        while True:
            shape, layers = self.layers()
            kind = self.rng.integers(3)
            # Keras' Sequential cannot contain this layer.
            if kind == 0 or any(isinstance(layer, L.MultiHeadAttention) for layer in layers):
                source = L.Input(shape)
                value = source
                for layer in layers:
                    attends = isinstance(layer, L.MultiHeadAttention)
                    value = L.Add()([value, layer(value, value)]) if attends else layer(value)
                model = keras.Model(source, value)
            elif kind == 1 and len(layers) > 2:
                cut = int(self.rng.integers(1, len(layers)))
                model = keras.Sequential([L.Input(shape), keras.Sequential(layers[:cut]), *layers[cut:]])
            else:
                model = keras.Sequential([L.Input(shape), *layers])
            for weight in model.weights:
                if "moving" in weight.path:
                    spread = self.rng.uniform(0.5, 1.5, weight.shape)
                    weight.assign(spread if "variance" in weight.path else spread - 1)
            self.compiled(model)
            x = self.rng.uniform(-1, 1, (5, *shape)).astype(np.float32)
            if self.words:
                x = self.rng.integers(0, self.words, (5, *shape)).astype(np.float32)
            y = np.asarray(model(x, training=False))
            # Outputs in the thousands have larger rounding errors, and constant ones prove nothing.
            if np.isfinite(y).all() and np.abs(y).max() < 20 and np.ptp(y) > 1e-3:
                return model, x, y


def flat(layers):
    """The classes of the layers, models within models opened."""
    names = []
    for layer in layers:
        if isinstance(layer, keras.Model):
            names += flat(layer.layers)
        elif not isinstance(layer, L.InputLayer):
            names.append(type(layer).__name__)
    return names


def train(optimizer, model, x, y, steps):
    """Steps of least squares of one linear layer, by the gradient's formula."""
    kernel, bias = model.trainable_variables
    for _ in range(steps):
        error = x @ np.asarray(kernel) + np.asarray(bias) - y
        scale = 2 / error.size
        optimizer.apply([(scale * x.T @ error).astype("float32"), (scale * error.sum(0)).astype("float32")],
                        [kernel, bias])


def optimizers():
    O = keras.optimizers
    slow = O.schedules.InverseTimeDecay(0.05, 2, 0.5)
    return [O.SGD(0.05), O.SGD(0.05, momentum=0.9, nesterov=True), O.SGD(slow, momentum=0.5), O.RMSprop(0.01),
            O.RMSprop(0.01, momentum=0.5), O.RMSprop(0.01, centered=True), O.RMSprop(0.01, momentum=0.5, centered=True),
            O.Adam(0.02), O.Adam(0.02, amsgrad=True), O.Adam(slow), O.AdamW(0.02), O.Adagrad(0.05), O.Adadelta(0.5),
            O.Adamax(0.02), O.Nadam(0.02), O.Lion(0.01), O.Ftrl(0.05, l1_regularization_strength=0.01)]


def linear(optimizer):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([L.Input((3,)), L.Dense(2)])
    model.compile(optimizer, "mse")
    optimizer.build(model.trainable_variables)
    return model


def make(folder, count):
    arrays, told = {}, []
    for i in range(count):
        model, x, y = Maker(i).model()
        # The older format stores no module, so that Keras does not find a layer within a layer there.
        old = i % 4 == 3 and not any(isinstance(layer, keras.Model) for layer in model.layers)
        name = f"made_{i}.{'h5' if old else 'keras'}"
        model.save(folder / name)
        arrays |= {f"x_{i}": x, f"y_{i}": y}
        told.append({"file": name, "layers": flat(model.layers)})
    classes = {name for model in told for name in model["layers"]}
    assert classes == LAYERS, f"layers that no model has, or that are not known: {classes ^ LAYERS}"
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(8, 3)).astype("float32"), rng.normal(size=(8, 2)).astype("float32")
    arrays |= {"x": x, "y": y}
    for i, optimizer in enumerate(optimizers()):
        model = linear(optimizer)
        train(optimizer, model, x, y, 3)
        model.save(folder / f"optimizer_{i}.keras")
        train(optimizer, model, x, y, 2)
        arrays |= {f"kernel_{i}": model.get_weights()[0], f"bias_{i}": model.get_weights()[1]}
    np.savez(folder / "made.npz", **arrays)
    told = {"models": told, "optimizers": len(optimizers())}
    (folder / "made.json").write_text(json.dumps(told))


def differs(name, ours, theirs):
    """A message if two arrays are not the same."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if ours.shape != theirs.shape:
        return [f"{name}: shapes {ours.shape} and {theirs.shape}"]
    worst = float(np.abs(ours - theirs).max())
    return [] if worst <= TOLERANCE else [f"{name}: {worst} apart"]


def plain(config):
    """A configuration in a form that can be compared: names count objects, and floats are single."""
    if isinstance(config, dict):
        idle = ("name", "shared_object_id", "registered_name")
        return {key: plain(value) for key, value in config.items() if key not in idle}
    if isinstance(config, (list, tuple)):
        return [plain(value) for value in config]
    return float(np.float32(config)) if isinstance(config, float) else config


def compiled(model):
    """What a model was compiled with."""
    loss, metrics = model._compile_loss._user_loss, model._compile_metrics
    loss = keras.losses.get(loss) if isinstance(loss, str) else loss
    if not isinstance(loss, keras.losses.Loss):  # a function by its name
        loss = getattr(keras.losses, "".join(part.title() for part in loss.__name__.split("_")))()
    of = keras.saving.serialize_keras_object
    kinds = [[type(m).__name__, m.name] for m in metrics.metrics] if metrics else []
    return plain([of(model.optimizer), of(loss), kinds])


def open_layers(model):
    """The layers with models within models opened, and whether they are trained."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            for inner, trained in open_layers(layer):
                yield inner, trained and layer.trainable
        elif not isinstance(layer, L.InputLayer):
            yield layer, layer.trainable


def kept(here, source):
    """The differences in frozen layers, constraints, and what the models were compiled with."""
    pairs = list(zip(open_layers(here), open_layers(source), strict=True))
    flags = [(mine, its) for (_, mine), (_, its) in pairs if mine != its]
    if flags:
        yield f"trainable: {flags}"
    for (mine, _), (its, _) in pairs:
        constraints = lambda layer: plain({k: v for k, v in layer.get_config().items() if "constraint" in k})
        if constraints(mine) != constraints(its):
            yield f"{its.name}: {constraints(mine)}, not {constraints(its)}"
    if compiled(here) != compiled(source):
        yield f"compiled with {compiled(here)}, not {compiled(source)}"
    for mine, its in zip(here.optimizer.variables, source.optimizer.variables, strict=True):
        yield from differs(its.path, mine, its)
    for mine, its in zip(here.weights, source.weights, strict=True):
        yield from differs(its.path, mine, its)


def check(folder, count):
    import onnxruntime

    problems = []
    arrays = np.load(folder / "made.npz")
    told = json.loads((folder / "made.json").read_text())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    for i in range(count):
        name = told["models"][i]["file"]
        x, y = arrays[f"x_{i}"], arrays[f"y_{i}"]
        here = keras.models.load_model(folder / f"back_{i}.keras")
        problems += differs(f"{name} by Keras", here(x, training=False), y)
        classes = flat(here.layers)
        wanted = ["Activation" if c in ("ReLU", "ELU", "Softmax") else c for c in told["models"][i]["layers"]]
        if classes != wanted:
            problems.append(f"{name}: layers {classes}, not {wanted}")
        if name.endswith(".keras"):  # Keras does not find the loss "mse" in an .h5 of its own.
            source = keras.models.load_model(folder / name)
            ours, theirs = compiled(here), compiled(source)
            if ours != theirs:
                problems.append(f"{name}: compiled with {ours}, not {theirs}")
        session = onnxruntime.InferenceSession(str(folder / f"back_{i}.onnx"), options)
        for rows in (5, 1):
            got = session.run(None, {"input": x[:rows]})[0]
            problems += differs(f"{name} by onnxruntime, {rows} rows", got, y[:rows])
    x, y = arrays["x"], arrays["y"]
    for i in range(told["optimizers"]):
        # After the library's two steps, one more by Keras must end where Keras' own sixth step does.
        here = keras.models.load_model(folder / f"trained_{i}.keras")
        name = type(here.optimizer).__name__
        problems += differs(f"optimizer {i}, {name}", here.get_weights()[0], arrays[f"kernel_{i}"])
        own = optimizers()[i]
        model = linear(own)
        train(own, model, x, y, 6)
        train(here.optimizer, here, x, y, 1)
        for ours, theirs in zip(here.get_weights(), model.get_weights()):
            problems += differs(f"optimizer {i}, {name}, one step later", ours, theirs)
        fresh = linear(optimizers()[i])
        fresh.load_weights(folder / f"trained_{i}.weights.h5")
        problems += differs(f"optimizer {i}, weights alone", fresh.get_weights()[0], arrays[f"kernel_{i}"])
        order = np.load(folder / f"trained_{i}.npz")
        fresh.set_weights([order[f"arr_{k}"] for k in range(len(order.files))])
        problems += differs(f"optimizer {i}, npz", fresh.get_weights()[1], arrays[f"bias_{i}"])
    for back in folder.glob("kept_*_back.keras"):
        here = keras.models.load_model(back)
        source = keras.models.load_model(str(back).replace("_back", ""))
        problems += [f"{back.name}: {what}" for what in kept(here, source)]
    for one in json.loads((folder / "graphs.json").read_text()):
        name, x, at = one["name"], [], 0
        rows = np.array(one["rows"], dtype=np.float32).reshape(4, -1)
        for shape in one["inputs"]:
            width = int(np.prod(shape))
            x.append(rows[:, at : at + width].reshape(4, *shape))
            at += width
        here = keras.models.load_model(folder / f"{name}.keras")
        session = onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), options)
        mine = here(x if len(x) > 1 else x[0], training=False)
        mine = mine if isinstance(mine, list) else [mine]
        others = session.run(None, {told.name: v for told, v in zip(session.get_inputs(), x, strict=True)})
        for who, outputs in (("Keras", mine), ("onnxruntime", others)):
            beside = np.concatenate([np.asarray(y).reshape(4, -1) for y in outputs], 1)
            problems += differs(f"{name} by {who}", beside.ravel(), np.array(one["outputs"], dtype=np.float32))
    prepared = json.loads((folder / "prepared.json").read_text())
    for one in prepared:
        session = onnxruntime.InferenceSession(str(folder / one["file"]), options)
        if "cells" in one:  # An input for each column, texts among them.
            column = lambda cells: np.array(cells, dtype=object if any(isinstance(c, str) for c in cells) else np.float32)
            given = {name: column(cells).reshape(-1, 1) for name, cells in one["cells"].items()}
        else:
            rows = np.array(one["rows"], dtype=np.float32)
            given = {"input": rows.reshape(len(rows), *one.get("shape", rows.shape[1:]))}
        problems += differs(one["file"], session.run(None, given)[0], np.array(one["outputs"]))
        meta = session.get_modelmeta().custom_metadata_map
        if json.loads(meta["columns"]) != one["columns"] or json.loads(meta["classes"]) != one["classes"]:
            problems.append(f"{one['file']}: metadata {meta}")
        if "keras" in one:
            here = keras.models.load_model(folder / one["keras"])
            ready = np.array(one["prepared"], dtype=np.float32)
            problems += differs(one["keras"], here(ready, training=False), np.array(one["outputs"]))
    print(json.dumps(problems))


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](pathlib.Path(sys.argv[2]), int(sys.argv[3]))
