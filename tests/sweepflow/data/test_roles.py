"""The columns that have a role: what they hold, and that they come back."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import PreparedData, all_training_roles, load_part, load_roles, roles_path
from sweepflow.data.roles import NO_ROLES, RoleColumns, Roles
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import DataError, SpecError


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


# --- read from a table


@pytest.fixture
def prepare_roles(tmp_path):
    """Prepares a CSV file of these columns, and a feature `x`; 60 rows unless they are fewer."""

    def prepare_columns(validation=None, columns=None, **roles):
        n_rows = len(next(iter(columns.values())))
        table = pd.DataFrame({"x": np.arange(n_rows), "y": np.arange(n_rows) % 7 / 2, **columns})
        table.to_csv(tmp_path / "t.csv", index=False)
        source = DataSource(path=str(tmp_path / "t.csv"), target="y", **roles)
        return prepare(source, validation or Validation(), tmp_path / "cache", is_classifier=False)

    return prepare_columns


def rows_of(data):
    """By part, the rows' numbers, which are the values of the feature `x`."""
    return {part: load_part(data.folder, part)["x"].to_numpy() for part in data.n_rows}


def test_columns_with_a_role_are_no_features_and_their_values_stay_with_their_rows(prepare_roles):
    patients = np.repeat([f"p{n}" for n in range(12)], 5)
    weights = np.linspace(0.1, 2, 60).round(3)
    data = prepare_roles(columns={"patient": patients, "w": weights}, group="patient", weight="w")
    assert data.numeric == ("x",)
    assert data.categorical == ()
    groups = {}
    for part, rows in rows_of(data).items():
        roles = load_roles(data, part)
        assert roles.weight.tolist() == weights[rows].tolist()
        for patient, group in zip(patients[rows], roles.group.tolist(), strict=True):
            assert groups.setdefault(patient, group) == group
    assert len(set(groups.values())) == 12
    assert data.notices == ()


def test_rows_of_weight_zero_are_left_out(prepare_roles):
    data = prepare_roles(columns={"w": np.arange(60) % 3}, weight="w")
    assert data.notices == ("20 of 60 rows weigh 0 by 'w' and are left out.",)
    assert data.n_rows == {"train": 24, "validation": 8, "test": 8}
    assert all((rows % 3 > 0).all() for rows in rows_of(data).values())


def test_no_group_is_in_two_parts(prepare_roles):
    data = prepare_roles(columns={"patient": np.arange(60) % 12}, group="patient")
    held = [set(rows % 12) for rows in rows_of(data).values()]
    assert [len(each) for each in held] == [8, 2, 2]
    assert len(set.union(*held)) == 12


def test_a_row_without_a_group_is_one_of_its_own(prepare_roles):
    patients = ["", "", *np.repeat(list("abcd"), 2)]
    data = prepare_roles(columns={"patient": patients}, group="patient")
    assert data.notices == ("2 of 10 rows have no 'patient': each is a group of its own.",)
    groups = np.concatenate([load_roles(data, part).group for part in data.n_rows])
    assert len(set(groups)) == 6
    assert (groups < 0).sum() == 2


@pytest.mark.parametrize(
    "write",
    [
        lambda days: [f"{day:%Y-%m-%d}" for day in days],
        lambda days: [f"{day:%d.%m.%Y}" for day in days],
        lambda days: [f"{day:%b %d, %Y}" for day in days],
        lambda days: [day.toordinal() for day in days],
    ],
)
def test_rows_are_split_forward_in_time_however_it_is_written(prepare_roles, write):
    days = pd.date_range("2023-12-15", periods=60)
    order = np.random.default_rng(0).permutation(60)
    data = prepare_roles(columns={"when": write(days[order])}, time="when")
    when = {part: sorted(order[rows]) for part, rows in rows_of(data).items()}
    assert when == {"train": [*range(36)], "validation": [*range(36, 48)], "test": [*range(48, 60)]}
    for part, rows in rows_of(data).items():
        assert (np.argsort(load_roles(data, part).time) == np.argsort(order[rows])).all()


@pytest.mark.parametrize("clock", ["{}:00:00", "{}.00.00", "{:02}:00"])
def test_a_time_may_be_in_several_columns(prepare_roles, clock):
    hours = np.arange(60)
    columns = {
        "Date": [f"{1 + n // 24:02}/01/2004" for n in hours],
        "Time": [clock.format(n % 24) for n in hours],
    }
    data = prepare_roles(columns=columns, time=["Date", "Time"])
    assert [rows.tolist() for rows in rows_of(data).values()] == [
        [*range(36)],
        [*range(36, 48)],
        [*range(48, 60)],
    ]
    columns = {"year": 2000 + hours // 48, "month": hours // 4 % 12 + 1, "day": hours % 4}
    data = prepare_roles(columns=columns, time=["year", "month", "day"])
    assert max(rows_of(data)["train"]) == 35


def test_a_time_that_another_field_names_is_learned_from_too(prepare_roles):
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2023-12-15", periods=60)]
    assert prepare_roles(columns={"when": days}, time="when").date == ()
    data = prepare_roles(columns={"when": days}, time="when", dates=["when"])
    assert data.date == ("when",)
    assert data.roles.time == ("when",)
    assert prepare_roles(columns={"year": np.arange(60)}, time="year", features=["x", "year"]).numeric == (
        "x",
        "year",
    )


def test_rows_without_a_time_and_rows_in_a_gap_are_left_out(prepare_roles):
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2023-12-15", periods=60)]
    days[3] = ""
    data = prepare_roles(Validation(gap=2), columns={"when": days}, time="when")
    assert sum(data.n_rows.values()) == 55
    assert data.notices == (
        "1 of 60 rows have no time in 'when' and are left out.",
        "4 of 59 rows are in no part: they lie in a gap.",
    )


def test_a_gap_may_be_a_duration_of_dates(prepare_roles):
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2023-12-15", periods=30).repeat(2)]
    data = prepare_roles(Validation(gap="48h"), columns={"when": days}, time="when")
    assert {part: rows.max() for part, rows in rows_of(data).items()} == {
        "train": 31, "validation": 43, "test": 59,
    }  # fmt: skip
    assert data.notices == ("8 of 60 rows are in no part: they lie in a gap.",)


@pytest.mark.parametrize(
    "columns",
    [
        {"day": np.arange(60)},
        {"clock": [f"{n // 60:02}:{n % 60:02}" for n in range(60)]},
        {"date": ["2024-01-01"] * 60, "clock": [f"{n // 60:02}:{n % 60:02}" for n in range(60)]},
    ],
)
def test_a_duration_needs_a_single_column_of_dates(prepare_roles, columns):
    names = ", ".join(columns)
    told = rf"validation\.gap: .*number of times, as data\.time \({names}\) is no single .* got '7d'"
    with pytest.raises(DataError, match=told):
        prepare_roles(Validation(gap="7d"), columns=columns, time=list(columns))


@pytest.mark.parametrize(("written", "gap"), [(7, 7), ("7", 7), ("7d", "7d"), (" 30 min ", "30min")])
def test_a_gap_is_a_number_of_times_or_a_duration(written, gap):
    assert Validation.parse({"gap": written}).gap == gap


@pytest.mark.parametrize("gap", [-1, 1.5, True, "-7d", "7 days", "d", "", None, [7], "9999999w", "1" * 5000])
def test_another_gap_is_refused_in_one_sentence(gap):
    with pytest.raises(
        SpecError, match=r"^gap: must be a number of times, .* 7d, 12h or 30min .*, got"
    ) as error:
        Validation.parse({"gap": gap})
    assert len(error.value.problems) == 1


def test_a_part_that_lacks_a_class_is_told(tmp_path):
    table = pd.DataFrame({"x": range(60), "day": range(60), "y": ["a", "b"] * 24 + ["a", "c"] * 6})
    table.to_csv(tmp_path / "t.csv", index=False)
    source = DataSource(path=str(tmp_path / "t.csv"), target="y", time="day")
    data = prepare(source, Validation(), tmp_path / "cache", is_classifier=True)
    assert data.notices == (
        "The train part has no row of class 'c'.",
        "The validation part has no row of class 'c'.",
        "The test part has no row of class 'b'.",
    )


@pytest.mark.parametrize(
    ("values", "roles", "told"),
    [
        (
            ["heavy"] * 10,
            {"weight": "c"},
            r"data\.weight: .*column 'c' holds .* values: a weight is a number",
        ),
        ([1, -2, *[1] * 8], {"weight": "c"}, r"data\.weight: .*a negative one in 1 of 10 rows"),
        ([1, None, *[1] * 8], {"weight": "c"}, r"data\.weight: .*no weight in 1 of 10 rows: give each row a"),
        ([0] * 10, {"weight": "c"}, r"data\.weight: .*is 0 in all 10 rows"),
        (["soon"] * 10, {"time": "c"}, r"data\.time: .*'soon' in column 'c' .* is no date"),
        ([True, False] * 5, {"time": "c"}, r"data\.time: .*bool values, which are no times"),
        ([None] * 10, {"time": "c"}, r"data\.time: .*no row has a time in 'c'"),
        ([1, 2] * 5, {"group": "k"}, r"data\.group: .*there is no column 'k'"),
    ],
)
def test_a_column_that_cannot_have_its_role_is_told(prepare_roles, values, roles, told):
    with pytest.raises(DataError, match=told):
        prepare_roles(columns={"c": values}, **roles)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"group": "y"}, "column 'y' is group and target: keep one of them"),
        ({"group": "a", "time": ["b", "a"]}, "column 'a' is group and time: keep one of them"),
        ({"weight": "a", "drop": ["a"]}, "column 'a' is weight and in drop: take it out of one of them"),
        ({"group": "a", "features": ["a", "b"]}, "column 'a' is group, leave it out of features"),
    ],
)
def test_a_column_has_one_role(fields, told):
    with pytest.raises(ValueError, match=told):
        DataSource(path="t.csv", target="y", **fields)


def test_a_name_in_digits_is_a_name():
    source = DataSource(path="t.csv", target="y", group=1, time=2024)
    assert (source.group, source.time) == ("1", ("2024",))
