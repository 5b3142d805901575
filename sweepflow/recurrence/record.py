"""The records of probes: one file each, `probes/<flow run>.json` in the folder of the earlier sweep."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sweepflow.base.files import private_folder, replacing
from sweepflow.recurrence.champion import Champion
from sweepflow.recurrence.verdict import Findings


class ProbeRecord(BaseModel):
    """One probe."""

    model_config = ConfigDict(frozen=True)

    flow_run_id: str
    time: datetime = Field(default_factory=lambda: datetime.now(UTC))
    data_fingerprint: str
    model_path: str = Field(description="The champion's model.")
    goes_on: bool = Field(description="Whether a full sweep was to follow.")
    reason: str
    findings: dict[str, Any] | None = Field(description="What was measured; null if that was not possible.")


def write_record(folder: Path, record: ProbeRecord) -> None:
    """Write the record of a probe into the folder of the earlier sweep."""
    path = private_folder(folder / "probes") / f"{record.flow_run_id}.json"
    with replacing(path) as partial:
        partial.write_text(record.model_dump_json(indent=2), encoding="utf-8")


def passed_before(folder: Path, data_fingerprint: str, champion: Champion) -> ProbeRecord | None:
    """The last probe of this champion on this data if it saw no need for a sweep; else None."""
    records = [ProbeRecord.model_validate_json(path.read_bytes()) for path in folder.glob("probes/*.json")]
    key = (data_fingerprint, str(champion.model_path))
    matching = [record for record in records if (record.data_fingerprint, record.model_path) == key]
    last = max(matching, key=lambda record: record.time, default=None)
    return last if last is not None and not last.goes_on else None


def as_json(findings: Findings) -> dict[str, Any]:
    """The findings as plain dicts and lists."""
    rivals = [
        rival._asdict() | {"decision": rival.decision and rival.decision._asdict()}
        for rival in findings.rivals
    ]
    return {**findings._asdict(), "fall": findings.fall._asdict(), "rivals": rivals}
