"""Paints every SVG and PDF of a folder of plots, and prints how much each differs from the PNG beside it.

    DFDX_LAB_GALLERY=folder cargo test --lib gallery      # the folder must exist
    python tests/compare_plots.py folder

Needs rsvg-convert (librsvg2-bin), pdftoppm (poppler-utils), Pillow and NumPy. The pictures are blurred before they are
compared, because edges may be shifted by half a pixel. A letter that only the painter's fonts have makes a difference.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageFilter


def blurred(picture):
    return np.asarray(picture.convert("RGB").filter(ImageFilter.GaussianBlur(3)), float)


def main(folder):
    for png in sorted(pathlib.Path(folder).glob("*.png")):
        shown = Image.open(png)
        words = []
        with tempfile.TemporaryDirectory() as place:
            size = [str(side) for side in shown.size]
            svg, pdf = f"{place}/svg.png", f"{place}/pdf"
            subprocess.run(
                ["rsvg-convert", "-w", size[0], "-h", size[1], png.with_suffix(".svg"), "-o", svg], check=True
            )
            subprocess.run(
                ["pdftoppm", "-scale-to-x", size[0], "-scale-to-y", size[1], "-png", "-singlefile"]
                + [png.with_suffix(".pdf"), pdf],
                check=True,
            )
            for kind, path in [("SVG", svg), ("PDF", pdf + ".png")]:
                painted = Image.open(path).resize(shown.size)
                apart = np.abs(blurred(shown) - blurred(painted)).max(2)
                words.append(f"{kind} {apart.mean():.2f} of 255, {100 * (apart > 40).mean():.2f} % far")
        print(f"{png.stem:26}", " | ".join(words))


main(sys.argv[1])
