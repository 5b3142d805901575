"""The code blocks of the documentation, in order."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]

_FILE = re.compile(r"# ([\w/]+\.(py|yml))\n")


class Block(NamedTuple):
    """A fenced block; if its first line is a comment with a file's name, it is that file."""

    language: str
    text: str

    @property
    def file(self) -> str | None:
        match = _FILE.match(self.text)
        return match[1] if match else None

    @property
    def commands(self) -> list[str]:
        """The lines that are typed at a console."""
        return [line.removeprefix("$ ") for line in self.text.splitlines() if line.startswith("$ ")]


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page."""
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "fence":
            yield Block(token.info, token.content)
