"""How rows are split, in words."""

from sweepflow.data.gap import told_gap
from sweepflow.data.source import DataSource, Validation


def how_split(source: DataSource, validation: Validation) -> str:
    """How the rows came into their parts, in words."""
    words = []
    if source.part_paths or validation.part is not None:
        by = "by files" if source.part_paths else f"by column {validation.part!r}"
        words.append(f"{by}, what these lack drawn from the training rows")
    if source.time:
        words.append(f"forward in time ({', '.join(source.time)})")
        words += [f"{told_gap(validation.gap)} left out between parts"] if validation.gap else []
    if source.group is not None:
        words.append(f"no {source.group!r} in two parts")
    folds = [f"{validation.folds} folds of training and validation rows together"] if validation.folds else []
    return "; ".join([*(words or ["at random"]), *folds])
