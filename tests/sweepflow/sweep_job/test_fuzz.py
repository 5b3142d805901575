"""Whatever stands in a job, what is wrong with it is told, and nothing else is raised."""

from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sweepflow.errors import SpecError
from sweepflow.fields.yaml import parse_yaml
from sweepflow.spec.spec import Spec
from sweepflow.sweep_job import translate

JOB = parse_yaml("""
$schema: a
type: sweep
algorithm: random
trial:
  code: {local_path: src}
  command: python main.py --rate {search_space.rate} --data {inputs.table}
  environment: azureml:basic:1
  compute: {target: azureml:cpu-cluster}
  inputs: {table: {data: {path: data.csv}, mode: mount}, n: {type: integer, default: 3}}
  limits: {timeout: PT5M}
search_space: {--rate: {spec: choice, values: [1, {b: {type: randint, lower: 1, upper: 3}}]}}
objective: {primary_metric: loss, goal: minimize}
early_termination: {policy_type: bandit, slack_factor: 0, slack_amount: 0.1}
max_total_trials: 3
timeout_minutes: 120
limits: {max_concurrent_runs: 2}
outputs: {model: {mode: upload, type: UriFolder}, log: }
tags: {a: 1}
""")
WORDS = ["file:", "file://[", "azureml:", "P", "PT1S", "--", "${{parent.", "a\0", "/", ".", "~"]
NAMES = st.text(max_size=5) | st.integers()
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=4,
)


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in the job."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(path for key, inner in items for path in paths(inner, (*before, key)))][
        bool(not before) :
    ]


@settings(deadline=None, max_examples=300)
@given(path=st.sampled_from(paths(JOB)), junk=JUNK, is_renamed=st.booleans())
def test_a_job_is_translated_or_refused(path: tuple[Any, ...], junk: Any, is_renamed: bool) -> None:
    job = deepcopy(JOB)
    section = job
    for key in path[:-1]:
        section = section[key]
    if is_renamed and isinstance(section, dict) and isinstance(junk, str | int | float | None):
        section[junk] = section.pop(path[-1])
    else:
        section[path[-1]] = junk
    with suppress(SpecError):
        translation = translate(job, Path("/nowhere"))
        assert all(isinstance(notice, str) for notice in translation.notices)
        with translation.in_the_users_words():
            Spec.checked(translation.fields, is_trusted=True)
