"""Commands as trials of a whole sweep."""

from pathlib import Path
from typing import Any

import pytest

from ledgers import ledger_of
from sweepflow.flows.tune import tune

pytestmark = pytest.mark.usefixtures("server", "home_of_commands")

TRAIN = """
echo "trial $1" >> litter
echo "attempt" >> outputs/checkpoint
test "$(cat litter)" = "trial $1" || exit 9
case "$1 $(wc -l < outputs/checkpoint)" in
    2*) echo '{"loss": 9}' >> "$SWEEPFLOW_METRICS"; echo "no rows" >&2; exit 3 ;;
    "3 1") kill -9 $$ ;;
esac
echo "model $1" > outputs/model
echo '{"loss": 1}' >> "$SWEEPFLOW_METRICS"
echo "{\\"loss\\": 0.$1}" >> "$SWEEPFLOW_METRICS"
"""


def command_spec(code: Path, **changes: Any) -> dict[str, Any]:
    return {
        "trial": {"command": "bash train.sh ${{search_space.n}}", "code": str(code)},
        "search_space": {"n": {"type": "choice", "values": [5, 2, 3, 4]}},
        "sampling_algorithm": "grid",
        "objective": {"primary_metric": "loss", "goal": "minimize"},
        "limits": {"max_total_trials": 4, "max_concurrent_trials": 2, "retries": 1},
        **changes,
    }


def test_each_runs_in_a_copy_of_its_own_and_the_best_ones_outputs_are_with_the_sweep(
    tmp_path: Path, home: Path
) -> None:
    code = tmp_path / "src"
    code.mkdir()
    (code / "train.sh").write_text(TRAIN)
    result = tune(**command_spec(code))
    folder = home / "sweeps" / result.sweep_id
    with ledger_of(home) as ledger:
        rows = ledger.trials(result.sweep_id)
        losses = [row.value for row in ledger.metrics(result.sweep_id) if row.number == 1]
    reason = "the command ended with exit code 3"
    assert [(row.state, row.error) for row in rows] == [
        ("completed", None),
        ("failed", reason),
        ("completed", None),
        ("completed", None),
    ]
    assert losses == [9.0]  # what it had logged before it failed
    assert (result.best and result.best.number, result.best and result.best.value) == (2, 0.3)
    # The second attempt found the first one's outputs, and the code as it is.
    assert (folder / "trials/0002/outputs/checkpoint").read_text() == "attempt\n" * 2
    assert "attempt 1 of 2: the command was ended by SIGKILL" in (folder / "trials/0002/log.txt").read_text()
    assert {path.name for path in folder.glob("trials/*/*")} == {"log.txt", "outputs"}
    assert [path.name for path in code.iterdir()] == ["train.sh"]
    assert result.outputs_path == str(folder / "best")
    assert (folder / "best/model").read_text() == "model 3\n"


def test_a_trial_that_the_policy_stops_is_terminated_and_keeps_what_it_had(
    tmp_path: Path, home: Path
) -> None:
    # The second trial logs one value that is bad enough, and would run for ever.
    log = 'echo "{\\"loss\\": ${{search_space.n}}}" >> $SWEEPFLOW_METRICS'
    line = f"{log}; test ${{{{search_space.n}}}} = 1 || sleep 1000"
    spec = command_spec(
        tmp_path,
        trial={"command": line},
        search_space={"n": {"type": "choice", "values": [1, 7]}},
        early_termination={"type": "bandit", "slack_amount": 1},
        limits={"max_total_trials": 2, "max_concurrent_trials": 1},
    )
    result = tune(**spec)
    assert (result.trials.completed, result.trials.terminated) == (1, 1)
    with ledger_of(home) as ledger:
        assert [row.value for row in ledger.metrics(result.sweep_id)] == [1.0, 7.0]
    assert result.outputs_path is None
    assert "outputs_path" not in result.as_json()
