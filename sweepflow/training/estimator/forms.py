"""How a spec writes estimators inside of others.

A part is `{estimator: PATH, parameters: {...}}`, or its path alone where nothing else can stand. Parts with
names, as stacking has them, are a list of mappings of one name each.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sweepflow.base.printable import brief
from sweepflow.errors import Problem, SpecError

ESTIMATOR, PARAMETERS = "estimator", "parameters"
FORM = "{estimator: PATH, parameters: {...}}"
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def is_sklearns(path: str) -> bool:
    """Whether the estimator is one of scikit-learn's own."""
    return path.startswith("sklearn.")


def is_part(value: object) -> bool:
    """Whether the value stands for an estimator."""
    return isinstance(value, Mapping) and ESTIMATOR in value and value.keys() <= {ESTIMATOR, PARAMETERS}


def named(value: object, path: str) -> Iterator[tuple[str, Any, str]]:
    """The name, what it names and where it stands of each of the named parts; SpecError if they are none."""
    if not isinstance(value, list | tuple) or not value:
        raise fault(path, f"must be a list such as [{{first: {FORM}}}, {{second: PATH}}], got {brief(value)}")
    names: set[str] = set()
    for place, each in enumerate(value):
        where = f"{path}.{place}"
        if not isinstance(each, Mapping) or len(each) != 1:
            raise fault(
                where, f"must be a mapping of one name to a part, {{name: {FORM}}}, got {brief(each)}"
            )
        [(name, what)] = each.items()
        if not _NAME.fullmatch(str(name)) or "__" in name:
            raise fault(
                where, f"its name must match ^{_NAME.pattern}$, without two underscores, got {name!r}"
            )
        if name in names:
            raise fault(where, f"must have a name of its own, got {name!r} again")
        names.add(name)
        yield name, what, f"{where}.{name}"


def fault(path: str, message: str) -> SpecError:
    """The error that what stands at this path is wrong."""
    return SpecError([Problem(path, message)])
