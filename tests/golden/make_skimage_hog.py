"""Makes skimage-hog.json: features by scikit-image's hog, of pictures that tests make by the same rules.

Run in the folder of this file with Python, NumPy and scikit-image installed:
    python make_skimage_hog.py
skimage-0.26-hog.json holds further cases of one picture, each by its first features and sums.
"""
import json
import pathlib

import numpy as np
import skimage
from skimage.feature import hog


def whole(height, width, channels, step):
    """Whole numbers from 0 to 255; neighbours differ in every direction, and equal ones occur."""
    r, c, k = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    return ((r * r * 7 + c * c * step + r * c * 3 + 31 * k * (r + 1)) // 4 * 8 % 256).astype(np.uint8)


def fractions(height, width, channels, step):
    """The same as shares of 255 in float32."""
    return whole(height, width, channels, step).astype(np.float32) / np.float32(255)


def diagonal(height, width, channels, step):
    """Slopes of exactly 0, 45, 90 and 135 degrees: angles on the edges of bins."""
    r, c, k = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    way = (r // 4 + c // 4 + step) % 4
    slope = np.select([way == 0, way == 1, way == 2], [5 * (r + c), 5 * (r - c) + 128, 6 * r], 6 * c)
    return (slope + 0 * k).clip(0, 255).astype(np.uint8)


def wide(height, width, channels, step):
    """Whole numbers far above 255."""
    return whole(height, width, channels, step).astype(np.int64) * 1001


pictures = {f.__name__: f for f in (whole, fractions, diagonal, wide)}
cases = []


def case(picture, height, width, channels=1, step=5, orientations=9, cell=(8, 8), block=(3, 3),
         norm="L2-Hys", sqrt=False):
    image = pictures[picture](height, width, channels, step)
    image = image if channels > 1 else image[:, :, 0]
    features = hog(image, orientations, cell, block, norm, transform_sqrt=sqrt,
                   channel_axis=-1 if channels > 1 else None)
    cases.append({
        "picture": picture, "height": height, "width": width, "channels": channels, "step": step,
        "orientations": orientations, "cell": cell, "block": block, "norm": norm, "sqrt": sqrt,
        "features": [float(f"{v:.9g}") for v in features],
    })


one = dict(block=(1, 1), cell=(4, 4))
for picture in pictures:
    case(picture, 28, 28)
    case(picture, 24, 30, orientations=8, cell=(7, 5), block=(2, 1), norm="L2")
    case(picture, 16, 16, orientations=8, **one)
    case(picture, 13, 17, orientations=1, cell=(2, 2), block=(1, 1))
    case(picture, 16, 16, channels=3, step=9, orientations=6, **one, norm="L1")
    case(picture, 12, 12, orientations=12, cell=(3, 6), block=(2, 2), norm="L1-sqrt")
    case(picture, 12, 12, orientations=5, cell=(4, 3), block=(1, 2), norm="L2", sqrt=True)
for orientations in (4, 7, 11, 28, 32, 36, 44, 52):
    case("diagonal", 16, 16, orientations=orientations, **one, norm="L1")
case("whole", 2, 2, orientations=4, cell=(1, 1), block=(1, 1))
case("fractions", 11, 10, channels=2, orientations=16, cell=(5, 5), block=(2, 2), norm="L1", sqrt=True)
made_by = f"scikit-image {skimage.__version__}, NumPy {np.__version__}"
json.dump({"made_by": made_by, "cases": cases}, open(pathlib.Path(__file__).parent / "skimage-hog.json", "w"))
