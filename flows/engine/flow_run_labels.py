"""The name, tags and labels by which people find a sweep's flow run."""

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun

from sweepflow.base.printable import printable, shortened
from sweepflow.spec.spec import Spec

_LONGEST = 80


def label_flow_run(flow_run: FlowRun, spec: Spec) -> None:
    """Put the sweep's name before the flow run's name, and add the sweep's tags to its tags."""
    title = _label(spec.display_name or spec.name or "")
    name = flow_run.name if not title or flow_run.name.startswith(title) else f"{title}: {flow_run.name}"
    labels: dict[str, bool | int | float | str] = {
        _label(key): _label(value) for key, value in _labels(spec).items()
    }
    tags = {*flow_run.tags, *(f"{key}:{value}" for key, value in labels.items())}
    with get_client(sync_client=True) as client:
        if (name, tags) != (flow_run.name, {*flow_run.tags}):
            client.update_flow_run(flow_run.id, name=name, tags=sorted(tags))
        if labels:  # only then: a busy server refuses this call, and Prefect's client then waits for seconds
            client.update_flow_run_labels(flow_run.id, labels)


def _labels(spec: Spec) -> dict[str, str]:
    own = {"sweep": spec.name, "experiment": spec.experiment_name}
    return {**{key: value for key, value in own.items() if value}, **spec.tags}


def _label(text: str) -> str:
    return printable(shortened(text, _LONGEST))
