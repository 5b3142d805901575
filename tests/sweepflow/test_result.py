from sweepflow.result import BaselineTrial, SweepResult
from sweepflow.trials.state import SweepState

RESULT = SweepResult(sweep_id="s", state=SweepState.COMPLETED)
UNTRIED = BaselineTrial(number=None, parameters={"x": 1}, value=None)


def test_its_json_has_a_baseline_only_if_the_spec_names_one() -> None:
    assert "baseline" not in RESULT.as_json()
    with_baseline = RESULT.model_copy(update={"baseline": UNTRIED}).as_json()
    assert with_baseline["baseline"] == {"number": None, "parameters": {"x": 1}, "value": None}
    assert with_baseline.keys() - {"baseline"} == RESULT.as_json().keys()
