"""Importances by Optuna's PED-ANOVA: python make_optuna_importance.py

Each trial has its value and, for each parameter, the distribution and the value in internal form.
"""

import json
import math
import warnings
from pathlib import Path

import optuna
from optuna.distributions import distribution_to_json
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def plain(trial):
    x = trial.suggest_float("x", -3, 3)
    return (x - 1) ** 2 + trial.suggest_float("y", 0, 1) * 0.2 + 0.01 * trial.suggest_float("z", 0, 1)


def mixed(trial):
    kind = trial.suggest_categorical("kind", ["a", "b", "c"])
    rate = trial.suggest_float("rate", 1e-5, 1, log=True)
    units = trial.suggest_int("units", 8, 128, step=8)
    depth = trial.suggest_int("depth", 1, 300, log=True)
    drop = trial.suggest_float("drop", 0, 0.8, step=0.1)
    trial.suggest_categorical("only", ["one"])
    return "abc".index(kind) + (math.log10(rate) + 3) ** 2 + units / 64 + math.log(depth) / 4 + drop


def conditional(trial):
    kind = trial.suggest_categorical("kind", ["sgd", "adam"])
    rate = trial.suggest_float("rate", 1e-4, 1, log=True)
    value = (math.log10(rate) + 2) ** 2
    if kind == "sgd":
        value += trial.suggest_float("momentum", 0, 0.9)
    layers = trial.suggest_int("layers", 1, 3)
    units = trial.suggest_int("units", 4, 32 * layers)
    return value + units / 96


def case(name, objective, direction, n, quantile, seed):
    sampler = optuna.samplers.RandomSampler(seed=seed)
    if seed % 2:
        sampler = optuna.samplers.TPESampler(seed=seed)
    study = optuna.create_study(direction=direction, sampler=sampler)
    # Few digits, so that equal values occur at the quantile.
    study.optimize(lambda trial: round(objective(trial), 1), n_trials=n)
    evaluator = PedAnovaImportanceEvaluator(target_quantile=quantile)
    return {
        "name": f"{name} {n}",
        "direction": direction,
        "quantile": quantile,
        "trials": [
            {
                "value": t.value,
                "params": {
                    k: [json.loads(distribution_to_json(d)), d.to_internal_repr(t.params[k])]
                    for k, d in t.distributions.items()
                },
            }
            for t in study.trials
        ],
        "importances": get_param_importances(study, evaluator=evaluator),
    }


def main():
    cases = [
        case("plain", plain, "minimize", 30, 0.1, 0),
        case("plain", plain, "maximize", 60, 0.25, 1),
        case("mixed", mixed, "minimize", 7, 0.1, 2),
        case("mixed", mixed, "minimize", 60, 0.1, 3),
        case("mixed", mixed, "maximize", 40, 0.2, 4),
        case("conditional", conditional, "minimize", 60, 0.1, 5),
        case("conditional", conditional, "maximize", 40, 0.3, 6),
    ]
    text = json.dumps({"optuna": optuna.__version__, "cases": cases}, separators=(",", ":"))
    (Path(__file__).parent / "optuna-importance.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
