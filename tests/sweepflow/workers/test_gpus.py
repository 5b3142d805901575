"""How GPUs are named, found and dealt; none is needed."""

import os
import re
import stat
from pathlib import Path

import pytest

from sweepflow.workers.found_gpus import found_gpus
from sweepflow.workers.gpus import FoundGpus, Gpu, dealt, listed, problems, variables, visible

WHOLE = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-8932f937-d72c-4106-c12f-20bd9faed9f6)
"""
PARTED = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)
  MIG 3g.20gb     Device  0: (UUID: MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f)
  MIG 1g.5gb      Device  1: (UUID: MIG-0c757cd7-e942-5726-a0b8-0e8fb7067135)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-8932f937-d72c-4106-c12f-20bd9faed9f6)
"""


def names(gpus) -> list[str]:
    return [gpu.name for gpu in gpus]


@pytest.mark.parametrize(
    ("per_trial", "expected"),
    [
        (1, ["0", "1", "2", "3", "4"]),
        (2, ["0,1", "2,3"]),
        (5, ["0,1,2,3,4"]),
        (6, []),
        (0.5, ["0", "1", "2", "3", "4"] * 2),
        (0.1, ["0", "1", "2", "3", "4"] * 10),
        (0.4, ["0", "1", "2", "3", "4"] * 2),
        (0.7, ["0", "1", "2", "3", "4"]),
    ],
)
def test_slots_get_gpus_of_their_own_or_shares_that_fit_on_one(per_trial, expected):
    assert dealt(["0", "1", "2", "3", "4"], per_trial) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0,2", ["0", "2"]),
        (" 1 , 0 ", ["1", "0"]),
        ("GPU-8932f937,MIG-c6d4f1ef-42e4", ["GPU-8932f937", "MIG-c6d4f1ef-42e4"]),
        ("MIG-GPU-8932f937-d72c/1/2", ["MIG-GPU-8932f937-d72c/1/2"]),
        ("0,2,-1,1", ["0", "2"]),
        ("1,1", ["1"]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
    ],
)
def test_the_flows_own_variable_is_read_as_cuda_reads_it(value, expected):
    assert names(visible(value)) == expected


def test_gpus_are_known_by_number_and_uuid_and_parts_by_uuid_alone():
    assert listed(WHOLE) == [
        Gpu("0", "GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77"),
        Gpu("1", "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6"),
    ]
    parts = ["MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f", "MIG-0c757cd7-e942-5726-a0b8-0e8fb7067135"]
    assert names(listed(PARTED)) == [*parts, "1"]
    assert listed("No devices found.\n") == []


@pytest.fixture
def smi(tmp_path):
    """Writes a program that is called nvidia-smi, and gives an environment whose PATH has it alone."""

    def write(*lines: str) -> dict[str, str]:
        program = tmp_path / "nvidia-smi"
        program.write_text("\n".join(["#!/bin/sh", *lines]))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return {"PATH": f"{tmp_path}{os.pathsep}/bin{os.pathsep}/usr/bin"}

    return write


def test_gpus_are_those_that_nvidia_smi_lists_unless_the_flow_is_shown_others(smi):
    environment = smi('[ "$1" = -L ] || exit 1', f"cat <<'END'\n{WHOLE}END")
    assert names(found_gpus(environment).gpus) == ["0", "1"]
    assert names(found_gpus({**environment, "CUDA_VISIBLE_DEVICES": "1"}).gpus) == ["1"]
    assert found_gpus({**environment, "CUDA_VISIBLE_DEVICES": ""}) == ((), "CUDA_VISIBLE_DEVICES is ''")


def test_an_nvidia_smi_that_fails_says_why(smi):
    environment = smi("echo 'NVIDIA-SMI has failed: no driver'", "exit 9")
    assert found_gpus(environment) == ((), "nvidia-smi: NVIDIA-SMI has failed: no driver")


def test_without_nvidia_smi_the_device_files_are_counted(tmp_path):
    environment = {"PATH": str(tmp_path)}
    assert "neither nvidia-smi nor" in found_gpus(environment, tmp_path).why_none
    for name in ("nvidia3", "nvidia5", "nvidiactl", "nvidia-uvm"):
        Path(tmp_path, name).touch()
    assert names(found_gpus(environment, tmp_path).gpus) == ["0", "1"]


FOUND = FoundGpus(tuple(listed(WHOLE)))
PARTS = FoundGpus(tuple(listed(PARTED)))
SEVERAL = FoundGpus((Gpu("GPU-89aa"), Gpu("GPU-89bb")))


@pytest.mark.parametrize(
    ("per_trial", "asked", "found", "path", "words"),
    [
        (1, None, FoundGpus((), "why"), "gpus_per_trial", r"none were found \(why\)"),
        (3, None, FOUND, "gpus_per_trial", r"must be at most 2, as many as there are \(0, 1\), got 3"),
        (2, ["1"], FOUND, "gpus_per_trial", r"must be at most 1, as many as there are \(1\), got 2"),
        (2, None, PARTS, "gpus_per_trial", r"at most 1 with parts of GPUs \(MIG\)"),
        (1, ["0", "7"], FOUND, "gpus.1", "no GPU has the name 7; there are 0, 1"),
        (1, ["0"], PARTS, "gpus.0", "no GPU has the name 0; there are MIG-c6"),
        (1, ["GPU-89"], SEVERAL, "gpus.0", "several GPUs have the name GPU-89"),
        (1, ["0", "GPU-5d5ba0d6"], FOUND, "gpus.1", "GPU-5d5ba0d6 is named before"),
    ],
)
def test_gpus_that_are_not_there_are_told_in_a_sentence(per_trial, asked, found, path, words):
    (problem,) = problems(per_trial, asked, found)
    assert problem.path == f"compute.{path}"
    assert re.search(words, problem.message)


@pytest.mark.parametrize(
    ("per_trial", "asked", "found"),
    [
        (2, None, FOUND),
        (0.5, ["GPU-8932f937"], FOUND),
        (1, None, PARTS),
        (2, ["GPU-89aa", "GPU-89bb"], SEVERAL),
    ],
)
def test_gpus_that_are_there_are_no_problem(per_trial, asked, found):
    assert problems(per_trial, asked, found) == []


def test_numbers_are_those_of_nvidia_smi_unless_the_flow_was_shown_its_gpus():
    assert variables("1", {}) == {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    assert variables("1", {"CUDA_VISIBLE_DEVICES": "1,0"}) == {"CUDA_VISIBLE_DEVICES": "1"}
    assert variables("1", {"CUDA_DEVICE_ORDER": "FASTEST_FIRST"}) == {"CUDA_VISIBLE_DEVICES": "1"}
