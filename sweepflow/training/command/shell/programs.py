"""Programs and builtins that read a text which they get once more: as a program or as an expression."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

_SHELLS = frozenset(["sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "csh", "tcsh"])
_STARTERS = frozenset(["su", "runuser", "sg", "flock", "script"])
"""Programs that hand what follows their `-c` to a shell."""
_INTERPRETERS = re.compile(
    r"(python|pypy|perl|ruby|node|lua|php|R|Rscript|julia|octave|octave-cli|gnuplot|expect|pwsh)[\d.]*"
)
_STDIN = ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
_WITH_WORD = frozenset(
    ["-o", "+o", "-O", "+O", "--rcfile", "--init-file", "-W", "-X", "-I", "-M", "-r", "--require"]
)
"""Options of shells and interpreters that the next word belongs to."""
_TEXT_OPTIONS = {
    "env": re.compile(r"-\w*S|--split-string"),
    "sbatch": re.compile(r"--wrap"),
    "tar": re.compile(r"--checkpoint-action|--to-command|--use-compress-program|-\w*I"),
    "git": re.compile(r"-c"),
}
"""Options whose text other programs read as commands."""
_BUILTINS = frozenset(
    {
        ".", "[[", "alias", "declare", "eval", "let", "local", "mapfile", "read", "readarray", "source",
        "trap", "typeset", "unset",
    }
)  # fmt: skip
_CHECKERS = ("printf", "test", "[")
"""Builtins that take the name of a variable after `-v`, with an index that is an expression."""
_READERS = frozenset(
    {
        "awk", "bsub", "gawk", "gmake", "hyperfine", "just", "make", "matlab", "mawk", "nawk", "parallel",
        "sed", "ssh", "tmux", "watch",
    }
)  # fmt: skip
"""Programs that read their arguments as a program or as commands."""
_INPUT_READERS = ("ssh", "parallel", "at", "batch")
"""Programs that read their input as commands."""
_PREFIXES = frozenset(
    {
        "!", "builtin", "command", "coproc", "do", "elif", "else", "env", "exec", "if", "nohup", "sudo",
        "then", "time", "until", "while", "{",
    }
)  # fmt: skip
"""Words that the name of a program may come after."""
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")

_REREADS = re.compile(
    r"\b(eval|let|declare|typeset|trap)\b|\$?\(\(|\$\{!|\[\[[^\]]* -(eq|ne|lt|le|gt|ge|v) "
    r"|\b\w*sh\b[^\n;|&]* -\w*c\w* +\"[^\"]*\$|\$\{\w+\["
)
"""What may read the text in a variable as a command or as an expression, which can run commands in bash."""
_FUNCTION = re.compile(r"\w\s*\(\s*\)|\bfunction\b")


def may_read_text(word: str) -> bool:
    """Whether this may be the name of what reads a text once more."""
    name = _name(word)
    known = (_BUILTINS, _READERS, _SHELLS, _STARTERS, _TEXT_OPTIONS, _CHECKERS)
    return (
        name.startswith("$") or bool(_INTERPRETERS.fullmatch(name)) or any(name in names for names in known)
    )


def argument_reader(words: list[str], index: int, word: str) -> str:
    """The program at the index, if it would read the last word as a program or an expression; else empty.

    `word` is the last one, and comes after the others; none of them has quotes.
    """
    name = _name(words[index])
    if name in _BUILTINS and is_before_program(map(_name, words[:index])):
        return f"`{name}`"
    if name in _READERS:
        return f"`{name}`"
    if option := _program_option(name, words[index + 1 :], word):
        return f"`{name} {option}`"
    return f"`{name} -v`" if name in _CHECKERS and "-v" in words[index:] else ""


def input_reader(words: list[str], index: int, *, may_have_script: bool) -> str:
    """The program at the index, if it would read its input, or a file, as a program; else empty.

    With `may_have_script`, also a shell with a script, which may be made to read its input.
    """
    name = _name(words[index])
    is_shell = name in _SHELLS | {"source", "."} or (name.startswith("$") and index == 0)
    if name in _INPUT_READERS or (is_shell and may_have_script and not name.startswith("$")):
        return f"`{name}`"
    if (is_shell or _INTERPRETERS.fullmatch(name)) and not _has_script(words[index + 1 :]):
        return f"`{name}`"
    return ""


def is_before_program(words: Iterable[str]) -> bool:
    """Whether the word after these would be the name of the program."""
    return all(
        word in _PREFIXES or ASSIGNMENT.match(word) or (index and word.startswith("-"))
        for index, word in enumerate(words)
    )


def reader_of_variables(text: str) -> str:
    """What in this command may read the text in a variable once more; empty if nothing does."""
    reader = _REREADS.search(text)
    return f"a variable that `{reader[0].strip()[:20]}` may read" if reader else ""


def has_functions(text: str) -> bool:
    """Whether the command may define functions, whose arguments are variables in them."""
    return bool(_FUNCTION.search(text))


def _name(word: str) -> str:
    """The name of the program that the word stands for; `.` is one too."""
    path = word.replace("\\", "")
    return PurePosixPath(path).name or path


def _has_script(words: list[str]) -> bool:
    """Whether a shell or an interpreter with these words reads a file, and not its input."""
    if "-s" in words:
        return False
    return any(
        not _is_option(word) and word not in _STDIN and not (index and words[index - 1] in _WITH_WORD)
        for index, word in enumerate(words)
    )


def _program_option(name: str, words: list[str], word: str) -> str:
    """The option of a shell or an interpreter whose program is this word, after those words; or empty."""
    if name in _TEXT_OPTIONS and any(map(_TEXT_OPTIONS[name].match, [*words[-1:], word])):
        return (word or words[-1]).partition("=")[0][:20]
    is_shell = name in _SHELLS | _STARTERS or name.startswith("$")  # as $SHELL
    if not is_shell and not _INTERPRETERS.fullmatch(name):
        return ""
    letters = "c" if is_shell else "ceEpr"
    is_program = re.compile(rf"-\w*[{letters}]\w*|--?(Command|command|eval|execute|print)(=.*)?", re.DOTALL)
    for index, option in enumerate([*words, word]):
        if is_program.match(option):
            is_last = all(_is_option(later) for later in words[index + 1 :])
            return option[:20] if is_last else ""
        if (
            name not in _STARTERS
            and not _is_option(option)
            and not (index and words[index - 1] in _WITH_WORD)
        ):
            return ""
    return ""


def _is_option(word: str) -> bool:
    return word.startswith(("-", "+"))
