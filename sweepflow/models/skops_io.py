"""skops, imported without the packages that it has no use for."""

import sys
from typing import Any

from sweepflow.importing.keeping_out import kept_out

_UNUSED = ("pytest", "dask")
"""skops goes through all of scikit-learn, of which two modules import these where they are: 20 MB."""


def skops_io() -> Any:
    """The module `skops.io`, which imports all of scikit-learn the first time, in half a second."""
    with kept_out(() if "skops.io" in sys.modules else _UNUSED):
        import skops.io

        return skops.io
