"""Tells that it has been imported, by a file where the environment says."""

import os
from pathlib import Path
from typing import Any

from sweepflow import trainer

Path(os.environ["WRITTEN_WHEN_IMPORTED"]).touch()


@trainer
def train(parameters: dict[str, Any], data: object, report: Any) -> None:
    report(score=parameters["x"])
