"""What `init` writes is what `run` takes, whatever the table."""

from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from sweepflow.errors import DataError, SpecError
from sweepflow.flows.cli.actions.init import one_target, show_start, start_spec
from sweepflow.running.preflight import checked_spec, prepare_data
from sweepflow.spec.file import read_spec
from sweepflow.starter import families


def target(generator: np.random.Generator, kind: str, n: int) -> list[object]:
    """A column to predict, of few or of very uneven classes, or of numbers."""
    match kind:
        case "rare":
            return ["often"] * (n - 3) + ["seldom", "once", "seldom"]
        case "one of each":
            return [f"c{i % (n // 2)}" for i in range(n)]
        case "even":
            return generator.permutation([f"c{i % 3}" for i in range(n)]).tolist()
        case "rare of two":
            return ["no"] * (n - 1) + ["yes"]
        case "few yes":
            return ["no"] * (n - 3) + ["yes"] * 3
        case "counts":
            return generator.integers(0, 4, n).tolist()
        case "booleans":
            return (generator.random(n) < 0.2).tolist()
        case _:
            return generator.normal(size=n).round(2).tolist()


KINDS = ("rare", "one of each", "even", "rare of two", "few yes", "counts", "booleans", "numbers")


@pytest.mark.filterwarnings("ignore::UserWarning")  # scikit-learn's, of classes that some rows lack
@pytest.mark.parametrize("n", [6, 9, 15, 40])
@pytest.mark.parametrize("kind", KINDS)
def test_the_spec_of_an_odd_table_is_not_refused_and_its_metrics_can_be_computed(
    kind: str, n: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWEEPFLOW_HOME", str(tmp_path / "home"))
    # Of all candidates those that take little time.
    monkeypatch.setattr(
        "sweepflow.flows.cli.actions.init.families", lambda task: [families(task)[0], families(task)[-1]]
    )
    generator = np.random.default_rng([n, KINDS.index(kind)])
    table = pd.DataFrame({"x": generator.normal(size=n), "text": generator.choice(["a", "b", None], n)})
    table["gaps"] = np.where(generator.random(n) < 0.7, np.nan, 1.5)
    table["y"] = target(generator, kind, n)
    table.to_csv(tmp_path / "t.csv", index=False)
    spec_file = tmp_path / "spec.yml"
    refused = None
    try:
        start_spec(str(tmp_path / "t.csv"), "y", spec_file, overwrites=False)
    except (SpecError, DataError) as error:
        paths = {problem.path for problem in error.problems} if isinstance(error, SpecError) else {error.path}
        refused = paths, spec_file.exists()
    if refused:
        assert refused == ({"--target"}, False)  # the table is to blame, and not what was written
        return
    spec = checked_spec(read_spec(spec_file), is_trusted=True)
    data = prepare_data(spec, tmp_path / "home")
    assert data is not None
    few = {"max_iter": 2} if "HistGradientBoosting" in spec.trial.label else {"n_estimators": 2}
    trial = spec.trial.model_copy(update={"iterations": None})
    values: list[dict[str, float]] = []
    trained = trial.train(spec.job({} if "linear_model" in spec.trial.label else few, data), values.append)
    assert np.isfinite(list(values[0].values())).all()
    assert trained.notes == ()


def test_columns_that_are_the_answer_are_left_out_and_the_estimator_is_chosen_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWEEPFLOW_HOME", str(tmp_path / "home"))
    generator = np.random.default_rng(0)
    table = pd.DataFrame({"hour": generator.integers(0, 24, 200), "wind": generator.normal(size=200)})
    table["casual"] = generator.poisson(5 + 30 * (abs(table.hour - 14) < 3))
    table["registered"] = generator.poisson(20 + 90 * (abs(table.hour - 8) < 2) * generator.random(200))
    table["cnt"] = table.casual + table.registered
    table.to_csv(tmp_path / "bikes.csv", index=False)
    start = start_spec(str(tmp_path / "bikes.csv"), "cnt", tmp_path / "spec.yml", overwrites=False)
    reason = "is in the answer: 'cnt' is 'casual' + 'registered'"
    assert start["dropped"] == {"casual": reason, "registered": reason}
    assert reason in (tmp_path / "spec.yml").read_text()  # never in silence
    assert start["notices"] == []
    assert start["compared"]["ridge regression"] < start["compared"]["gradient boosting"] < 1


def test_a_table_without_a_header_gets_names_to_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWEEPFLOW_HOME", str(tmp_path / "home"))
    table = tmp_path / "adult.data"
    table.write_text("".join(f"{1 + i}, {'Private' if i % 3 else 'State'}, {i % 2}, NA\n" for i in range(30)))
    spec_file = tmp_path / "spec.yml"
    with pytest.raises(SpecError, match="column_1, column_2, column_3, column_4"):
        start_spec(str(table), None, spec_file, overwrites=False, has_header=False)
    start = start_spec(str(table), "column_3", spec_file, overwrites=False, has_header=False)
    assert start["dropped"] == {"column_1": "numbers the rows", "column_4": "has no values"}
    text = spec_file.read_text()
    assert "columns: [column_1, column_2, column_3, column_4]" in text
    spec_file.write_text(text.replace("column_3", "income").replace("column_2", "workclass"))
    data = prepare_data(checked_spec(read_spec(spec_file), is_trusted=True), tmp_path / "home")
    assert data is not None
    assert (data.target, list(data.n_categories), sum(data.n_rows.values())) == ("income", ["workclass"], 30)


@pytest.mark.parametrize(("forest", "told"), [(0.41, False), (0.44, True)])
def test_it_says_why_the_best_value_is_not_taken(forest: float, told: bool) -> None:
    compared = {"gradient boosting": 0.42, "random forest": forest}
    start = dict.fromkeys(["positive_label", "group", "spec_path", "given_path"], "x")
    start |= dict.fromkeys(["dropped", "dates", "time", "notices"], ())
    start |= {"dropped": {}, "task": "regression", "target": "y", "primary_metric": "r2", "estimator": "e"}
    console = Console(width=200, record=True, file=StringIO())
    show_start(console, {**start, "compared": compared})
    shown = console.export_text()
    assert f"gradient boosting 0.42, random forest {forest}" in shown
    assert ("no other is better by more than chance" in shown) is told


def test_several_targets_are_to_be_written_into_the_spec():
    assert one_target([]) is None
    assert one_target(["price"]) == "price"
    with pytest.raises(
        SpecError, match=r"--target: must be one column: .* target: \[price, days\] into its spec"
    ):
        one_target(["price", "days"])
