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

from maker import OWN, Maker

L = keras.layers
LAYERS = set("""Activation AveragePooling2D BatchNormalization Conv2D Dense Dropout ELU Flatten GaussianNoise
    GlobalAveragePooling2D GlobalMaxPooling2D LeakyReLU MaxPooling2D RandomBrightness RandomContrast RandomFlip
    RandomRotation RandomTranslation RandomZoom ReLU Rescaling Reshape Softmax AveragePooling1D Bidirectional Conv1D
    Cropping1D Cropping2D Embedding GRU GlobalAveragePooling1D GlobalMaxPooling1D LSTM LayerNormalization MaxPooling1D PReLU
    RMSNormalization Permute RepeatVector SimpleRNN SpatialDropout1D SpatialDropout2D TimeDistributed UpSampling1D UpSampling2D
    ZeroPadding1D ZeroPadding2D DepthwiseConv2D SeparableConv2D Conv2DTranspose
    Add Masking MultiHeadAttention UnitNormalization Average Concatenate Dot Maximum Minimum Multiply Subtract""".split())
TOLERANCE = 1e-5


def flat(layers):
    """The classes of the layers, models within models opened."""
    names = []
    for layer in layers:
        if isinstance(layer, keras.Model):
            names += flat(layer.layers)
        elif not isinstance(layer, L.InputLayer):
            names.append(type(layer).__name__)
    return names


def own_names(model):
    """The layers' names of their own, unless models within it may have the same ones."""
    return [] if any(isinstance(l, keras.Model) for l in model.layers) else [l.name for l in model.layers if l.name.startswith(OWN)]


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
        # Nor does Keras find the operations there that it has made for masks.
        old = old and all(isinstance(o, keras.layers.Layer) for o in getattr(model, "operations", []))
        name = f"made_{i}.{'h5' if old else 'keras'}"
        model.save(folder / name)
        arrays |= {f"x_{i}": x, f"y_{i}": y}
        told.append({"file": name, "layers": flat(model.layers), "names": own_names(model)})
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
        names = told["models"][i]["names"]
        if names and names != own_names(here):
            problems.append(f"{name}: names {own_names(here)}, not {names}")
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
