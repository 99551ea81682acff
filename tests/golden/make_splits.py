"""scikit-learn's splits, for the tests of ours: run in this folder. For shuffled rows only their number is written."""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.model_selection import (GroupKFold, KFold, LeaveOneOut, RepeatedKFold, ShuffleSplit, StratifiedKFold,
                                     TimeSeriesSplit)

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
blocks = [{"n": n, "folds": folds, "splits": splits(KFold(folds), n)} for n, folds in [(7, 3), (12, 4), (23, 5), (5, 5)]]
classes = []
for n, k, folds in [(20, 2, 4), (31, 3, 5), (40, 5, 3), (17, 4, 2)]:
    labels = np.minimum(rng.integers(0, k, n), rng.integers(0, k, n))
    classes.append({"labels": labels.tolist(), "folds": folds, "splits": splits(StratifiedKFold(folds), n, y=labels)})


def sizes(splitter, n):
    return [[len(train), len(test)] for train, test in splitter.split(np.zeros((n, 1)))]


drawn = [{"n": n, "splits": k, "share": share, "sizes": sizes(ShuffleSplit(k, test_size=share, random_state=1), n)}
         for n, k, share in [(10, 3, 0.2), (23, 2, 0.25), (7, 4, 0.5)]]
repeated = {"n": 11, "folds": 3, "times": 2,
            "sizes": sizes(RepeatedKFold(n_splits=3, n_repeats=2, random_state=1), 11)}
path = pathlib.Path(__file__).parent / "splits.json"
path.write_text(json.dumps({"scikit-learn": sklearn.__version__, "groups": groups, "times": times,
                            "blocks": blocks, "classes": classes, "drawn": drawn, "repeated": repeated,
                            "leave_one_out": splits(LeaveOneOut(), 4)}) + "\n")
