"""`registry_writer.py HOME MODEL CARD N` registers and promotes N versions of `iris`, and prints each."""

import sys
from contextlib import suppress
from pathlib import Path

from sweepflow.models.registry import Registry, RegistryError

home, model, card, n_versions = sys.argv[1:]
registry = Registry(Path(home))
for _ in range(int(n_versions)):
    version = registry.register("iris", "sweep", Path(model), Path(card), {})
    with suppress(RegistryError):  # another process has promoted it
        registry.promote("iris", version, "newest")
    print(version, flush=True)
