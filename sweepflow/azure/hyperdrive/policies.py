"""The early termination policies of HyperDrive, as the fields of ours."""

from typing import Any


class EarlyTerminationPolicy:
    """A policy and its fields in a spec; None for the one that stops nothing."""

    def __init__(self, fields: dict[str, Any] | None) -> None:
        self.fields = fields


class BanditPolicy(EarlyTerminationPolicy):
    """Stops what falls behind the best by more than the slack."""

    def __init__(
        self,
        evaluation_interval: int = 1,
        slack_factor: float | None = None,
        slack_amount: float | None = None,
        delay_evaluation: int = 0,
    ) -> None:
        slack = {"slack_factor": slack_factor, "slack_amount": slack_amount}
        given = {name: value for name, value in slack.items() if value is not None}
        super().__init__({"type": "bandit", **given, **_when(evaluation_interval, delay_evaluation)})


class MedianStoppingPolicy(EarlyTerminationPolicy):
    """Stops what is worse than the median of the running averages."""

    def __init__(self, evaluation_interval: int = 1, delay_evaluation: int = 0) -> None:
        super().__init__({"type": "median_stopping", **_when(evaluation_interval, delay_evaluation)})


class TruncationSelectionPolicy(EarlyTerminationPolicy):
    """Stops the worst trials, a percentage of them."""

    def __init__(
        self,
        truncation_percentage: int,
        evaluation_interval: int = 1,
        delay_evaluation: int = 0,
        exclude_finished_jobs: bool = False,
    ) -> None:
        own = {
            "truncation_percentage": truncation_percentage,
            "exclude_finished_jobs": exclude_finished_jobs,
        }
        when = _when(evaluation_interval, delay_evaluation)
        super().__init__({"type": "truncation_selection", **own, **when})


class NoTerminationPolicy(EarlyTerminationPolicy):
    """Stops nothing."""

    def __init__(self) -> None:
        super().__init__(None)


def _when(evaluation_interval: int, delay_evaluation: int) -> dict[str, int]:
    return {"evaluation_interval": evaluation_interval, "delay_evaluation": delay_evaluation}
