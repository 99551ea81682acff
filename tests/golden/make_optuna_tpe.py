"""How Optuna's TPE rates candidates after generated histories: python make_optuna_tpe.py

Each case has a space, trials (values in internal form, state, value, reports), candidates, which
trials count as good, and log(good density) - log(other density) for each candidate.
"""

import json
import random
import warnings
from pathlib import Path

import numpy as np
import optuna
from optuna.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    distribution_to_json,
)
from optuna.samplers._tpe.sampler import _split_trials, default_gamma
from optuna.trial import TrialState, create_trial

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)

# Sorts equal observations in the order of their trials: numpy's default order depends on the processor.
argsort = np.argsort
np.argsort = lambda a, *args, **kwargs: argsort(a, *args, **{**kwargs, "kind": "stable"})

SPACES = {
    "float": {"x": FloatDistribution(-2.0, 3.0)},
    "mixed": {
        "a_log": FloatDistribution(1e-5, 1.0, log=True),
        "b_step": FloatDistribution(0.0, 1.0, step=0.25),
        "c_int": IntDistribution(1, 20),
        "d_int_step": IntDistribution(8, 64, step=8),
        "e_int_log": IntDistribution(1, 1000, log=True),
        "f_kind": CategoricalDistribution(["relu", "tanh", "selu"]),
    },
}


def draw(rng, d):
    if isinstance(d, CategoricalDistribution):
        return rng.choice(d.choices)
    if d.log:
        v = float(np.exp(rng.uniform(np.log(d.low), np.log(d.high))))
        return max(1, round(v)) if isinstance(d, IntDistribution) else v
    if d.step:
        k = rng.randint(0, round((d.high - d.low) / d.step))
        return d.low + k * d.step
    return rng.uniform(d.low, d.high)


def case(name, n, direction, seed):
    rng = random.Random(seed)
    space = SPACES[name]
    study = optuna.create_study(direction=direction, sampler=optuna.samplers.TPESampler(seed=0))
    sampler = study.sampler
    for i in range(n):
        params = {k: draw(rng, d) for k, d in space.items()}
        state = rng.choice([TrialState.COMPLETE] * 4 + [TrialState.PRUNED, TrialState.RUNNING])
        steps = {s: round(rng.random(), 2) for s in range(rng.randint(0, 3))}
        study.add_trial(
            create_trial(
                params=params,
                distributions=space,
                state=state,
                # Few digits, so that equal values occur: the earlier trial is the better one.
                value=round(rng.random(), 1) if state == TrialState.COMPLETE else None,
                intermediate_values=steps if state == TrialState.PRUNED else {},
            )
        )
    trials = [t for t in study.get_trials(deepcopy=False)]
    finished = sum(t.state != TrialState.RUNNING for t in trials)
    below, above = _split_trials(study, trials, default_gamma(finished))
    good = sampler._build_parzen_estimator(study, space, below, handle_below=True)
    other = sampler._build_parzen_estimator(study, space, above, handle_below=False)
    candidates = good.sample(np.random.RandomState(seed), 6)
    gains = sampler._compute_acquisition_func(candidates, good, other)
    return {
        "direction": direction,
        "space": {k: json.loads(distribution_to_json(d)) for k, d in space.items()},
        "trials": [
            {
                "state": t.state.name,
                "value": t.value,
                "reports": t.intermediate_values,
                "params": [d.to_internal_repr(t.params[k]) for k, d in space.items()],
            }
            for t in trials
        ],
        "good": [t.number for t in below],
        "candidates": [[float(candidates[k][i]) for k in space] for i in range(6)],
        "gains": [float(g) for g in gains],
    }


def main():
    cases = [
        case(name, n, direction, 17 + n)
        for name in SPACES
        for n in [1, 3, 12, 60, 150]
        for direction in ["minimize", "maximize"]
    ]
    text = json.dumps({"optuna": optuna.__version__, "cases": cases}, separators=(",", ":"))
    (Path(__file__).parent / "optuna-tpe.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
