"""Decisions of Optuna's pruners on generated histories: python make_optuna_pruners.py

Two workers take turns, so trials overlap. Each event is [trial, step, value, pruned] (value null for
NaN) or [trial, "complete" or "fail"]; "rungs" are the system attributes that the trials end with.
"""

import json
import math
import random
import warnings
from pathlib import Path

import optuna
from optuna.pruners import (
    HyperbandPruner,
    MedianPruner,
    NopPruner,
    PatientPruner,
    PercentilePruner,
    SuccessiveHalvingPruner,
    ThresholdPruner,
)

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)

CASES = {
    "nop": lambda: NopPruner(),
    "median": lambda: MedianPruner(),
    "median warm": lambda: MedianPruner(n_startup_trials=2, n_warmup_steps=3, interval_steps=2),
    "median min": lambda: MedianPruner(n_startup_trials=1, n_min_trials=4),
    "percentile 25": lambda: PercentilePruner(25.0),
    "percentile 70": lambda: PercentilePruner(70.0, n_startup_trials=3, interval_steps=3),
    "halving": lambda: SuccessiveHalvingPruner(),
    "halving 2": lambda: SuccessiveHalvingPruner(
        min_resource=2, reduction_factor=2, min_early_stopping_rate=1
    ),
    "halving bootstrap": lambda: SuccessiveHalvingPruner(
        min_resource=1, reduction_factor=3, bootstrap_count=3
    ),
    "hyperband": lambda: HyperbandPruner(),
    "hyperband 27": lambda: HyperbandPruner(min_resource=1, max_resource=27, reduction_factor=3),
    "hyperband 2": lambda: HyperbandPruner(min_resource=2, max_resource=20, reduction_factor=2),
    "patient": lambda: PatientPruner(None, patience=2, min_delta=0.02),
    "patient median": lambda: PatientPruner(MedianPruner(n_startup_trials=2), patience=1),
    "threshold": lambda: ThresholdPruner(
        lower=0.1, upper=0.9, n_warmup_steps=1, interval_steps=2
    ),
}


def run(name, direction, seed):
    rng = random.Random(seed)
    study = optuna.create_study(study_name=f"{name} {direction}", direction=direction)
    study.pruner = CASES[name]()
    events = []

    def worker():
        trial = study.ask()
        last, offset, slope = rng.randint(3, 26), rng.random(), rng.uniform(0.3, 1.0)
        stride = rng.choice([1, 1, 1, 2])
        for step in range(rng.choice([0, 1, 1]), last, stride):
            value = round(slope * math.exp(-0.2 * step) + 0.4 * offset + rng.gauss(0, 0.03), 3)
            if direction == "maximize":
                value = round(1 - value, 3)
            if rng.random() < 0.01:
                value = math.nan
            trial.report(value, step)
            pruned = bool(trial.should_prune())
            events.append([trial.number, step, None if math.isnan(value) else value, pruned])
            if pruned:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                return
            yield
        if rng.random() < 0.1:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            events.append([trial.number, "fail"])
        else:
            study.tell(trial, rng.random())
            events.append([trial.number, "complete"])

    workers = [worker(), worker()]
    begun = 2
    while workers:
        one = rng.choice(workers)
        if next(one, "done") == "done":
            workers.remove(one)
            if begun < 30:
                workers.append(worker())
                begun += 1
    rungs = {
        str(t.number): t.system_attrs for t in study.get_trials(deepcopy=False) if t.system_attrs
    }
    return {"pruner": name, "direction": direction, "events": events, "rungs": rungs}


def main():
    cases = [
        run(name, direction, 100 + 2 * i + j)
        for i, name in enumerate(CASES)
        for j, direction in enumerate(["minimize", "maximize"])
    ]
    for case in cases:
        decisions = [event[3] for event in case["events"] if len(event) == 4]
        print(case["pruner"], case["direction"], len(decisions), sum(decisions))
    text = json.dumps({"optuna": optuna.__version__, "cases": cases}, separators=(",", ":"))
    (Path(__file__).parent / "optuna-pruners.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
