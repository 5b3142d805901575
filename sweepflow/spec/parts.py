"""The fields of a spec one by one, for the rules between them."""

from typing import TypedDict

from sweepflow.data.source import DataSource, Validation
from sweepflow.sampling import SamplingAlgorithm
from sweepflow.space.baseline import Baseline
from sweepflow.space.constraints import Condition
from sweepflow.space.search_space import SearchSpace
from sweepflow.spec.limits import Limits
from sweepflow.spec.on_unchanged_data import OnUnchangedData
from sweepflow.spec.select import Select
from sweepflow.spec.stop_when import StopWhen
from sweepflow.termination import EarlyTermination
from sweepflow.training import AnyTrialKind
from sweepflow.training.inputs import Inputs, Outputs
from sweepflow.trials.objective import Objective
from sweepflow.workers import Compute


class Parts(TypedDict, total=False):
    """The fields that are valid on their own; a field that is wrong or missing is left out."""

    data: DataSource | None
    trial: AnyTrialKind
    search_space: SearchSpace
    objective: Objective
    sampling_algorithm: SamplingAlgorithm
    early_termination: EarlyTermination | None
    limits: Limits
    validation: Validation
    metrics: tuple[str, ...]
    constraints: tuple[Condition, ...]
    require: tuple[Condition, ...]
    stop_when: StopWhen | None
    warm_start: tuple[str, ...]
    baseline: Baseline | None
    on_unchanged_data: OnUnchangedData
    refit: bool | None
    select: Select | None
    inputs: Inputs
    outputs: Outputs
    compute: Compute
