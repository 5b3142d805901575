"""The report page, `report.html`: a whole sweep in one file that needs no network."""

from concurrent.futures import Future
from pathlib import Path

from sweepflow.analysis.forest import Importances
from sweepflow.archive.folder import REPORT_PAGE
from sweepflow.archive.sweep import Sweep
from sweepflow.base.files import replacing

__all__ = ["page", "pictures", "summary_markdown", "table", "write_report_page"]


def write_report_page(
    sweep: Sweep, path: Path | None = None, importances: "Future[Importances | None] | None" = None
) -> Path:
    """Write the page of a running or ended sweep; gives its path, by default in the sweep's folder.

    `importances` are those of its parameters, where something computes them already.
    """
    from sweepflow.report.page import page

    path = path or sweep.folder / REPORT_PAGE
    with replacing(path) as partial, partial.open("w", encoding="utf-8") as file:
        file.writelines(page(sweep, importances))
    return path
