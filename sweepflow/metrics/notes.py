"""The notes on metrics that trials keep."""


def not_computed(metric: str, reason: str) -> str:
    """The note on a metric that could not be computed."""
    return f"{metric} could not be computed: {reason}"
