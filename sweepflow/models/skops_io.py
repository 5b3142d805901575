"""skops, imported without the packages that it has no use for."""

import sys
from typing import Any

_UNUSED = ("pytest", "dask")
"""skops goes through all of scikit-learn, of which two modules import these where they are: 20 MB."""


def skops_io() -> Any:
    """The module `skops.io`, which imports all of scikit-learn the first time, in half a second."""
    kept_out = [] if "skops.io" in sys.modules else [name for name in _UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(kept_out))  # type: ignore[arg-type]  # None: it cannot be imported
    try:
        import skops.io

        return skops.io
    finally:
        for name in kept_out:
            del sys.modules[name]
