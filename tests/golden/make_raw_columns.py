"""Golden numbers of scikit-learn for columns of text, missing values and power transforms.

    /path/to/python tests/golden/make_raw_columns.py

Writes raw_columns.csv and raw_columns.json beside itself (scikit-learn 1.9.1, pandas 2 or later).
"""

import json
import pathlib

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, PowerTransformer, StandardScaler

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20)
n = 60
frame = pd.DataFrame(
    {
        "age": np.round(rng.gamma(4, 8, n), 1),
        "fare": np.round(rng.lognormal(2.5, 1.1, n), 2),
        "class": rng.integers(1, 4, n),
        "sex": rng.choice(["male", "female"], n),
        "port": rng.choice(["S", "C", "Q"], n, p=[0.6, 0.3, 0.1]),
        "change": np.round(rng.normal(0, 3, n) ** 3, 3),
        "survived": rng.integers(0, 2, n),
    }
)
frame.loc[rng.choice(n, 12, replace=False), "age"] = np.nan
frame.loc[rng.choice(n, 5, replace=False), "port"] = np.nan
frame.loc[2, "change"] = np.nan
frame.to_csv(here / "raw_columns.csv", index=False)
frame = pd.read_csv(here / "raw_columns.csv")
train, test = frame[:40], frame[40:]
x = frame.columns.drop("survived")


def listed(matrix):
    return [[None if np.isnan(v) else float(v) for v in row] for row in np.asarray(matrix, float)]


def case(transformer, columns):
    transformer.fit(train[columns])
    names = [str(name) for name in transformer.get_feature_names_out()]
    return {
        "features": names,
        "train": listed(transformer.transform(train[columns])),
        "test": listed(transformer.transform(test[columns])),
    }


numbers = make_column_selector(dtype_include="number")
texts = make_column_selector(dtype_exclude="number")


def by_kind(number_steps, text_steps):
    return ColumnTransformer(
        [("numbers", Pipeline(number_steps), numbers), ("texts", Pipeline(text_steps), texts)],
        verbose_feature_names_out=False,
    )


hot = lambda: OneHotEncoder(sparse_output=False)
cases = {
    # Missing text is a category of its own.
    "median_hot": case(by_kind([("i", SimpleImputer(strategy="median"))], [("h", hot())]), x),
    "mean_frequent_hot_scaled": case(
        Pipeline(
            [
                (
                    "columns",
                    by_kind(
                        [("i", SimpleImputer(strategy="mean"))],
                        [("i", SimpleImputer(strategy="most_frequent")), ("h", hot())],
                    ),
                ),
                ("scale", StandardScaler()),
            ]
        ),
        x,
    ),
    "ordinal": case(
        by_kind(
            [("i", SimpleImputer(strategy="most_frequent"))],
            [("i", SimpleImputer(strategy="constant", fill_value="?")), ("o", OrdinalEncoder())],
        ),
        x,
    ),
    "hot_class": case(OneHotEncoder(sparse_output=False), ["class"]),
    "power": case(
        Pipeline([("i", SimpleImputer(strategy="median")), ("p", PowerTransformer())]),
        ["age", "fare", "change"],
    ),
}
power = PowerTransformer().fit(train[["age", "fare", "change"]].fillna(train.median(numeric_only=True)))
cases["lambdas"] = [float(v) for v in power.lambdas_]
cases["versions"] = {"scikit-learn": sklearn.__version__}
(here / "raw_columns.json").write_text(json.dumps(cases) + "\n")
print(cases["versions"], cases["lambdas"], cases["median_hot"]["features"])
