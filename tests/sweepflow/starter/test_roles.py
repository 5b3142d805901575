"""What a first spec says of rows that belong together, or follow each other."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sweepflow.data.prepare import prepare
from sweepflow.fields.yaml import parse_yaml
from sweepflow.spec.spec import Spec
from sweepflow.starter import choose, compare, facts_of, families, spec_text, task_of

GENERATOR = np.random.default_rng(0)
HOURS = pd.date_range("2011-01-01", periods=600, freq="h")
SEASON = 5 + np.sin(HOURS.hour / 24 * 2 * np.pi) + GENERATOR.normal(0, 0.3, 600)
PATIENT = np.repeat(np.arange(40), 15)
BY_PATIENT = GENERATOR.normal(size=40)[PATIENT] + GENERATOR.normal(0, 0.1, 600)
X = GENERATOR.normal(size=600)


def written(target, **columns):
    table = pd.DataFrame({"x": X, **columns, "y": target})
    facts = facts_of(pa.Table.from_pandas(table, preserve_index=False), "y")
    text = spec_text("a sweep", "table.csv", facts, choose(facts))
    spec = Spec.checked(parse_yaml(text), is_trusted=True)
    assert spec.notices(cores=2) == []
    return text, spec


@pytest.mark.parametrize("target", [BY_PATIENT, np.where(BY_PATIENT > 0, "ill", "well")])
def test_an_identifier_that_comes_back_is_the_group_and_not_dropped(target):
    text, spec = written(target, patient_id=PATIENT)
    assert (spec.data.group, spec.data.drop, spec.validation.folds) == ("patient_id", (), 5)
    assert spec.early_termination.type == "forgiving_folds"
    assert "# Rows of one patient_id have the target alike." in text


def test_with_few_groups_one_split_is_not_trusted_though_there_are_many_rows():
    many = np.tile(np.arange(600) // 15, 10)
    table = pd.DataFrame({"x": np.tile(X, 10), "user": many, "y": np.tile(BY_PATIENT, 10)})
    facts = facts_of(pa.Table.from_pandas(table, preserve_index=False), "y")
    assert choose(facts).folds == 5
    assert choose(facts._replace(group=None)).folds is None
    assert choose(facts._replace(group=facts.group._replace(n_groups=9))).folds is None


@pytest.mark.parametrize(
    ("columns", "time", "fields"),
    [
        ({"at": HOURS.strftime("%Y-%m-%d %H:%M")}, ("at",), {"dates": ("at",)}),
        ({"at": HOURS}, ("at",), {"dates": ("at",)}),
        ({"day": HOURS.strftime("%d.%m.%Y"), "hour": HOURS.hour}, ("day", "hour"),
         {"dates": ("day",), "numbers": ("hour",)}),
        ({"day": HOURS.strftime("%Y-%m-%d"), "time": HOURS.strftime("%H:%M")}, ("day", "time"),
         {"dates": ("day", "time")}),
        ({"Date": HOURS.strftime("%d/%m/%Y"), "Time": HOURS.strftime("%H.%M.%S")}, ("Date", "Time"),
         {"dates": ("Date",), "categories": ("Time",)}),
    ],
)  # fmt: skip
def test_a_time_orders_the_rows_and_is_learned_from_too(columns, time, fields, tmp_path):
    text, spec = written(SEASON, **columns)
    assert spec.data.time == time
    assert {name: getattr(spec.data, name) for name in fields} == fields
    assert "learns from all before one of them" in text
    pd.DataFrame({"x": X, **columns, "y": SEASON}).to_csv(tmp_path / "t.csv", index=False)
    source = spec.data.model_copy(update={"path": str(tmp_path / "t.csv")})
    data = prepare(source, spec.validation, tmp_path / "cache", is_classifier=False)
    assert {*data.numeric, *data.date, *data.time, *data.categorical} == {"x", *time}
    assert data.notices == ()


def test_where_both_would_do_the_rows_follow_in_time_and_the_group_is_proposed():
    store = GENERATOR.integers(0, 40, 600)
    text, spec = written(SEASON + store / 10, at=HOURS, store_id=store)
    assert (spec.data.time, spec.data.group) == (("at",), None)
    line = next(line for line in text.splitlines() if "# group: store_id" in line)
    both = Spec.checked(parse_yaml(text.replace(line, line.replace("# group", "group"))), is_trusted=True)
    assert both.data.group == "store_id"


def test_dates_without_such_an_order_are_proposed():
    text, spec = written(GENERATOR.permutation(SEASON), at=HOURS.strftime("%Y-%m-%d"))
    assert spec.data.time == ()
    assert "  # time: at # for a model of later rows: these then rank and test it" in text


def test_a_time_in_which_a_class_only_begins_is_not_split_by():
    _, spec = written(["a"] * 500 + ["b"] * 100, at=HOURS)
    assert spec.data.time == ()


def test_the_estimators_are_compared_on_such_a_split_too(tmp_path):
    table = pd.DataFrame({"x": X, "patient_id": PATIENT, "y": BY_PATIENT})
    table.to_csv(tmp_path / "t.csv", index=False)
    _, spec = written(BY_PATIENT, patient_id=PATIENT)
    source = spec.data.model_copy(update={"path": str(tmp_path / "t.csv")})
    data = prepare(source, spec.validation, tmp_path / "cache", is_classifier=False)
    facts = facts_of(pa.Table.from_pandas(table, preserve_index=False), "y")
    found = compare(families(task_of(facts, choose(facts)))[-1:], data, "r2", 5, 0)
    assert found.tried[0].value < 0.2  # of patients that it has not seen, nothing is known
