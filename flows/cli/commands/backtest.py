"""`sweepflow backtest`."""

from pathlib import Path

from sweepflow.flows.cli.screen.answer import IsJson, SweepId, answer_or_show


def backtest(
    sweep_id: SweepId,
    policy_file: Path,
    /,
    *,
    is_json: IsJson = False,
) -> int:
    """Replay early termination policies over the recorded curves of a finished sweep.

    Example: sweepflow backtest 10af8a75 policies.yml

    Parameters
    ----------
    policy_file
        A YAML file with one policy, such as {type: bandit, slack_factor: 0.1}, or a list of them.
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.flows.cli.actions.backtest import backtest_sweep, show_backtests

    return answer_or_show(backtest_sweep(sweep_id, policy_file), show_backtests, is_json=is_json)
