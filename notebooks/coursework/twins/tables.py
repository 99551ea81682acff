"""Tables in pandas: the twin of tables.ipynb."""

import pandas as pd

people = pd.read_csv("../../../data/coursework/passengers.csv")
print(people.describe())
print(people["port"].value_counts(dropna=False))
people["alive"] = (people["survived"] == "yes").astype(float)
print(people.pivot_table(index="class", columns="sex", values="alive", aggfunc="mean"))
print(people.groupby(["class", "sex"]).agg({"age": "median", "fare": "mean", "alive": "mean"}))
people["family"] = people["siblings"] + people["parents"] + 1
print(people.groupby("family")["alive"].agg(["mean", "count"]))
ports = pd.DataFrame({"port": ["Southampton", "Cherbourg", "Queenstown"], "country": ["England", "France", "Ireland"]})
print(people.merge(ports, on="port", how="left")["country"].value_counts(dropna=False))
old = people[people["age"] > 60].sort_values("fare", ascending=False)
print(old[["class", "sex", "age", "fare", "survived"]].head(5))
people["age"].plot.hist()
