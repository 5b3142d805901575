"""What GPUs trials see on this machine, where the flow says that it has some; none is needed."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from pools import OBJECTIVE, Recorder, Runner, new_pool, note
from sweepflow.errors import SpecError
from sweepflow.spec.spec import Spec
from sweepflow.training import CommandTrial
from sweepflow.training.job import Job
from sweepflow.workers import LocalCompute, Work

FIELDS = {
    "trial": {"command": "echo ${{search_space.n}}"},
    "search_space": {"n": {"type": "choice", "values": list(range(8))}},
    "sampling_algorithm": "grid",
    "objective": {"primary_metric": "score", "goal": "maximize"},
}


def spec_of(*, at_once: int | None = None, total: int = 8, **compute) -> Spec:
    limits = {"max_total_trials": total, "max_concurrent_trials": at_once}
    return Spec.checked(
        {**FIELDS, "limits": limits, "compute": {"type": "local", **compute}}, is_trusted=True
    )


def seen_by_two(runner: Runner) -> list[str]:
    """What two trials that run at the same time see."""
    first = runner.work("note_environment_beside")
    second = runner.work("note_environment_beside", other=first.job.parameters["note"])
    first.job.parameters["other"] = second.job.parameters["note"]
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda work: runner.pool.run(work, Recorder().judge), [first, second]))
    return sorted(json.loads(note(work))["CUDA_VISIBLE_DEVICES"] for work in (first, second))


def test_each_slot_sees_gpus_of_its_own_also_after_its_process_was_killed(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,GPU-8932f937,5")
    with new_pool(tmp_path, slots=2, gpus_per_trial=1) as pool:
        runner = Runner(pool, tmp_path)
        assert seen_by_two(runner) == ["3", "GPU-8932f937"]
        end, _ = runner.run("kill_itself")
        assert end.is_lost
        assert seen_by_two(runner) == ["3", "GPU-8932f937"]


def test_a_command_sees_the_gpus_of_its_slot(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
    compute = LocalCompute(gpus_per_trial=2, gpus=("2", "0"))
    trial = CommandTrial(command="echo sees $CUDA_VISIBLE_DEVICES")
    with compute.pool(trial, compute.slots(8), 8, tmp_path / "workers.log") as pool:
        job = Job(parameters={}, data=None, objective=OBJECTIVE, metrics=(), folder=tmp_path)
        pool.run(Work(job, tmp_path / "log.txt", tmp_path / "model.skops"), Recorder().judge)
    assert "sees 2,0\n" in (tmp_path / "log.txt").read_text()


@pytest.mark.parametrize(
    ("compute", "at_once", "slots"),
    [
        ({"gpus_per_trial": 1}, None, 3),
        ({"gpus_per_trial": 2}, None, 1),
        ({"gpus_per_trial": 0.5}, None, 6),
        ({"gpus_per_trial": 1, "gpus": [0, 2]}, None, 2),
        ({"gpus_per_trial": 1}, 2, 2),
        ({"gpus_per_trial": 1}, 8, 3),
        ({}, 8, 8),
    ],
)
def test_as_many_trials_run_at_once_as_there_are_gpus_for(compute, at_once, slots, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
    assert spec_of(at_once=at_once, **compute).slots(16) == slots


def test_a_limit_that_the_gpus_do_not_allow_is_told(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
    expected = [
        "limits.max_concurrent_trials: 3 trial(s) will run at once, not 8, because "
        "compute.gpus_per_trial leaves no GPU for more"
    ]
    assert spec_of(at_once=8, gpus_per_trial=1).notices(16) == expected
    assert spec_of(at_once=8, total=3, gpus_per_trial=1).notices(16) == []
    assert spec_of(at_once=3, gpus_per_trial=1).notices(16) == []


@pytest.mark.parametrize(
    ("compute", "path", "message"),
    [
        (
            {"gpus_per_trial": 1},
            "compute.gpus_per_trial",
            "asks for GPUs, and none were found (CUDA_VISIBLE_DEVICES is ''); leave it out to train without",
        ),
        ({"gpus_per_trial": 0}, "compute.gpus_per_trial", "must be >= 0.01, got 0"),
        (
            {"gpus_per_trial": 1.5},
            "compute.gpus_per_trial",
            "must be a whole number, or a share below 1, got 1.5",
        ),
        (
            {"gpus": [0]},
            "compute",
            "gpus are dealt to trials, so gpus_per_trial must be given with them",
        ),
        (
            {"gpus_per_trial": 1, "gpus": []},
            "compute.gpus",
            "must name at least one GPU; leave it out for all of them",
        ),
        (
            {"gpus_per_trial": 1, "gpus": ["cuda:0"]},
            "compute.gpus.0",
            "must be a GPU's number, or a UUID that begins with GPU- or MIG-, got 'cuda:0'",
        ),
    ],
)
def test_a_mistake_is_told_by_its_path(compute, path, message, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(SpecError) as caught:
        spec_of(**compute)
    assert caught.value.problems == [(path, message)]


def test_a_recorded_sweep_whose_gpus_are_gone_is_not_trained_without(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    spec = spec_of(gpus_per_trial=1)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(SpecError, match="asks for GPUs, and none were found"):
        spec.pool(spec.slots(8), 8, tmp_path / "workers.log")
