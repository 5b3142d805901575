"""The three samplings of HyperDrive, as the fields of our sampling algorithms."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sweepflow.azure.hyperdrive.refusal import NotebookError


class HyperParameterSampling:
    """What is drawn, by the names of the script's arguments, and how."""

    kind: ClassVar[str]

    def __init__(
        self, parameter_space: Mapping[str, Any], properties: Mapping[str, Any] | None = None
    ) -> None:
        if not isinstance(parameter_space, Mapping):
            raise NotebookError(f"{type(self).__name__} needs a mapping of names to expressions")
        self.parameter_space = dict(parameter_space)
        self.properties = dict(properties or {})

    @property
    def fields(self) -> dict[str, Any]:
        """The sampling algorithm, as a spec has it."""
        return {"type": self.kind, **self.properties}


class RandomParameterSampling(HyperParameterSampling):
    """Drawn at random; `properties` may have a `seed` and a `rule`."""

    kind = "random"


class GridParameterSampling(HyperParameterSampling):
    """Every combination of the choices."""

    kind = "grid"


class BayesianParameterSampling(HyperParameterSampling):
    """Learns from the trials that have ended."""

    kind = "bayesian"
