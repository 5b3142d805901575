"""Trains the trials of a workload with one tool, in this process and those that it starts.

    python -m peers optuna noop --trials 500 [--workers 2] [--folder FOLDER]

Prints a JSON object: the seconds, those of the training where the tool says so, and versions. A big table is
taken from the folder.
"""

import argparse
import json
import tempfile
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from peers.training import Stopwatch, Task
from workloads import WORKLOADS

TOOLS = ("processes", "random_search", "optuna", "dask", "prefect", "ray")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("tool", choices=TOOLS)
    arguments.add_argument("workload", choices=WORKLOADS)
    arguments.add_argument("--trials", type=int, required=True)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--folder", type=Path, default=Path(), help="the folder of the big table")
    options = arguments.parse_args()
    tool, watch = import_module(f"peers.{options.tool}"), Stopwatch()
    with tempfile.TemporaryDirectory() as own:
        tool.run(Task(options.workload, options.trials, options.workers, options.folder, Path(own)), watch)
    print(json.dumps({**watch.figures(), "versions": {name: version(name) for name in tool.PACKAGES}}))


if __name__ == "__main__":
    main()
