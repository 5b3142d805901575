"""The values in a spec that its trials would refuse, as the rules for their parameters tell."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sweepflow.errors import ConstraintError, Problem
from sweepflow.space.baseline import misfits
from sweepflow.space.constraints import Condition, Unreadable
from sweepflow.space.expression import Drawn
from sweepflow.space.search_space import Member, members
from sweepflow.spec.parts import Parts
from sweepflow.training.parameter_constraints import ParameterConstraints
from sweepflow.trials.parameters import Parameters, Scalar
from sweepflow.trials.text_readings import text_notices

_MOST_TOLD = 5
_N_POINTS = 200
_ALMOST_NEVER = 2.0**-20
"""How near the ends of a range are looked at: the very ends are never drawn."""


def refused_values(parts: Parts, draws: Iterable[Parameters], *, has_sound_names: bool) -> list[Problem]:
    """The fixed, listed, drawn and baseline values that the trials would refuse.

    `draws` are parameters as trials may have them: where the spec has constraints, a value that none of
    them has counts as excluded. Nothing is found where nobody knows the rules. In a space whose names are
    wrong (`has_sound_names`) a baseline is not looked at.
    """
    space = parts.get("search_space", {})
    rules = parts["trial"].rules() if "trial" in parts else None
    if rules is None:
        return []
    judged = [_Judged(each, rules) for each in members(space)]
    wrong = [each for each in judged if each.problems]
    if wrong and parts.get("constraints"):
        names = _names_of_refused(rules, parts["constraints"], draws)
        wrong = [each for each in wrong if names is None or each.member.name in names]
    fixed = {name: value for name, value in parts["trial"].fixed.items() if name not in space}
    found = [problem for each in wrong for problem in each.problems]
    found += _refused(fixed, "trial.parameters", rules)
    baseline = parts.get("baseline") or {}
    # Values that the space cannot draw are told elsewhere, and those that it should not have been above.
    if baseline and not found and has_sound_names and not misfits(space, baseline):
        found += _refused(baseline, "baseline", rules)
    return found


def value_notices(parts: Parts) -> Iterator[str]:
    """The normal types of which some draws will be refused, and texts that are probably no text."""
    rules = parts["trial"].rules()
    for each in members(parts["search_space"]):
        if rules is not None and (share := _Judged(each, rules).share_of_tails):
            yield (
                f"{each.field}: about {share:.1%} of the draws will be refused, and their trials fail: "
                f"{each.name} must be {rules.rule(each.name)}"
            )
        if rules is None or not rules.knows(each.name):
            values = each.what.draws if isinstance(each.what, Drawn) else None
            yield from (
                text_notices(values, each.field + ".values.{}") if values else _of_one(each.what, each.field)
            )
    if rules is not None:
        for name, value in parts["trial"].fixed.items():
            if not rules.knows(name):
                yield from _of_one(value, f"trial.parameters.{name}")


def _of_one(value: object, field: str) -> Iterator[str]:
    if isinstance(value, str):
        yield from text_notices((value,), field)


def _refused(values: Mapping[str, Any], field: str, rules: ParameterConstraints) -> list[Problem]:
    found = ((f"{field}.{name}", rules.refusal(name, value)) for name, value in values.items())
    return [Problem(path, fault) for path, fault in found if fault]


def _first(found: list[Problem]) -> list[Problem]:
    """Those that are worth a line each, the last of which counts the others."""
    if len(found) <= _MOST_TOLD:
        return found
    path, message = found[_MOST_TOLD - 1]
    last = Problem(path, f"{message} (and {len(found) - _MOST_TOLD} more of the values)")
    return [*found[: _MOST_TOLD - 1], last]


def _names_of_refused(
    rules: ParameterConstraints, constraints: Sequence[Condition], draws: Iterable[Parameters]
) -> set[str] | None:
    """The names under which some draw that satisfies the constraints has a value that is refused.

    None if the constraints cannot be decided.
    """
    if any(isinstance(constraint, Unreadable) for constraint in constraints):
        return None
    found: set[str] = set()
    try:
        for drawn in draws:
            if all(condition.holds(drawn) for condition in constraints):
                found |= {name for name, value in drawn.items() if not rules.takes(name, value)}
    except (ConstraintError, OverflowError):  # told elsewhere
        return None
    return found


@dataclass(frozen=True)
class _Judged:
    """A member of the search space, by what its parameter takes."""

    member: Member
    rules: ParameterConstraints

    @property
    def problems(self) -> list[Problem]:
        name, field, what = self.member
        if isinstance(what, Drawn) and what.draws:
            values = {f"values.{place}": value for place, value in enumerate(what.draws)}
            told = ((place, self.rules.refusal(name, value)) for place, value in values.items())
            return _first([Problem(f"{field}.{place}", fault) for place, fault in told if fault])
        if not isinstance(what, Drawn):
            return _refused({name: what}, field.rpartition(".")[0], self.rules)
        refused = self._refused_draws(what)
        if not refused or self.share_of_tails > 0:
            return []
        shown = refused[len(refused) // 2 if len(refused) > _N_POINTS / 2 else 0]
        number = float(f"{shown:.5g}") if isinstance(shown, float) else shown
        rule = f"must be {self.rules.rule(name)}, but {what.type} draws {number!r}"
        return [Problem(field, rule + self._cure(what, shown))]

    @property
    def share_of_tails(self) -> float:
        """How many draws of a normal type are refused, whose tails nobody can bound; 0 if half or more."""
        what = self.member.what
        if not isinstance(what, Drawn) or what.is_bounded:
            return 0.0
        share = len(self._refused_draws(what)) / _N_POINTS
        return share if share < 0.5 else 0.0

    def _refused_draws(self, what: Drawn) -> list[Scalar]:
        """Those of evenly spread draws that the parameter does not take."""
        if not self.rules.knows(self.member.name):
            return []
        points = [_ALMOST_NEVER, 1 - _ALMOST_NEVER, *((i + 0.5) / _N_POINTS for i in range(_N_POINTS))]
        try:
            drawn = [what.quantile(u) for u in points[0 if what.is_bounded else 2 :]]
        except OverflowError:  # which the sampling algorithm's own check tells
            return []
        return [value for value in drawn if not self.rules.takes(self.member.name, value)]

    def _cure(self, what: Drawn, refused: Scalar) -> str:
        def takes(value: Scalar) -> bool:
            return self.rules.takes(self.member.name, value)

        if what.n_values is not None:
            least = next((value for value in range(1, what.n_values) if takes(value)), None)
            bounds = f"min_value: {least}, max_value: {what.n_values - 1}, q: 1"
            return "" if least is None else f"; write {{type: quniform, {bounds}}}"
        whole = max(1, round(refused)) if isinstance(refused, float) else 1
        if isinstance(refused, float) and takes(whole) and not takes(float(whole)):
            return (
                f"; q{what.type} with q: 1 draws whole numbers" if what.step is None else "; give a whole q"
            )
        if what.type == "uniform" and isinstance(refused, float) and refused < 0 and takes(math.exp(refused)):
            return "; the bounds of uniform are values, exponents are those of loguniform"
        return ""
