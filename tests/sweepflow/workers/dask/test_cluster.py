"""The cluster that a sweep starts for itself."""

import os
import subprocess
import sys

from pools import TESTS, until

FLOW = """
import sys, time
from pathlib import Path
from sweepflow.workers.dask.cluster import LocalCluster

cluster = LocalCluster(1, Path(sys.argv[1]))
print(cluster.client_arguments()["scheduler_file"], flush=True)
time.sleep(1000)
"""


def test_a_flow_that_is_killed_leaves_no_key_of_its_cluster_behind(tmp_path):
    command = [sys.executable, "-c", FLOW, str(tmp_path / "log")]
    own = {**os.environ, "PYTHONPATH": str(TESTS.parent), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=own, stdout=subprocess.PIPE, text=True) as flow:
        assert flow.stdout.readline().startswith(str(tmp_path))
        [folder] = tmp_path.glob("sweepflow-dask-*")
        assert (folder / "key.pem").exists()
        flow.kill()
    until(lambda: not folder.exists())
