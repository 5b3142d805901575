"""A simple command of the shell as far as it has been read: whether it would read a value once more."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
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
    [
        "eval",
        "let",
        "declare",
        "typeset",
        "local",
        "trap",
        "alias",
        "unset",
        "read",
        "mapfile",
        "readarray",
        "source",
        ".",
        "[[",
    ]
)
_READERS = frozenset(
    [
        *("ssh", "parallel", "watch", "tmux", "sed", "awk", "gawk", "mawk", "nawk", "make", "gmake", "just"),
        *("matlab", "bsub", "hyperfine"),
    ]
)
"""Programs that read their arguments as a program or as commands."""
_PREFIXES = frozenset(
    [
        "if",
        "then",
        "elif",
        "else",
        "while",
        "until",
        "do",
        "!",
        "time",
        "coproc",
        "{",
        "env",
        "sudo",
        "nohup",
        "exec",
        "command",
        "builtin",
    ]
)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_ELEMENT = re.compile(r"([A-Za-z_]\w*)?\[")
_EVALUATED = re.compile(r"(BASH_ENV|ENV|PS4|PROMPT_COMMAND)\+?=")
"""Assignments to variables whose texts shells read as commands."""


_REREADS = re.compile(
    r"\b(?P<word>eval|let|declare|typeset|trap)\b|\$?\(\(|\$\{!|\[\[[^\]]* -(eq|ne|lt|le|gt|ge|v) "
    r"|\b\w*sh\b[^\n;|&]* -\w*c\w* +\"[^\"]*\$|\$\{\w+\["
)
"""What may read the text in a variable as a command or as an expression, which can run commands in bash."""
_FUNCTION = re.compile(r"\w\s*\(\s*\)|\bfunction\b")


@dataclass
class SimpleCommand:
    """The words of a simple command, without their quotes."""

    words: list[str] = field(default_factory=list)
    word: str | None = None
    """The word that has begun; None between words."""
    is_redirected: bool = False
    """Whether the next word names a file that its input or output is redirected to."""
    here_string_reader: str = ""
    """What reads a text after `<<<` as a program; empty if nothing does."""
    _suspects: list[tuple[int, str]] = field(default_factory=list)
    """The words that may name what reads a text once more, by their place."""

    @property
    def is_at_program(self) -> bool:
        """Whether the word that comes or has begun is the name of the program."""
        return _is_before_program(self.words) and not _ASSIGNMENT.match(self.word or "")

    @property
    def sets_variables(self) -> bool:
        """Whether a value in this word becomes the text of a variable."""
        return bool(_ASSIGNMENT.match(self.word or "")) or self.words[:1] in (["for"], ["set"], ["select"])

    def add(self, text: str) -> None:
        """Add to the word, which begins if there is none."""
        self.word = (self.word or "") + text

    def end_word(self) -> None:
        """End the word that has begun."""
        if self.word is not None and not self.is_redirected:
            self.words.append(self.word)
            if _is_suspect(name := _name(self.word)):
                self._suspects.append((len(self.words) - 1, name))
        self.is_redirected = self.is_redirected and self.word is None
        self.word = None

    def redirect(self) -> None:
        """Read the sign of a redirection, to which a number directly before it belongs."""
        if (self.word or "").isdigit():
            self.word = None
        self.end_word()
        self.is_redirected = True

    def reader(self) -> str:
        """What would read a value in this word as a program or an expression; empty if nothing would."""
        if self.here_string_reader:
            return self.here_string_reader
        for index, name in self._suspects:
            if name in _BUILTINS and _is_before_program(map(_name, self.words[:index])):
                return f"`{name}`"
            if name in _READERS:
                return f"`{name}`"
            if option := _program_option(name, self.words[index + 1 :], self.word or ""):
                return f"`{name} {option}`"
            if name in ("printf", "test", "[") and "-v" in self.words[index:]:
                return f"`{name} -v`"
        if _EVALUATED.match(self.word or ""):
            return f"the variable {(self.word or '').partition('=')[0]}"
        return "the index of an array" if _ELEMENT.match(self.word or "") else ""

    def input_reader(self, *, may_have_script: bool = True) -> str:
        """What would read its input, or a file that it is given, as a program; empty if nothing would.

        With `may_have_script`, also a shell with a script, which may be made to read its input.
        """
        names = list(map(_name, self.words))
        for index, name in enumerate(names):
            is_shell = name in _SHELLS | {"source", "."} or (name.startswith("$") and index == 0)
            if name in ("ssh", "parallel", "at", "batch"):
                return f"`{name}`"
            if is_shell and may_have_script and not name.startswith("$"):
                return f"`{name}`"
            if (is_shell or _INTERPRETERS.fullmatch(name)) and not _has_script(self.words[index + 1 :]):
                return f"`{name}`"
        return ""


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


def _is_suspect(name: str) -> bool:
    known = (_BUILTINS, _READERS, _SHELLS, _STARTERS, _TEXT_OPTIONS, ("printf", "test", "["))
    return (
        name.startswith("$") or bool(_INTERPRETERS.fullmatch(name)) or any(name in names for names in known)
    )


def _is_before_program(words: Iterable[str]) -> bool:
    return all(
        word in _PREFIXES or _ASSIGNMENT.match(word) or (index and word.startswith("-"))
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


def reader_of_variables(text: str) -> str:
    """What in this command may read the text in a variable once more; empty if nothing does."""
    reader = _REREADS.search(text)
    return f"a variable that `{reader[0].strip()[:20]}` may read" if reader else ""


def has_functions(text: str) -> bool:
    """Whether the command may define functions, whose arguments are variables in them."""
    return bool(_FUNCTION.search(text))
