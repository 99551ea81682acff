"""Archives as NumPy writes them, for the tests of the .npz reader: run in this folder."""

import pathlib

import numpy as np

print("NumPy", np.__version__)
folder = pathlib.Path(__file__).parent / "npz"
folder.mkdir(exist_ok=True)
f4 = np.arange(6, dtype="<f4").reshape(2, 3) / 4
arrays = {
    "f4": f4,
    "fortran": np.asfortranarray(f4.astype("<f8")),
    "big_endian": np.array([[1, -2], [3, 400]], dtype=">i2"),
    "u1": np.arange(12, dtype="u1").reshape(3, 4),
    "u1_fortran": np.asfortranarray(np.arange(12, dtype="u1").reshape(3, 4)),
    "words": np.array(["état", "", "nrem"]),
    "layers/dense:0/kernel": f4,
}
np.savez(folder / "stored.npz", **arrays)
np.savez_compressed(folder / "deflated.npz", **arrays)
np.savez(folder / "objects.npz", fine=f4, objects=np.array([{"a": 1}, None], dtype=object))
