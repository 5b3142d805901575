"""Has a process signal itself in the middle of an import: SIGNAL_NUMBER, when SIGNAL_AT is looked for."""

import os
import sys
from importlib.machinery import ModuleSpec
from typing import Any

_at, _number = os.environ.pop("SIGNAL_AT", None), int(os.environ.pop("SIGNAL_NUMBER", "0"))


class _Moment:
    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        if name == _at:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), _number)
        return None


if _at is not None:
    sys.meta_path.insert(0, _Moment())
