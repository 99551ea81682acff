"""Parquet files as pandas writes them; needs pandas and pyarrow. Run in the folder of this file."""

import datetime
import decimal
import pathlib

import pandas as pd

folder = pathlib.Path(__file__).parent / "parquet"
folder.mkdir(exist_ok=True)
frame = pd.DataFrame({
    "state": ["w", "n", "r", "état"],
    "power": [1.5, 2e-9, None, 4.0],
    "count": [1, -2, 3, 4_000_000_000],
    "awake": [True, False, False, True],
    "single": pd.Series([0.5, 1.5, 2.5, 3.5], dtype="float32"),
})
for name, compression in [("snappy", "snappy"), ("zstd", "zstd"), ("plain", None)]:
    frame.to_parquet(folder / f"{name}.parquet", compression=compression, index=False)
pd.DataFrame({
    "fine": [1.0, 2.0],
    "day": [datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 2)],
    "small": pd.Series([1, 2], dtype="uint8"),
    "list": [[1], [2, 3]],
    "kind": pd.Series(["a", "b"], dtype="category"),
    "price": [decimal.Decimal("1.50"), decimal.Decimal("2.25")],
}).to_parquet(folder / "types.parquet", index=False)
