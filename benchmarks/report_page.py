"""The report page of ten thousand trials of 27 intervals: its size, and how soon it is there.

The trials are made up; the page is what a sweep writes. It is opened in chromium without a window, by
Playwright, and counts as open when its first chart is drawn.

    python benchmarks/report_page.py [--trials 10000] [--intervals 27] [--json]
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/support"))

from recorded import large_sweep
from script_output import conditions, options_parser, print_json
from sweepflow.report import write_report_page

LIMIT_MB, LIMIT_SECONDS = 15.0, 5.0
_OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def seconds_to_open(page: Path) -> float:
    """From asking for the page to its first chart."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    if path is None:
        sys.exit("there is no chromium to open the page in")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_OPTIONS)
        tab = browser.new_page(viewport={"width": 1200, "height": 900})
        began = time.perf_counter()
        tab.goto(page.as_uri())
        tab.locator(".chart[data-state=drawn]").first.wait_for(timeout=60_000)
        seconds = time.perf_counter() - began
        browser.close()
    return seconds


def main() -> None:
    arguments = options_parser(__doc__)
    arguments.add_argument("--trials", type=int, default=10_000)
    arguments.add_argument("--intervals", type=int, default=27)
    options = arguments.parse_args()
    under = conditions("sweepflow", "plotly", "playwright")
    with tempfile.TemporaryDirectory() as folder:
        sweep = large_sweep(options.trials, options.intervals)
        began = time.perf_counter()
        page = write_report_page(sweep, Path(folder, "report.html"))
        written = time.perf_counter() - began
        size_mb, opened = page.stat().st_size / 1e6, seconds_to_open(page)
    figures = {
        "the page, MB": (size_mb, LIMIT_MB),
        "from opening it to its first chart, s": (opened, LIMIT_SECONDS),
        "writing it, s": (written, None),
    }
    if options.json:
        print_json(under, figures)
    else:
        print(under.line)
        for name, (value, limit) in figures.items():
            print(f"{name:40} {value:6.2f}" + ("" if limit is None else f"  (limit {limit:g})"))
    sys.exit(any(limit is not None and value > limit for value, limit in figures.values()))


if __name__ == "__main__":
    main()
