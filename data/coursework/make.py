"""The tables of notebooks/coursework: scikit-learn's own, and two that are made up at random.

    /path/to/python data/coursework/make.py

needs scikit-learn and pandas; writes the files beside itself.
"""

import pathlib

import numpy as np
import pandas as pd
from sklearn import datasets

here = pathlib.Path(__file__).parent


def shipped(name, target, rename=None):
    bunch = getattr(datasets, f"load_{name}")(as_frame=True, **({"scaled": False} if name == "diabetes" else {}))
    frame = bunch.frame.rename(columns={"target": target})
    if hasattr(bunch, "target_names") and len(bunch.target_names) > 0 and name != "digits":
        frame[target] = [bunch.target_names[i] for i in frame[target]]
    frame.columns = [c.replace(" (cm)", "").replace(" ", "_").replace("/", "_") for c in frame.columns]
    for column in frame.select_dtypes("float"):
        if (frame[column] % 1 == 0).all():
            frame[column] = frame[column].astype(int)
    frame.to_csv(here / f"{name}.csv", index=False)


shipped("iris", "species")
shipped("wine", "cultivar")
shipped("breast_cancer", "diagnosis")
shipped("diabetes", "progression")
shipped("digits", "digit")

# A passenger list like that of the Titanic, but random: the chance to survive depends on sex, class and age.
rng = np.random.default_rng(1912)
n = 800
klass = rng.choice([1, 2, 3], n, p=[0.24, 0.21, 0.55])
sex = rng.choice(["female", "male"], n, p=[0.36, 0.64])
age = np.clip(rng.gamma(6, 5, n), 0.5, 78).round(1)
siblings, parents = rng.poisson(0.5, n), rng.poisson(0.4, n)
fare = np.round(np.exp(rng.normal(4.9 - 0.85 * klass, 0.45)) * (1 + 0.4 * (siblings + parents)), 2)
port = rng.choice(["Southampton", "Cherbourg", "Queenstown"], n, p=[0.7, 0.2, 0.1])
logit = 2.4 * (sex == "female") - 0.95 * (klass - 2) - 0.03 * (age - 30) + 1.3 * (age < 10) - 0.35 * siblings - 0.9
survived = np.where(rng.random(n) < 1 / (1 + np.exp(-logit)), "yes", "no")
people = pd.DataFrame(
    {
        "passenger": np.arange(1, n + 1),
        "class": klass,
        "sex": sex,
        "age": age,
        "siblings": siblings,
        "parents": parents,
        "fare": fare,
        "port": port,
        "survived": survived,
    }
)
people.loc[rng.choice(n, 158, replace=False), "age"] = np.nan
people.loc[rng.choice(n, 6, replace=False), "port"] = np.nan
people.to_csv(here / "passengers.csv", index=False)

# Two years of days: a trend, a weekly and a yearly cycle, warm days, and noise that lasts a few days.
days = pd.date_range("2023-01-01", periods=730)
t = np.arange(len(days))
warm = 10 - 9 * np.cos(2 * np.pi * (t - 20) / 365.25) + rng.normal(0, 2.5, len(t))
noise = np.zeros(len(t))
for i in range(1, len(t)):
    noise[i] = 0.6 * noise[i - 1] + rng.normal(0, 9)
week = np.array([25, -20, -12, -6, 0, 14, 38])[days.day_of_week]
riders = 200 + 0.08 * t + week + 6 * warm + noise
frame = pd.DataFrame({"day": days.strftime("%Y-%m-%d"), "temperature": warm.round(1), "riders": riders.round(0).astype(int)})
frame.to_csv(here / "riders.csv", index=False)
for path in sorted(here.glob("*.csv")):
    print(path.name, path.stat().st_size, len(pd.read_csv(path)))
