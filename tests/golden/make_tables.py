"""pandas' results on a table of passengers, for the tests of Table's methods: run in this folder."""

import json
import pathlib

import numpy as np
import pandas as pd

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(3)
n = 40
people = pd.DataFrame({
    "name": [f"P{i:02d}" for i in rng.permutation(n)],
    "sex": rng.choice(["male", "female"], n),
    "class": rng.integers(1, 4, n),
    "age": np.where(rng.random(n) < 0.2, np.nan, rng.integers(1, 80, n)),
    "fare": np.where(rng.random(n) < 0.1, np.nan, rng.integers(20, 3000, n) / 8),
    "port": np.where(rng.random(n) < 0.15, None, rng.choice(["S", "C", "Q"], n)),
})
people.to_csv(here / "people.csv", index=False)
people = pd.read_csv(here / "people.csv")
ports = pd.DataFrame({"port": ["S", "C", "X", "S"], "town": ["Southampton", "Cherbourg", "Nowhere", "Soton"],
                      "fare": [1.5, 2.5, 3.5, 4.5]})
ports.to_csv(here / "ports.csv", index=False)


def columns(frame):
    frame = frame.reset_index(drop=True)
    plain = lambda v: None if pd.isna(v) else (v.item() if hasattr(v, "item") else v)
    return [[str(name), [plain(v) for v in frame[name]]] for name in frame.columns]


def flat(frame):
    frame = frame.copy()
    frame.columns = [f"{a}_{b}" for a, b in frame.columns]
    return frame.reset_index()


results = {
    "describe": people.describe().reset_index(),
    "describe text": people[["name", "sex", "port"]].describe().reset_index(),
    "null_count": people.isna().sum().reset_index(),
    "value_counts": people["sex"].value_counts(dropna=False).reset_index(),
    "sort": people.sort_values(["class", "age"], kind="stable"),
    "sort_descending": people.sort_values(["port", "fare"], ascending=False, kind="stable"),
    "drop_missing": people.dropna(),
    "fill": people.fillna({"age": people["age"].median(), "fare": people["fare"].mean(),
                           "port": people["port"].mode()[0]}),
    "previous": people.assign(port=people["port"].ffill()),
    "one_hot": pd.get_dummies(people, columns=["sex", "port", "class"], dtype=int),
    "agg": flat(people.groupby(["sex", "class"]).agg({
        "age": ["mean", "median", "std", "var", "count", "size"], "fare": ["sum", "min", "max", "first", "last"],
        "port": ["nunique", "min", "first"], "name": ["max"]})),
    "agg of text": flat(people.groupby("port").agg({"class": ["sum", "mean"]})),
    "mean": people.groupby("sex")[["class", "age", "fare"]].mean().add_suffix("_mean").reset_index(),
    "pivot": people.pivot_table(index="port", columns="class", values="fare", aggfunc="mean").reset_index(),
    "inner": people.merge(ports, on="port", how="inner"),
    "left": people.merge(ports, on="port", how="left"),
    "right": people.merge(ports, on="port", how="right"),
    "outer": people.merge(ports, on="port", how="outer"),
    "duplicates": people[["sex", "class"]].drop_duplicates(),
    "filter": people[(people["age"] > 30) & (people["sex"] == "female")],
}
results = {name: columns(frame) for name, frame in results.items()}
results["unique"] = [v for v in people["port"].unique() if not pd.isna(v)]
(here / "tables.json").write_text(json.dumps({"pandas": pd.__version__, **results}) + "\n")
