"""The time of Optuna's 1000th TPE ask and of 50 calls of gp_minimize; see examples/tuning_quality.rs."""

import statistics
import time

from tuning_quality import CALLS, FUNCTIONS, SPACES, ask  # first: it sets the number of threads

import optuna  # isort: skip
from skopt import gp_minimize  # isort: skip


def thousandth_ask(name, seed):
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    # The history is random, which does not change the time of one more ask.
    sampler, study.sampler = study.sampler, optuna.samplers.RandomSampler(seed=seed)
    study.optimize(lambda trial: FUNCTIONS[name](*ask(trial, name)), n_trials=999)
    study.sampler = sampler
    study.optimize(lambda trial: FUNCTIONS[name](*ask(trial, name)), n_trials=1)
    begun = time.process_time()
    ask(study.ask(), name)
    return time.process_time() - begun


for name in FUNCTIONS:
    cost = statistics.median(thousandth_ask(name, seed) for seed in range(5))
    print(f"Optuna's 1000th ask, {name}: {cost * 1e3:.3f} ms", flush=True)
for name in FUNCTIONS:
    begun = time.process_time()
    gp_minimize(lambda x: FUNCTIONS[name](*x), SPACES[name], n_calls=CALLS, random_state=0)
    print(f"{CALLS} calls of gp_minimize, {name}: {time.process_time() - begun:.2f} s", flush=True)
