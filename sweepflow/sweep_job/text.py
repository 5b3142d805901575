"""A translated job as a spec's file, with comments on what it has not kept."""

import json

from sweepflow.base.printable import printable, shortened
from sweepflow.fields.yaml import to_yaml
from sweepflow.sweep_job.translate import Translation

_LONGEST_VALUE = 200
"""In characters."""


def spec_text(job: Translation, name: str) -> str:
    """The spec in YAML, with a comment on each thing left out and each notice; `name` is the job's file."""
    comments = [f"{name}, converted by `sweepflow convert`."]
    for path, value in job.dropped.items():
        comments.append(f"{path} has no effect outside of Azure ML: {_shown(value)}")
    comments += job.sentences
    return "".join(f"# {printable(comment)}\n" for comment in comments) + to_yaml(job.fields)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return shortened(text, _LONGEST_VALUE)
