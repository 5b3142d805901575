"""What `sweepflow backtest` does: replay policies over a recorded sweep, and show the outcome."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sweepflow.analysis.backtest import backtest
from sweepflow.base.settings import ledger_url
from sweepflow.errors import Problem, SpecError
from sweepflow.fields.problems import problems
from sweepflow.fields.yaml_file import read_yaml
from sweepflow.flows.cli.screen.text import text
from sweepflow.flows.engine.progress_text import short
from sweepflow.ledger.ledger import Ledger
from sweepflow.ledger.lookup import find_sweep
from sweepflow.running.warm_start import warm_start
from sweepflow.spec.spec import Spec
from sweepflow.termination import EarlyTermination, Policy
from sweepflow.trials.rows import TrialRow
from sweepflow.trials.state import TrialState

_POLICY: TypeAdapter[EarlyTermination] = TypeAdapter(EarlyTermination)


def backtest_sweep(sweep_id: str, policy_file: Path) -> dict[str, Any]:
    """What each policy in the file would have done to the sweep; SpecError if one of them is wrong.

    There is a `notice` where the sweep's own policy has stopped trials, whose curves end there.

    `sweep_id` is a sweep's ID, the beginning of it, or `latest`.
    """
    policies = read_policies(policy_file)
    ledger = Ledger(ledger_url())
    try:
        sweep = find_sweep(ledger, sweep_id)
        trials, metrics = ledger.trials(sweep.id), ledger.metrics(sweep.id)
        spec = Spec.model_validate(sweep.spec)
        _check_folds(policies, spec)
        earlier = warm_start(ledger, spec, sweep.data_fingerprint).trials
    finally:
        ledger.close()
    rules = earlier, spec.require, spec.never_stopped
    backtests = [
        {
            "policy": policy.model_dump(mode="json", exclude_none=True),
            **backtest(policy, trials, metrics, spec.trial_objective, *rules)._asdict(),
        }
        for policy in policies
    ]
    notice = _cut_curves(spec, trials)
    return {"sweep_id": sweep.id, "policies": backtests, **({"notice": notice} if notice else {})}


def _check_folds(policies: Sequence[Policy], spec: Spec) -> None:
    faults = [policy.unfit(spec.validation.folds) for policy in policies]
    if wrong := [Problem(f"{index}.type", fault) for index, fault in enumerate(faults) if fault]:
        raise SpecError(wrong)


def _cut_curves(spec: Spec, trials: Sequence[TrialRow]) -> str | None:
    """What to know of the curves of a sweep whose own policy has stopped trials; None if it has not."""
    n_cut = sum(trial.state is TrialState.TERMINATED for trial in trials)
    if spec.early_termination is None or not n_cut:
        return None
    return (
        f"the sweep ran with {spec.early_termination.type} itself, which stopped {n_cut} of its "
        f"{len(trials)} trials: their curves are cut there, so that what a policy saves or loses after that "
        "is not counted; replay over a sweep without a policy for the whole of it"
    )


def show_backtests(console: Console, answer: dict[str, Any]) -> None:
    """Print a line for each policy."""
    table = Table(title=f"Policies replayed over sweep {answer['sweep_id']}", title_justify="left")
    table.add_column("policy", overflow="fold")
    for heading in ("stopped", "intervals saved", "seconds saved", "winner survived", "regret"):
        table.add_column(heading, justify="right", min_width=7)
    for row in answer["policies"]:
        table.add_row(
            Text(_policy_text(row["policy"])),
            str(row["trials_stopped"]),
            f"{row['intervals_saved']} ({row['intervals_saved_share']:.1%})",
            f"{row['seconds_saved']:.1f}",
            "yes" if row["winner_survived"] else "no",
            short(row["regret"]),
        )
    console.print(table)
    if "notice" in answer:
        console.print(text(f"note: {answer['notice']}"), soft_wrap=True)


def _policy_text(policy: dict[str, Any]) -> str:
    """The policy's type, and the fields that differ from their defaults."""
    default = {
        name: field.default for name, field in type(_POLICY.validate_python(policy)).model_fields.items()
    }
    changed = [f"{name}={value}" for name, value in policy.items() if value != default[name]]
    return "\n".join([policy["type"], *changed])


def read_policies(path: Path) -> list[EarlyTermination]:
    """The policies in a file that holds one policy or a list; SpecError if one of them is wrong."""
    content = read_yaml(path)
    items = content if isinstance(content, list) else [content]
    policies: list[EarlyTermination] = []
    mistakes: list[Problem] = []
    for index, policy in enumerate(items):
        try:
            policies.append(_POLICY.validate_python(policy))
        except ValidationError as error:
            mistakes += problems(error, str(index) if isinstance(content, list) else "")
    if mistakes or not items:
        raise SpecError(mistakes or [Problem("", f"'{path}' holds no policy")])
    return policies
