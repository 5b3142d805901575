"""`sweepflow to-mlflow`."""

from sweepflow.flows.cli.screen.answer import IsJson, SweepId, answer_or_show


def to_mlflow(sweep_id: SweepId, /, *, is_json: IsJson = False) -> int:
    """Log a sweep to the MLflow server of $MLFLOW_TRACKING_URI, and the models that it has made champion.

    Sweeps are logged when they end; this is for older ones, and for those whose server was away. Nothing is
    logged twice.

    Example: sweepflow to-mlflow latest

    Parameters
    ----------
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.flows.cli.actions.to_mlflow import log_sweep, show_logged

    return answer_or_show(log_sweep(sweep_id), show_logged, is_json=is_json)
