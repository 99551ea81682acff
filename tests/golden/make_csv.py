"""What pandas reads from texts with various options, for the tests of Table::read_with: run in this folder."""

import io
import json
import pathlib

import pandas as pd

cases = []


def case(text, **options):
    frame = pd.read_csv(io.BytesIO(text.encode(options.get("encoding", "utf-8"))), keep_default_na=False,
                        **({"na_values": [""]} | options))
    columns = []
    for i, name in enumerate(frame.columns):
        values = [None if pd.isna(v) else v for v in frame.iloc[:, i].tolist()]
        columns.append([str(name), values])
    cases.append({"text": text, "options": options, "columns": columns})


case("a,b\n1,2.5\n-3,\n")
case("a;b\n1;2,5\n2;-0,25\n", sep=";", decimal=",")
case("a;b\n1.234;2.345.678,5\n12;1e3\n", sep=";", decimal=",", thousands=".")
case('a,b\n"1,234",x\n"12,345,678",y\n', thousands=",")
case("a,b\n1,NA\n?,3\nNA,?\n", na_values=["NA", "?", ""])
case("a,b\n1,NA\n2,?\n")
case("a,b\n1,-999.0\n-999.00,2.5\n-9.99e2,3\n4,-999\n", na_values=["-999", ""])
case("# 5\" pipes\na  b\n1   2 # 3\"\n3 4\n", sep=r"\s+", comment="#")
case("# by me\na,b\n1,2 # why\n# all\n3,4\n", comment="#")
case('a,b\n"x # y",2#z\n', comment="#")
case("1,x\n2,y\n", header=None, names=["n", "s"])
case("skip\nthis, too\na,b\n1,2\n", skiprows=2)
case("a  b\tc\n 1 2   3.5 \n4\t\t5 6\n", sep=r"\s+")
case("a, b, c\n 1, x, 2.5\n2,  y z , 3\n", skipinitialspace=True)
case(" a,b \n x , 1 \ny,2\n")
case("zip,n\n01067,1\n4109,2\n", dtype={"zip": str})
case("a,b\n1,1\n2,2\n", dtype={"a": float})
case("a,a,b,,a\n1,2,3,4,5\n")
case('a,b\n"say ""hi""","two\nlines"\n"",2\n')
case("a\tb\n1\tx,y\n", sep="\t")
case("é,b\nß,1\n", encoding="latin-1")
case("a,b\nTrue,1\nFalse,2\n")
case("a,b\r\n1,2\r\n\r\n3,4\r\n")
case("a,b\n1e3,inf\n.5,-inf\n5.,1\n")
case("a,b\n18446744073709551616,1\n36893488147419103232,2\n")
case("a,b\n18446744073709551616,1\n0.5,2\n")

path = pathlib.Path(__file__).parent / "csv.json"


def plain(value):
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return str(value)
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


for entry in cases:
    entry["columns"] = [[n, [plain(v) for v in values]] for n, values in entry["columns"]]
    if "dtype" in entry["options"]:
        entry["options"]["dtype"] = {k: t.__name__ for k, t in entry["options"]["dtype"].items()}
path.write_text(json.dumps({"pandas": pd.__version__, "cases": cases}, indent=1, ensure_ascii=False) + "\n")
