"""All leaks that are found in prepared data, each told in one sentence."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sweepflow.base.files import replacing
from sweepflow.data.prepared import Part, PreparedData, all_training_roles, load_part
from sweepflow.leaks.alone import as_good_alone, sampled_rows
from sweepflow.leaks.copies import copied_rows
from sweepflow.leaks.counters import counters
from sweepflow.leaks.sums import Sum, sum_of_columns

_FILE = "leaks.json"
_PARTS: tuple[Part, ...] = ("train", "validation", "test")
_VERSION = 4


class _Found(NamedTuple):
    """What a search has found, as `leaks_of` and `answers_in` give it."""

    leaks: tuple[str, ...]
    answers: dict[str, str]


def leaks_of(data: PreparedData) -> tuple[str, ...]:
    """A sentence for each leak; searched for once, and then read from beside the data."""
    return _found(data).leaks


def answers_in(data: PreparedData) -> dict[str, str]:
    """The columns that give the answer away, each with the reason: the target is one of them, or a sum.

    They are searched for together with the leaks.
    """
    return _found(data).answers


def _found(data: PreparedData) -> _Found:
    path = Path(data.folder, _FILE)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    if kept.get("version") == _VERSION:
        return _Found(tuple(kept["leaks"]), kept["answers"])
    found = _search(data)
    with replacing(path) as partial:
        partial.write_text(json.dumps({"version": _VERSION, **found._asdict()}), encoding="utf-8")
    return found


def _search(data: PreparedData) -> _Found:
    parts = _parts(data)
    counting = list(counters([frame.drop(columns=list(data.targets)) for frame in parts.values()]))
    leaks = [sentence for _, sentence in counting]
    leaks += copied_rows(parts, data.targets, without=[name for name, _ in counting])
    answers: dict[str, str] = {}
    learned_from = [parts[part] for part in ("train", "validation") if part in parts]
    sample, group = _sample(learned_from, data)
    columns = sample.drop(columns=list(data.targets))
    for name in data.targets:
        found = as_good_alone(columns, sample[name], is_classification=data.is_classification, group=group)
        total, alone = _sum(learned_from, name, data), list(found)
        answers |= {each.name: each.figures for each in alone if each.is_known}
        if total:
            answers |= dict.fromkeys(total.names, f"is in the answer: {name!r} is {total.terms}")
            rows = f"{total.n_rows} of {total.n_rows} rows"
            cure = "leave these columns out (data.drop) unless they are known before the answer is"
            leaks.append(f"The target {name!r} is {total.terms} in {rows}: {cure}.")
        of = f" (for {name!r})" if len(data.targets) > 1 else ""
        cure = "leave it out (data.drop) if it is not known before the answer is"
        leaks += [f"Column {each.name!r} {each.figures}{of}: {cure}." for each in alone]
    return _Found(tuple(leaks), answers)


def _parts(data: PreparedData) -> dict[str, pd.DataFrame]:
    return {part: load_part(data.folder, part) for part in _PARTS if data.n_rows.get(part)}


def _sample(
    tables: Sequence[pd.DataFrame], data: PreparedData
) -> tuple[pd.DataFrame, NDArray[np.int64] | None]:
    """Some rows of these tables, and the number of each one's group, if there are groups."""
    rows, group = sampled_rows(sum(map(len, tables))), all_training_roles(data).group
    pieces, first = [], 0
    for table in tables:
        own = rows[(rows >= first) & (rows < first + len(table))]
        pieces.append(table.iloc[own - first])
        first += len(table)
    return pd.concat(pieces, ignore_index=True), None if group is None else group[rows]


def _sum(tables: Sequence[pd.DataFrame], target: str, data: PreparedData) -> Sum | None:
    if data.is_classification:
        return None
    names = [*data.numeric, *data.boolean, target]
    return sum_of_columns([table[names] for table in tables], target)
