"""The values that Optuna's QMCSampler proposes by the Halton sequence: python make_optuna_qmc.py

The space, and the values of trials 1, 2, …, without and with three fixed by PartialFixedSampler; trial 0 is drawn at
random and left out. Choices are written as their indices.
"""

import json
import warnings
from pathlib import Path

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution, distribution_to_json

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)

SPACE = {
    "a": FloatDistribution(-2.0, 3.0),
    "b_log": FloatDistribution(1e-5, 1.0, log=True),
    "c_step": FloatDistribution(0.0, 1.0, step=0.125),
    "d_int": IntDistribution(1, 20),
    "e_kind": CategoricalDistribution(["relu", "tanh"]),
    "f_int_step": IntDistribution(8, 64, step=8),
    "g_int_log": IntDistribution(1, 1000, log=True),
}

# Not a range in steps of a power of two: halfway between two of its points Optuna rounds to the even one.
FIXED = {"b_log": 0.01, "c_step": 0.25, "e_kind": "tanh"}


def values(trials, fixed):
    sampler = optuna.samplers.QMCSampler(qmc_type="halton", scramble=False, seed=0)
    if fixed:
        sampler = optuna.samplers.PartialFixedSampler(fixed, sampler)
    study = optuna.create_study(sampler=sampler)
    rows = []
    for number in range(trials):
        trial = study.ask(SPACE)
        study.tell(trial, 1.0)
        if number > 0:
            rows.append({name: SPACE[name].to_internal_repr(value) for name, value in trial.params.items()})
    return rows


facts = {
    "optuna": optuna.__version__,
    "space": [[name, distribution_to_json(of)] for name, of in SPACE.items()],
    "values": values(65, {}),
    "fixed": FIXED,
    "partial": values(33, FIXED),
}
path = Path(__file__).with_name("optuna-qmc.json")
path.write_text(json.dumps(facts, indent=0) + "\n")
