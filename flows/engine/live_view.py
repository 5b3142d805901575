"""What Prefect's UI shows while a sweep runs: progress, leaderboard and learning curves."""

import json
import logging
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.objects import State
from prefect.exceptions import Pause

from sweepflow.archive.folder import REPORT_PAGE, TRIALS
from sweepflow.archive.sweep import Sweep
from sweepflow.base.markdown import code
from sweepflow.flows.engine.server.process import ServerLost
from sweepflow.report.pictures import learning_curves
from sweepflow.report.summary_markdown import picture_markdown
from sweepflow.report.table import leaderboard_rows
from sweepflow.running.progress import Progress

_SECONDS = 4.0
_SHARE = 0.05
"""The view may take at most this share of the time: that of a large sweep is updated less often."""


class LiveView:
    """Updates the artifacts of a flow run from its own thread, for the last time when the block ends.

    Also checks whether somebody has suspended the flow run, or the server is lost, and then calls `suspend`,
    once. If a request to Prefect fails, it logs one warning and the sweep goes on.
    """

    def __init__(
        self,
        flow_run_id: UUID,
        read: Callable[[], Sweep],
        progress: Callable[[], Progress],
        suspend: Callable[[], None],
        logger: "logging.Logger | logging.LoggerAdapter[Any]",
    ) -> None:
        self._suspended: State[Any] | None = None
        self._lost: ServerLost | None = None
        self._flow_run_id, self._artifacts = flow_run_id, _Artifacts(flow_run_id)
        self._read, self._progress, self._suspend, self._logger = read, progress, suspend, logger
        self._is_over = threading.Event()
        # The context is that of the flow run, whose settings name the server.
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._run,), name="live view", daemon=True
        )
        self._has_warned = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        self._update()

    def raise_what_ends_the_run(self) -> None:
        """Raise ServerLost if the server is gone, Pause if somebody has suspended the flow run."""
        if self._lost is not None:
            raise self._lost
        if self._suspended is not None:
            raise Pause("the flow run was suspended", state=self._suspended)

    def _run(self) -> None:
        next_time = 0.0
        while not self._is_over.wait(_SECONDS if next_time else 0.0):
            began = time.monotonic()
            is_due = began >= next_time
            self._update(is_due=is_due)
            if is_due:
                next_time = began + (time.monotonic() - began) / _SHARE

    def _update(self, *, is_due: bool = True) -> None:
        try:
            with get_client(sync_client=True) as client:
                if is_due:
                    self._show(client)
                self._check_suspended(client)
        except ServerLost as lost:
            if self._lost is None:
                self._lost = lost
                self._suspend()
        except Exception as error:  # noqa: BLE001  whatever the server or a broken connection may raise
            if not self._has_warned:
                self._logger.warning("the live view is not up to date: %s: %s", type(error).__name__, error)
            self._has_warned = True

    def _show(self, client: SyncPrefectClient) -> None:
        progress, sweep = self._progress(), self._read()
        share = 100.0 * progress.n_done / max(1, progress.n_total)
        ended = f"{progress.n_done} of {progress.n_total} trials have ended"
        self._artifacts.put(client, "progress", "progress", share, ended)
        rows = leaderboard_rows(sweep)
        title = f"The best {len(rows)} of {len(sweep.rows)} trials"
        self._artifacts.put(client, "leaderboard", "table", json.dumps(rows), title)
        curves = picture_markdown("learning curves", learning_curves(sweep))
        report, logs = code(sweep.folder / REPORT_PAGE), code(sweep.folder / TRIALS)
        files = f"\n\nReport: {report}; logs of the trials: {logs}"
        self._artifacts.put(client, "learning-curves", "markdown", curves + files, "The metric per interval")

    def _check_suspended(self, client: SyncPrefectClient) -> None:
        state = client.read_flow_run(self._flow_run_id).state
        if state is not None and state.is_paused() and self._suspended is None:
            self._suspended = state
            self._suspend()


class _Artifacts:
    """The artifacts of a flow run by key: created once, then updated."""

    def __init__(self, flow_run_id: UUID) -> None:
        self._flow_run_id = flow_run_id
        self._ids: dict[str, UUID] = {}

    def put(self, client: SyncPrefectClient, key: str, kind: str, data: object, description: str) -> None:
        if key in self._ids:
            client.update_artifact(self._ids[key], ArtifactUpdate(data=data, description=description))
            return
        created = client.create_artifact(
            ArtifactCreate(
                key=key, type=kind, data=data, description=description, flow_run_id=self._flow_run_id
            )
        )
        self._ids[key] = created.id
