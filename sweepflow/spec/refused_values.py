"""The values in a spec that its trials would refuse, by the rules for their parameters."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sweepflow.errors import ConstraintError, Problem
from sweepflow.space.baseline import misfits
from sweepflow.space.constraints import Condition, Unreadable
from sweepflow.space.expression import Drawn
from sweepflow.space.search_space import Member, members
from sweepflow.spec.parts import Parts
from sweepflow.trials.parameters import Parameters, Value
from sweepflow.trials.text_readings import text_notices

if TYPE_CHECKING:  # they know scikit-learn
    from sweepflow.training.parameter_constraints import ParameterConstraints

_MOST_SHOWN = 5
_N_POINTS = 200
_MOST_TRIED = 10_000
_ALMOST_NEVER = 2.0**-20
"""How near to the ends of a range draws are tried: the very ends are never drawn."""


def refused_values(parts: Parts, draws: Iterable[Parameters], *, has_sound_names: bool) -> list[Problem]:
    """The fixed, listed, drawn and baseline values that the trials would refuse.

    `draws` are parameters that trials may have. If the spec has constraints, a value of the space is refused
    only if some draw that satisfies them has it. Empty if the trial has no rules. The baseline is checked
    only in a space with sound names.
    """
    space = parts.get("search_space", {})
    rules = parts["trial"].rules() if "trial" in parts else None
    if rules is None:
        return []
    checked = [_CheckedMember(member, rules) for member in members(space)]
    wrong = [each for each in checked if each.problems]
    if wrong and parts.get("constraints"):
        names = _names_of_refused(rules, parts["constraints"], draws)
        wrong = [each for each in wrong if names is None or each.member.name in names]
    fixed = {name: value for name, value in parts["trial"].fixed.items() if name not in space}
    problems = [problem for each in wrong for problem in each.problems]
    problems += _refused(fixed, "trial.parameters", rules)
    named = parts.get("baseline")
    baseline = named if isinstance(named, dict) else {}
    # Values that the space cannot draw are reported by `checks`, and values that it should not draw above.
    if baseline and not problems and has_sound_names and not misfits(space, baseline):
        problems += _refused(baseline, "baseline", rules)
    return problems


def value_notices(parts: Parts) -> Iterator[str]:
    """Notices of normal types that draw refused values, and of text that was probably meant otherwise."""
    rules = parts["trial"].rules()
    for member in members(parts["search_space"]):
        name, field, what = member
        if rules is not None and (share := _CheckedMember(member, rules).share_of_tails):
            yield (
                f"{field}: about {share:.1%} of the draws will be refused, and their trials fail: "
                f"{name} must be {rules.rule(name)}"
            )
        if rules is None or not rules.knows(name):
            values = what.draws if isinstance(what, Drawn) else None
            yield from (
                text_notices(values, field + ".values.{}") if values else _text_notices_of_one(what, field)
            )
    if rules is not None:
        for name, value in parts["trial"].fixed.items():
            if not rules.knows(name):
                yield from _text_notices_of_one(value, f"trial.parameters.{name}")


def _text_notices_of_one(value: object, field: str) -> Iterator[str]:
    if isinstance(value, str):
        yield from text_notices((value,), field)


def _refused(values: Mapping[str, Any], field: str, rules: "ParameterConstraints") -> list[Problem]:
    found = (rules.problems(name, value, f"{field}.{name}") for name, value in values.items())
    return [problem for problems in found for problem in problems]


def _first(problems: list[Problem]) -> list[Problem]:
    """The first few problems; the last of them says how many more there are."""
    if len(problems) <= _MOST_SHOWN:
        return problems
    path, message = problems[_MOST_SHOWN - 1]
    last = Problem(path, f"{message} (and {len(problems) - _MOST_SHOWN} more of the values)")
    return [*problems[: _MOST_SHOWN - 1], last]


def _names_of_refused(
    rules: "ParameterConstraints", constraints: Sequence[Condition], draws: Iterable[Parameters]
) -> set[str] | None:
    """The names of parameters with a refused value in some draw that satisfies the constraints.

    None if the constraints cannot be decided.
    """
    if any(isinstance(constraint, Unreadable) for constraint in constraints):
        return None
    names: set[str] = set()
    try:
        for drawn in draws:
            if all(condition.holds(drawn) for condition in constraints):
                names |= {name for name, value in drawn.items() if not rules.takes(name, value)}
    except (ConstraintError, OverflowError):  # reported by other checks
        return None
    return names


@dataclass(frozen=True)
class _CheckedMember:
    """A member of the search space, held against the rules of its parameter."""

    member: Member
    rules: "ParameterConstraints"

    @property
    def problems(self) -> list[Problem]:
        name, field, what = self.member
        if isinstance(what, Drawn) and what.draws:
            places = ((value, f"{field}.values.{index}") for index, value in enumerate(what.draws))
            found = (self.rules.problems(name, value, place) for value, place in places)
            return _first([problem for problems in found for problem in problems])
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
        """The share of refused draws of a type with unbounded tails; 0 if it is half or more."""
        what = self.member.what
        if not isinstance(what, Drawn) or what.is_bounded:
            return 0.0
        share = len(self._refused_draws(what)) / _N_POINTS
        return share if share < 0.5 else 0.0

    def _refused_draws(self, what: Drawn) -> list[Value]:
        """The evenly spread draws that the parameter does not take."""
        if not self.rules.knows(self.member.name):
            return []
        points = [_ALMOST_NEVER, 1 - _ALMOST_NEVER, *((i + 0.5) / _N_POINTS for i in range(_N_POINTS))]
        try:
            drawn = [what.quantile(u) for u in points[0 if what.is_bounded else 2 :]]
        except OverflowError:  # reported by the sampling algorithm's own check
            return []
        return [value for value in drawn if not self.rules.takes(self.member.name, value)]

    def _cure(self, what: Drawn, refused: Value) -> str:
        def takes(value: Value) -> bool:
            return self.rules.takes(self.member.name, value)

        if what.n_values is not None:
            values = map(what.value_at, range(min(what.n_values, _MOST_TRIED)))
            least, last = next(filter(takes, values), None), int(what.ends[1] or 0)
            return "" if least is None else f"; write {{type: randint, lower: {least}, upper: {last + 1}}}"
        whole = max(1, round(refused)) if isinstance(refused, float) else 1
        if isinstance(refused, float) and takes(whole) and not takes(float(whole)):
            return (
                f"; q{what.type} with q: 1 draws whole numbers" if what.step is None else "; give a whole q"
            )
        if what.type == "uniform" and isinstance(refused, float) and refused < 0 and takes(math.exp(refused)):
            return "; the bounds of uniform are values, exponents are those of loguniform"
        return ""
