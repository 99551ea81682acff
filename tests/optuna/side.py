"""The part of the real Optuna in tests/optuna.rs. Prints JSON.

    side.py read URL STUDY         the study as Optuna sees it
    side.py write URL STUDY        makes a study with everything in it, and prints it
    side.py optimize URL STUDY N   continues it by N trials
    side.py resume URL STUDY N     the same with the parameters of tests/study_crash.rs
    side.py beat URL STUDY         a running trial with a heartbeat; prints its key
    side.py stale URL STUDY        keys of the trials whose heartbeat is older than a second
    side.py dashboard URL STUDY    the trials that optuna-dashboard would show: number, state, values
    side.py schema URL             the tables and indexes; Optuna makes them if there are none
"""

import datetime
import json
import struct
import sys
import time
import warnings
import wsgiref.util

import optuna
import sqlalchemy
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.WARNING)


def exact(value):
    """Numbers as their bits: JSON has no infinities and NaN, and readers round."""
    if isinstance(value, float):
        return struct.pack(">d", value).hex()
    if isinstance(value, dict):
        return {key: exact(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [exact(v) for v in value]
    return value


def moment(value):
    """Optuna gives local time without a zone; the database has UTC."""
    if value is None:
        return None
    since = value.astimezone(datetime.timezone.utc) - datetime.datetime(
        1970, 1, 1, tzinfo=datetime.timezone.utc
    )
    return since // datetime.timedelta(microseconds=1)


def view(study):
    storage, key = study._storage, study._study_id
    return exact({
        "directions": [d.name for d in study.directions],
        "user": storage.get_study_user_attrs(key),
        "system": storage.get_study_system_attrs(key),
        "trials": [
            {
                "number": t.number,
                "state": t.state.name,
                "values": [float(v) for v in t.values or []],
                "params": [[name, value] for name, value in t.params.items()],
                "distributions": {
                    name: {"name": type(d).__name__, "attributes": d._asdict()}
                    for name, d in t.distributions.items()
                },
                "intermediate": [[s, float(v)] for s, v in sorted(t.intermediate_values.items())],
                "user": t.user_attrs,
                "system": t.system_attrs,
                "started": moment(t.datetime_start),
                "completed": moment(t.datetime_complete),
            }
            for t in study.get_trials(deepcopy=False)
        ],
    })


def write(url, name):
    study = optuna.create_study(
        storage=url, study_name=name, directions=["maximize", "minimize"]
    )
    study.set_user_attr("notes \u00e9", {"list": [1, 2.5, None, True, "\u00fc"]})
    distributions = {
        "float": FloatDistribution(0.1, 0.7),
        "log": FloatDistribution(1e-5, 1e-1, log=True),
        "step": FloatDistribution(0.0, 1.0, step=0.1),
        "int": IntDistribution(-3, 9),
        "int step": IntDistribution(1, 9, step=2),
        "int log": IntDistribution(1, 1024, log=True),
        "choice": CategoricalDistribution([None, True, 3, 2.5, "text \u00e9", [64, {"a": 1}]]),
    }
    params = {
        "float": 0.1 + 0.2, "log": 1.2345678901234567e-5, "step": 0.3, "int": -3,
        "int step": 7, "int log": 1024, "choice": "text \u00e9",
    }
    study.add_trial(
        create_trial(
            values=[0.1 + 0.2, float("-inf")],
            params=params,
            distributions=distributions,
            user_attrs={"seconds": 1e-300, "nested": {"a": [[], {}]}},
            system_attrs={"constraints": [0.5, -1]},
            intermediate_values={0: 0.5, 3: float("inf"), 7: float("-inf"), 9: float("nan")},
        )
    )
    study.add_trial(create_trial(state=TrialState.PRUNED, intermediate_values={1: 2.0}))
    study.add_trial(create_trial(state=TrialState.FAIL, user_attrs={"error": "it's \"x\"\n"}))
    study.ask(distributions)
    study.tell(study.ask(distributions), [1, 2])
    study.enqueue_trial({"float": 0.5, "choice": None})
    return view(study)


def objective(trial):
    x = trial.suggest_float("x", -1.0, 1.0)
    n = trial.suggest_int("n", 1, 9)
    c = trial.suggest_categorical("c", ["a", "b"])
    trial.report(x * x, 0)
    trial.set_user_attr("by", "optuna")
    return x * x + n + (c == "a")


def crashed(trial):
    x, n = trial.suggest_float("x", 0, 1e9), trial.suggest_int("n", 0, 1 << 40)
    return x + n


def schema(url):
    if url.startswith("sqlite"):
        optuna.storages.RDBStorage(url)
        query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
        with sqlalchemy.create_engine(url).connect() as connection:
            rows = connection.execute(sqlalchemy.text(query)).all()
        return {name: " ".join(sql.split()).replace("( ", "(").replace(" )", ")") for name, sql in rows}
    optuna.storages.RDBStorage(url)
    queries = {
        "columns": "SELECT table_name, column_name, ordinal_position, column_default, is_nullable,"
        " udt_name, character_maximum_length, numeric_precision, datetime_precision"
        " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 3",
        "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes"
        " WHERE schemaname = 'public' ORDER BY 1, 2",
        "constraints": "SELECT CAST(conrelid AS regclass)::text, conname,"
        " pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
        "enums": "SELECT typname::text, enumlabel::text FROM pg_enum"
        " JOIN pg_type ON pg_type.oid = enumtypid ORDER BY typname, enumsortorder",
    }
    with sqlalchemy.create_engine(url).connect() as connection:
        return {
            name: [list(row) for row in connection.execute(sqlalchemy.text(query))]
            for name, query in queries.items()
        }


def dashboard(url, name):
    """Asks the dashboard's code as its page does, but without a server."""
    import optuna_dashboard

    storage = optuna.storages.RDBStorage(url)
    study = optuna.load_study(storage=storage, study_name=name)
    environment = {"PATH_INFO": f"/api/studies/{study._study_id}", "QUERY_STRING": "after=0"}
    wsgiref.util.setup_testing_defaults(environment)
    status = []
    program = optuna_dashboard.wsgi(storage)
    answer = program(environment, lambda code, head, error=None: status.append(code))
    answer = json.loads(b"".join(answer))
    assert status == ["200 OK"], (status, answer)
    return [[t["number"], t["state"], t.get("values")] for t in answer["trials"]]


def main():
    command, url, *rest = sys.argv[1:]
    if command == "schema":
        result = schema(url)
    elif command == "dashboard":
        result = dashboard(url, rest[0])
    elif command == "write":
        result = write(url, rest[0])
    elif command == "read":
        result = view(optuna.load_study(storage=url, study_name=rest[0]))
    elif command in ("optimize", "resume"):
        study = optuna.load_study(storage=url, study_name=rest[0])
        study.optimize(objective if command == "optimize" else crashed, n_trials=int(rest[1]))
        result = view(study)
    else:
        storage = optuna.storages.RDBStorage(url, heartbeat_interval=1, grace_period=1)
        study = optuna.load_study(storage=storage, study_name=rest[0])
        if command == "beat":
            result = study.ask()._trial_id
            storage.record_heartbeat(result)
            time.sleep(0.1)
            storage.record_heartbeat(result)
        else:
            result = storage._get_stale_trial_ids(study._study_id)
    json.dump(result, sys.stdout, sort_keys=True)


main()
