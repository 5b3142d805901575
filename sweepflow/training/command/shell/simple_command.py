"""A simple command of the shell as far as it has been read: whether it would read a value once more."""

import re
from dataclasses import dataclass, field

from sweepflow.training.command.shell.programs import (
    ASSIGNMENT,
    argument_reader,
    input_reader,
    is_before_program,
    may_read_text,
)

_ELEMENT = re.compile(r"([A-Za-z_]\w*)?\[")
_EVALUATED = re.compile(r"(BASH_ENV|ENV|PS4|PROMPT_COMMAND)\+?=")
"""Assignments to variables whose texts shells read as commands."""


@dataclass
class SimpleCommand:
    """The words of a simple command, without their quotes."""

    words: list[str] = field(default_factory=list)
    word: str | None = None
    """The word that has begun; None between words."""
    is_redirected: bool = False
    """Whether the next word names a file that its input or output is redirected to."""
    file_reader: str = ""
    """What reads the name of that file once more; empty if nothing does."""
    here_string_reader: str = ""
    """What reads a text after `<<<` as a program; empty if nothing does."""
    _suspects: list[int] = field(default_factory=list)
    """The places of the words that may name what reads a text once more."""

    @property
    def is_at_program(self) -> bool:
        """Whether the word that comes or has begun is the name of the program."""
        return is_before_program(self.words) and not ASSIGNMENT.match(self.word or "")

    @property
    def sets_variables(self) -> bool:
        """Whether a value in this word becomes the text of a variable."""
        return bool(ASSIGNMENT.match(self.word or "")) or self.words[:1] in (["for"], ["set"], ["select"])

    def add(self, text: str) -> None:
        """Add to the word, which begins if there is none."""
        self.word = (self.word or "") + text

    def end_word(self) -> None:
        """End the word that has begun."""
        if self.word is not None and not self.is_redirected:
            self.words.append(self.word)
            if may_read_text(self.word):
                self._suspects.append(len(self.words) - 1)
        self.is_redirected = self.is_redirected and self.word is None
        self.word = None

    def redirect(self, sign: str) -> None:
        """Read the sign of a redirection, to which a number directly before it belongs.

        Bash expands what follows `>&` twice, the second time what the first has given.
        """
        if (self.word or "").isdigit():
            self.word = None
        self.end_word()
        self.is_redirected = True
        self.file_reader = "the file after `>&`" if sign == ">&" else ""

    def reader(self) -> str:
        """What would read a value in this word as a program or an expression; empty if nothing would."""
        if self.is_redirected and self.file_reader:
            return self.file_reader
        if self.here_string_reader:
            return self.here_string_reader
        readers = (argument_reader(self.words, index, self.word or "") for index in self._suspects)
        if reader := next(filter(None, readers), ""):
            return reader
        if _EVALUATED.match(self.word or ""):
            return f"the variable {(self.word or '').partition('=')[0]}"
        return "the index of an array" if _ELEMENT.match(self.word or "") else ""

    def input_reader(self, *, may_have_script: bool = True) -> str:
        """What would read its input, or a file that it is given, as a program; empty if nothing would.

        With `may_have_script`, also a shell with a script, which may be made to read its input.
        """
        readers = (
            input_reader(self.words, index, may_have_script=may_have_script)
            for index in range(len(self.words))
        )
        return next(filter(None, readers), "")
