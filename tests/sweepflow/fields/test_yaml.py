import pytest

from sweepflow.fields.yaml import parse_yaml, to_yaml

LONG = "python fit.py " + " ".join(f"--x{number} ${{{{search_space.x{number}}}}}" for number in range(20))


@pytest.mark.parametrize(
    ("command", "written"),
    [
        (LONG, f"a:\n  command: {LONG}\n"),
        ("x=1\nfor i in 1 2; do\n  echo $i\ndone\n", None),
        ("x=1\necho $x", "a:\n  command: |-\n    x=1\n    echo $x\n"),
        ("\n  begins with a break", None),
        ("x=1 \n\techo\n\n\n", None),
        ("a\r\nb\x85c\u2028d\n", None),
        ("[\x85a", None),
        ("\n", None),
        ("a: b # c\n- d\n", None),
        ("---\n...\n", None),
    ],
)
def test_a_command_is_written_as_people_write_it_and_read_as_it_was(command, written):
    text = to_yaml({"a": {"command": command}})
    assert parse_yaml(text) == {"a": {"command": command}}
    assert written is None or text == written
