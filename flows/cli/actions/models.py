"""What `sweepflow models`, `promote` and `rollback` do: show the registry, and change its champions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from sweepflow.archive.sweep import load
from sweepflow.base.settings import home
from sweepflow.errors import Problem, SpecError
from sweepflow.flows.cli.screen.tables import Column, fitting_table
from sweepflow.flows.cli.screen.text import text
from sweepflow.models.registry import Change, ModelVersion, Registry, RegistryError
from sweepflow.promotion import promote
from sweepflow.tracking.log import log_champion

BY_HAND = "promoted by hand, without a gate"


def promote_sweep(sweep_id: str, name: str) -> dict[str, Any]:
    """Register the model that the sweep selected as a version of `name`, and make it the champion.

    `sweep_id` is a sweep's ID, the beginning of it, or `latest`.
    """
    registry = Registry(home())
    with _as_spec_error():
        previous = registry.champion(name)
        return _change_fields(registry, name, promote(registry, name, load(sweep_id), BY_HAND), previous)


def roll_back(name: str) -> dict[str, Any]:
    """Make the champion before the present one the champion again."""
    registry = Registry(home())
    with _as_spec_error():
        previous = registry.champion(name)
        return _change_fields(registry, name, registry.rollback(name), previous)


def all_models() -> dict[str, Any]:
    """Every registered model, its champion and how many versions it has."""
    registry = Registry(home())
    with _as_spec_error():
        return {"models": [_summary(registry, name) for name in registry.names()]}


def one_model(name: str) -> dict[str, Any]:
    """One model's versions and the history of its champion."""
    registry = Registry(home())
    with _as_spec_error():
        registry.check_known(name)
        versions = registry.versions(name)
        champion = _number(registry.champion(name))
        history = [change.model_dump(mode="json") for change in registry.history(name)]
        fields = [version.model_dump(mode="json", exclude={"name"}) for version in versions]
        return {"name": name, "champion": champion, "versions": fields, "history": history}


def show_models(console: Console, registered: dict[str, Any]) -> None:
    """Print a line for each model."""
    if not registered["models"]:
        console.print("No model is registered: sweepflow promote SWEEP_ID --name NAME registers one.")
        return
    models = registered["models"]
    columns = [
        Column("model", [model["name"] for model in models], may_wrap=True),
        Column("champion", [_or_dash(model["champion"]) for model in models], "right"),
        Column("test", [_or_dash(model["test"]) for model in models], is_optional=True),
        Column("versions", [str(model["versions"]) for model in models], "right", is_optional=True),
        Column("sweep of the champion", [_or_dash(model["sweep_id"]) for model in models], is_optional=True),
    ]
    console.print(fitting_table(console, columns))


def show_model(console: Console, model: dict[str, Any]) -> None:
    """Print a line for each version, and each change of the champion."""
    versions = model["versions"]
    marks = [" (champion)" if version["version"] == model["champion"] else "" for version in versions]
    columns = [
        Column("version", [f"{v['version']}{mark}" for v, mark in zip(versions, marks, strict=True)]),
        Column("registered", [_time(version["registered"]) for version in versions]),
        Column("sweep", [version["sweep_id"] for version in versions], is_optional=True),
        Column("validation", [_value(version["facts"]) for version in versions], may_wrap=True),
        Column("test", [_test_value(version["facts"]) or "" for version in versions], is_optional=True),
    ]
    console.print(fitting_table(console, columns, title=text(model["name"]), title_justify="left"))
    for change in model["history"]:
        line = f"{_time(change['time'])}  {change['action']} {change['version']}: {change['reason']}"
        console.print(text(line), soft_wrap=True)


def show_change(console: Console, change: dict[str, Any]) -> None:
    """Print what the champion is now, and what it was."""
    before = "there was none" if change["previous"] is None else f"it was version {change['previous']}"
    message = f"The champion of {change['name']} is version {change['version']} now; {before}."
    console.print(text(message), soft_wrap=True)
    console.print(text(f"model {change['model_path']}"), soft_wrap=True)
    if "notice" in change:
        console.print(text(f"note: {change['notice']}", "yellow"), soft_wrap=True)


@contextmanager
def _as_spec_error() -> Iterator[None]:
    """Turn a RegistryError into a SpecError: the command line is wrong."""
    try:
        yield
    except RegistryError as error:
        raise SpecError([Problem("", str(error))]) from error


def _summary(registry: Registry, name: str) -> dict[str, Any]:
    champion = registry.champion(name)
    return {
        "name": name,
        "champion": _number(champion),
        "versions": len(registry.versions(name)),
        "sweep_id": champion.sweep_id if champion else None,
        "test": _test_value(champion.facts) if champion else None,
    }


def _change_fields(
    registry: Registry, name: str, change: Change, previous: ModelVersion | None
) -> dict[str, Any]:
    from sweepflow.flows.engine.events import (
        send_changed_by_hand,  # imports Prefect, which a list of models does not need
    )

    champion = registry.version(name, change.version)
    notices = [notice for notice in (log_champion(name), send_changed_by_hand(name, change)) if notice]
    return {
        "name": name,
        "version": change.version,
        "previous": _number(previous),
        "sweep_id": change.sweep_id,
        "reason": change.reason,
        "model_path": champion.model_path,
        **({"notice": "; ".join(notices)} if notices else {}),
    }


def _number(version: ModelVersion | None) -> int | None:
    return version.version if version else None


def _value(facts: dict[str, Any]) -> str:
    """The best trial's primary metric on the validation rows; empty if it was not recorded."""
    match facts:
        case {"best": {"value": float() | int() as value}, "objective": {"primary_metric": str(metric)}}:
            return f"{metric} {value:.5g}"
        case {"best": {"value": float() | int() as value}}:  # `promote` of 0.1.0 did not record the metric
            return f"{value:.5g}"
    return ""


def _test_value(facts: dict[str, Any]) -> str | None:
    """The primary metric on the test rows; None if it was not recorded or the model was not tested."""
    match facts:
        case {"test_metrics": dict() as tested, "objective": {"primary_metric": str(metric)}}:
            return f"{metric} {tested[metric]['value']:.5g}" if metric in tested else None
    return None


def _or_dash(cell: object) -> str:
    return "-" if cell is None else str(cell)


def _time(iso: str) -> str:
    return iso[:19].replace("T", " ")
