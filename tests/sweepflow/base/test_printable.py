import ast

import pytest

from sweepflow.base.printable import duration, escaped, printable, shortened
from sweepflow.errors import DataError, Problem, SpecError, SweepFailed, TrialError
from sweepflow.fields.yaml import parse_yaml

ESCAPE = "\x1b[31mred"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        (ESCAPE, r"\x1b[31mred"),
        ("two\nlines\r\tand a tab", r"two\nlines\r\tand a tab"),
        ("\x00\x07\x7f\x9b31m", r"\x00\x07\x7f\x9b31m"),
        ("\u202egnp.exe\u2066x\u2069", r"\u202egnp.exe\u2066x\u2069"),
        ("line\u2028paragraph\u2029end", r"line\u2028paragraph\u2029end"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_a_terminal_obeys_is_shown_as_an_escape(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize("text", ["Größe", "数据", "👩\u200d💻", "a\u200cb", "a\u00a0b\u3000c", "["])
def test_words_of_any_language_stay_as_they_are(text):
    assert printable(text) == text


@pytest.mark.parametrize("character", ["\x1b", "\n", "\x9b", "\u00a0", "\u202e", "\U000e0041"])
def test_an_escaped_character_is_read_back_by_python_and_by_yaml(character):
    assert escaped(character).isascii()
    assert ast.literal_eval(f'"{escaped(character)}"') == character
    assert parse_yaml(f'text: "{escaped(character)}"') == {"text": character}


def test_a_long_text_tells_how_long_it_is():
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "abc... (4 characters)"


@pytest.mark.parametrize(
    ("seconds", "whole", "with_tenths"),
    [
        (0.0, "0 s", "0.0 s"),
        (9.94, "10 s", "9.9 s"),
        (59.4, "59 s", "59 s"),
        (59.6, "1 min 00 s", "1 min 00 s"),
        (3599.6, "1 h 00 min", "1 h 00 min"),
        (3725.0, "1 h 02 min", "1 h 02 min"),
    ],
)
def test_a_duration_has_the_units_that_suit_it(seconds, whole, with_tenths):
    assert duration(seconds) == whole
    assert duration(seconds, has_tenths=True) == with_tenths


@pytest.mark.parametrize(
    "error",
    [
        SweepFailed(ESCAPE),
        TrialError(ESCAPE),
        DataError("data.path", ESCAPE),
        SpecError([Problem("x", ESCAPE), Problem(ESCAPE, "y")]),
    ],
)
def test_an_error_can_be_printed_as_it_is(error):
    assert "\x1b" not in str(error)
    assert r"\x1b[31mred" in str(error)
