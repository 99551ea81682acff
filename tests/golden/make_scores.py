"""scikit-learn's scores for the tests of metric::roc_auc and related functions: run in this folder."""

import json
import pathlib

import numpy as np
import sklearn
from sklearn import metrics

rng = np.random.default_rng(17)
cases = []
for n, k, levels in [(12, 2, 5), (100, 2, 1000), (60, 2, 2), (90, 3, 9), (80, 5, 1000)]:
    labels = rng.integers(0, k, n)
    scores = rng.integers(0, levels, (n, k)) + 1.0
    scores[np.arange(n), labels] += levels * 0.3
    scores = (scores / scores.sum(1, keepdims=True)).astype("f4")
    # Rows of f4 do not sum to exactly 1; scikit-learn checks that in double precision.
    exact = scores.astype("f8")
    if k == 2:
        exact = exact[:, 1]
        roc = metrics.roc_auc_score(labels, exact)
        average = metrics.average_precision_score(labels, exact)
    else:
        each = [metrics.roc_auc_score(labels == c, exact[:, c]) for c in range(k)]
        roc = float(np.mean(each))
        average = metrics.average_precision_score(np.eye(k)[labels], exact)
    predicted = scores.argmax(1)
    cases.append({
        "classes": k, "labels": labels.tolist(), "scores": scores.reshape(-1).tolist(),
        "predicted": predicted.tolist(), "roc_auc": roc, "average_precision": average,
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, predicted),
        "cohen_kappa": metrics.cohen_kappa_score(labels, predicted),
        "matthews": metrics.matthews_corrcoef(labels, predicted),
    })
truth = rng.normal(50, 3, (40, 2)).astype("f4")
predictions = (truth + rng.normal(0, [1, 4], (40, 2))).astype("f4")
same = np.full((5, 1), 0.1, "f4")
r2 = [
    {"shape": list(t.shape), "truth": t.reshape(-1).tolist(), "predictions": p.reshape(-1).tolist(),
     "r2": metrics.r2_score(t.astype("f8"), p.astype("f8"))}
    for t, p in [(truth, predictions), (truth[:, :1], predictions[:, :1]), (same, same), (same, same + 1)]
]
path = pathlib.Path(__file__).parent / "scores.json"
path.write_text(json.dumps({"scikit-learn": sklearn.__version__, "cases": cases, "r2": r2}) + "\n")
