"""The parameters of a trial."""

import json

Scalar = bool | int | float | str | None

Parameters = dict[str, Scalar]


def configuration_key(parameters: Parameters) -> str:
    """A string that is the same for the same parameters in any order; 1, 1.0, true and "1" differ."""
    return json.dumps(parameters, sort_keys=True)
