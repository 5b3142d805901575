"""A value reaches the command as exactly one text, wherever its template stands, and never as a command."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from sweepflow.errors import TrialError
from sweepflow.training.command.shell.quoting import line, readable_line, refused
from sweepflow.training.command.shell.template import Reference, split

X = Reference("search_space", "x")
SHELLS = [shell for shell in ("bash", "sh") if shutil.which(shell)]
PRINT = "/usr/bin/printf '<%s>'"
NASTY = [
    "two words",
    "'",
    '"',
    "a'b\"c",
    "$(touch canary)",
    "`touch canary`",
    "; touch canary",
    "\ntouch canary\n",
    "\\",
    "\\'",
    "*",
    "~",
    "",
    " ",
    "$HOME",
    "${HOME}",
    "!!",
    "{a,b}",
    "# x",
    "& touch canary &",
    "| touch canary",
    "a[$(touch canary)]",
    "E\ntouch canary",
    ") touch canary",
    "}; touch canary",
    "]]; touch canary",
    "é 🙂",
    "\t",
    "-n",
    "--help me",
    "\\$(touch canary)",
    "'$(touch canary)'",
    '"; touch canary; "',
    "'; touch canary; '",
    "1,touch canary",
    "x\\",
    "`",
    "$",
    "$'",
    '$"',
    "((touch canary))",
    "<(touch canary)",
    ">canary",
    "%s",
    "=",
]

NOT_PLAIN = re.compile("^$|[^A-Za-z0-9_./:=+,@%-]").search

KEPT = {
    "bare": ("P @", "<{}>"),
    "several": ("P a @ b", "<a><{}><b>"),
    "single": ("P '@'", "<{}>"),
    "double": ('P "@"', "<{}>"),
    "after an equals sign": ("P --lr=@", "<--lr={}>"),
    "between letters": ("P a@b", "<a{}b>"),
    "between letters in single quotes": ("P 'a @ b'", "<a {} b>"),
    "between letters in double quotes": ('P "a @ b"', "<a {} b>"),
    "after a variable": ('P $E@ "$E@"', "<{0}><{0}>"),
    "twice": ("P @@", "<{0}{0}>"),
    "before a redirection": ("P @>/dev/stdout", "<{}>"),
    "a variable": ('A=@; P "$A"', "<{}>"),
    "an exported variable": ('export A=@ && P "$A"', "<{}>"),
    "a variable of one command": ('A=@ sh -c \'/usr/bin/printf "<%s>" "$A"\'', "<{}>"),
    "a parameter of a shell": ('sh -c \'/usr/bin/printf "<%s>" "$1"\' _ @', "<{}>"),
    "a comment": ("P 1 # @\nP 2", "<1><2>"),
    "after a comment": ("# it's\nP @", "<{}>"),
    "a continued line": ("P \\\n  --x @ \\\n  --y", "<--x><{}><--y>"),
    "a subshell": ("(P @)", "<{}>"),
    "a pipe": ("P @ | cat", "<{}>"),
    "a condition": ("if [ 1 = 1 ]; then P @; fi", "<{}>"),
    "a test": ("[ @ = x_x ] || P @", "<{}>"),
    "a loop": ('for a in @; do P "$a"; done', "<{}>"),
    "a case": ("case @ in *) P @;; esac", "<{}>"),
    "a group": ("{ P @; }", "<{}>"),
    "in a command's output": ('P "$(/usr/bin/printf %s @)"', "<{}>"),
    "quoted in a command's output": ('P "$(/usr/bin/printf %s "@" | cat)"', "<{}>"),
    "in single quotes in a command's output": ("P \"$(/usr/bin/printf %s '@')\"", "<{}>"),
    "a here-document before": ("cat >/dev/null <<'E'\nit's\nE\nP @", "<{}>"),
    "after tilde": ("P ~@", "<~{}>"),
    "a test of bash for a folder": ('A=@; [[ -d "$A" ]] || P "$A"', "<{}>"),
    "after an unrelated pipe": (
        'echo 1 | cat >/dev/null; sh -c \'/usr/bin/printf "<%s>" "$1"\' _ @',
        "<{}>",
    ),
}
"""Commands in which every value is kept: @ is its template, P prints the arguments."""

FIXED = {
    "a file for both outputs": 'P >&"@"',
    "a file for an output, further on": "P 1>& a@ b",
    "a file for both outputs by another command": 'P >&"$(echo "@")"',
    "a here-document": "cat <<E\n@\nE",
    "a quoted here-document": "cat <<'E'\n@\nE",
    "a shell's command": "bash -c 'echo @'",
    "a shell's command in double quotes": 'sh -ec "P @"',
    "a shell's command after a redirection": 'sh 2>&1 -c "P @"',
    "a shell in a variable": '$SHELL -c "P @"',
    "a shell's input": "echo P @ | sh",
    "a shell's input, from a loop": "for i in 1; do echo @; done | bash",
    "a shell's here-string": 'bash <<< "P @"',
    "a shell's file": "bash <(echo P @)",
    "eval": "eval P @",
    "eval of an output": "eval $(echo @)",
    "an output that is run": "$(echo @)",
    "an interpreter's program": 'python -c "print(@)"',
    "an interpreter's input": "echo 'print(@)' | python",
    "arithmetic": "P $((@ + 1))",
    "an arithmetic command": "((a = @))",
    "an expansion": "P ${A:-@}",
    "a test of bash": "[[ @ -eq 1 ]]",
    "an array": "a[@]=1",
    "sed": "sed s/a/@/ file",
    "ssh": 'ssh host "P @"',
    "make": "make LR=@",
    "backticks in double quotes": 'P "`P @`"',
    "escapes of bash": "P $'@'",
    "after a dollar": "P $@",
    "after a backslash": "P \\@",
    "a shell's command after options with words": 'bash -O extglob --rcfile rc -c "P @"',
    "an interpreter's program after an option with a word": "python -W ignore -c \"print('@')\"",
    "a split string": 'env -S "python @"',
    "a batch job": 'sbatch -c 4 --wrap "python train.py @"',
    "another interpreter's program": 'matlab -batch "train(@)"',
    "an action of tar": "tar cf a.tar --checkpoint-action=exec=@ b",
    "eval after an option of time": "time -p eval @",
    "eval after a backslash": "\\eval @",
    "the index of an element in a list": "m=([@]=1)",
    "a file that is read in": ". <(echo @)",
    "a file that is read in, from the input": '. /dev/stdin <<< "@"',
    "a program in the input's own file": 'echo "@" | python /dev/stdin',
    "a subshell that reads": "echo @ | (sh)",
    "a shell in a condition": "echo @ | if true; then sh; fi",
    "a shell behind tee": "echo @ | tee >(bash)",
    "a shell behind a redirection": "echo @ > >(sh)",
    "a shell in a variable that reads": 'echo @ | "$SHELL"',
    "a file that bash runs first": "BASH_ENV=@ bash train.sh",
    "what bash evaluates before each line": "export PS4=@; set -x; P 1",
    "a variable and arithmetic": "A=@; P $((A + 1))",
    "a variable and an arithmetic test": 'A="@"; [[ $A -eq 1 ]]',
    "a variable and an integer": "declare -i n; n=@",
    "a variable and eval": "A=@; eval P $A",
    "a variable and a shell's command": 'A=@; bash -c "P $A"',
    "a variable of a loop and arithmetic": "for a in 1 @; do P $((a)); done",
    "a positional parameter and eval": 'set -- @; eval "$1"',
    "an argument of a function with eval": 'f() { eval "$1"; }; f @',
}
"""Commands in which a value that is not plain is refused."""


def pieces(command):
    return split(command.replace("P ", PRINT + " ").replace("@", "${{search_space.x}}"), {X})


def run(command, value, shell, folder):
    """What the command prints with this value, in an empty folder that must stay empty."""
    text, variables = line(pieces(command), {X: value})
    done = subprocess.run(
        [shell, "-c", text],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert list(folder.iterdir()) == [], text
    return done.stdout.decode()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("command", "printed"), KEPT.values(), ids=KEPT)
def test_a_nasty_value_is_one_text(command, printed, shell, tmp_path):
    for value in NASTY if shell == SHELLS[0] else NASTY[::4]:
        assert list(refused(pieces(command), {X: [value]})) == []
        kept = value.rstrip("\n") if "$(" in command else value  # as the shell drops these from any output
        assert run(command, value, shell, tmp_path) == printed.format(kept), value


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_is_one_text(tmp_path, value):
    for command, printed in (KEPT["bare"], KEPT["single"], KEPT["double"], KEPT["between letters"]):
        assert run(command, value, SHELLS[0], tmp_path) == printed.format(value)


def test_a_script_gets_the_text_as_an_argument(tmp_path):
    shown = "import sys; print(ascii(sys.argv[1:]))"
    text, variables = line(pieces(f"{sys.executable} -c '{shown}' @ '@' \"@\" --x=@"), {X: NASTY[3]})
    done = subprocess.run([SHELLS[0], "-c", text], env=variables, capture_output=True, text=True, check=True)
    assert done.stdout == ascii([NASTY[3]] * 3 + [f"--x={NASTY[3]}"]) + "\n"


@pytest.mark.parametrize("command", FIXED.values(), ids=FIXED)
def test_a_value_that_would_be_read_once_more_is_refused(command):
    for value in filter(NOT_PLAIN, NASTY):
        (fault, *_) = refused(pieces(command), {X: [value]})
        assert fault.value == value
        with pytest.raises(TrialError, match="cannot be put into"):
            line(pieces(command), {X: value})


@pytest.mark.parametrize("value", ["0.001", "1e-05", "-3", "adam", "True", "None", "/data/a_b.csv", "a,b"])
def test_a_plain_value_stands_in_the_line_as_it_is(value):
    for command in ("python train.py --x @ --y=@ '@' \"@\" a/@", 'bash -c "P @"', "P $((@))"):
        assert list(refused(pieces(command), {X: [value]})) == []
        text, variables = line(pieces(command), {X: value})
        assert (text, variables) == ("".join(p if isinstance(p, str) else value for p in pieces(command)), {})


@pytest.mark.parametrize(
    ("command", "value", "printed"),
    [
        ("@; P 1", "A=1", "<1>"),  # no assignment
        ("@ true; P 1", "if", "<1>"),  # no keyword
        ('P "$E@"', "E", "<E>"),  # no other variable
        ("P ~@", "root", "<~root>"),  # no home
        ("P {@,b}", "1,2", "<1,2><b>"),  # two words, not three
        ("P @>&2", "2", ""),  # standard output, not standard error
    ],
)
def test_a_plain_value_is_only_text_where_it_would_mean_more(command, value, printed, tmp_path):
    assert run(command, value, SHELLS[0], tmp_path) == printed


def test_a_value_that_could_end_a_here_document_is_refused():
    assert [fault.value for fault in refused(pieces("cat <<'END'\n@\nEND"), {X: ["a", "END", "ND"]})] == [
        "END"
    ]


def test_a_value_deep_within_commands_is_refused_and_ends_no_program():
    for opening in ("$(", "(", "<(", "$((", "${", "`"):
        for command in (opening * 5000 + "@", "echo " + opening * 60 + "echo @" + ")" * 60):
            list(refused(pieces(command), {X: ["$(touch canary)"]}))
    assert list(refused(pieces("$(echo " * 60 + "@" + ")" * 60), {X: ["a b"]}))


TOKENS = [
    "@",
    "@",
    "@",
    " ",
    " ",
    "'",
    '"',
    "`",
    "$(",
    ")",
    "(",
    "${",
    "}",
    "$((",
    "))",
    "((",
    "\\",
    "#",
    "\n",
    ";",
    "|",
    "&",
    "<",
    ">",
    "<<E\n",
    "\nE\n",
    "<<<",
    "<(",
    "$",
    "$'",
    "[[ ",
    " ]]",
    "[ ",
    " ]",
    "{ ",
    "a",
    "=",
    "a[",
    "]",
    "case ",
    " in ",
    ";;",
    "esac",
    "if ",
    " then ",
    "fi",
    "for a in ",
    "do ",
    "done",
    "echo ",
    "printf ",
    "eval ",
    "bash -c ",
    "sh ",
    "-c ",
    "export ",
    "let ",
    "test ",
    "python3 ",
    "cat ",
    "true ",
    "!",
    "~",
    "*",
    ",",
    "$a",
    "\\\n",
    "exec ",
]
ATTACKS = [value for value in NASTY if "canary" in value]


@given(st.lists(st.sampled_from(TOKENS), min_size=1, max_size=12), st.sampled_from(ATTACKS))
@settings(
    max_examples=int(os.environ.get("QUOTING_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@example(["'", "a", "'", "@"], "'; touch canary; '")
@example([">", "&", "@"], "$(touch canary)")
@example(["bash -c ", '"', "@", '"'], "touch canary")
def test_in_no_command_does_a_value_run_anything(tmp_path, tokens, value):
    command = "".join(tokens)
    assume("@" in command)
    assume(not list(refused(pieces(command), {X: [value]})))
    text, variables = line(pieces(command), {X: value})
    folder = tmp_path / "empty"
    folder.mkdir(exist_ok=True)
    subprocess.run(
        [SHELLS[0], "-c", text],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
    )
    made = [file.name for file in folder.iterdir()]
    for name in made:
        (folder / name).unlink()
    assert "canary" not in made, text


@pytest.mark.parametrize("value", NASTY)
def test_what_people_are_shown_could_be_typed(value, tmp_path):
    for command, printed in (KEPT["bare"], KEPT["single"], KEPT["double"], KEPT["between letters"]):
        shown = readable_line(pieces(command), {X: value})
        done = subprocess.run([SHELLS[0], "-c", shown], cwd=tmp_path, capture_output=True)
        assert done.stdout.decode() == printed.format(value)
