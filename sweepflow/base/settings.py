"""Settings from environment variables, for the whole installation and not for one sweep."""

import hashlib
import os
from pathlib import Path
from urllib.parse import quote

_LEDGER = "SWEEPFLOW_LEDGER"
_FUNCTION_MODULES = "SWEEPFLOW_FUNCTION_MODULES"
_CODE_ROOTS = "SWEEPFLOW_CODE_ROOTS"
_SERVED = "SWEEPFLOW_SERVED"


def home() -> Path:
    """The folder of the ledger, the sweeps and the prepared data: `$SWEEPFLOW_HOME`, or `~/.sweepflow`."""
    return Path(os.environ.get("SWEEPFLOW_HOME") or Path.home() / ".sweepflow").expanduser().absolute()


def naming_home(folder: str) -> dict[str, str]:
    """The environment variable that gives a process this home."""
    return {"SWEEPFLOW_HOME": folder}


def ledger_url() -> str:
    """The URL of the ledger's database: `$SWEEPFLOW_LEDGER`, or the SQLite file `ledger.db` in `home()`."""
    return os.environ.get(_LEDGER) or sqlite_url(home() / "ledger.db")


def mlflow_uri() -> str | None:
    """The URI of the MLflow store that sweeps are logged to, `$MLFLOW_TRACKING_URI`; None: no store."""
    return os.environ.get("MLFLOW_TRACKING_URI") or None


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{quote(str(path))}"


def trial_environment() -> dict[str, str]:
    """The environment of the processes that train: all but the ledger's URL, which may hold a password."""
    return {name: value for name, value in os.environ.items() if name != _LEDGER}


def estimator_packages() -> tuple[str, ...]:
    """The packages whose estimators a spec may name: sklearn, and `$SWEEPFLOW_ESTIMATOR_PACKAGES`."""
    return ("sklearn", *_names("SWEEPFLOW_ESTIMATOR_PACKAGES"))


def function_modules() -> tuple[str, ...]:
    """The modules whose trainers a deployed flow may import: `$SWEEPFLOW_FUNCTION_MODULES`, default none."""
    return _names(_FUNCTION_MODULES)


def allow_function_module(name: str) -> None:
    """Add a module to `function_modules()`, for this process and those that it starts."""
    os.environ[_FUNCTION_MODULES] = ",".join({*function_modules(), name})


def code_roots() -> tuple[Path, ...]:
    """The folders of code that any command of a deployed flow may run in: `$SWEEPFLOW_CODE_ROOTS`.

    Separated as in `$PATH`, default none. Who can fill in a form can then run any command line there.
    """
    entries = os.environ.get(_CODE_ROOTS, "").split(os.pathsep)
    return tuple(Path(entry.strip()).expanduser().resolve() for entry in entries if entry.strip())


def dask_addresses() -> tuple[str, ...]:
    """The schedulers that a deployed flow may use: `$SWEEPFLOW_DASK_ADDRESSES`, default none."""
    return _names("SWEEPFLOW_DASK_ADDRESSES")


def dask_address() -> str | None:
    """The scheduler in place of that which a spec names: `$SWEEPFLOW_DASK_ADDRESS`; None: that one."""
    return os.environ.get("SWEEPFLOW_DASK_ADDRESS") or None


def is_served(text: str) -> bool:
    """Whether deployed flows may do what this text stands for, because `serve` was called with it."""
    return _digest(text) in _names(_SERVED)


def serve(text: str) -> None:
    """Let deployed flows do what this text stands for, in this process and those that it starts."""
    os.environ[_SERVED] = ",".join({*_names(_SERVED), _digest(text)})


def cores() -> int:
    """The number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _names(variable: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in os.environ.get(variable, "").split(",") if name.strip())


def not_allowed(module: str) -> str:
    """Why a deployed flow does not import this module, and what to do."""
    allowed = ", ".join(function_modules()) or "none"
    return (
        f"the module '{module}' is not allowed in a deployed flow (allowed: {allowed}); "
        f"add it to {_FUNCTION_MODULES} where the flow runs"
    )
