"""What is left for people when a sweep ends, while its importances are computed beside it."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from prefect import flow

from ledgers import ledger_of
from sweepflow.archive.folder import SweepFolder
from sweepflow.flows.engine import publishing, signals
from sweepflow.flows.engine.publishing import Publication
from sweepflow.running.record import SweepRecord
from sweepflow.spec.spec import Spec
from sweeps import function_spec

pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture
def record(home: Path) -> Iterator[SweepRecord]:
    with ledger_of(home) as ledger:
        yield SweepRecord(ledger, "s", SweepFolder(home, "s").create())


def ended(record: SweepRecord, error: BaseException | None = None) -> None:
    """Let the sweep end, by this error or well."""
    with pytest.raises(type(error)) if error else nullcontext(), record.running(SPEC):
        if error:
            raise error


SPEC = Spec.parse(function_spec("plain", [1, 2]))


def written(publication: Publication, record: SweepRecord) -> str:
    """The page that it writes."""
    flow(publication.write, name="publish")()
    return (record.folder.path / "report.html").read_text()


def test_a_system_without_a_thread_to_spare_costs_neither_the_sweep_nor_its_report(
    record: SweepRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    publication = Publication(record)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        publication.begin()
    ended(record)
    page = written(publication, record)
    assert "</html>" in page
    assert "could not be computed" not in page


@pytest.mark.parametrize("is_late", [False, True])
def test_nobody_waits_long_for_importances_after_a_signal(
    record: SweepRecord, monkeypatch: pytest.MonkeyPatch, is_late: bool
) -> None:
    endless: Future[Any] = Future()
    monkeypatch.setattr(publishing, "begin_importances", lambda _: endless)
    publication = Publication(record)
    publication.begin()
    if is_late:  # while the page of a sweep that has its result waits for them
        ended(record)
        received = iter([None, None])
        monkeypatch.setattr(publishing, "received_signal", lambda: next(received, signals.SIGNALS[0]))
    else:
        ended(record, KeyboardInterrupt())
    told = "The importances could not be computed: the sweep was interrupted."
    assert told in written(publication, record)
