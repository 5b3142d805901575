"""How a script logs its metrics: it appends lines of JSON to the file that `SWEEPFLOW_METRICS` names.

It imports little, and only of the standard library: a script in another language starts no faster.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

VARIABLE = "SWEEPFLOW_METRICS"
"""The environment variable that names the file; it is set in a trial alone."""


def log_metric(name: str, value: object, step: int | None = None) -> None:
    """Log one value of a metric: `log_metric("accuracy", 0.93)`; see `log_metrics`."""
    log_metrics({name: value}, step)


def log_metrics(metrics: Mapping[str, object], step: int | None = None) -> None:
    """Log metrics that belong together, such as those of an epoch; outside of a trial they are printed.

    Each call with the primary metric is the trial's next interval. Values are numbers of any library, arrays
    and tensors of one element, booleans, or text that is a number; NaN and infinity are allowed. A step is
    logged as a metric `step`. TypeError or ValueError if a value is no number, OSError if the file cannot be
    written. Any thread or process of the trial may call it.
    """
    numbers = {_name(name): _number(name, value) for name, value in metrics.items()}
    if step is not None:
        numbers.setdefault("step", _number("step", step))
    if path := os.environ.get(VARIABLE):
        _append(path, json.dumps(numbers))
    else:
        for name, number in numbers.items():
            print(f"{name}: {number}", flush=True)


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"the name of a metric must be text, got {_shown(name)}")
    if not name.strip():
        raise ValueError("the name of a metric must not be empty")
    return name


def _number(name: str, value: Any) -> float:
    try:
        # A tensor on a device, or an array of any shape with one element.
        plain = value.item() if callable(getattr(value, "item", None)) else value
        return float(plain)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        kind = ValueError if isinstance(value, str) else TypeError
        raise kind(f"the metric {name!r} must be a number, got {_shown(value)}") from error


def _shown(value: object) -> str:
    text = " ".join(repr(value).split())
    return f"{text if len(text) <= 80 else text[:80] + '...'} ({type(value).__name__})"


def _append(path: str, line: str) -> None:
    """Add the line in one write, so that the lines of several processes do not mix."""
    data = line.encode() + b"\n"
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            n_written = os.write(file, data)
        finally:
            os.close(file)
    except OSError as error:
        fault = f"metrics cannot be written to {path!r}, which {VARIABLE} names: {error.strerror}"
        raise type(error)(error.errno, fault) from error
    if n_written < len(data):
        raise OSError(f"metrics cannot be written to {path!r}, which {VARIABLE} names: the disk is full")
