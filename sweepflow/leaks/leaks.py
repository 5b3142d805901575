"""All leaks that are found in prepared data, each told in one sentence."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sweepflow.base.files import replacing
from sweepflow.data.prepared import Part, PreparedData, load_part
from sweepflow.leaks.alone import Answer, as_good_alone
from sweepflow.leaks.copies import copied_rows
from sweepflow.leaks.counters import counters
from sweepflow.leaks.sums import Sum, sum_of_columns

_FILE = "leaks.json"
_PARTS: tuple[Part, ...] = ("train", "validation", "test")
_VERSION = 2


def leaks_of(data: PreparedData) -> tuple[str, ...]:
    """The leaks in this data, one sentence each; they are searched for once and kept in its folder."""
    path = Path(data.folder, _FILE)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    if kept.get("version") == _VERSION:
        return tuple(kept["leaks"])
    leaks = list(_search(data))
    with replacing(path) as partial:
        partial.write_text(json.dumps({"version": _VERSION, "leaks": leaks}), encoding="utf-8")
    return tuple(leaks)


def answers_in(data: PreparedData) -> dict[str, str]:
    """The columns that give the answer away, each with the reason: the target is one of them, or a sum."""
    answers: dict[str, str] = {}
    columns, targets = _learned_from(_parts(data), data)
    for name, target in targets.items():
        answers |= {each.name: each.figures for each in _alone(columns, target, data) if each.is_known}
        if total := _sum(columns, target, data):
            answers |= dict.fromkeys(total.names, f"is in the answer: {name!r} is {total.terms}")
    return answers


def _search(data: PreparedData) -> Iterator[str]:
    parts = _parts(data)
    counting = list(counters([frame.drop(columns=list(data.targets)) for frame in parts.values()]))
    yield from (sentence for _, sentence in counting)
    yield from copied_rows(parts, data.targets, without=[name for name, _ in counting])
    columns, targets = _learned_from(parts, data)
    for name, target in targets.items():
        if total := _sum(columns, target, data):
            cure = "leave these columns out (data.drop) unless they are known before the answer is"
            yield f"The target {name!r} is {total.terms} in {total.n_rows} of {total.n_rows} rows: {cure}."
        of = f" (for {name!r})" if len(data.targets) > 1 else ""
        for answer in _alone(columns, target, data):
            cure = "leave it out (data.drop) if it is not known before the answer is"
            yield f"Column {answer.name!r} {answer.figures}{of}: {cure}."


def _parts(data: PreparedData) -> dict[str, pd.DataFrame]:
    return {part: load_part(data.folder, part) for part in _PARTS if data.n_rows.get(part)}


def _learned_from(
    parts: Mapping[str, pd.DataFrame], data: PreparedData
) -> tuple[pd.DataFrame, dict[str, "pd.Series[Any]"]]:
    """The features, and the targets by name, of all rows that are not for the test."""
    seen = pd.concat([parts[part] for part in ("train", "validation") if part in parts], ignore_index=True)
    return seen.drop(columns=list(data.targets)), {name: seen[name] for name in data.targets}


def _sum(columns: pd.DataFrame, target: "pd.Series[Any]", data: PreparedData) -> Sum | None:
    if data.is_classification:
        return None
    numbers = columns[[*data.numeric, *data.boolean]].astype(np.float64)
    return sum_of_columns(numbers, target.to_numpy(dtype=np.float64))


def _alone(columns: pd.DataFrame, target: "pd.Series[Any]", data: PreparedData) -> Iterator[Answer]:
    return as_good_alone(columns, target, is_classification=data.is_classification)
