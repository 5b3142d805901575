"""What `sweepflow convert` does: translate a sweep job into a spec."""

import json
import os
from pathlib import Path
from typing import Any

from rich.console import Console

from sweepflow.base.files import replacing
from sweepflow.errors import Problem, SpecError
from sweepflow.flows.cli.screen.text import text
from sweepflow.spec.file import translate_file, with_paths
from sweepflow.spec.spec import Spec
from sweepflow.sweep_job import spec_text


def convert_job(path: Path, output: Path | None, *, overwrites: bool) -> dict[str, Any]:
    """Translate the job, and write the spec to `output`, if that is named; SpecError if that cannot be done.

    Relative paths in the spec are from the folder that it is written to, or from the working directory.
    """
    if output is not None and output.exists() and not overwrites:
        rule = "is there already: --overwrite replaces it, another --output keeps it"
        raise SpecError([Problem("--output", f"'{output}' {rule}")])
    job = translate_file(path)
    old, new = path.absolute().parent, Path.cwd() if output is None else output.absolute().parent
    moved = with_paths(job.fields, lambda relative: os.path.relpath(old / relative, new))
    job = job._replace(fields=job.fields if old == new else moved)
    with job.in_the_users_words():
        Spec.parse(job.fields)
    yaml = spec_text(job, path.name)
    if output is not None:
        _write(yaml, output)
    return {
        "spec": job.fields,
        "spec_path": None if output is None else str(output.absolute()),
        "dropped": json.loads(json.dumps(job.dropped, default=str)),  # YAML has dates too
        "notices": list(job.notices),
        "yaml": yaml,
    }


def show_conversion(console: Console, conversion: dict[str, Any]) -> None:
    """Print the spec, or where it is and what is not in it."""
    if conversion["spec_path"] is None:
        console.out(conversion["yaml"], end="", highlight=False)
        return
    for notice in conversion["notices"]:
        console.print(text(f"note: {notice}"), soft_wrap=True)
    console.print(text(f"spec        {conversion['spec_path']}"), soft_wrap=True)


def _write(yaml: str, output: Path) -> None:
    try:
        with replacing(output) as partial:
            partial.write_text(yaml, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise SpecError([Problem("--output", f"'{output}' cannot be written: {reason}")]) from error
