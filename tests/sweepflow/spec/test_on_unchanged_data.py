import pytest

from sweepflow.errors import SpecError
from sweepflow.recurrence.action import Action, Past, action
from sweepflow.spec.on_unchanged_data import AlwaysRun, ProbeChanged, SkipUnchanged
from sweepflow.spec.spec import Spec

RUN, SKIP, PROBE = AlwaysRun(), SkipUnchanged(), ProbeChanged()
SAME, CHANGED, PASSED = Past(True), Past(False), Past(False, has_passed_probe=True)


@pytest.mark.parametrize(
    ("asked", "past", "expected"),
    [
        (RUN, None, Action.RUN), (RUN, SAME, Action.RUN), (RUN, CHANGED, Action.RUN),
        (SKIP, None, Action.RUN), (SKIP, SAME, Action.SKIP), (SKIP, CHANGED, Action.RUN),
        (SKIP, PASSED, Action.RUN),
        (PROBE, None, Action.RUN), (PROBE, SAME, Action.SKIP), (PROBE, CHANGED, Action.PROBE),
        (PROBE, PASSED, Action.SKIP),
    ],
)  # fmt: skip
def test_what_is_done_follows_from_what_is_asked_and_what_has_changed(
    asked: AlwaysRun | SkipUnchanged | ProbeChanged, past: Past | None, expected: Action
) -> None:
    assert action(asked, past) is expected


FIELDS = {
    "data": {"path": "rows.csv", "target": "y"},
    "trial": {"estimator": "sklearn.linear_model.LogisticRegression"},
    "search_space": {"C": {"type": "choice", "values": [1]}},
    "objective": {"primary_metric": "roc_auc", "goal": "maximize"},
    "limits": {"max_total_trials": 1},
}


def problems_of(**changes: object) -> list[str]:
    found = Spec.parse({**FIELDS, **changes})
    try:
        found.check(is_trusted=True)
    except SpecError as error:
        return [line for line in str(error).splitlines() if line.startswith("on_unchanged_data")]
    return []


def test_a_name_alone_says_what_to_do() -> None:
    assert Spec.parse({**FIELDS, "on_unchanged_data": "skip"}).on_unchanged_data == SKIP
    assert Spec.parse({**FIELDS, "on_unchanged_data": "Probe"}).on_unchanged_data == PROBE
    assert Spec.parse(FIELDS).on_unchanged_data == RUN


def test_what_cannot_be_compared_is_refused() -> None:
    assert problems_of(on_unchanged_data="probe") == []
    trial = {"function": "trainers:plain"}
    (problem,) = problems_of(on_unchanged_data="skip", data=None, trial=trial)
    assert problem == (
        "on_unchanged_data.type: must be run for a sweep without `data`: nothing tells its change"
    )
    minimized = {"primary_metric": "roc_auc", "goal": "minimize"}
    assert problems_of(on_unchanged_data="skip", objective=minimized) == []
    (problem,) = problems_of(on_unchanged_data="probe", objective=minimized)
    assert problem == (
        "on_unchanged_data.type: for probe, objective.primary_metric must be a scorer of scikit-learn's, to "
        "be maximized, or a loss such as log_loss, to be minimized: the gate compares by it; got roc_auc to "
        "minimize"
    )
    loss = {"primary_metric": "log_loss", "goal": "minimize"}
    assert problems_of(on_unchanged_data="probe", objective=loss) == []
    (problem,) = problems_of(on_unchanged_data="probe", objective={**loss, "goal": "maximize"})
    assert problem.endswith("got log_loss to maximize")
    (problem,) = problems_of(on_unchanged_data={"type": "probe", "model": "../x"})
    assert problem == "on_unchanged_data.model: must be a model's name, got '../x'"
