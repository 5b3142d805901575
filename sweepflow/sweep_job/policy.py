"""The early termination policy of a sweep job."""

from collections.abc import Mapping
from typing import Any

from sweepflow.sweep_job.names import snake_case

_NO_POLICY = ("none", "no_termination")
_EARLY_NAMES = {"median": "median_stopping", "truncation": "truncation_selection"}


def translate_policy(policy: Any) -> Any:
    """The policy with its type as we write it, without the zeros that stand for a field that is not given."""
    if isinstance(policy, str):
        return _policy(policy)
    if not isinstance(policy, Mapping):
        return policy
    fields = dict(policy)
    for early in ("policy_type", "spec"):
        if early in fields and "type" not in fields:
            fields["type"] = fields.pop(early)
    if isinstance(fields.get("type"), str):
        fields["type"] = _policy(fields["type"])
        if fields["type"] is None:
            return None
    if fields.get("evaluation_interval", 1) in (0, None):
        del fields["evaluation_interval"]
    if fields.get("delay_evaluation", 0) is None:
        del fields["delay_evaluation"]
    for slack, other in (("slack_factor", "slack_amount"), ("slack_amount", "slack_factor")):
        if fields.get(slack, 1) in (0, None) and fields.get(other):
            del fields[slack]
    return fields


def _policy(name: str) -> str | None:
    snake = snake_case(name.strip()).removesuffix("_policy")
    return None if snake in _NO_POLICY else _EARLY_NAMES.get(snake, snake)
