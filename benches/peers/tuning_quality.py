"""Best value after 50 calls: scikit-optimize's gp_minimize and forest_minimize, Optuna's TPE.

    python tuning_quality.py out.json [seeds [searches]]

The functions are those of examples/tuning_quality.rs. The file is written after every search, and
a search that it already holds is not repeated, so the script can be stopped and started again.
"""

import json
import math
import os
import sys
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import optuna  # noqa: E402
from skopt import forest_minimize, gp_minimize  # noqa: E402
from skopt.space import Categorical, Integer, Real  # noqa: E402

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
CALLS = 50


def branin(x1, x2):
    b, c, t = 5.1 / (4 * math.pi**2), 5 / math.pi, 1 / (8 * math.pi)
    return (x2 - b * x1**2 + c * x1 - 6) ** 2 + 10 * (1 - t) * math.cos(x1) + 10


ALPHA = [1.0, 1.2, 3.0, 3.2]
A = [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
]
P = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]


def hartmann6(*x):
    return -sum(
        alpha * math.exp(-sum(a * (v - p) ** 2 for a, v, p in zip(row, x, at)))
        for alpha, row, at in zip(ALPHA, A, P)
    )


KINDS = ["adam", "rmsprop", "sgd"]


def mixed(kind, rate, units, drop, norm):
    """Like a network's loss: each optimiser has its own best rate, and width and dropout interact."""
    k = KINDS.index(kind)
    best_rate = [-3.0, -3.5, -1.0][k]
    width = math.log2(units / 48)
    return (
        [0.0, 0.05, 0.15][k]
        + 0.3 * (math.log10(rate) - best_rate) ** 2
        + 0.1 * width**2
        + 2.0 * (drop - 0.2 - 0.05 * width) ** 2
        + (0.0 if norm else 0.1)
    )


SPACES = {
    "branin": [Real(-5.0, 10.0), Real(0.0, 15.0)],
    "hartmann6": [Real(0.0, 1.0) for _ in range(6)],
    "mixed": [
        Categorical(KINDS),
        Real(1e-5, 1.0, prior="log-uniform"),
        Integer(8, 256),
        Real(0.0, 0.8),
        Categorical([False, True]),
    ],
}
FUNCTIONS = {"branin": branin, "hartmann6": hartmann6, "mixed": mixed}


def ask(trial, name):
    if name == "branin":
        return [trial.suggest_float("x0", -5.0, 10.0), trial.suggest_float("x1", 0.0, 15.0)]
    if name == "hartmann6":
        return [trial.suggest_float(f"x{i}", 0.0, 1.0) for i in range(6)]
    return [
        trial.suggest_categorical("x0", KINDS),
        trial.suggest_float("x1", 1e-5, 1.0, log=True),
        trial.suggest_int("x2", 8, 256),
        trial.suggest_float("x3", 0.0, 0.8),
        trial.suggest_categorical("x4", [False, True]),
    ]


def tpe(name, seed):
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(lambda trial: FUNCTIONS[name](*ask(trial, name)), n_trials=CALLS)
    return study.best_value


def skopt(minimize, name, seed):
    f = FUNCTIONS[name]
    result = minimize(lambda x: f(*x), SPACES[name], n_calls=CALLS, random_state=seed)
    return float(result.fun)


SEARCHES = {
    "tpe": tpe,
    "forest": lambda name, seed: skopt(forest_minimize, name, seed),
    "gp": lambda name, seed: skopt(gp_minimize, name, seed),
}


def main():
    path = sys.argv[1]
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    wanted = sys.argv[3].split(",") if len(sys.argv) > 3 else list(SEARCHES)
    done = json.load(open(path)) if os.path.exists(path) else {}
    for seed in range(seeds):
        for name in FUNCTIONS:
            for search, run in SEARCHES.items():
                key = f"{search} {name} {seed}"
                if search not in wanted or key in done:
                    continue
                begun = time.process_time()
                best = run(name, seed)
                done[key] = {"best": best, "seconds": time.process_time() - begun}
                with open(path + ".part", "w") as file:
                    json.dump(done, file, indent=1)
                os.replace(path + ".part", path)


if __name__ == "__main__":
    main()
