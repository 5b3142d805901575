"""`sweepflow prune`."""

from typing import Annotated

from cyclopts import Parameter

from sweepflow.flows.cli.screen.answer import IsJson, answer_or_show


def prune(
    *,
    older_than: str,
    is_dry_run: Annotated[bool, Parameter(name="--dry-run", negative="")] = False,
    is_json: IsJson = False,
) -> int:
    """Delete the files of sweeps that ended long ago: data, logs, models, reports.

    DataFrames and functions that were passed to such sweeps from Python go with the last of them. The ledger
    keeps its record: `list`, `show`, `report` and `warm_start` know the sweeps as before. Files of sweeps
    that run or wait to be resumed stay, and those behind a version of a registered model.

    Example: sweepflow prune --older-than 30d

    Parameters
    ----------
    older_than
        How long ago they must have ended, in hours, days or weeks: 12h, 30d, 8w.
    is_dry_run
        Only tell what would be deleted.
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.flows.cli.actions.prune import prune_sweeps, show_pruned

    return answer_or_show(prune_sweeps(older_than, is_dry_run=is_dry_run), show_pruned, is_json=is_json)
