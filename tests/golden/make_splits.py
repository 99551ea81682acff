"""scikit-learn's splits for the tests of GroupKFold and TimeSeriesSplit: run in this folder."""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.model_selection import GroupKFold, LeaveOneOut, TimeSeriesSplit

rng = np.random.default_rng(23)


def splits(splitter, n, **options):
    return [[train.tolist(), test.tolist()] for train, test in splitter.split(np.zeros((n, 1)), **options)]


groups = []
for n, k, folds in [(20, 4, 2), (33, 7, 3), (12, 12, 5)]:
    # Few groups: NumPy sorts up to 16 of them without changing the order of equal ones.
    of = rng.integers(0, k, n) if k < n else np.arange(n)
    groups.append({"groups": of.tolist(), "folds": folds, "splits": splits(GroupKFold(folds), n, groups=of)})
times = []
for n, folds, gap, most, size in [(8, 3, 0, None, None), (23, 5, 0, None, None), (30, 4, 2, None, None),
                                  (30, 4, 1, 5, 3), (7, 2, 0, 1, 1)]:
    splitter = TimeSeriesSplit(folds, gap=gap, max_train_size=most, test_size=size)
    times.append({"n": n, "folds": folds, "gap": gap, "most": most, "size": size, "splits": splits(splitter, n)})
path = pathlib.Path(__file__).parent / "splits.json"
path.write_text(json.dumps({"scikit-learn": sklearn.__version__, "groups": groups, "times": times,
                            "leave_one_out": splits(LeaveOneOut(), 4)}) + "\n")
