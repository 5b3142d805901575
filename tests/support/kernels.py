"""Notebooks in real kernels."""

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient


class Kernel(NotebookClient):
    """Runs a notebook, and remembers the progress that was shown under its cells, each change of it."""

    def __init__(self, notebook: Any, folder: Path) -> None:
        resources = {"metadata": {"path": str(folder)}}
        super().__init__(notebook, resources=resources, kernel_name="python3", timeout=300)
        self.progress: list[str] = []

    def process_message(self, message: Any, cell: Any, cell_index: int) -> Any:
        html = message["content"].get("data", {}).get("text/html", "")
        self.progress += [html] if "<progress" in html else []
        return super().process_message(message, cell, cell_index)


def cells(*sources: str) -> Any:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
