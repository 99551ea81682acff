"""A folder of small pictures by class, and what Keras' image_dataset_from_directory reads in it.

Needs Keras with TensorFlow, NumPy and Pillow; run in the folder of this file:
    python make_image_folder.py
"""

import json
import pathlib
import shutil

import keras
import numpy as np
import PIL
import tensorflow as tf
from PIL import Image

here = pathlib.Path(__file__).parent
folder = here / "image_folder"
shutil.rmtree(folder, ignore_errors=True)
rng = np.random.default_rng(11)


def smooth(height, width, channels, top=255):
    """Waves with a little noise, so that JPEG loses little."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / (2 + c) + y / (4 - c) + c) for c in range(channels)]
    picture = np.stack(waves, -1) * 0.4 + 0.5 + rng.normal(scale=0.02, size=(height, width, channels))
    return np.round(np.clip(picture, 0, 1) * top)


def save(name, picture, mode=None, **options):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture.squeeze(), mode).save(path, **options)


save("cat/b.jpg", smooth(13, 9, 3).astype("u1"), quality=95, subsampling=0)
save("cat/a.jpeg", smooth(24, 17, 1).astype("u1"), quality=95)
save("cat/more/c.JPG", smooth(20, 20, 3).astype("u1"), quality=95, progressive=True)
save("dog/colour.png", smooth(8, 15, 3).astype("u1"))
save("dog/alpha.png", smooth(11, 10, 4).astype("u1"))
save("dog/grey.png", smooth(14, 6, 1).astype("u1"))
save("dog/deep.png", smooth(9, 9, 1, 65535).astype("<u2"))
palette = Image.fromarray(smooth(10, 12, 3).astype("u1")).quantize(16)
(folder / "owl").mkdir()
palette.save(folder / "owl" / "palette.png")

expected = []
for color_mode in ["rgb", "grayscale"]:
    for interpolation in ["bilinear", "nearest", "area"]:
        for size in [(5, 8), (16, 21)] if interpolation != "area" else [(5, 4)]:
            data = keras.utils.image_dataset_from_directory(
                folder, color_mode=color_mode, interpolation=interpolation, image_size=size,
                shuffle=False, batch_size=100, verbose=False,
            )
            x, labels = next(iter(data))
            x = x.numpy()
            for i, path in enumerate(data.file_paths):
                # Keras takes TensorFlow's default, a fast DCT that is off by up to 16 levels.
                if path.lower().endswith(("jpg", "jpeg")):
                    x[i] = tf.image.resize(
                        tf.io.decode_jpeg(
                            tf.io.read_file(path), channels=x.shape[-1],
                            dct_method="INTEGER_ACCURATE",
                        ),
                        size, method=interpolation,
                    )
            expected.append({
                "color_mode": color_mode, "interpolation": interpolation, "size": size,
                "classes": data.class_names,
                "files": [str(pathlib.Path(p).relative_to(folder)) for p in data.file_paths],
                "labels": labels.numpy().tolist(),
                "x": [round(float(v), 4) for v in x.ravel()],
            })
json.dump({
    "made_by": f"Keras {keras.__version__}, TensorFlow {tf.__version__}, Pillow {PIL.__version__}",
    "expected": expected,
}, open(here / "image_folder.json", "w"))
