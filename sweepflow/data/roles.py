"""What a column may be beside a feature: the weight of a row, what it belongs to, or when it was."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sweepflow.fields.model import SpecModel

if TYPE_CHECKING:  # the models of a spec need no tables
    import pyarrow as pa

__all__ = ["NO_ROLES", "RoleColumns", "Roles"]


class RoleColumns(SpecModel):
    """The names of the columns of the source that have a role; they are kept beside the features."""

    weight: str | None = Field(default=None, description="How much a row counts.")
    group: str | None = Field(default=None, description="What belongs together.")
    time: tuple[str, ...] = Field(default=(), description="When a row was, the greatest unit first.")

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that have a role."""
        return tuple(name for name in (self.weight, self.group, *self.time) if name is not None)

    @property
    def by_role(self) -> dict[str, tuple[str, ...]]:
        """The columns of each role."""
        single = {"weight": self.weight, "group": self.group}
        return {**{role: (name,) for role, name in single.items() if name is not None}, "time": self.time}

    @property
    def are_named(self) -> bool:
        """Whether any column has a role."""
        return bool(self.names)


class Roles(NamedTuple):
    """The values of the columns that have a role, one a row; None where no column has it."""

    weight: NDArray[np.float64] | None = None
    """How much each row counts, finite and >= 0."""
    group: NDArray[np.int64] | None = None
    """A number for each group, the same in all parts and tables; rows without one have numbers below 0, each
    its own."""
    time: NDArray[np.int64] | NDArray[np.float64] | None = None
    """When each row was, ascending with time: microseconds since 1970 (UTC), or the column's numbers; of
    several columns the rank of the time among all."""

    def of(self, rows: NDArray[np.intp]) -> "Roles":
        """The same for these row numbers."""
        return Roles(**{name: values[rows] for name, values in self._present.items()})

    def followed_by(self, other: "Roles") -> "Roles":
        """The same with the other's rows after these; both have the same roles."""
        more = other._present
        return Roles(**{n: np.concatenate([values, more[n]]) for n, values in self._present.items()})

    @property
    def are_none(self) -> bool:
        """Whether no column has a role."""
        return not self._present

    @property
    def fit_parameters(self) -> dict[str, Any]:
        """The keyword arguments for the fit of a scikit-learn estimator."""
        return {} if self.weight is None else {"sample_weight": self.weight}

    def table(self) -> "pa.Table":
        """The values as a table, with a column for each role."""
        import pyarrow as pa

        return pa.table(self._present)

    @property
    def _present(self) -> dict[str, NDArray[Any]]:
        return {name: values for name, values in self._asdict().items() if values is not None}


NO_ROLES = Roles()
