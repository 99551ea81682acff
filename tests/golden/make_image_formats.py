"""Small pictures in other formats for the tests of ImageFolder, and what Pillow reads in them: run in
this folder."""

import json
import pathlib

import numpy as np
import PIL
from PIL import Image

here = pathlib.Path(__file__).parent
folder = here / "image_formats"
folder.mkdir(exist_ok=True)
rng = np.random.default_rng(5)
y, x = np.mgrid[0:7, 0:9]
smooth = np.stack([20 * x, 30 * y, 90 + 5 * x], -1).astype("u1")
noise = rng.integers(0, 256, (7, 9, 3)).astype("u1")
Image.fromarray(smooth).save(folder / "plain.bmp")
Image.fromarray(smooth[..., 0]).save(folder / "grey.bmp")
Image.fromarray(smooth).quantize(16).save(folder / "palette.bmp")
Image.fromarray(smooth).quantize(64).save(folder / "plain.gif")
frames = [Image.fromarray(f).quantize(64) for f in (noise, smooth)]
frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:], duration=50)
Image.fromarray(noise).save(folder / "lossless.webp", lossless=True)
Image.fromarray(smooth).save(folder / "lossy.webp", quality=90)
Image.fromarray(smooth).save(folder / "moving.webp", lossless=True, save_all=True,
                             append_images=[Image.fromarray(noise)], duration=50)
expected = {}
for path in sorted(folder.iterdir()):
    with Image.open(path) as picture:
        expected[path.name] = np.asarray(picture.convert("RGB")).reshape(-1).tolist()
(here / "image_formats.json").write_text(json.dumps({"Pillow": PIL.__version__, "pixels": expected}) + "\n")
