"""Markdown that shows the user's words as they are, whatever they contain."""

import re
from collections.abc import Mapping

from sweepflow.base.printable import printable

_MARKUP = re.compile(r"[`*\[\]<>&|\\~#]|^[-+=]|^\d+[.)]|(?<![^\W_])_|_(?![^\W_])")


def plain(text: object) -> str:
    """The text in one line, with everything escaped that Markdown or HTML would take for markup."""
    words = printable(" ".join(str(text).split()))
    return _MARKUP.sub(lambda match: f"{match[0][:-1]}&#{ord(match[0][-1])};", words)


def code(value: object) -> str:
    """The value in one line, as code if code can hold it, so that a link in it stays text too."""
    words = printable(" ".join(str(value).split()))
    return f"`{words}`" if words and not set(words) & set("`|\\") else plain(words)


def code_block(text: str, language: str) -> str:
    """Lines of code in a fence that none of them can close."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = "\n".join(map(printable, text.split("\n"))).removesuffix("\n")
    return f"{fence}{language}\n{lines}\n{fence}"


def table(head: tuple[str, str], rows: Mapping[str, object]) -> str:
    """A table of two columns."""
    lines = [f"| {head[0]} | {head[1]} |", "|---|---|"]
    return "\n".join([*lines, *(f"| {code(name)} | {code(value)} |" for name, value in rows.items())])
