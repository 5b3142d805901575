"""A simple command of the shell as far as it has been read: whether it would read a value once more."""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

_SHELLS = frozenset(["sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "csh", "tcsh"])
_STARTERS = frozenset(["su", "runuser", "sg", "flock", "script"])
"""Programs that hand what follows their `-c` to a shell."""
_INTERPRETERS = re.compile(r"(python|pypy|perl|ruby|node|lua|php|R|Rscript|julia)[\d.]*")
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
    ["ssh", "parallel", "watch", "tmux", "sed", "awk", "gawk", "mawk", "nawk", "make", "gmake", "just"]
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
_ELEMENT = re.compile(r"[A-Za-z_]\w*\[")


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

    @property
    def is_at_program(self) -> bool:
        """Whether the word that comes or has begun is the name of the program."""
        return _is_before_program(self.words) and not _ASSIGNMENT.match(self.word or "")

    def add(self, text: str) -> None:
        """Add to the word, which begins if there is none."""
        self.word = (self.word or "") + text

    def end_word(self) -> None:
        """End the word that has begun."""
        if self.word is not None and not self.is_redirected:
            self.words.append(self.word)
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
        names = [PurePosixPath(word).name for word in self.words]
        for index, name in enumerate(names):
            if name in _BUILTINS and _is_before_program(self.words[:index]):
                return f"`{name}`"
            if name in _READERS:
                return f"`{name}`"
            if option := _program_option(name, self.words[index + 1 :], self.word or ""):
                return f"`{name} {option}`"
            if name in ("printf", "test", "[") and "-v" in self.words[index:]:
                return f"`{name} -v`"
        return "the index of an array" if _ELEMENT.match(self.word or "") else ""

    def input_reader(self) -> str:
        """What would read its input, or a file that it is given, as a program; empty if nothing would."""
        names = [PurePosixPath(word).name for word in self.words]
        for index, name in enumerate(names):
            has_script = any(not word.startswith("-") for word in names[index + 1 :])
            if name in _SHELLS | {"ssh", "parallel", "source", "."}:
                return f"`{name}`"
            if _INTERPRETERS.fullmatch(name) and not has_script:
                return f"`{name}`"
        return ""


def _is_before_program(words: list[str]) -> bool:
    return all(word in _PREFIXES or _ASSIGNMENT.match(word) for word in words)


def _program_option(name: str, words: list[str], word: str) -> str:
    """The option of a shell or an interpreter whose program is this word, after those words; or empty."""
    is_shell = name in _SHELLS | _STARTERS or name.startswith("$")  # as $SHELL
    if not is_shell and not _INTERPRETERS.fullmatch(name):
        return ""
    letters = "c" if is_shell else "ceEpr"
    is_program = re.compile(rf"-\w*[{letters}]\w*|--(command|eval|execute|print)(=.*)?", re.DOTALL)
    for index, option in enumerate([*words, word]):
        if is_program.match(option):
            is_last = all(_is_option(later) for later in words[index + 1 :])
            return option[:20] if is_last else ""
        if name not in _STARTERS and not _is_option(option) and words[index - 1 : index] != ["-o"]:
            return ""
    return ""


def _is_option(word: str) -> bool:
    return word.startswith(("-", "+"))
