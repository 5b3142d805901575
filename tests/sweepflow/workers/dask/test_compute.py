"""What a spec says about a Dask cluster, without one."""

import importlib.util

import dask.config
import pytest

from sweepflow.errors import SpecError
from sweepflow.spec.spec import Spec
from sweepflow.workers import DaskCompute

ADDRESS = "tcp://10.0.0.1:8786"


def fields(compute, **limits):
    return {
        "trial": {"function": "trainers:act"},
        "search_space": {"x": {"type": "choice", "values": [1, 2]}},
        "objective": {"primary_metric": "score", "goal": "maximize"},
        "limits": {"max_total_trials": 2, **limits},
        "compute": compute,
    }


def problems(compute, *, is_trusted=True, **limits):
    with pytest.raises(SpecError) as caught:
        Spec.checked(fields(compute, **limits), is_trusted=is_trusted)
    return [problem for problem in caught.value.problems if not problem.path.startswith("trial")]


@pytest.mark.parametrize(
    ("compute", "path", "message"),
    [
        ("dask", "compute", "exactly one of address and cluster must be given, got neither"),
        (
            {"type": "dask", "address": ADDRESS, "cluster": "local"},
            "compute",
            "exactly one of address and cluster must be given, got both",
        ),
        (
            {"type": "dask", "address": ADDRESS, "workers": 2},
            "compute",
            "workers must be empty with an address: the cluster has the workers that it has",
        ),
        (
            {"type": "dask", "address": "node1:8786"},
            "compute.address",
            "must be tcp://host:port or tls://host:port, got 'node1:8786'",
        ),
        ({"type": "dask", "cluster": "local", "workers": 0}, "compute.workers", "must be >= 1, got 0"),
        ({"type": "dask", "cluster": "slurm"}, "compute.cluster", "must be 'local', got 'slurm'"),
    ],
)
def test_mistakes_are_told_by_their_paths(compute, path, message):
    assert problems(compute, max_concurrent_trials=2) == [(path, message)]


def test_nobody_knows_how_many_trials_a_running_cluster_takes():
    message = "is required with compute.address: how many trials the cluster trains at once"
    assert problems({"type": "dask", "address": ADDRESS}) == [("limits.max_concurrent_trials", message)]


def test_the_missing_extra_is_named(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "sweepflow.workers.dask.compute.find_spec", lambda name: None if name == "distributed" else find(name)
    )
    message = "dask needs distributed: pip install 'sweepflow[dask]'"
    assert problems({"type": "dask", "cluster": "local"}) == [("compute.type", message)]


def test_a_form_names_only_clusters_that_are_allowed(monkeypatch):
    monkeypatch.delenv("SWEEPFLOW_SERVED", raising=False)
    compute = DaskCompute(address=ADDRESS)
    assert [problem.path for problem in compute.check(2, is_trusted=False)] == ["compute.address"]
    monkeypatch.setenv("SWEEPFLOW_DASK_ADDRESSES", f"tcp://other:1, {ADDRESS}")
    assert compute.check(2, is_trusted=False) == []
    monkeypatch.delenv("SWEEPFLOW_DASK_ADDRESSES")
    monkeypatch.setenv("SWEEPFLOW_SERVED", "")
    compute.allow_in_deployments()
    assert compute.check(2, is_trusted=False) == []
    assert DaskCompute(address="tcp://other:1").check(2, is_trusted=False) != []


@pytest.mark.parametrize("host", ["10.0.0.1", "node1", "[fe80::1]", "127.0.0.1.example.com", "localhost.org"])
def test_a_connection_that_others_can_use_is_told(host):
    [notice] = DaskCompute(address=f"tcp://{host}:8786").notices(2, 2, None)
    assert notice.startswith(f"compute.address: tcp://{host}:8786 is not encrypted")


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:1", "tcp://localhost:1", "tcp://[::1]:1", "tls://node1:1"]
)
def test_a_connection_that_others_cannot_use_is_not_told(address):
    assert DaskCompute(address=address).notices(2, 2, None) == []


def test_tls_without_certificates_is_refused_before_anything_runs():
    with dask.config.set(
        {"distributed.comm.tls.ca-file": "ca.pem", "distributed.comm.tls.client.cert": None}
    ):
        found = problems({"type": "dask", "address": "tls://node1:8786"}, max_concurrent_trials=2)
    message = "tls:// needs certificates: DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT must be set to files"
    assert found == [("compute.address", message)]


def test_a_local_cluster_has_a_slot_for_each_worker():
    compute = DaskCompute(cluster="local", workers=3)
    assert compute.slots(cores=8) == 3
    assert compute.notices(3, 8, None) == []
    [notice] = compute.notices(5, 8, None)
    assert notice == "limits.max_concurrent_trials: 5 trials at once share 3 worker(s)"
