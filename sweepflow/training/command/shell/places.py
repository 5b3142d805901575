"""Where the values of a command for the shell stand: in quotes, among the words, in a comment, ..."""

import re
from enum import Enum
from typing import NamedTuple

from sweepflow.training.command.shell.programs import has_functions, reader_of_variables
from sweepflow.training.command.shell.simple_command import SimpleCommand

SLOT = "\0"
"""Stands for a value; no command can contain it."""

_PLAIN_WORD = re.compile(rf"[A-Za-z0-9_./:=+,@%{SLOT}-]*")
_HERE = re.compile(r"<<(?!<)(-?)[ \t]*(\\?[\w.\\-]+|'[^'\n]*'|\"[^\"\n]*\")")
_AFTER_DOLLAR = re.compile(r"(?<!\\)(?:\\\\)*\$$")
_AFTER_NAME = re.compile(r"\$\w+$")
_LOOK_BACK = 1000
_DEEPEST = 50


class Context(Enum):
    """How a value has to be written at a place, so that the shell passes on its text."""

    BARE = "among the words"
    DOUBLE = "in double quotes"
    SINGLE = "in single quotes"
    COMMENT = "in a comment"
    FIXED = "in a text that is read once more, or in a way that is not known"


class Place(NamedTuple):
    """Where a value is put."""

    context: Context
    takes_plain: bool = True
    """Whether a value of plain characters alone may be put there as it is."""
    why: str = ""
    """Where that is, if the context is fixed."""
    delimiter: str = ""
    """The line that ends the here-document around it."""


def places(text: str) -> list[Place]:
    """The places of the slots in a command for `sh` or `bash`, in their order."""
    scanner = _Scanner(text)
    scanner.commands("", "")
    return [scanner.places[index] for index, char in enumerate(text) if char == SLOT]


class _Scanner:
    """Reads a command from left to right; slots in what it does not know are FIXED."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._is_piped = False
        """Whether the input of the command that is read is the output of another one."""
        self._was_piped = False
        """Whether that can be: if there has been a pipe so far."""
        self._command = SimpleCommand()
        self._here: list[tuple[str, bool]] = []
        self._rereads = reader_of_variables(text)
        self._has_functions = has_functions(text)
        self.places: dict[int, Place] = {}

    def commands(self, end: str, why: str) -> None:
        """Read commands up to this character; if `why` is given, all slots in them are FIXED."""
        if self._depth == _DEEPEST:
            self._fixed_until(end, "commands within commands", "(")
            return
        self._depth += 1
        outer = self._is_piped, self._command
        self._command = SimpleCommand()
        while self._at < len(self._text):
            if self._text[self._at] == end:
                break
            self._read(why)
        self._end_command(is_piped=False)
        self._at += 1
        self._is_piped, self._command = outer
        self._depth -= 1

    def _read(self, why: str) -> None:
        char = self._text[self._at]
        if char in " \t\r":
            self._command.end_word()
            self._at += 1
        elif char in "\n;&|":
            self._separator()
        elif char in "<>":
            self._redirection(why)
        elif char in "()":
            self._parenthesis(why)
        elif char == "#" and self._command.word is None:
            self._comment()
        elif char == "'":
            self._single(why)
        elif char == '"':
            self._double(why)
        else:
            self._character(why, Context.BARE)

    def _character(self, why: str, context: Context) -> None:
        """Read one character of a word, or what it begins, outside of single quotes."""
        char = self._text[self._at]
        if char == "\\":
            self._escaped()
        elif char == "$":
            self._dollar(why, context)
        elif char == "`":
            self._backtick(why, context)
        elif char == SLOT:
            self._slot(context, why)
        else:
            self._command.add(char)
            self._at += 1

    # --- slots

    def _slot(self, context: Context, why: str) -> None:
        before, command = self._text[max(0, self._at - _LOOK_BACK) : self._at], self._command
        why = why or command.reader()
        if self._has_functions or command.sets_variables:
            why = why or self._rereads
        takes_plain = context is Context.SINGLE or not _AFTER_NAME.search(before)
        if context is Context.BARE:
            follows = self._text[self._at + 1 : self._at + 2]
            is_plain = _PLAIN_WORD.fullmatch(command.word or "") and follows not in tuple("<>({")
            takes_plain = takes_plain and bool(is_plain) and not command.is_at_program
        if context is not Context.SINGLE and _AFTER_DOLLAR.search(before):
            self._record(Place(Context.FIXED, False, "a text after `$`"))
        elif why:
            self._record(Place(Context.FIXED, why=why))
        else:
            self._record(Place(context, takes_plain))

    def _record(self, place: Place) -> None:
        self.places[self._at] = place
        self._command.add(SLOT)
        self._at += 1

    def _fixed_until(self, end: str, why: str, opening: str = "") -> None:
        """Read up to this end; every `opening` in between needs one more."""
        depth = 1
        while self._at < len(self._text) and depth:
            if self._text[self._at] == SLOT:
                self._record(Place(Context.FIXED, why=why))
            elif self._text[self._at] == "\\":
                self._escaped()
            elif self._text.startswith(end, self._at):
                depth -= 1
                self._at += len(end)
            else:
                depth += bool(opening) and self._text.startswith(opening, self._at)
                self._at += 1

    # --- quotes and expansions

    def _escaped(self) -> None:
        if self._text[self._at + 1 : self._at + 2] == "\n":  # the shell reads neither of them
            self._at += 2
            return
        self._command.add("\\")
        self._at += 1
        if self._text[self._at : self._at + 1] == SLOT:
            self._record(Place(Context.FIXED, False, "a text after a backslash"))
        else:
            self._command.add(self._text[self._at : self._at + 1])
            self._at += 1

    def _single(self, why: str) -> None:
        self._command.add("")
        self._at += 1
        while self._at < len(self._text) and self._text[self._at] != "'":
            if self._text[self._at] == SLOT:
                self._slot(Context.SINGLE, why)
            else:
                self._command.add(self._text[self._at])
                self._at += 1
        self._at += 1

    def _double(self, why: str) -> None:
        self._command.add("")
        self._at += 1
        while self._at < len(self._text) and self._text[self._at] != '"':
            self._character(why, Context.DOUBLE)
        self._at += 1

    def _dollar(self, why: str, context: Context) -> None:
        why = why or self._why_inside()
        self._command.add("$")
        self._at += 1
        rest = self._text[self._at : self._at + 2]
        if rest == "((":
            self._at += 2
            self._fixed_until("))", "an arithmetic expression")
        elif rest[:1] == "(":
            self._at += 1
            self.commands(")", why)
        elif rest[:1] in ("{", "["):
            self._at += 1
            self._fixed_until("}" if rest[0] == "{" else "]", f"an expansion with `${rest[0]}`", rest[0])
        elif rest[:1] == "'" and context is Context.BARE:
            self._at += 1
            self._fixed_until("'", "a text in $''")

    def _backtick(self, why: str, context: Context) -> None:
        why = why or self._why_inside()
        self._command.add("`")
        self._at += 1
        inside = self._text[self._at :].partition("`")[0]
        if context is Context.DOUBLE or "\\" in inside:
            self._fixed_until("`", why or "backticks")
        else:
            self.commands("`", why)

    def _why_inside(self) -> str:
        """What would read the output of a command inside of this one once more; empty if nothing would."""
        is_program = self._command.is_at_program
        return self._command.reader() or ("the name of a program" if is_program else "")

    # --- between words

    def _comment(self) -> None:
        while self._at < len(self._text) and self._text[self._at] != "\n":
            if self._text[self._at] == SLOT:
                self.places[self._at] = Place(Context.COMMENT)
            self._at += 1

    def _separator(self) -> None:
        char, follows = self._text[self._at], self._text[self._at + 1 : self._at + 2]
        if char + follows == "&>":
            self._command.redirect("&>")
            self._at += 2
            return
        self._end_command(is_piped=char == "|" and follows != "|")
        self._at += 1 + (char in "&|" and follows in ("&", "|"))
        if char == "\n":
            self._here_documents()

    def _end_command(self, *, is_piped: bool) -> None:
        self._command.end_word()
        reader = self._command.input_reader(may_have_script=self._is_piped) if self._was_piped else ""
        if reader:  # what any command before has printed may come to it
            for at, place in self.places.items():
                self.places[at] = place._replace(context=Context.FIXED, why=reader)
        self._is_piped = is_piped
        self._was_piped = self._was_piped or is_piped
        self._command = SimpleCommand()

    def _redirection(self, why: str) -> None:
        here = _HERE.match(self._text, self._at)
        if self._text.startswith("(", self._at + 1):
            is_input = self._text[self._at] == ">"
            self._command.end_word()
            self._command.add("")
            self._at += 2
            outer, self._is_piped = self._is_piped, is_input
            self._was_piped = self._was_piped or is_input
            self.commands(")", why or self._command.input_reader())
            self._is_piped = outer
        elif here:
            self._at = here.end()
            self._here.append((re.sub(r"[\\'\"]", "", here[2]), bool(here[1])))
        else:
            self._command.redirect(self._text[self._at : self._at + 2])
            if self._text.startswith("<<<", self._at):
                self._command.here_string_reader = self._command.input_reader()
                self._at += 2
            self._at += 1 + (self._text[self._at + 1 : self._at + 2] in ("&", "|", ">"))

    def _parenthesis(self, why: str) -> None:
        is_arithmetic = self._text.startswith("((", self._at)
        char = self._text[self._at]
        self._at += 1 + is_arithmetic
        if char == ")":  # as after a pattern of `case`
            self._end_command(is_piped=False)
        elif is_arithmetic:
            self._fixed_until("))", "an arithmetic expression")
        else:
            self.commands(")", why)

    def _here_documents(self) -> None:
        """Read the here-documents that the line before has announced."""
        for delimiter, strips_tabs in self._here:
            line = None
            while self._at < len(self._text) and line != delimiter:
                text = self._text[self._at :].partition("\n")[0]
                self._here_line(text, delimiter)
                line = text.lstrip("\t") if strips_tabs else text
        self._here = []

    def _here_line(self, line: str, delimiter: str) -> None:
        for at, char in enumerate(line, self._at):
            if char == SLOT:
                self.places[at] = Place(Context.FIXED, why="a here-document", delimiter=delimiter)
        self._at += len(line) + 1
