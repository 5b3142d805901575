"""The durable record of every sweep: what was asked, what each trial reported, how each one ended.

Every method commits before it returns. One process at a time writes a sweep; many may read it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sweepflow.trial import Parameters, TrialEnd, TrialState


class SweepState(StrEnum):
    """Where a sweep stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


_schema = sa.MetaData()
_Time = sa.DateTime(timezone=True)

sweeps = sa.Table(
    "sweeps",
    _schema,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("spec", sa.JSON, nullable=False),
    sa.Column("data_fingerprint", sa.String),
    sa.Column("started", _Time, nullable=False),
    sa.Column("ended", _Time),
    sa.Column("resumed", _Time),
    sa.Column("seconds", sa.Float, nullable=False, default=0.0),
    sa.Column("selected", sa.JSON),
    sa.Column("code_root", sa.Text),
)

trials = sa.Table(
    "trials",
    _schema,
    sa.Column("sweep_id", sa.ForeignKey("sweeps.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("parameters", sa.JSON, nullable=False),
    sa.Column("started", _Time),
    sa.Column("ended", _Time),
    sa.Column("seconds", sa.Float),
    sa.Column("error", sa.Text),
)

metrics = sa.Table(
    "metrics",
    _schema,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sweep_id", sa.String, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("interval", sa.Integer, nullable=False),
    sa.Column("value", sa.Float),
    sa.Column("time", _Time, nullable=False),
    sa.ForeignKeyConstraint(["sweep_id", "number"], ["trials.sweep_id", "trials.number"]),
    sa.Index("metrics_of_trial", "sweep_id", "number"),
)


class Ledger:
    """The record in one SQLite file, which only its owner can read."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        self._engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
        sa.event.listen(self._engine, "connect", _set_up_connection)
        self._create_tables()

    def close(self) -> None:
        """Give back the file."""
        self._engine.dispose()

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
        """Record that a sweep runs again; the time that it has used counts."""
        values = {"state": SweepState.RUNNING, "error": None, "ended": None, "resumed": _now()}
        self._update_sweep(sweep_id, {**values, "seconds": self.seconds_used(sweep_id)})

    def seconds_used(self, sweep_id: str) -> float:
        """The seconds that a sweep has run, until its last sign of life if it did not come to an end."""
        sweep = self.sweep(sweep_id)
        if sweep is None:
            raise KeyError(sweep_id)
        began = sweep["resumed"] or sweep["started"]
        signs = [sweep["ended"]] if sweep["ended"] else self._signs_of_life(sweep_id)
        earlier: float = sweep["seconds"]
        latest = max([began, *signs])
        seconds: float = (latest - began).total_seconds()
        return earlier + seconds

    def set_data(self, sweep_id: str, fingerprint: str) -> None:
        """Record which data a sweep trains on."""
        self._update_sweep(sweep_id, {"data_fingerprint": fingerprint})

    def select(self, sweep_id: str, selected: Mapping[str, Any]) -> None:
        """Record the model that was selected."""
        self._update_sweep(sweep_id, {"selected": selected})

    def forget_sweep(self, sweep_id: str) -> None:
        """Take back the record of a sweep that has no trials."""
        self._write(sweeps.delete().where(sweeps.c.id == sweep_id))

    def end_sweep(self, sweep_id: str, state: SweepState, error: str | None = None) -> None:
        """Record how a sweep ended."""
        self._update_sweep(sweep_id, {"state": state, "error": error, "ended": _now()})

    def queue_trial(self, sweep_id: str, number: int, parameters: Parameters) -> None:
        """Record a trial that has been asked for."""
        values = {"sweep_id": sweep_id, "number": number, "parameters": parameters}
        self._write(trials.insert().values(**values, state=TrialState.QUEUED))

    def start_trial(self, sweep_id: str, number: int) -> None:
        """Record that a trial runs from now on."""
        self._update_trial(sweep_id, number, {"state": TrialState.RUNNING, "started": _now()})

    def end_trial(self, sweep_id: str, number: int, end: TrialEnd) -> None:
        """Record how a trial ended."""
        values = {"state": end.state, "error": end.reason, "seconds": end.seconds, "ended": _now()}
        self._update_trial(sweep_id, number, values)

    def restart_trial(self, sweep_id: str, number: int) -> None:
        """Record that a trial is to run again, from the start: what it has reported is deleted."""
        reports = (metrics.c.sweep_id == sweep_id) & (metrics.c.number == number)
        mine = (trials.c.sweep_id == sweep_id) & (trials.c.number == number)
        nothing = dict.fromkeys(("started", "ended", "seconds", "error"))
        with self._engine.begin() as connection:
            connection.execute(metrics.delete().where(reports))
            connection.execute(trials.update().where(mine).values(state=TrialState.QUEUED, **nothing))

    def add_metrics(self, sweep_id: str, number: int, values: Mapping[str, float], interval: int) -> None:
        """Record the metrics of one report, by name; a value that is no number is NULL."""
        same = {"sweep_id": sweep_id, "number": number, "interval": interval, "time": _now()}
        rows = [{**same, "name": name, "value": value} for name, value in values.items()]
        if rows:
            self._write(metrics.insert(), rows)

    def sweep(self, sweep_id: str) -> dict[str, Any] | None:
        """A sweep's row; None if there is none with that ID."""
        found = self._read(sa.select(sweeps).where(sweeps.c.id == sweep_id))
        return found[0] if found else None

    def sweeps(self, *states: SweepState) -> list[dict[str, Any]]:
        """The rows of all sweeps in these states (none given: in any), the latest first."""
        wanted = sweeps.c.state.in_(states or list(SweepState))
        return self._read(sa.select(sweeps).where(wanted).order_by(sweeps.c.started.desc(), sweeps.c.id))

    def trials(self, sweep_id: str) -> list[dict[str, Any]]:
        """The rows of a sweep's trials, by number."""
        mine = trials.c.sweep_id == sweep_id
        return self._read(sa.select(trials).where(mine).order_by(trials.c.number))

    def metrics(self, sweep_id: str) -> list[dict[str, Any]]:
        """The reports of a sweep's trials, in the order of their recording."""
        return self._read(sa.select(metrics).where(metrics.c.sweep_id == sweep_id).order_by(metrics.c.id))

    def _create_tables(self) -> None:
        # Several sweeps may start at once with no ledger yet, so the database itself must check.
        for table in _schema.sorted_tables:
            self._write(sa.schema.CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                self._write(sa.schema.CreateIndex(index, if_not_exists=True))

    def _signs_of_life(self, sweep_id: str) -> list[datetime]:
        latest = sa.select(
            sa.select(sa.func.max(trials.c.started)).where(trials.c.sweep_id == sweep_id).scalar_subquery(),
            sa.select(sa.func.max(trials.c.ended)).where(trials.c.sweep_id == sweep_id).scalar_subquery(),
            sa.select(sa.func.max(metrics.c.time)).where(metrics.c.sweep_id == sweep_id).scalar_subquery(),
        )
        (row,) = self._read(latest)
        return [time for time in row.values() if time is not None]

    def _update_sweep(self, sweep_id: str, values: Mapping[str, Any]) -> None:
        self._write(sweeps.update().where(sweeps.c.id == sweep_id).values(values))

    def _update_trial(self, sweep_id: str, number: int, values: Mapping[str, Any]) -> None:
        mine = (trials.c.sweep_id == sweep_id) & (trials.c.number == number)
        self._write(trials.update().where(mine).values(values))

    def _write(self, statement: sa.Executable, rows: list[dict[str, Any]] | None = None) -> None:
        with self._engine.begin() as connection:
            connection.execute(statement, rows)

    def _read(self, statement: sa.Select[Any]) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            return [_with_zone(dict(row)) for row in connection.execute(statement).mappings()]


def _set_up_connection(connection: Any, _record: object) -> None:
    # WAL lets others read while a sweep writes. NORMAL may lose the last commits when the machine
    # loses power, never when a process dies.
    for pragma in ("busy_timeout = 30000", "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _now() -> datetime:
    return datetime.now(UTC)


def _with_zone(row: dict[str, Any]) -> dict[str, Any]:
    # SQLite keeps no time zone; every time in the ledger is UTC.
    return {
        key: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for key, value in row.items()
    }
