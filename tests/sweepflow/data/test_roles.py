"""The columns that have a role: what they hold, and that they come back."""

import numpy as np
import pyarrow as pa
import pytest

from sweepflow.data.prepared import PreparedData, all_training_roles, load_roles, roles_path
from sweepflow.data.roles import NO_ROLES, RoleColumns, Roles


@pytest.fixture
def data(tmp_path):
    fields = dict.fromkeys(("numeric", "boolean", "categorical", "date", "notices"), ())
    return PreparedData(
        folder=str(tmp_path), fingerprint="x", target="t", is_classification=False, labels=None,
        positive_label=None, n_rows={}, date_formats={}, **fields,
        roles=RoleColumns(weight="w", group="patient"),
    )  # fmt: skip


def test_the_roles_of_all_training_rows_are_those_of_its_parts(data):
    for part, weights in {"train": [1.0, 2.0], "validation": [0.5]}.items():
        roles = Roles(np.array(weights), np.arange(len(weights)))
        with pa.ipc.new_file(str(roles_path(data.folder, part)), roles.table().schema) as writer:
            writer.write_table(roles.table())
    assert load_roles(data, "train").weight.tolist() == [1, 2]
    both = all_training_roles(data)
    assert both.weight.tolist() == [1, 2, 0.5]
    assert both.group.tolist() == [0, 1, 0]
    assert both.time is None
    assert both.of(np.array([2])).weight.tolist() == [0.5]


def test_data_without_roles_has_no_file_of_them(data):
    data = data.model_copy(update={"roles": RoleColumns()})
    assert all_training_roles(data) == load_roles(data, "test") == NO_ROLES
