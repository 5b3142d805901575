"""What the process that trains imports before it is told which kind of trial it trains."""

import subprocess
import sys


def test_a_worker_of_the_users_function_does_without_scikit_learn_and_pandas() -> None:
    code = "import sys, sweepflow.workers.local.child, sweepflow.training.function; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = done.stdout.split()
    assert "sweepflow.training.function" in imported
    assert not {"sklearn", "pandas"} & set(imported)
