"""Columns that look like a group or a time, and those that do not."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sweepflow.data.prepare import prepare
from sweepflow.data.source import DataSource, Validation
from sweepflow.data.unnamed_roles import like_group, like_time, role_notices, target_ranks

GENERATOR = np.random.default_rng(0)
N_PATIENTS, N_VISITS = 40, 6
PATIENT = np.repeat(np.arange(N_PATIENTS), N_VISITS)
BY_PATIENT = GENERATOR.normal(size=(3, N_PATIENTS))[:, PATIENT]
NOISE = GENERATOR.normal(size=(3, len(PATIENT)))
HOURS = pd.date_range("2011-01-01", periods=600, freq="h")
SEASON = np.sin(HOURS.hour / 24 * 2 * np.pi) + GENERATOR.normal(0, 0.3, 600)


def asked(columns, target, *, is_classification=False):
    table = pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False)
    ranks = target_ranks(np.asarray(target), is_classification=is_classification)
    return like_group(table, ranks), like_time(table, ranks)


@pytest.mark.parametrize("name", ["subject#", "patient_nbr", "PatientID", "user", "id", "customer_code"])
def test_an_identifier_that_comes_back_with_the_target_is_like_a_group(name):
    group, time = asked({"x": NOISE[0], name: PATIENT}, BY_PATIENT[0] + NOISE[1])
    assert (group.name, group.n_groups, group.n_rows, group.shared) == (name, 40, 240, ())
    assert time is None


def test_so_is_a_column_by_whatever_name_of_which_others_are_facts():
    facts = {"age": (BY_PATIENT[0] * 10).round(), "is_old": BY_PATIENT[1] > 0}
    group, _ = asked(
        {"voice": [f"v{n}" for n in PATIENT], **facts, "x": NOISE[0]},
        BY_PATIENT[2] > 0,
        is_classification=True,
    )
    assert (group.name, group.shared) == ("voice", ("age", "is_old"))
    assert asked({"voice": [f"v{n}" for n in PATIENT], "x": NOISE[0]}, BY_PATIENT[2])[0] is None


def test_of_several_the_one_that_owns_the_others_is_named():
    columns = {"session_id": np.arange(240) // 2, "subject": PATIENT}
    assert asked(columns, BY_PATIENT[0] + NOISE[0])[0].name == "subject"


@pytest.mark.parametrize(
    ("columns", "target"),
    [
        ({"user": PATIENT, "x": NOISE[0]}, NOISE[1]),
        ({"user": np.arange(240)}, BY_PATIENT[0]),
        ({"size": (BY_PATIENT[0] * 100).round().astype(int), "x": NOISE[0]}, BY_PATIENT[0]),
        ({"user": BY_PATIENT[0] + 0.5}, BY_PATIENT[0]),
    ],
)
def test_others_are_not_like_a_group(columns, target):
    assert asked(columns, target)[0] is None


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({"at": HOURS}, ("at",)),
        ({"at": HOURS.strftime("%Y%m%dT%H%M%S")}, ("at",)),
        ({"No": range(600), "year": HOURS.year, "month": HOURS.month, "day": HOURS.day, "hour": HOURS.hour},
         ("year", "month", "day", "hour")),
        ({"dteday": HOURS.strftime("%Y-%m-%d"), "hr": HOURS.hour}, ("dteday", "hr")),
        ({"Date": HOURS.strftime("%d/%m/%Y"), "Time": HOURS.strftime("%H.%M.%S")}, ("Date", "Time")),
    ],
)  # fmt: skip
def test_times_in_whose_order_the_target_changes_slowly_are_found(columns, names):
    order = GENERATOR.permutation(600)
    group, time = asked({name: np.asarray(column)[order] for name, column in columns.items()}, SEASON[order])
    assert time.names == names
    assert 0.5 < time.correlation < 1
    assert group is None


def test_dates_that_say_nothing_of_the_target_are_left_alone():
    assert asked({"at": HOURS, "text": ["2011 or so"] * 600}, GENERATOR.permutation(SEASON))[1] is None
    assert asked({"at": HOURS[:10]}, SEASON[:10])[1] is None


def test_whoever_prepares_such_a_table_is_told_unless_he_has_named_them(tmp_path):
    table = pd.DataFrame({"x": NOISE[0], "subject": PATIENT, "y": BY_PATIENT[0] + NOISE[1] / 9})
    table.to_csv(tmp_path / "t.csv", index=False)

    def notices(validation=None, **fields):
        source = DataSource(path=str(tmp_path / "t.csv"), target="y", **fields)
        return prepare(source, validation or Validation(), tmp_path / "cache", is_classifier=False).notices

    for fields in ({}, {"drop": ["subject"]}):
        (told,) = notices(**fields)
        assert told.startswith(
            "Column 'subject' seems to say what belongs together: 40 values in 240 rows, with the target"
        )
        assert "say data.group: subject, else its test is too good." in told
    assert notices(group="subject") == ()


@pytest.mark.parametrize("sign", ["_", "-", "."])
def test_a_group_within_names_is_told_with_an_example(sign):
    names = [f"phon_S{patient}{sign}{row % N_VISITS}" for row, patient in enumerate(PATIENT)]
    table = pa.table({"x": NOISE[0], "name": names})
    (notice,) = role_notices(table, [BY_PATIENT[0] + NOISE[1]], has_group=False, has_time=False)
    assert notice.startswith(f"Column 'name' seems to say what belongs together before its last '{sign}'")
    assert "40 texts, such as 'phon_S0', in 240 rows" in notice
    assert list(role_notices(table, [NOISE[1]], has_group=False, has_time=False)) == []
    assert list(role_notices(table, [BY_PATIENT[0]], has_group=True, has_time=False)) == []
