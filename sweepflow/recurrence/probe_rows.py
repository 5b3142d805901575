"""The rows that a probe compares on: the champion's test rows, and new test rows unknown to its sweep."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from sweepflow.data.prepared import (
    PreparedData,
    all_training_roles,
    features_and_target,
    load_part,
    load_roles,
    read_prepared,
)
from sweepflow.data.roles import Roles
from sweepflow.errors import SweepflowError

MIN_ROWS = 20


class ProbeError(SweepflowError):
    """The champion cannot be compared on the new data; the message says why."""


class Rows:
    """Features, target and roles of the rows that a model is scored on."""

    def __init__(self, table: pd.DataFrame, roles: Roles, data: PreparedData) -> None:
        self.data = data
        self.roles = roles
        self.features, self.target = features_and_target(table, data)

    def __len__(self) -> int:
        return len(self.target)


def old_rows(sweep_folder: Path) -> Rows:
    """The test rows of the champion's own sweep; ProbeError if they are gone."""
    data = _read_data(sweep_folder)
    return Rows(load_part(data.folder, "test"), load_roles(data, "test"), data)


def new_rows(data: PreparedData, sweep_folder: Path) -> Rows:
    """The test rows of the new data that the champion's sweep has neither trained on nor validated with.

    Data that has grown holds the old rows too, split anew. Rows of a group that it has known are left out
    too. ProbeError if fewer than 20 are left.
    """
    test, old_data = load_part(data.folder, "test"), _read_data(sweep_folder)
    known = pd.concat([load_part(old_data.folder, "train"), load_part(old_data.folder, "validation")])
    columns = [name for name in test if name in known.columns]
    is_new = ~np.isin(_hashes(test[columns]), _hashes(known[columns]))
    roles, known_roles = load_roles(data, "test"), all_training_roles(old_data)
    if roles.group is not None and known_roles.group is not None:
        named = known_roles.group[known_roles.group >= 0]
        is_new &= ~np.isin(roles.group, named)
    if is_new.sum() < MIN_ROWS:
        shortage = f"{is_new.sum()} of {len(test)} test rows are new to the champion"
        raise ProbeError(f"{shortage}, {MIN_ROWS} are needed")
    return Rows(test[is_new].reset_index(drop=True), roles.of(np.flatnonzero(is_new)), data)


def _read_data(sweep_folder: Path) -> PreparedData:
    data = read_prepared(sweep_folder / "data")
    if data is None:
        raise ProbeError(f"the rows of the champion's sweep '{sweep_folder.name}' are gone")
    return data


def _hashes(table: pd.DataFrame) -> NDArray[Any]:
    """The hash of each row; equal integers and floats hash alike."""
    plain = {name: _plain(column) for name, column in table.items()}
    return pd.util.hash_pandas_object(pd.DataFrame(plain), index=False).to_numpy()


def _plain(column: pd.Series) -> Any:
    is_number = is_numeric_dtype(column) or is_bool_dtype(column)
    return (column.astype(np.float64) if is_number else column.astype(str)).to_numpy()
