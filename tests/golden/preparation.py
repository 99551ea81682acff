"""Makes preparation.json (scikit-learn's scalers, folds, splits, ANOVA, weights, one-hot) and the .npy files.

Run in the folder of this file with Python, NumPy and scikit-learn installed:
    python preparation.py
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.feature_selection import f_classif
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler
from sklearn.utils.class_weight import compute_class_weight

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(7)
labels = rng.choice(3, size=40, p=[0.55, 0.35, 0.1])
# Columns as small as the recordings', one far from zero, one constant.
x = np.exp(rng.normal(size=(40, 5)) + 0.3 * labels[:, None])
x[:, 1] *= 1e-9
x[:, 2] = 1e4 + x[:, 2]
x[:, 3] = 0.1
x = x.astype(np.float32).astype(np.float64)

standard, minmax, robust = StandardScaler().fit(x), MinMaxScaler().fit(x), RobustScaler().fit(x)
varying = [0, 1, 2, 4]
f, p = f_classif(x[:, varying], labels)
folds = {}
for n_splits in (3, 4):
    folds[str(n_splits)] = {
        "kfold": [t.tolist() for _, t in KFold(n_splits).split(x)],
        "stratified": [t.tolist() for _, t in StratifiedKFold(n_splits).split(x, labels)],
    }
# Shuffling cannot change how many rows of each class a part has.
def counts(rows):
    return np.bincount(labels[rows], minlength=3).tolist()


shuffled = {}
for n_splits in (3, 4):
    splitter = StratifiedKFold(n_splits, shuffle=True, random_state=0)
    shuffled[str(n_splits)] = [counts(t) for _, t in splitter.split(x, labels)]
held_out = []
for size in (0.1, 0.25, 0.3, 0.5):
    _, t = train_test_split(np.arange(40), test_size=size, stratify=labels, random_state=0)
    held_out.append({"size": size, "test": counts(t)})
# Splits of classes of other sizes, over many seeds: if two classes have the same claim to a row,
# scikit-learn draws, so a count may differ from seed to seed.
stratified = []
for classes in ([2] * 10, [5, 5, 5], [10, 10, 10], [7, 3], [2, 3, 4, 5], [50, 30, 15, 5], [1, 9], [100, 2],
                [4, 4, 4, 4, 4, 4, 4], [33, 33, 34], [6, 2, 2, 2]):
    y = np.repeat(np.arange(len(classes)), classes)
    for size in (0.1, 0.2, 0.25, 1 / 3, 0.5, 0.75, 0.9):
        case = {"classes": classes, "size": size, "error": None, "least": [], "most": []}
        try:
            seen = np.array([
                np.bincount(y[train_test_split(np.arange(len(y)), test_size=size, stratify=y, random_state=s)[1]],
                            minlength=len(classes)) for s in range(400)])
            case["least"], case["most"] = seen.min(axis=0).tolist(), seen.max(axis=0).tolist()
        except ValueError as error:
            case["error"] = str(error)
        stratified.append(case)
json.dump({
    "made_by": f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}",
    "x": x.ravel().tolist(), "labels": labels.tolist(), "rows": 40, "columns": 5,
    "mean": standard.mean_.tolist(), "scale": standard.scale_.tolist(),
    "standard": standard.transform(x).ravel().tolist(),
    "min": minmax.data_min_.tolist(), "minmax": minmax.transform(x).ravel().tolist(),
    "robust": robust.transform(x).ravel().tolist(), "center": robust.center_.tolist(),
    "robust_scale": robust.scale_.tolist(), "stratified": stratified, "shuffled": shuffled, "held_out": held_out, "counts": counts(np.arange(40)),
    "balanced": compute_class_weight("balanced", classes=np.arange(3), y=labels).tolist(),
    "one_hot": OneHotEncoder(sparse_output=False).fit_transform(labels[:, None]).ravel().tolist(),
    "varying": varying, "f": f.tolist(), "p": p.tolist(), "folds": folds,
}, open(here / "preparation.json", "w"))

a = np.arange(6, dtype="<f4").reshape(2, 3) / 4
npy = here / "npy"
np.save(npy / "f4.npy", a)
np.save(npy / "f8_fortran.npy", np.asfortranarray(a.astype("<f8")))
np.save(npy / "big_endian_i2.npy", np.array([[1, -2], [3, 400]], dtype=">i2"))
np.save(npy / "u1.npy", np.array([0, 7, 255], dtype="u1"))
np.save(npy / "scalar.npy", np.float64(2.5))
np.save(npy / "letters.npy", np.array(["w", "n", "r", "w"]))
np.save(npy / "words.npy", np.array(["état", "", "nrem"]))
np.save(npy / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
with open(npy / "version_2.npy", "wb") as out:
    np.lib.format.write_array(out, a, version=(2, 0))
