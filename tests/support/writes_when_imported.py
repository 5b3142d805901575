"""Creates the file WRITTEN_WHEN_IMPORTED when it is imported."""

import os
from pathlib import Path
from typing import Any

from sweepflow import trainer

Path(os.environ["WRITTEN_WHEN_IMPORTED"]).touch()


@trainer
def train(parameters: dict[str, Any], data: object, report: Any) -> None:
    report(score=parameters["x"])
