"""Makes pca.json: scikit-learn's PCA of tall and of wide data.

Run in the folder of this file with Python, NumPy and scikit-learn installed:
    python make_pca.py
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.decomposition import PCA

cases = []
for name, rows, columns, keep, whiten in [
    ("tall", 30, 6, 6, False), ("tall", 30, 6, 3, True), ("tall", 30, 6, 0.9, False),
    ("wide", 7, 20, 6, False), ("wide", 7, 20, 4, True), ("wide", 7, 20, 0.5, False),
    ("square", 6, 6, 5, False),
]:
    scales = np.linspace(3, 0.5, columns)
    mix = np.random.default_rng(columns).normal(size=(columns, columns))
    x = ((np.random.default_rng(rows).normal(size=(rows, columns)) * scales) @ mix + 5).astype(np.float32)
    pca = PCA(keep, whiten=whiten, svd_solver="full").fit(x.astype(np.float64))
    z = pca.transform(x.astype(np.float64))
    cases.append({
        "name": name, "rows": rows, "columns": columns, "whiten": whiten,
        "count": keep if isinstance(keep, int) else None,
        "share": keep if isinstance(keep, float) else None,
        "x": x.ravel().tolist(), "mean": pca.mean_.tolist(),
        "components": pca.components_.ravel().tolist(),
        "variance": pca.explained_variance_.tolist(),
        "ratio": pca.explained_variance_ratio_.tolist(),
        "singular": pca.singular_values_.tolist(),
        "transformed": z.ravel().tolist(), "back": pca.inverse_transform(z).ravel().tolist(),
    })
made_by = f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}"
json.dump({"made_by": made_by, "cases": cases}, open(pathlib.Path(__file__).parent / "pca.json", "w"))
