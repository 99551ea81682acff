"""Keras' augmentation layers with given numbers in place of random ones, and the ranges from which
they draw.

Writes keras-augmentation.json beside itself; run with Keras 3.15 on TensorFlow:

    python make_keras_augmentation.py

The pictures follow a formula, x[i] = amplitude * sin(.37 * (i + 1)) in row-major order, so that the
tests can make them again. Every case has two pictures.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
from keras import layers

SHAPES = [(5, 7, 2), (6, 6, 1), (1, 4, 3)]
FILLS = ["constant", "reflect", "wrap", "nearest"]
INTERPOLATIONS = ["bilinear", "nearest"]


def wave(shape, amplitude):
    i = np.arange(1, np.prod(shape) + 1, dtype="float64")
    return (amplitude * np.sin(0.37 * i)).astype("float32").reshape(shape)


def column(values):
    return np.array(values, "float32")[:, None]


def affine_layer(kind, numbers, shape, **fill):
    """The layer and its transformation for the numbers of each picture."""
    h, w, _ = shape
    if kind == "rotation":
        layer = layers.RandomRotation(0.5, **fill)
        zeros, ones = np.zeros(2, "float32"), np.ones(2, "float32")
        matrix = layer._compute_affine_matrix(
            center_x=0.5, center_y=0.5, angle=keras.ops.convert_to_tensor(numbers[:, 0]),
            translate_x=zeros, translate_y=zeros, scale=ones, shear_x=zeros, shear_y=zeros,
            height=h, width=w)
        return layer, {"rotation_matrix": matrix}
    if kind == "translation":
        layer = layers.RandomTranslation(0.5, 0.5, **fill)
        return layer, {"translations": numbers, "input_shape": (2, *shape)}
    layer = layers.RandomZoom(0.5, 0.5, **fill)
    return layer, {"width_zoom": numbers[:, :1], "height_zoom": numbers[:, 1:],
                   "input_shape": (2, *shape)}


def affine_cases():
    # Rotation: degrees. Translation: pixels to the right and down. Zoom: width and height.
    # The large ones reach several periods beyond the edges.
    numbers = {
        "rotation": [[[17.0], [-101.3]], [[180.7], [333.3]]],
        "translation": [[[1.3, -0.6], [-3.7, 2.2]], [[23.4, -19.6], [-16.3, 31.2]]],
        "zoom": [[[0.73, 1.31], [1.62, 0.55]], [[5.37, 4.71], [0.11, 6.3]]],
    }
    for kind, choices in numbers.items():
        for shape in SHAPES:
            for fill in FILLS:
                for interpolation in INTERPOLATIONS:
                    for pair in choices:
                        pair = np.array(pair, "float32")
                        layer, transformation = affine_layer(
                            kind, pair, shape, fill_mode=fill, interpolation=interpolation,
                            fill_value=0.7)
                        x = wave((2, *shape), 1.0)
                        y = layer.transform_images(x, transformation, training=True)
                        yield {"layer": kind, "shape": shape, "fill": fill,
                               "interpolation": interpolation, "numbers": pair.tolist(),
                               "y": np.array(y).ravel().tolist()}


def other_cases():
    for shape in SHAPES:
        x = wave((2, *shape), 1.0)
        for mode in ["horizontal", "vertical", "horizontal_and_vertical"]:
            flips = np.array([True, False])[:, None, None, None]
            y = layers.RandomFlip(mode).transform_images(x, {"flips": flips}, training=True)
            yield {"layer": mode, "shape": shape, "numbers": [[1.0], [0.0]],
                   "y": np.array(y).ravel().tolist()}
        for name, layer, key in [
            ("contrast", layers.RandomContrast(0.5, value_range=(-0.9, 0.8)), "contrast_factor"),
            ("brightness", layers.RandomBrightness(0.5, value_range=(-0.9, 0.8)), "rgb_delta"),
        ]:
            numbers = np.array([[1.4], [0.3]], "float32")
            given = {key: numbers[:, :, None, None]}
            y = layer.transform_images(keras.ops.convert_to_tensor(x), given, training=True)
            yield {"layer": name, "shape": shape, "numbers": numbers.tolist(),
                   "y": np.array(y).ravel().tolist()}


def ranges():
    """The ends between which Keras draws, for single factors and pairs."""
    for factor in [0.3, (0.1, 0.4), (0.4, 0.1), 1.0]:
        contrast = layers.RandomContrast(factor).factor
        yield {"layer": "contrast", "factor": factor,
               "ends": [1 - contrast[0], 1 + contrast[1]]}
    for factor in [0.3, -0.3, (-0.1, 0.4), (0.4, 0.1)]:
        zoom = layers.RandomZoom(factor)
        shift = layers.RandomTranslation(factor, 0.2)
        yield {"layer": "rotation", "factor": factor, "ends": layers.RandomRotation(factor).factor}
        yield {"layer": "brightness", "factor": factor,
               "ends": layers.RandomBrightness(factor).factor}
        yield {"layer": "zoom", "factor": factor, "ends": [zoom.height_lower, zoom.height_upper]}
        yield {"layer": "translation", "factor": factor,
               "ends": [shift.height_lower, shift.height_upper]}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return [rounded(v) for v in value] if isinstance(value, (list, tuple)) else value


golden = {"keras": keras.__version__, "cases": [*affine_cases(), *other_cases()],
          "ranges": list(ranges())}
lines = [json.dumps(rounded(case)) for case in golden["cases"]]
out = pathlib.Path(__file__).with_name("keras-augmentation.json")
out.write_text('{"keras": "%s",\n"ranges": %s,\n"cases": [\n%s\n]}\n' % (
    golden["keras"], json.dumps(golden["ranges"]), ",\n".join(lines)))
print(len(lines), "cases,", out.stat().st_size, "bytes")
