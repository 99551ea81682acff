"""Makes data/chest-xray-sample: a stratified sample of the chest X-rays, small and grey.

    python3 data/make_xray_sample.py FOLDER_OF_CHEST_XRAY

The argument is the folder of Kaggle's `paultimothymooney/chest-xray-pneumonia`, with its train, val
and test. From each class of train and test every n-th picture is taken, in the order of the names, so
that few children appear twice; from val all sixteen are taken. A picture becomes 128 x 128 grey bytes
and is written as JPEG. Needs Pillow (13.0.0 made the present files).
"""

import hashlib
import shutil
import sys
from pathlib import Path

from PIL import Image

SIDE, QUALITY = 128, 82
# Train has the set's shares of the two classes, 1 : 2.9, and so has test, 1 : 1.67.
COUNTS = {"train": (140, 404), "val": (8, 8), "test": (78, 130)}
HERE = Path(__file__).parent / "chest-xray-sample"


def main():
    source = Path(sys.argv[1])
    for part in COUNTS:
        shutil.rmtree(HERE / part, ignore_errors=True)
    total, sums = 0, []
    for part, counts in COUNTS.items():
        for label, count in zip(("NORMAL", "PNEUMONIA"), counts):
            files = sorted((source / part / label).glob("*.jpeg"))
            (HERE / part / label).mkdir(parents=True)
            for i in range(count):
                file = files[i * len(files) // count]
                picture = Image.open(file).convert("L").resize((SIDE, SIDE), Image.LANCZOS)
                target = HERE / part / label / file.name
                picture.save(target, quality=QUALITY, optimize=True)
                data = target.read_bytes()
                total += len(data)
                sums.append(f"{hashlib.sha256(data).hexdigest()}  {target.relative_to(HERE)}\n")
    (HERE / "SHA256SUMS").write_text("".join(sums))
    print(f"{len(sums)} pictures, {total} bytes")
    print(hashlib.sha256((HERE / "SHA256SUMS").read_bytes()).hexdigest(), "SHA256SUMS")


main()
