"""HOG of MNIST's digits: scikit-image in turn with ours, milliseconds a picture and how many times faster.

    cargo build --release --example preparation_speed
    python benches/hog.py target/release/examples/preparation_speed FOLDER_OF_MNIST
"""
import gzip
import re
import subprocess
import sys
import time

import numpy as np
from skimage.feature import hog

program, folder = sys.argv[1:3]
PICTURES = 500
with gzip.open(f"{folder}/train-images-idx3-ubyte.gz") as file:
    digits = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)[:PICTURES]
pairs = {}
for _ in range(3):
    lines = subprocess.run([program, folder, "hog"], capture_output=True, text=True, check=True).stdout
    for line in lines.splitlines():
        orientations, cell, count, seconds = re.match(r"hog_(\d+)_(\d+)x\d+_of_(\d+) ([\d.]+) s", line).groups()
        start = time.perf_counter()
        for digit in digits:
            hog(digit, int(orientations), (int(cell), int(cell)), (1, 1))
        theirs = (time.perf_counter() - start) / PICTURES * 1e3
        pairs.setdefault((orientations, cell), []).append((theirs, float(seconds) / int(count) * 1e3, float(seconds)))
for (orientations, cell), measured in pairs.items():
    theirs, ours, total = np.median(measured, axis=0)
    ratio = np.median([t / o for t, o, _ in measured])
    print(f"({orientations}, {cell}x{cell}, 1x1): scikit-image {theirs:.3f} ms, ours {ours:.5f} ms "
          f"({total:.3f} s for all), {ratio:.0f} times faster")
