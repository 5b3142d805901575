"""Whatever is written into a spec, a `--set` or a file of policies: it is valid, or its mistakes are told.

CI runs the same few hundred examples each time; HYPOTHESIS_PROFILE=soak runs many thousands of new ones.
"""

import copy
import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweepflow.errors import SpecError
from sweepflow.fields.yaml import YamlError, parse_yaml, to_yaml
from sweepflow.flows.cli.actions.backtest import read_policies
from sweepflow.spec.file import read_spec, set_field, write_spec
from sweepflow.spec.spec import Spec

_SHARED = {"suppress_health_check": list(HealthCheck)}
settings.register_profile("fuzz", max_examples=60, derandomize=True, deadline=None, **_SHARED)
settings.register_profile("soak", max_examples=5000, deadline=timedelta(seconds=30), **_SHARED)
FUZZ = settings.get_profile("soak" if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else "fuzz")

SPECS = [
    {
        "type": "sweep",
        "display_name": "breast-cancer",
        "description": "x",
        "tags": {"team": "a"},
        "data": {"path": "table.csv", "target": "y", "drop": ["id"], "positive_label": "yes"},
        "validation": {"validation_size": 0.2, "test_size": 0.1, "seed": 3},
        "trial": {
            "estimator": "sklearn.ensemble.GradientBoostingClassifier",
            "parameters": {"random_state": 0, "subsample": 0.8},
            "iterations": {"parameter": "n_estimators", "step": 20},
        },
        "search_space": {
            "learning_rate": {"type": "loguniform", "min_value": -6, "max_value": 0},
            "max_depth": {"type": "choice", "values": [1, 2, 3]},
            "n_estimators": {"type": "qlognormal", "mu": 3, "sigma": 0.5, "q": 1},
        },
        "constraints": ["max_depth * n_estimators <= 2000"],
        "baseline": {"learning_rate": 0.1, "max_depth": 3, "n_estimators": 100},
        "sampling_algorithm": {"type": "random", "rule": "sobol", "seed": 7, "logbase": 10},
        "objective": {"primary_metric": "roc_auc", "goal": "maximize"},
        "metrics": ["accuracy"],
        "early_termination": {"type": "bandit", "slack_amount": 0.1, "delay_evaluation": 2},
        "stop_when": {"target": 0.9},
        "limits": {"max_total_trials": 4, "max_concurrent_trials": 2, "timeout": 60},
        "compute": {"type": "local", "threads_per_trial": 1},
    },
    {
        "trial": {"function": "package.module:train"},
        "search_space": {
            "model": {
                "type": "choice",
                "values": [
                    {"kind": "tree", "depth": {"type": "randint", "upper": 5}},
                    {"kind": "line", "c": {"type": "quniform", "min_value": 0, "max_value": 1, "q": 0.25}},
                ],
            },
            "noise": {"type": "normal", "mu": 0, "sigma": 1},
        },
        "sampling_algorithm": {"type": "bayesian", "seed": 1, "startup_trials": 3},
        "objective": {"primary_metric": "loss", "goal": "minimize"},
        "early_termination": {"type": "hyperband", "brackets": 2},
        "limits": {"max_total_trials": 4},
    },
    {
        "trial": {"estimator": "sklearn.svm.SVC"},
        "data": {"path": "https://host/table.csv", "target": "y"},
        "validation": {"folds": 3},
        "search_space": {"kernel": {"type": "choice", "values": ["rbf", "poly"]}},
        "sampling_algorithm": "grid",
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "early_termination": {"type": "truncation_selection", "truncation_percentage": 20},
        "refit": True,
        "limits": {"max_total_trials": 2},
    },
]

ODD_TEXTS = st.sampled_from(
    [
        *(
            "",
            " ",
            "~",
            "null",
            "<<",
            "=",
            "-",
            "1e3",
            "0x1F",
            "0o7",
            "1_000",
            "yes",
            "off",
            "2024-01-31",
            "1:3",
        ),
        *(
            "!!str a",
            "&a",
            "*a",
            "a: b",
            "# c",
            "[",
            "{",
            '"',
            "'",
            "|",
            "%YAML",
            "---",
            "...",
            "@",
            "`",
            "é\u0301",
        ),
        *("__class__", "sklearn.os.system", "os:system", "a\x00b", "\x1b[31m", "\u202e", "\ud800", "\ufeffx"),
        *(
            "x" * 300,
            "bandit",
            "GRID",
            "choice",
            "int",
            "<type>",
            "[key]",
            "float",
            "{message}",
            "\x85",
            "a\r\nb",
        ),
        *("1 +", "x in", "(" * 50, "-1 ** 0.5 < 1", "max_depth ** 0.5 < 2", "noise / 0 > 1", "a" * 20_000),
        *("s3://key:secret@bucket/x.csv", "https://host/x.csv?token=x", "memory://x.csv", "://", "a::b://c"),
    ]
)
HUGE = st.integers(1024, 40_000).map(lambda exponent: 2**exponent)
ODD_NUMBERS = HUGE | st.sampled_from(
    [
        *(0, -1, 1, 2, 10**6, 2**53, 2**63, 2**64, 10**30, 10**308, 10**309, 0.1, -0.0, 1.0, 1e-308, 5e-324),
        *(1e308, -1e308, 710.0, 1e16, float("nan"), float("inf"), float("-inf"), True, False),
    ]
)
SCALARS = ODD_TEXTS | ODD_NUMBERS | st.none() | st.text() | st.integers() | st.floats() | st.dates()
KEYS = ODD_TEXTS | st.text(max_size=5) | st.integers() | st.none() | st.booleans() | st.floats() | st.binary()
TYPES = ["bandit", "grid", "random", "bayesian", "choice", "uniform", "qnormal", "randint", "hyperband"]
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.builds(lambda kind, more: {**more, "type": kind}, st.sampled_from(TYPES), st.just({}))
        | st.builds(lambda values: {"type": "choice", "values": values}, st.lists(inner, max_size=3))
    ),
    max_leaves=12,
)


def places(value, path=()):
    """Every place in the value, the containers too."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def changed(fields, path, change, value, name):
    """The fields with one place replaced, taken away, or with one name more."""
    if not path:
        return fields
    place = fields
    for part in path[:-1]:
        place = place[part]
    if change == "replace":
        place[path[-1]] = value
    elif change == "remove":
        del place[path[-1]]
    elif isinstance(place, dict):
        place[name] = value
    else:
        place.append(value)
    return fields


@st.composite
def almost_valid(draw):
    fields = copy.deepcopy(draw(st.sampled_from(SPECS)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(fields))))
        change = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        fields = changed(fields, path, change, draw(VALUES), draw(KEYS))
    return fields


def check(fields, folder):
    """The fields make a valid spec, which comes back from its file and from JSON, or a SpecError."""
    try:
        spec = Spec.parse(fields)
    except SpecError as error:
        check_told(error)
    else:
        write_spec(spec, folder / "written.yml")
        assert Spec.parse(read_spec(folder / "written.yml")) == absolute(spec, folder)
        assert Spec.model_validate_json(spec.model_dump_json()) == spec
    try:
        spec = Spec.checked(fields, is_trusted=False)
    except SpecError as error:
        check_told(error)
    else:
        spec.notices(2)
        spec.settled(1, 2)


def check_told(error):
    assert str(error)
    assert len(str(error)) < 20_000
    assert "\x1b" not in str(error)


def absolute(spec, folder):
    """The spec as it is read from a file in that folder."""
    fields = spec.model_dump(mode="json")
    if spec.data is not None and "://" not in spec.data.path and not spec.data.path.startswith("~"):
        fields["data"]["path"] = os.path.normpath(folder / spec.data.path)
    return Spec.parse(fields)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("fields", SPECS, ids=["estimator", "function", "folds"])
def test_the_specs_that_are_varied_are_valid(fields, folder):
    check(fields, folder)
    Spec.parse(fields)


@FUZZ
@given(fields=almost_valid())
def test_an_almost_valid_spec_is_valid_or_its_mistakes_are_told(fields, folder):
    check(fields, folder)


@FUZZ
@given(fields=st.dictionaries(st.sampled_from(sorted(Spec.model_fields)) | KEYS, VALUES, max_size=8))
def test_any_fields_are_a_spec_or_their_mistakes_are_told(fields, folder):
    check(fields, folder)


@FUZZ
@given(content=st.binary(max_size=300))
def test_any_bytes_are_a_spec_file_or_their_mistake_is_told(content, folder):
    check_file(content, folder)


PIECES = [
    *("a", ": ", "\n", "- ", "[", "]", "{", "}", "&a ", "*a", "<<", "? ", "!!", "!!python/object:os "),
    *(
        "!!set ",
        "!!omap ",
        "!!binary ",
        "!!timestamp ",
        "!!int ",
        "!!float ",
        "!!merge ",
        "!<x> ",
        "!!pairs ",
    ),
    *(
        "|\n",
        ">\n",
        "  ",
        "'",
        '"',
        "\\",
        "#",
        ",",
        "%YAML 1.1\n",
        "---\n",
        "...\n",
        "0x",
        "1",
        ".",
        "!!bool ",
    ),
    *("trial", "search_space", "data", "path", "=", "~", "e", "\t", "\ufeff", "é", "!", "@", "%", "!!null "),
]


@FUZZ
@given(parts=st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_pieces_of_yaml_are_a_spec_file_or_their_mistake_is_told(parts, folder):
    check_file("".join(parts).encode(), folder)


@FUZZ
@given(fields=almost_valid(), position=st.integers(0), noise=st.binary(max_size=4))
def test_a_damaged_spec_file_is_a_spec_or_its_mistake_is_told(fields, position, noise, folder):
    try:
        content = to_yaml(fields).encode(errors="surrogatepass")
    except Exception:  # noqa: BLE001  what YAML cannot write is not what this test is about
        return
    place = position % (len(content) + 1)
    check_file(content[:place] + noise + content[place + len(noise) :], folder)


def check_file(content, folder):
    path = folder / "spec.yml"
    path.write_bytes(content)
    try:
        fields = read_spec(path)
    except SpecError as error:
        check_told(error)
    else:
        check(fields, folder)


@FUZZ
@given(
    field=st.sampled_from(["limits", "limits.max_total_trials", "trial", "data.path", "search_space.x"])
    | st.text(max_size=12),
    value=st.text(max_size=30) | ODD_TEXTS,
)
def test_any_assignment_is_taken_or_its_mistake_is_told(field, value, folder):
    fields = copy.deepcopy(SPECS[0])
    try:
        set_field(fields, f"{field}={value}")
    except SpecError as error:
        check_told(error)
    else:
        check(fields, folder)


@FUZZ
@given(
    policies=VALUES
    | st.lists(st.fixed_dictionaries({"type": st.sampled_from(TYPES), "slack_factor": SCALARS}))
)
def test_any_policy_file_holds_policies_or_its_mistakes_are_told(policies, folder):
    path = Path(folder, "policies.yml")
    try:
        path.write_bytes(to_yaml({"": policies}).partition(":")[2].encode(errors="surrogatepass"))
    except Exception:  # noqa: BLE001  what YAML cannot write is not what this test is about
        return
    try:
        read_policies(path)
    except SpecError as error:
        check_told(error)


@FUZZ
@given(text=st.text(max_size=100))
def test_any_text_is_yaml_or_its_mistake_is_told(text):
    try:
        parse_yaml(text)
    except YamlError as error:
        check_told(error)
