"""The durable record of every sweep: its spec, what each trial reported, and how each one ended.

Every method commits before it returns. One process at a time writes a sweep; many may read it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from sweepflow.ledger.database import Database
from sweepflow.ledger.migrations import migrate
from sweepflow.ledger.schema import metrics, sweeps, trials
from sweepflow.trials.parameters import Parameters
from sweepflow.trials.reports import Reports
from sweepflow.trials.rows import MetricRow, TrialRow
from sweepflow.trials.state import SweepState, TrialEnd, TrialState

__all__ = ["Ledger", "SweepRow", "SweepState"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRow:
    """A sweep as it is on record; times are in UTC."""

    id: str
    state: SweepState
    error: str | None
    spec: Mapping[str, Any]
    """As JSON; the specs of older versions may lack fields."""
    data_fingerprint: str | None
    """None before the data is prepared, and for a sweep without data."""
    started: datetime
    ended: datetime | None
    resumed: datetime | None
    """When it was last resumed; None if it never was."""
    seconds: float
    """How long it ran before it was last resumed."""
    selected: Mapping[str, Any] | None
    """The record of the model that was selected."""
    code_root: str | None
    """The folder that its trainer is imported from."""

    @property
    def began(self) -> datetime:
        """When its current session began, or its last one if it has ended."""
        return self.resumed or self.started


class Ledger:
    """The record in one database; opening it brings the schema to the newest version.

    The URL is `sqlite:///` and a path, or `postgresql://...`. Opening it and every method raise LedgerError
    if the database cannot be reached or used.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._engine = self._database.engine()
        self._autocommit = self._database.engine(is_autocommit=True)
        """For single statements: a third of the calls to the database, in each of which a thread may wait."""
        try:
            with self._database.readable_errors():
                migrate(self._engine)
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        """Its name in messages: the file, or the URL without its password."""
        return self._database.name

    def close(self) -> None:
        """Close the file or the connections."""
        self._engine.dispose()
        self._autocommit.dispose()

    def start_sweep(
        self,
        sweep_id: str,
        spec: Mapping[str, Any],
        data_fingerprint: str | None = None,
        code_root: str | None = None,
    ) -> None:
        """Record a new sweep as running; `code_root` is the folder that its trainer is imported from."""
        self._write(
            sweeps.insert().values(
                id=sweep_id,
                state=SweepState.RUNNING,
                spec=spec,
                data_fingerprint=data_fingerprint,
                code_root=code_root,
                started=_now(),
            )
        )

    def resume_sweep(self, sweep_id: str) -> None:
        """Record that a sweep runs again; the seconds that it has used so far are kept."""
        values = {"state": SweepState.RUNNING, "error": None, "ended": None, "resumed": _now()}
        self._update_sweep(sweep_id, {**values, "seconds": self.seconds_used(sweep_id)})

    def seconds_used(self, sweep_id: str) -> float:
        """The seconds that a sweep has run, up to its last sign of life if no end is recorded."""
        sweep = self.sweep(sweep_id)
        if sweep is None:
            raise KeyError(sweep_id)
        signs = [sweep.ended] if sweep.ended else self._signs_of_life(sweep_id)
        latest = max([sweep.began, *signs])
        return sweep.seconds + (latest - sweep.began).total_seconds()

    def set_data(self, sweep_id: str, fingerprint: str) -> None:
        """Record which data a sweep trains on."""
        self._update_sweep(sweep_id, {"data_fingerprint": fingerprint})

    def select(self, sweep_id: str, selected: Mapping[str, Any]) -> None:
        """Record the model that was selected."""
        self._update_sweep(sweep_id, {"selected": selected})

    def delete_sweep(self, sweep_id: str) -> None:
        """Delete the record of a sweep that has no trials."""
        self._write(sweeps.delete().where(sweeps.c.id == sweep_id))

    def end_sweep(self, sweep_id: str, state: SweepState, error: str | None = None) -> None:
        """Record how a sweep ended."""
        self._update_sweep(sweep_id, {"state": state, "error": error, "ended": _now()})

    def queue_trial(self, sweep_id: str, number: int, parameters: Parameters) -> None:
        """Record a new trial as queued."""
        row = {"sweep_id": sweep_id, "number": number, "parameters": parameters, "state": TrialState.QUEUED}
        self._write(_INSERT_TRIALS, row)

    def delete_queued(self, sweep_id: str, first: int) -> None:
        """Delete the queued trials from that number on, which have reported nothing, from the record."""
        its_rows = (trials.c.sweep_id == sweep_id) & (trials.c.number >= first)
        self._write(trials.delete().where(its_rows & (trials.c.state == TrialState.QUEUED)))

    def start_trial(self, sweep_id: str, number: int) -> None:
        """Record that a trial runs from now on."""
        values = {"state": TrialState.RUNNING, "started": _now()}
        self._write(_START_TRIAL, {**_key(sweep_id, number), **values})

    def end_trial(self, sweep_id: str, number: int, end: TrialEnd) -> None:
        """Record how a trial ended."""
        values = {"state": end.state, "error": end.reason, "seconds": end.seconds, "ended": _now()}
        self._write(_END_TRIAL, {**_key(sweep_id, number), **values})

    def restart_trial(self, sweep_id: str, number: int) -> None:
        """Queue a trial again, to run from the start: its reports are deleted."""
        its_reports = (metrics.c.sweep_id == sweep_id) & (metrics.c.number == number)
        its_row = (trials.c.sweep_id == sweep_id) & (trials.c.number == number)
        cleared = dict.fromkeys(("started", "ended", "seconds", "error"))
        with self._transaction() as connection:
            connection.execute(metrics.delete().where(its_reports))
            connection.execute(trials.update().where(its_row).values(state=TrialState.QUEUED, **cleared))

    def add_metrics(self, sweep_id: str, number: int, values: Mapping[str, float], interval: int) -> None:
        """Record the metrics of one report, by name; NaN is recorded as NULL."""
        common = {"sweep_id": sweep_id, "number": number, "interval": interval, "time": _now()}
        rows = [{**common, "name": name, "value": value} for name, value in values.items()]
        if len(rows) == 1:
            self._write(_INSERT_METRICS, rows[0])
        elif rows:
            with self._transaction() as connection:
                connection.execute(_INSERT_METRICS, rows)

    def sweep(self, sweep_id: str) -> SweepRow | None:
        """A sweep's row; None if there is none with that ID."""
        rows = self._read(sa.select(sweeps).where(sweeps.c.id == sweep_id))
        return SweepRow(**rows[0]) if rows else None

    def sweep_ids(self) -> list[str]:
        """The IDs of all sweeps, the latest first."""
        latest_first = sa.select(sweeps.c.id).order_by(sweeps.c.started.desc(), sweeps.c.id)
        with self._transaction() as connection:
            return list(connection.scalars(latest_first))

    def sweeps(self, *states: SweepState) -> list[SweepRow]:
        """The rows of all sweeps in these states, or in any if none is named, the latest first."""
        has_state = sweeps.c.state.in_(states or list(SweepState))
        latest_first = sa.select(sweeps).where(has_state).order_by(sweeps.c.started.desc(), sweeps.c.id)
        return [SweepRow(**row) for row in self._read(latest_first)]

    def trials(self, sweep_id: str) -> list[TrialRow]:
        """A sweep's trials, by number."""
        query = sa.select(trials).where(trials.c.sweep_id == sweep_id).order_by(trials.c.number)
        with self._transaction() as connection:
            return [TrialRow(**row) for row in connection.execute(query).mappings()]

    def metrics(self, sweep_id: str, number: int | None = None) -> Reports:
        """What a sweep's trials, or one of them, reported, in the order in which it was recorded."""
        columns = [metrics.c[name] for name in MetricRow._fields]
        query = sa.select(*columns).where(metrics.c.sweep_id == sweep_id).order_by(metrics.c.id)
        query = query if number is None else query.where(metrics.c.number == number)
        with self._transaction() as connection:
            return Reports(map(MetricRow._make, connection.execute(query)))

    def _signs_of_life(self, sweep_id: str) -> list[datetime]:
        latest_times = sa.select(
            sa.select(sa.func.max(trials.c.started)).where(trials.c.sweep_id == sweep_id).scalar_subquery(),
            sa.select(sa.func.max(trials.c.ended)).where(trials.c.sweep_id == sweep_id).scalar_subquery(),
            sa.select(sa.func.max(metrics.c.time)).where(metrics.c.sweep_id == sweep_id).scalar_subquery(),
        )
        (row,) = self._read(latest_times)
        return [time for time in row.values() if time is not None]

    def _update_sweep(self, sweep_id: str, values: Mapping[str, Any]) -> None:
        self._write(sweeps.update().where(sweeps.c.id == sweep_id).values(values))

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        with self._database.readable_errors(), self._engine.begin() as connection:
            yield connection

    def _write(self, statement: sa.Executable, row: dict[str, Any] | None = None) -> None:
        with self._database.readable_errors(), self._autocommit.connect() as connection:
            connection.execute(statement, row)

    def _read(self, statement: sa.Select[Any]) -> list[dict[str, Any]]:
        with self._transaction() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]


_ITS_ROW = (trials.c.sweep_id == sa.bindparam("its_sweep")) & (trials.c.number == sa.bindparam("its_number"))
# Made once: a sweep runs each of them for every trial or report.
_INSERT_TRIALS = trials.insert()
_INSERT_METRICS = metrics.insert()
_START_TRIAL = (
    trials.update().where(_ITS_ROW).values({name: sa.bindparam(name) for name in ("state", "started")})
)
_END_TRIAL = (
    trials.update()
    .where(_ITS_ROW)
    .values({name: sa.bindparam(name) for name in ("state", "error", "seconds", "ended")})
)


def _key(sweep_id: str, number: int) -> dict[str, Any]:
    return {"its_sweep": sweep_id, "its_number": number}


def _now() -> datetime:
    return datetime.now(UTC)
