from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from sweepflow.data import DataSource, Validation, load_part, prepare
from sweepflow.models import save_model
from sweepflow.promotion import score
from sweepflow.registry import Registry
from sweepflow.training.pipeline import all_training_rows, pipeline, unfitted

N_ROWS = 60


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        ([f"{n}.500" for n in range(N_ROWS)], {"thousands": "."}),
        ([f"{n},5" for n in range(N_ROWS)], {}),
        ([f"$ {n}" if n % 30 else "?" for n in range(N_ROWS)], {}),
        ([f"{n:03}" for n in range(N_ROWS)], {"categories": ("x",)}),
        ([f"{n}" if n % 30 else "-999" for n in range(N_ROWS)], {"nulls": ("-999",)}),
    ],
)
def test_new_rows_are_read_as_the_champion_has_learned_them(
    tmp_path: Path, cells: list[str], options: dict[str, object]
) -> None:
    table = pd.DataFrame({"x": cells, "n": range(N_ROWS), "y": ["a"] * 30 + ["b"] * 30})
    table.to_csv(tmp_path / "t.csv", index=False)
    source = DataSource(path=str(tmp_path / "t.csv"), target="y", **options)
    data = prepare(source, Validation(), tmp_path / "cache", is_classifier=True)
    model = pipeline(unfitted(data, {}), LogisticRegression()).fit(*all_training_rows(data))
    save_model(model, tmp_path / "model.skops")
    (tmp_path / "model-card.md").write_text("# Card\n")
    registry = Registry(tmp_path / "home")
    registry.register("m", "sweep", tmp_path / "model.skops", tmp_path / "model-card.md", {})
    registry.promote("m", 1, "why not")
    scored = pd.read_parquet(score(registry, "m", str(tmp_path / "t.csv"), tmp_path / "scores.parquet"))
    parts = pd.concat([load_part(data.folder, part) for part in ("train", "validation", "test")])
    expected = model.predict(parts.sort_values("n"))
    np.testing.assert_array_equal(scored["prediction"], expected)
