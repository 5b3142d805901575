"""The environment variables of a command: what it takes from the flow's own, and what it does not see.

`HF_TOKEN: ${{env.HF_TOKEN}}` takes one. The value is filled in where the trial runs, and recorded nowhere.
"""

from collections.abc import Collection, Iterator, Mapping

from sweepflow.base.credentials import is_secret_variable
from sweepflow.errors import Problem, TrialError
from sweepflow.training.command.shell.template import Reference, references

ENVIRONMENT = "env"
"""The kind of template that stands for a variable of the flow's environment."""

VARIABLES = "trial.environment_variables"
"""Where they stand in a spec."""

_MOST_SHOWN = 8


def taken(variables: Mapping[str, str]) -> frozenset[str]:
    """The variables of the flow's environment that these take their values from."""
    found = (reference for text in variables.values() for reference in references(text))
    return frozenset(name for kind, name in found if kind == ENVIRONMENT)


def values(names: Collection[str], environment: Mapping[str, str]) -> dict[Reference, str]:
    """The values of these variables of the environment; TrialError if one is not set."""
    missing = sorted(set(names) - environment.keys())
    if missing:
        raise TrialError(f"{VARIABLES}: {_unset(missing[0])}")
    return {Reference(ENVIRONMENT, name): environment[name] for name in names}


def problems(variables: Mapping[str, str], environment: Mapping[str, str]) -> Iterator[Problem]:
    """The variables that no process can get."""
    for name, text in variables.items():
        if not name or "=" in name:
            yield Problem(f"{VARIABLES}.{name}", "its name must have a character, and no =")
        for source in sorted(taken({name: text}) - environment.keys()):
            yield Problem(f"{VARIABLES}.{name}", _unset(source))


def only_in_variables(name: str) -> str:
    """Why a command may not hold the template of that variable."""
    return (
        f"must not hold ${{{{env.{name}}}}}, which every list of processes would show: give it by "
        f"{VARIABLES}, and write ${name} in the command"
    )


def notices(variables: Mapping[str, str], withheld: Collection[str]) -> Iterator[str]:
    """What the user should know: which variables the command does not see, and secrets in the spec."""
    if withheld:
        names = sorted(withheld)
        more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
        yield (
            "trial.command: does not see the environment variables that look like secrets "
            f"({', '.join(names[:_MOST_SHOWN])}{more}); give it one by {VARIABLES}: "
            f"{{{names[0]}: ${{{{env.{names[0]}}}}}}}"
        )
    for name, text in variables.items():
        if text and not references(text) and is_secret_variable(name, text):
            yield (
                f"{VARIABLES}.{name}: is recorded with the spec, for everybody who sees the sweep; to keep a "
                f"secret, set it where the flow runs and write ${{{{env.{name}}}}}"
            )


def _unset(name: str) -> str:
    return f"there is no environment variable '{name}' where the flow runs: set it there"
