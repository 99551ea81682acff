"""Golden numbers of SciPy for the tests of `stats`: run with any Python that has SciPy.

Writes stats.json beside itself.
"""

import json
import pathlib
import warnings

import numpy as np
import scipy
from scipy import stats

warnings.simplefilter("ignore")
rng = np.random.default_rng(5)
cases = []
for n, shift, digits in [(2, 0.1, 6), (5, 0.02, 2), (6, 0.0, 2), (10, 0.01, 2), (13, 0.02, 2), (20, 0.02, 2),
                         (20, 0.03, 6), (50, 0.01, 6), (51, 0.01, 6), (80, 0.02, 2)]:
    a = np.round(0.8 + 0.05 * rng.normal(size=n), digits)
    b = np.round(a - shift + 0.04 * rng.normal(size=n), digits)
    t, w = stats.ttest_rel(a, b), stats.wilcoxon(a, b)
    low, high = stats.t.interval(0.95, n - 1, a.mean(), stats.sem(a))
    wide = stats.t.interval(0.999, n - 1, a.mean(), stats.sem(a))
    cases.append({"a": a.tolist(), "b": b.tolist(), "t": [t.statistic, t.pvalue], "w": [w.statistic, w.pvalue],
                  "interval": [low, high], "wide": list(wide)})
path = pathlib.Path(__file__).parent / "stats.json"
path.write_text(json.dumps({"scipy": scipy.__version__, "cases": cases}) + "\n")
print(scipy.__version__, [(len(c["a"]), c["w"], len(set(np.abs(np.array(c["a"]) - np.array(c["b"])).round(9)))) for c in cases])
