"""Optuna's own tests of storages, on databases whose tables this library has made and used.

tests/optuna.rs runs it with PREPARED set: an SQLite file, or the URL of a PostgreSQL database, which
is copied for each test.
"""

import os
import shutil
import uuid
import warnings

import optuna
import pytest
import sqlalchemy
from optuna.testing.pytest_storages import StorageTestCase

warnings.simplefilter("ignore")
PREPARED = os.environ["PREPARED"]


def postgres_copy():
    server, prepared = PREPARED.rsplit("/", 1)
    name = f"copy_{uuid.uuid4().hex}"
    engine = sqlalchemy.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name} TEMPLATE {prepared}"))
    engine.dispose()
    return f"{server}/{name}"


@pytest.fixture
def storage(tmp_path):
    if PREPARED.startswith("postgresql"):
        url = postgres_copy()
    else:
        shutil.copy(PREPARED, tmp_path / "study.db")
        url = f"sqlite:///{tmp_path / 'study.db'}"
    storage = optuna.storages.RDBStorage(url, engine_kwargs={"pool_size": 1})
    yield storage
    storage.remove_session()
    storage.engine.dispose()


class TestPrepared(StorageTestCase):
    pass
