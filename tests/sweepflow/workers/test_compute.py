"""A compute from outside of Sweepflow, which takes a class and its name in the union."""

from contextlib import closing
from typing import Annotated

import pytest
from pydantic import Field

from docs import generate
from process_compute import ProcessCompute
from sweepflow.archive.folder import SweepFolder
from sweepflow.base.settings import sqlite_url
from sweepflow.errors import SpecError
from sweepflow.fields.union import ByType
from sweepflow.ledger.ledger import Ledger
from sweepflow.running.resumption import resumption
from sweepflow.running.sweep import Ask, Over, RunningSweep
from sweepflow.running.trial_runner import TrialRunner
from sweepflow.spec.spec import Spec
from sweepflow.workers import LocalCompute


class WithProcesses(Spec):
    """A spec whose union has one more name."""

    compute: Annotated[LocalCompute | ProcessCompute, ByType()] = Field(
        default=LocalCompute(), description="Where the trials train."
    )


def fields(folder, **changes):
    trials = [
        {"act": "score", "values": "[0.5, 0.5]"},
        {"act": "die_once", "deaths": 1},
        {"act": "score", "values": "[0.1, 0.2]"},
    ]
    return {
        "trial": {"function": "trainers:act"},
        "search_space": {
            "case": {"type": "choice", "values": trials},
            "note": {"type": "choice", "values": [str(folder / "note")]},
        },
        "sampling_algorithm": "grid",
        "objective": {"primary_metric": "score", "goal": "maximize"},
        "early_termination": {"type": "bandit", "slack_amount": 1, "delay_evaluation": 2},
        "limits": {"max_total_trials": 10, "retries": 1},
        "compute": {"type": "process", "niceness": 1},
        **changes,
    }


def test_it_says_how_many_trials_run_at_once_and_what_to_know(tmp_path):
    spec = WithProcesses.parse(fields(tmp_path))
    assert (spec.compute, spec.slots(cores=8)) == (ProcessCompute(niceness=1), 4)
    assert spec.notices(cores=8) == ["compute: 4 processes start again for each trial"]
    limited = WithProcesses.parse(
        fields(tmp_path, limits={"max_total_trials": 9, "max_concurrent_trials": 9})
    )
    assert limited.slots(cores=8) == 9


def test_a_spec_names_it_and_its_mistakes_by_their_paths(tmp_path):
    assert WithProcesses.parse(fields(tmp_path, compute="Process")).compute == ProcessCompute()
    with pytest.raises(SpecError) as caught:
        WithProcesses.parse(fields(tmp_path, compute={"type": "process", "nice": 1}))
    assert caught.value.problems == [
        ("compute.nice", "unknown field 'nice'; did you mean 'niceness'?"),
    ]
    with pytest.raises(SpecError, match="unknown type 'moon'; known: process, local"):
        WithProcesses.parse(fields(tmp_path, compute="moon"))


def test_form_and_reference_show_it():
    schema = WithProcesses.model_json_schema()
    shown = [each["$ref"].rpartition("/")[2] for each in schema["properties"]["compute"]["anyOf"]]
    assert [schema["$defs"][each]["title"] for each in shown] == ["process", "local"]
    page = generate.reference(WithProcesses)
    assert "| `compute` | [process](#process), [local](#local) | `local` | Where the trials train. |" in page
    assert "### process\n\nTrain each trial in a new process." in page
    assert "| `niceness` | whole number, at least 0 | `0` | How far trials let others go first. |" in page


def test_a_sweep_runs_on_it_stops_trials_and_runs_lost_ones_again(tmp_path):
    spec = WithProcesses.parse(fields(tmp_path))
    folder = SweepFolder(tmp_path, "s").create()
    with (
        closing(Ledger(sqlite_url(tmp_path / "ledger.db"))) as ledger,
        spec.pool(spec.slots(4), 4, tmp_path / "workers.log") as pool,
    ):
        ledger.start_sweep("s", spec.model_dump(mode="json"))
        sweep = RunningSweep("s", spec, resumption(ledger, "s", spec), spec.slots(4))
        runner = TrialRunner(sweep, None, folder, pool)
        while isinstance(told := sweep.next(sweep.slots), Ask):
            for number in told.numbers:
                runner.run_trial(number)
    ends = [(trial.state, trial.value) for trial in sweep.monitor.history]
    assert told == Over(None)
    assert ends == [("completed", 0.5), ("completed", 10.0), ("terminated", 0.2)]
    assert runner.log_tail(1) == "[attempt 1 of 2: its process ended with -9]"
    assert sweep.progress().best_number == 1
