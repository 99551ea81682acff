"""An array of every type of number that NumPy writes, in both byte orders and both orders of axes,
and small files of other programs: for the tests of the readers. Run in this folder."""

import io
import pathlib
import pickle

import h5py
import numpy as np
import scipy.io

print("NumPy", np.__version__)
here = pathlib.Path(__file__).parent
base = np.array([[0, 1, 2], [100, 101, 127]])
arrays = {}
for kind in ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "b1"]:
    values = base % 2 if kind == "b1" else -base if kind[0] in "if" else base
    values = values / 8 if kind[0] == "f" else values
    for order in "<>":
        for axes in "CF":
            arrays[f"{kind}{'le' if order == '<' else 'be'}{axes}"] = np.array(
                values, dtype=order + kind, order=axes
            )
# Half-precision numbers: zeros, the smallest and the largest subnormal, the smallest normal, the largest, -inf, NaN.
arrays["halves"] = np.array([0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x7BFF, 0xFC00, 0x7E00], "<u2").view("<f2")
arrays["halves_as_f4"] = arrays["halves"].astype("f4")
np.savez_compressed(here / "npz" / "types.npz", **arrays)

hostile = here / "hostile"
hostile.mkdir(exist_ok=True)
(hostile / "values.pkl").write_bytes(pickle.dumps({"a": [1, 2]}, protocol=4))
scipy.io.savemat(hostile / "values.mat", {"a": np.arange(3)})
with h5py.File(hostile / "values.h5", "w") as file:
    file["a"] = np.arange(3)
