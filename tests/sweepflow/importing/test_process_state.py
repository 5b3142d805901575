"""A trainer that is imported to be checked leaves no trace in this process."""

import json
import logging
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from sweepflow.importing.user_modules import add_module_folders
from sweepflow.spec.spec import Spec

SETS_EVERYTHING = """
import logging, logging.config, os, signal, sys, warnings
from sweepflow import trainer

logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, force=True)
logging.config.dictConfig({"version": 1, "root": {"level": "DEBUG"}})
logging.captureWarnings(True)
logging.disable(logging.ERROR)
warnings.simplefilter("error")
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.excepthook = print
sys.setrecursionlimit(sys.getrecursionlimit() + 1)
sys.path.insert(0, "/of/the/trainer")
os.chdir("/")


@trainer
def train(parameters, data, report):
    ...
"""


def state() -> dict[str, Any]:
    root = logging.getLogger()
    return {
        "logging": (
            root.level,
            list(root.handlers),
            root.manager.disable,
            logging.getLogger("httpx").disabled,
        ),
        "warnings": (list(warnings.filters), warnings.showwarning),
        "signal": signal.getsignal(signal.SIGINT),
        "hooks": (sys.excepthook, sys.getrecursionlimit(), Path.cwd()),
    }


def test_what_a_trainer_sets_when_it_is_imported_is_not_set_in_the_process_that_checks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sets_everything.py").write_text(SETS_EVERYTHING)
    monkeypatch.setenv("SWEEPFLOW_MODULE_FOLDERS", json.dumps([]))
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.setattr(sys, "meta_path", sys.meta_path.copy())
    logging.getLogger("httpx")
    add_module_folders([tmp_path])
    before, path = state(), sys.path.copy()
    spec = {
        "trial": {"function": "sets_everything:train"},
        "search_space": {"x": {"type": "choice", "values": [1]}},
        "objective": {"primary_metric": "score", "goal": "maximize"},
        "limits": {"max_total_trials": 1},
    }
    Spec.checked(spec, is_trusted=True)
    assert "sets_everything" in sys.modules
    assert state() == before
    assert sys.path == [*path, "/of/the/trainer", str(tmp_path)]  # to be found, after all else
