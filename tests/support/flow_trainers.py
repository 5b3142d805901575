"""Trainers that the tests of the flow name in their specs."""

import os
import subprocess
import time
from pathlib import Path
from typing import Any

from sweepflow import trainer

print("what a module prints when it is imported is not for standard output")


@trainer
def plain(parameters: dict[str, Any], data: object, report: Any) -> None:
    report(score=parameters["x"])


@trainer
def mixed(parameters: dict[str, Any], data: object, report: Any) -> None:
    """Ends in the way that the first word of `x` names."""
    match str(parameters["x"]).split()[0]:
        case "raises":
            raise ValueError("no good")
        case "dies":
            os._exit(3)
        case "silent":
            report(scores=1.0, loss=2.0)
        case "reports":
            report(score=float(str(parameters["x"]).split()[1]))
            time.sleep(600)
        case "hangs":
            time.sleep(600)
        case value:
            report(score=float(value))


@trainer
def curve(parameters: dict[str, Any], data: object, report: Any) -> None:
    """Reports x ten times."""
    for _ in range(10):
        report(score=parameters["x"])


@trainer
def waits_at_gate(parameters: dict[str, Any], data: object, report: Any) -> None:
    """Reports x; from 2 on it waits for the file TRIAL_GATE before it reports once more."""
    report(score=float(parameters["x"]))
    if parameters["x"] >= 2:
        while not Path(os.environ["TRIAL_GATE"]).exists():
            time.sleep(0.01)
        report(score=float(parameters["x"]))


@trainer
def timed(parameters: dict[str, Any], data: object, report: Any) -> None:
    """Writes its times to the folder TRIAL_TIMES; trial "long" waits until nine others have ended."""
    name = str(parameters["x"])
    started = time.monotonic()
    folder = Path(os.environ["TRIAL_TIMES"])
    if name == "long":
        while len(list(folder.iterdir())) < 9:
            time.sleep(0.01)
    report(score=1.0)
    (folder / name).write_text(f"{started} {time.monotonic()}")


@trainer
def slow(parameters: dict[str, Any], data: object, report: Any) -> None:
    """Reports once, creates a file to show that it has begun, and sleeps for ten minutes."""
    report(score=parameters["x"])
    Path(os.environ["TRIAL_STARTED"], str(os.getpid())).touch()
    time.sleep(600)


@trainer
def gated(parameters: dict[str, Any], data: object, report: Any) -> None:
    """Reports twice; in between, `gate 4` waits for a file `open`, and `closed 4` fails if there is none.

    It adds a line to the file `runs` whenever it begins, among the gates and in its own folder.
    """
    *words, value = str(parameters["x"]).split()
    gates = Path(os.environ["TRIAL_GATES"])
    for folder in (gates, report.folder):
        with (folder / "runs").open("a") as file:
            file.write(f"{parameters['x']}\n")
    report(score=float(value) - 1)
    if words == ["closed"] and not (gates / "open").exists():
        raise ValueError("closed")
    while words == ["gate"] and not (gates / "open").exists():
        time.sleep(0.05)
    report(score=float(value))


@trainer
def slow_with_grandchild(parameters: dict[str, Any], data: object, report: Any) -> None:
    """Starts a process, and then does what `slow` does."""
    subprocess.Popen(["sleep", "1000"])
    slow(parameters, data, report)


@trainer
def talks(parameters: dict[str, Any], data: object, report: Any) -> None:
    """Prints sixty lines, and fails or hangs if its `x` says so."""
    for number in range(60):
        print(f"line {number}", end="\x1b\n" if number == 59 else "\n", flush=True)
    report(score=1.0)
    if parameters["x"] == "fails":
        raise SystemExit("enough")
    if parameters["x"] == "hangs":
        time.sleep(600)


@trainer
def counted(parameters: dict[str, Any], data: Any, report: Any) -> Any:
    """Fits a logistic regression, and adds a line to the file FITS."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    with Path(os.environ["FITS"]).open("a") as file:
        file.write(f"{parameters['C']}\n")
    model = LogisticRegression(C=parameters["C"]).fit(data.X_train, data.y_train)
    report(roc_auc=roc_auc_score(data.y_validation, model.predict_proba(data.X_validation)[:, 1]))
    return model


class Threshold:
    """A model whose type is this module's own: it predicts "high" above a value of the column `x`."""

    def __init__(self, at: float) -> None:
        self.at = at

    def predict(self, table: Any) -> list[str]:
        return ["high" if value > self.at else "low" for value in table["x"]]


@trainer
def threshold(parameters: dict[str, Any], data: Any, report: Any) -> Any:
    """Returns a model whose type is this module's own."""
    model = Threshold(parameters["x"])
    report(accuracy=float((data.y_validation == model.predict(data.X_validation)).mean()))
    return model
