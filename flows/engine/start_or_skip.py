"""Whether a recurring sweep starts or is skipped: `on_unchanged_data` compares it with an earlier sweep."""

from contextlib import closing
from typing import Any

from sweepflow.base.settings import home, ledger_url
from sweepflow.ledger.ledger import Ledger
from sweepflow.running.preflight import Prepared, prepare_sweep
from sweepflow.spec.on_unchanged_data import AlwaysRun


def start_or_skip(flow_run_id: Any, sweep_id: str, prepared: Prepared) -> tuple[Prepared, Any]:
    """Compare the data with those of the last completed sweep of the same spec, by `on_unchanged_data`.

    Gives what the flow starts with, and None, or the state in which it ends without a sweep. A sweep that is
    in the ledger already is resumed, even if its data has changed since. A skipped sweep
    leaves no record in the ledger.
    """
    if isinstance(prepared.spec.on_unchanged_data, AlwaysRun):
        return prepared, None
    # What compares models knows scikit-learn, and most sweeps ask for no comparison.
    from sweepflow.flows.engine.comparison import Comparison
    from sweepflow.recurrence.precedent import precedent

    with closing(Ledger(ledger_url())) as ledger:
        is_new = ledger.sweep(sweep_id) is None
        past = precedent(ledger, prepared.spec, home(), prepared.cores) if is_new else None
        if past is None:
            return prepared, None
        prepared = prepare_sweep(prepared, home())
        if prepared.data is None:
            return prepared, None
        return Comparison(flow_run_id, ledger, prepared, prepared.data, past).start_or_skip()
