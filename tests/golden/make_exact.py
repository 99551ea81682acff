"""Makes exact.json: scikit-learn's scalers, ANOVA and PCA of columns that f32 cannot tell apart.

Run in the folder of this file with Python, NumPy and scikit-learn installed:
    python make_exact.py
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.feature_selection import f_classif
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(11)
rows = 60
labels = rng.integers(0, 3, size=rows)
order = rng.permutation(rows)
x = np.stack([
    1700000000.0 + order,                       # seconds since 1970
    1013250.0 + 0.001 * (order * 7 % rows),     # a pressure in mPa
    np.round(np.sin(order) + labels, 6),        # f32 loses nothing of it
], axis=1)
standard, minmax, robust = StandardScaler().fit(x), MinMaxScaler().fit(x), RobustScaler().fit(x)
# Its other solvers subtract squares of 3e18 and lose the third digit of the second component.
pca = PCA(2, svd_solver="full").fit(x)
components = pca.components_
signs = np.sign(components[np.arange(2), np.abs(components).argmax(axis=1)])
# Computed from differences to the first row, because scikit-learn's own sums of squares cancel.
f, p = f_classif(x - x[0], labels)
json.dump({
    "made_by": f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}",
    "x": x.tolist(), "labels": labels.tolist(),
    "mean": standard.mean_.tolist(), "scale": standard.scale_.tolist(),
    "standard": standard.transform(x).ravel().tolist(),
    "minmax": minmax.transform(x).ravel().tolist(),
    "robust": robust.transform(x).ravel().tolist(),
    "center": robust.center_.tolist(), "robust_scale": robust.scale_.tolist(),
    "pca": (pca.transform(x) * signs).ravel().tolist(), "f": f.tolist(), "p": p.tolist(),
}, open(here / "exact.json", "w"))
