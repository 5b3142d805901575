"""A spec file from a stranger is refused with a sentence: quickly, in little memory; nothing in it runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from sweepflow.errors import SpecError
from sweepflow.fields.yaml import YamlError, parse_yaml
from sweepflow.spec.file import read_spec, set_field

LAUGHS = "a0: &a0 [ha, ha]\n" + "\n".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 40)
)
MERGES = "a0: &a0 {x: 1}\n" + "\n".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 40)
)


def refusal(text):
    with pytest.raises(YamlError) as caught:
        parse_yaml(text)
    return str(caught.value)


@pytest.mark.parametrize(
    "tag",
    [
        *(
            "python/object/apply:os.system",
            "python/object/new:os.system",
            "python/name:os.system",
            "python/module:os",
        ),
        *("python/object:builtins.object", "python/tuple", "ruby/object:X"),
    ],
)
@pytest.mark.parametrize(
    "form", ["!!{} ['touch written']", "x: !!{} {{args: [touch written]}}", "? !!{} [a]\n: 1"]
)
def test_a_tag_that_names_code_is_refused_and_runs_nothing(tag, form, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert f"could not determine a constructor for the tag 'tag:yaml.org,2002:{tag}'" in refusal(
        form.format(tag)
    )
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_tag_is_refused():
    assert "could not determine a constructor for the tag '!x'" in refusal("a: !x 1")


WIDE = f"a: &a [{'1, ' * 1000}]\nb: [{'*a, ' * 100}]"


@pytest.mark.parametrize("text", [LAUGHS, MERGES, WIDE], ids=["aliases", "merge keys", "wide"])
def test_a_billion_laughs_are_refused(text):
    assert refusal(text) == "must hold at most 100,000 values"


def test_a_billion_laughs_take_little_memory(tmp_path):
    path = tmp_path / "laughs.yml"
    path.write_text(f"{LAUGHS}\ntrial: *a39\n")
    program = (
        "import resource, sys; from pathlib import Path; from sweepflow.errors import SpecError\n"
        "from sweepflow.spec.file import read_spec, set_field\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: read_spec(Path(sys.argv[1]))\n"
        "except SpecError as error: print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    command = [sys.executable, "-c", program, path]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    message, grown = done.stdout.splitlines()
    assert message.endswith("is not valid YAML: must hold at most 100,000 values")
    assert int(grown) * (1 if sys.platform == "darwin" else 1024) < 50e6


def test_an_alias_that_is_used_with_measure_is_what_it_stands_for():
    assert parse_yaml("a: &a [1, 2]\nb: [*a, *a]\nc: {<<: {x: 1}, y: 2}") == {
        "a": [1, 2],
        "b": [[1, 2], [1, 2]],
        "c": {"x": 1, "y": 2},
    }


@pytest.mark.parametrize(
    "text", ["&a [*a]", "a: &a {b: *a}", "a: &a {<<: *a}", "[" * 2000, "- " * 2000, "{a: " * 2000]
)
def test_what_contains_itself_or_is_nested_too_deeply_is_refused(text):
    assert refusal(text) == "must be nested at most 64 levels deep"


@pytest.mark.parametrize("text", ["9" * 5000, f"0x{'f' * 5000}", f"-0x{'f' * 5000}", f"[1, 0o{'7' * 5000}]"])
def test_a_number_that_cannot_be_written_out_is_refused(text):
    assert "number between" in refusal(text) or "Exceeds the limit" in refusal(text)


def test_a_number_beyond_the_floats_is_infinite_and_no_spec_takes_that():
    assert parse_yaml("1e999999") == float("inf")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2", 'found duplicate key "a"'),
        ("{? {a: 1} : 2}", "found unhashable key"),
        ("a: \x00", "unacceptable character #x0000"),
        ("a: \x1b[31m", "unacceptable character #x001b"),
        ('a: "\\0"', "must not contain the character"),
        ('a: "\\ud800"', "must not contain the character"),
        ('"\\0": 1', "its name must not contain the character"),
        ("a: 2024-13-45", "month must be in 1..12"),
        ("a: 1\n--- \nb: 2", "but found another document"),
        ("%YAML 1.1\n", ""),
        ("%YAML 9.9\n--- a", "found incompatible YAML document"),
        ("a: *b", "found undefined alias"),
        ("a: [1", "expected ',' or ']'"),
    ],
)
def test_what_is_no_yaml_is_refused_with_one_line(text, message):
    found = refusal(text)
    assert message in found
    assert "\n" not in found
    assert "\x1b" not in found


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "spec.yml"
    path.write_bytes(b"\xef\xbb\xbftype: sweep\n")
    assert read_spec(path) == {"type": "sweep"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfet\x00", "cannot be read: it is not UTF-8 text"),
        (b"\xed\xa0\x80", "cannot be read: it is not UTF-8 text"),
        (b"", "must hold the fields of a sweep"),
        (b"- a", "must hold the fields of a sweep"),
        (b"a: 1\n" + b"#" * (1 << 18), "must have at most 262,144 bytes"),
    ],
)
def test_a_file_that_is_no_spec_is_refused(content, message, tmp_path):
    path = tmp_path / "spec.yml"
    path.write_bytes(content)
    with pytest.raises(SpecError, match=message):
        read_spec(path)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/", "cannot be read: Is a directory"),
        ("/dev/zero", "must have at most 262,144 bytes"),
        ("/dev/null", "must hold the fields of a sweep"),
        ("/nowhere/spec.yml", "there is no file"),
        ("/dev/null/spec.yml", "cannot be read: Not a directory"),
        ("x" * 5000, "cannot be read: File name too long"),
    ],
)
def test_what_is_no_file_is_refused(path, message):
    if path.startswith("/dev") and not Path(path).parent.exists():
        pytest.skip("this system has no such device")
    with pytest.raises(SpecError, match=message):
        read_spec(Path(path))


@pytest.mark.parametrize("assignment", ["=" + "x" * 20_000, "a." * 9_999 + "b=1", "a=[" + "x" * 20_000])
def test_a_long_assignment_is_refused_with_a_short_sentence(assignment):
    with pytest.raises(SpecError) as caught:
        set_field({"a": 1}, assignment)
    assert len(str(caught.value)) < 400
