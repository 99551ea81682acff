"""The time of an empty random trial with three parameters: Optuna and this library in turn.

    cargo build --release --example storage_cost
    python benches/peers/storage_cost.py target/release/examples/storage_cost [postgresql://...]

Prints milliseconds a trial, the median of three runs each. Optuna has its default settings, except for the
random sampler and no log lines. The PostgreSQL database must be empty; it is used for both.
"""

import statistics
import subprocess
import sys
import tempfile
import time
import uuid

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
PROGRAM = sys.argv[1]
TRIALS = 150


def objective(trial, reports):
    trial.suggest_float("rate", 1e-5, 0.1, log=True)
    trial.suggest_int("units", 1, 64)
    trial.suggest_categorical("activation", ["relu", "tanh"])
    for step in range(reports):
        trial.report(0.5, step)
    return 0.5


def peer(place, reports):
    storage = None if place == ":memory:" else place
    sampler = optuna.samplers.RandomSampler(seed=1)
    study = optuna.create_study(storage=storage, sampler=sampler, study_name=uuid.uuid4().hex)
    begin = time.perf_counter()
    study.optimize(lambda trial: objective(trial, reports), n_trials=TRIALS)
    return (time.perf_counter() - begin) * 1e3 / TRIALS


def ours(place, reports):
    done = subprocess.run([PROGRAM, place, str(TRIALS), str(reports)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return float(done.stdout)


def main():
    kinds = ["memory", "sqlite"] + (["postgresql"] if len(sys.argv) > 2 else [])
    print(f"{'storage':<12}{'reports':>8}{'Optuna':>10}{'here':>10}{'times':>8}")
    for kind in kinds:
        for reports in (0, 3):
            peers, own = [], []
            for _ in range(3):
                with tempfile.TemporaryDirectory() as folder:
                    places = {
                        "memory": [":memory:"] * 2,
                        "sqlite": [f"sqlite:///{folder}/{name}.db" for name in ("a", "b")],
                        "postgresql": sys.argv[2:3] * 2,
                    }[kind]
                    peers.append(peer(places[0], reports))
                    own.append(ours(places[1], reports))
                    if kind == "postgresql":
                        optuna.delete_study(study_name="cost", storage=places[1])
            a, b = statistics.median(peers), statistics.median(own)
            print(f"{kind:<12}{reports:>8}{a:>10.3f}{b:>10.4f}{a / b:>8.0f}", flush=True)


main()
