import gc
from contextlib import suppress

from sweepflow.importing.quickly import importing_quickly


def test_the_collector_is_off_for_the_imports_alone_whatever_they_raise() -> None:
    seen = []
    try:
        with suppress(ImportError), importing_quickly():
            seen.append(gc.isenabled())
            raise ImportError
        assert (seen, gc.isenabled()) == ([False], True)
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
