"""Makes imblearn.json: what imbalanced-learn's samplers find before anything random happens.

Neighbours, counts, rows in danger, and ADASYN's number of new rows for each row. Run in the folder of
this file with Python, NumPy, scikit-learn and imbalanced-learn installed:
    python make_imblearn.py
"""
import json
import pathlib

import imblearn
import imblearn.over_sampling._adasyn as adasyn_module
import numpy as np
from imblearn.over_sampling import ADASYN, SMOTE, BorderlineSMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from sklearn.neighbors import NearestNeighbors

rng = np.random.default_rng(11)
labels = rng.choice(4, size=120, p=[0.5, 0.1, 0.28, 0.12])
centres = np.array([[0, 0, 0, 0], [1.4, 0.5, 0, 0], [0, 1.2, 0.8, 0], [1, 1, 1, 1.2]])
x = (centres[labels] + rng.normal(size=(120, 4))).astype(np.float32)
assert len(np.unique(x, axis=0)) == len(x)


class Spy:
    """NumPy, except that it records what was rounded."""

    rounded = []

    def __getattr__(self, name):
        return getattr(np, name)

    def rint(self, values):
        out = np.rint(values)
        self.rounded.append(out.astype(int).tolist())
        return out


def counts(sampler):
    _, y = sampler.fit_resample(x, labels)
    return np.bincount(y, minlength=4).tolist()


result = {
    "made_by": f"imbalanced-learn {imblearn.__version__}, NumPy {np.__version__}",
    "x": x.ravel().tolist(), "labels": labels.tolist(), "rows": 120, "columns": 4,
}
neighbours = {}
for c in range(4):
    members = np.flatnonzero(labels == c)
    nn = NearestNeighbors(n_neighbors=6).fit(x[members])
    neighbours[str(c)] = members[nn.kneighbors(x[members], return_distance=False)[:, 1:]].tolist()
result["neighbors"] = neighbours

fixed = {1: 20, 3: 33}
fewer = {0: 30, 2: 12}
result["counts"] = {
    "smote": counts(SMOTE(random_state=0)),
    "smote_counts": counts(SMOTE(random_state=0, sampling_strategy=fixed, k_neighbors=3)),
    "smote_minority": counts(SMOTE(random_state=0, sampling_strategy="minority")),
    "smote_not_minority": counts(SMOTE(random_state=0, sampling_strategy="not minority")),
    "borderline_1": counts(BorderlineSMOTE(random_state=0)),
    "borderline_2": counts(BorderlineSMOTE(random_state=0, kind="borderline-2")),
    "random_over": counts(RandomOverSampler(random_state=0)),
    "random_under": counts(RandomUnderSampler(random_state=0)),
    "random_under_majority": counts(RandomUnderSampler(random_state=0, sampling_strategy="majority")),
    "random_under_all": counts(RandomUnderSampler(random_state=0, sampling_strategy="all")),
    "random_under_counts": counts(RandomUnderSampler(random_state=0, sampling_strategy=fewer)),
}
danger = {}
for m in (3, 4, 10):
    sampler = BorderlineSMOTE(random_state=0, m_neighbors=m)
    sampler.fit_resample(x, labels)
    danger[str(m)] = {str(c): rows.tolist() for c, rows in sampler.in_danger_indices.items()}
result["danger"] = danger

adasyn_module.np = Spy()
new_rows = {}
for n in (3, 5):
    Spy.rounded = []
    sampler = ADASYN(random_state=0, n_neighbors=n)
    total = counts(sampler)
    new_rows[str(n)] = {"classes": [int(c) for c in sampler.sampling_strategy_],
                        "asked": [int(v) for v in sampler.sampling_strategy_.values()],
                        "new": Spy.rounded, "counts": total}
result["adasyn"] = new_rows

two = labels < 2
def ratio(sampler):
    return np.bincount(sampler.fit_resample(x[two], labels[two])[1]).tolist()
result["ratio"] = {
    "before": np.bincount(labels[two]).tolist(),
    "over": ratio(SMOTE(random_state=0, sampling_strategy=0.77)),
    "under": ratio(RandomUnderSampler(random_state=0, sampling_strategy=0.37)),
}
json.dump(result, open(pathlib.Path(__file__).parent / "imblearn.json", "w"))
