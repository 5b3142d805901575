"""All leaks that are found in prepared data, each told in one sentence."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from sweepflow.base.files import replacing
from sweepflow.data.prepared import PreparedData, load_part
from sweepflow.leaks.alone import as_good_alone
from sweepflow.leaks.copies import copied_rows
from sweepflow.leaks.counters import counters
from sweepflow.leaks.sums import sum_of_columns

_FILE = "leaks.json"
_PARTS = ("train", "validation", "test")
_FIRST_VERSION = 1


def leaks_of(data: PreparedData) -> tuple[str, ...]:
    """The leaks in this data, one sentence each; they are searched for once and kept in its folder."""
    path = Path(data.folder, _FILE)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    if kept.get("version") == _FIRST_VERSION:
        return tuple(kept["leaks"])
    leaks = list(_search(data))
    with replacing(path) as partial:
        partial.write_text(json.dumps({"version": _FIRST_VERSION, "leaks": leaks}), encoding="utf-8")
    return tuple(leaks)


def _search(data: PreparedData) -> Iterator[str]:
    parts = {part: load_part(data.folder, part) for part in _PARTS if data.n_rows.get(part)}  # type: ignore[arg-type]
    features = {part: frame.drop(columns=data.target) for part, frame in parts.items()}
    counting = list(counters(list(features.values())))
    yield from (sentence for _, sentence in counting)
    yield from copied_rows(features, without=[name for name, _ in counting])
    seen = pd.concat([parts[part] for part in ("train", "validation") if part in parts], ignore_index=True)
    target, columns = seen[data.target], seen.drop(columns=data.target)
    if not data.is_classification:
        numbers = columns[[*data.numeric, *data.boolean]].astype(np.float64)
        yield from sum_of_columns(numbers, target.to_numpy(dtype=np.float64), data.target)
    yield from as_good_alone(columns, target, is_classification=data.is_classification)
